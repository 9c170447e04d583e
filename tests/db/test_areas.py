"""Counts of the areas query against GeoPandas, a second method, on the real wards of 2022."""

import json
import uuid
from datetime import UTC, date, datetime

import geopandas
import numpy as np
import pytest
import shapely
from sqlalchemy import insert

from geoapp import db
from geoapp.actions import wards
from geoapp.model import Concern
from geoapp.queries.areas import Selection, area_counts, distinct_walks, outside
from geoapp.queries.choices import edition_named
from geoapp.queries.ward import ward_parts
from spatial.crs import to_wgs84
from spatial.wards import read_wards
from tests.shared_data import shared
from tests.web import planning_world

MARCH = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def real(opened, personas):  # noqa: ARG001 (a frame; the database has to be open)
    """The wards of 2022 in National Grid, and 3,000 points scattered over them and their surroundings."""
    shapes = read_wards(shared("data/wards/inner_south_london_wards_2022.geojson")).wards
    with db.writing() as session:
        wards.import_edition(session, wards.NewEdition("2022", tuple(shapes)), by="tests")
    frame = geopandas.GeoDataFrame(
        {"code": [each.code for each in shapes]}, geometry=[each.geom_bng for each in shapes], crs=27700
    )
    rng = np.random.default_rng(20260305)
    west, south, east, north = frame.total_bounds
    easting, northing = rng.uniform(west, east, 3000).round(2), rng.uniform(south, north, 3000).round(2)
    by = planning_world.person(personas["brixton_officer"].email)
    lon, lat = to_wgs84(easting, northing)
    rows = []
    for i in range(3000):
        body = json.dumps({"id": i})
        rows.append(
            {
                "id": uuid.uuid4(),
                "team_id": by.team_id,
                "kind": "positive" if i % 5 == 0 else "concern",
                "geom": f"SRID=4326;POINT({lon[i]:.10f} {lat[i]:.10f})",
                "geom_bng": f"SRID=27700;POINT({easting[i]} {northing[i]})",
                "recorded_at": MARCH,
                "light": "day" if i % 2 else "dark",
                "body": body,
                "body_hash": bytes(32),
            }
        )
    with db.writing() as session:
        session.execute(insert(Concern), rows)
    points = geopandas.GeoDataFrame(
        {"kind": [row["kind"] for row in rows], "light": [row["light"] for row in rows]},
        geometry=geopandas.points_from_xy(easting, northing),
        crs=27700,
    )
    return frame, points


def selection(**changes: object) -> Selection:
    with db.reading() as connection:
        edition = edition_named(connection, "2022")
    assert edition is not None
    held = {"area": "ward", "edition_id": edition.id, "first": date(2026, 3, 1), "last": date(2026, 3, 1)}
    return Selection(**(held | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("lights", [("day", "twilight", "dark"), ("day",), ("dark",)])
def test_points_fall_into_the_wards_that_geopandas_finds(real, lights):
    frame, points = real
    inside = geopandas.sjoin(points, frame, predicate="within")
    kept = inside[inside["light"].isin(lights)]
    expected = kept.groupby(["code", "kind"]).size().unstack(fill_value=0).reindex(frame["code"]).fillna(0)
    asked = selection(lights=lights)
    with db.reading() as connection:
        counts = {each.code: each for each in area_counts(connection, asked)}
        beyond = outside(connection, asked)
    assert {code: each.concerns for code, each in counts.items()} == expected["concern"].to_dict()
    assert {code: each.positives for code, each in counts.items()} == expected["positive"].to_dict()
    selected = points[(points["kind"] == "concern") & points["light"].isin(lights)]
    assert sum(each.concerns for each in counts.values()) + beyond == len(selected)


def test_a_walk_across_many_wards_is_split_by_length_and_counts_once(real, personas):
    frame, _ = real
    by = planning_world.person(personas["brixton_officer"].email)
    line = [(530_500, 173_000), (532_500, 176_000), (535_000, 175_000)]
    planning_world.walk(by, line, at=datetime(2026, 4, 2, 12, 0, tzinfo=UTC))
    track = shapely.LineString(line)
    expected = frame.set_index("code").geometry.intersection(track).length
    asked = selection(first=date(2026, 4, 1), last=date(2026, 4, 1))
    with db.reading() as connection:
        counts = area_counts(connection, asked)
        walks = distinct_walks(connection, asked, [each.id for each in counts])
        parts = {each.id: ward_parts(connection, asked, each.id) for each in counts if each.metres}
    # A fix each 25 m cuts the one corner of the line by a few metres.
    for each in counts:
        assert each.metres == pytest.approx(expected[each.code], abs=15)
    assert sum(each.metres for each in counts) == pytest.approx(expected.sum(), abs=15)
    assert sum(each.walks for each in counts) > 5
    assert walks == 1
    for each in counts:
        if each.metres:
            by_light = [part for part in parts[each.id] if part.light == "day"]
            assert [part.metres for part in by_light] == [pytest.approx(each.metres)]


def test_months_before_and_after_hold_nothing(real):  # noqa: ARG001 (the points have to be there)
    with db.reading() as connection:
        for month in (date(2026, 2, 1), date(2026, 5, 1)):
            counts = area_counts(connection, selection(first=month, last=month))
            assert len(counts) == 67
            assert sum(each.concerns + each.positives + each.metres for each in counts) == 0
