"""What a phone keeps before a walk: the wards of its team and the tiles of their map."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from geoapp import db
from tests.web.capture_phone import LAT, LON, Phone, concern, fields, new_id, problem

pytestmark = pytest.mark.usefixtures("squares")


@pytest.fixture
def phone(client: FlaskClient, personas: dict[str, Any]) -> Phone:
    return Phone(client, personas)


@pytest.fixture(scope="module", autouse=True)
def street(squares: str) -> None:  # noqa: ARG001 (the wards come first)
    """One street through the middle of ward A, from west to east."""
    with db.writing() as writing:
        writing.execute(
            text("""INSERT INTO ground (source, layer, class, name, geom)
            SELECT 'tests', 'street', 'main', 'Acre Lane', ST_SetSRID(
                ST_MakeLine(ST_MakePoint(:west, :lat), ST_MakePoint(:east, :lat)), 4326)"""),
            {"west": LON - 0.003, "east": LON + 0.003, "lat": LAT},
        )


def recently() -> str:
    return (datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")


def spot(lon: float, lat: float, z: int) -> str:
    """The tile that a place lies in, by the usual formula of web mercator."""
    n = 2**z
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n
    return f"/ground/{z}/{int((lon + 180) / 360 * n)}/{int(y)}.mvt"


def test_own_wards_come_first_and_the_rest_of_their_borough_after(phone: Phone) -> None:
    everywhere = phone.get("/wards", who="peckham_officer").get_json()["wards"]
    assert [(each["code"], each["own"]) for each in everywhere] == [
        ("E05000001", False),
        ("E05000002", False),
        ("E05000003", False),
        ("E05000004", False),
    ]
    assert (
        phone.put(f"/concerns/{new_id()}", concern(lon=LON + 0.0144, recorded_at=recently())).status_code
        == 201
    )
    found = phone.get("/wards").get_json()["wards"]
    assert [(each["code"], each["name"], each["borough"], each["own"]) for each in found] == [
        ("E05000002", "Ward B", "Lambeth", True),
        ("E05000001", "Ward A", "Lambeth", False),
    ]
    west, south, east, north = found[1]["box"]
    assert west < LON < east
    assert south < LAT < north
    # One kilometre at 51.46 degrees north.
    assert (east - west) * 111_320 * math.cos(math.radians(LAT)) == pytest.approx(1000, rel=0.05)


def test_the_tiles_of_a_ward_are_weighed_as_they_are_served(phone: Phone) -> None:
    answer = phone.get("/ground?ward=E05000001")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-cache"
    said = answer.get_json()
    assert said["wards"] == ["E05000001"]
    assert said["zoom"] == [12, 15]
    tiles = {each["url"]: each for each in said["tiles"]}
    assert len(tiles) == len(said["tiles"])
    assert {spot(LON, LAT, z) for z in (12, 13, 14, 15)} <= set(tiles)
    west, south, east, north = said["box"]
    assert {spot(lon, lat, 15) for lon in (west, east) for lat in (south, north)} <= set(tiles)
    assert spot(LON + 0.1, LAT, 15) not in tiles
    for url, tile in tiles.items():
        served = phone.client.get(url)
        assert len(served.data) == tile["bytes"]
        assert served.status_code == (200 if tile["bytes"] else 204)
        assert served.headers.get("ETag", '""').strip('"') == tile["hash"]
    assert said["bytes"] == sum(tile["bytes"] for tile in tiles.values()) > 0


def test_it_is_kept_until_something_changes(phone: Phone) -> None:
    first = phone.get("/ground?ward=E05000001")
    again = phone("GET", "/ground?ward=E05000001", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    with db.writing() as writing:
        writing.execute(
            text("""INSERT INTO ground (source, layer, class, geom) VALUES ('tests', 'park', 'park',
            ST_Buffer(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), 0.001))"""),
            {"lon": LON, "lat": LAT},
        )
    changed = phone("GET", "/ground?ward=E05000001", If_None_Match=first.headers["ETag"])
    assert changed.status_code == 200
    assert changed.get_json()["version"] != first.get_json()["version"]


def test_a_team_that_has_been_nowhere_keeps_nothing_until_it_chooses(phone: Phone) -> None:
    said = phone.get("/ground", who="peckham_officer").get_json()
    assert (said["tiles"], said["bytes"], said["wards"], said["box"]) == ([], 0, [], None)
    chosen = phone.get("/ground?ward=E05000003&ward=E05000003", who="peckham_officer").get_json()
    assert chosen["wards"] == ["E05000003"]
    assert chosen["tiles"]


def test_what_is_not_there_is_refused(phone: Phone) -> None:
    for wrong in ("E05999999", "", "%00", "x" * 3000):
        assert fields(phone.get(f"/ground?ward={wrong}"), 422) == {"ward"}
    many = "&".join(f"ward=E0500000{number}" for number in range(1, 14))
    assert fields(phone.get(f"/ground?{many}"), 422) == {"ward"}
    for address in ("/wards", "/ground"):
        problem(phone.get(address, who="lambeth_planner"), 403)
        problem(phone.get(address, who=None), 401)
