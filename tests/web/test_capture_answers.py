"""What the capture API works out: ward, borough, light, of points and routes."""

from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from geoapp import db
from spatial.crs import to_wgs84
from tests.web.capture_phone import Phone, concern, new_id

pytestmark = pytest.mark.usefixtures("squares")


@pytest.fixture
def phone(client: FlaskClient, personas: dict[str, Any]) -> Phone:
    return Phone(client, personas)


def route(*places: tuple[float, float]) -> dict[str, Any]:
    """A route through places of National Grid."""
    lon, lat = to_wgs84(np.array([x for x, _ in places], float), np.array([y for _, y in places], float))
    feature = concern()
    feature["geometry"] = {
        "type": "LineString",
        "coordinates": [list(pair) for pair in zip(lon, lat, strict=True)],
    }
    return feature


def shares(identifier: str) -> dict[str, float]:
    with db.reading() as connection:
        found = connection.execute(
            text(
                "SELECT a.code, ca.share FROM concern_area ca JOIN area a ON a.id = ca.area_id"
                " WHERE ca.concern_id = :id AND a.kind = 'ward'"
            ),
            {"id": identifier},
        )
        return {row.code: row.share for row in found}


def test_a_route_is_split_by_length_and_named_after_the_larger_share(phone: Phone) -> None:
    # 100 m in ward A (west of easting 531000), 300 m in ward B.
    one = new_id()
    answer = phone.put(f"/concerns/{one}", route((530_900, 175_500), (531_300, 175_500)))
    assert answer.status_code == 201
    said = answer.get_json()["properties"]
    assert (said["ward"], said["borough"]) == ("E05000002", "E09000022")
    assert shares(one) == {
        "E05000001": pytest.approx(0.25, abs=1e-6),
        "E05000002": pytest.approx(0.75, abs=1e-6),
    }


def test_a_route_along_a_boundary_counts_half_to_each_side(phone: Phone) -> None:
    one = new_id()
    answer = phone.put(f"/concerns/{one}", route((531_000, 175_200), (531_000, 175_700)))
    assert answer.get_json()["properties"]["ward"] == "E05000001"
    assert shares(one) == {
        "E05000001": pytest.approx(0.5, abs=1e-6),
        "E05000002": pytest.approx(0.5, abs=1e-6),
    }


def test_a_point_on_the_corner_of_all_four_goes_to_the_lowest_code(phone: Phone) -> None:
    one = new_id()
    feature = route((531_000, 176_000), (531_000, 176_001))
    feature["geometry"] = {"type": "Point", "coordinates": feature["geometry"]["coordinates"][0]}
    assert phone.put(f"/concerns/{one}", feature).get_json()["properties"]["ward"] == "E05000001"
    assert shares(one) == {"E05000001": 1.0}


def test_outside_all_wards_is_kept_without_one(phone: Phone) -> None:
    answer = phone.put(f"/concerns/{new_id()}", concern(lon=-3.19, lat=55.95))
    assert answer.status_code == 201
    assert (answer.get_json()["properties"]["ward"], answer.get_json()["properties"]["borough"]) == (
        None,
        None,
    )


@pytest.mark.parametrize(
    ("at", "light"),
    [
        # London: sunset about 20:22 UTC on 21 June 2025; on 16 February 2026 about 17:16, and the end of
        # civil twilight about 17:49 UTC, by published tables; minutes of distance are left to each.
        ("2025-06-21T20:10:00Z", "day"),
        ("2025-06-21T20:35:00Z", "twilight"),
        ("2025-06-21T23:00:00Z", "dark"),
        ("2026-02-16T17:10:00+00:00", "day"),
        ("2026-02-16T18:35:00+01:00", "twilight"),
        ("2026-02-16T17:55:00.123456Z", "dark"),
        ("2026-02-16t17:55:00z", "dark"),
    ],
)
def test_light_is_told_from_place_and_time_whatever_the_zone(phone: Phone, at: str, light: str) -> None:
    answer = phone.put(f"/concerns/{new_id()}", concern(recorded_at=at))
    assert answer.status_code == 201, answer.get_json()
    assert answer.get_json()["properties"]["light"] == light


def test_what_was_sent_comes_back_with_what_was_worked_out(phone: Phone) -> None:
    walk, one = new_id(), new_id()
    said = {
        "factors": ["lighting", "followed"],
        "feeling": "frightening",
        "applies": ["dark", "twilight"],
        "basis": "felt_here",
        "setting": "park",
        "note": "<b>By the gate</b> 🔦",
        "accuracy_m": 7.5,
        "position_method": "gps",
    }
    sent = concern(walk, **said)
    phone.put(f"/concerns/{one}", sent)
    got = phone.get(f"/concerns/{one}")
    assert got.headers["Cache-Control"] == "no-store"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.get_json() == {
        "type": "Feature",
        "id": one,
        "geometry": sent["geometry"],
        "properties": sent["properties"]
        | {"ward": "E05000001", "borough": "E09000022", "light": "dark", "status": "raised"},
    }
