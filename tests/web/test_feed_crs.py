"""Coordinates of the feed in each system, against OSTN15 as OS publishes it and against PROJ's formulas."""

import itertools
import math

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from pyproj import Transformer

from spatial.crs import to_bng
from tests.web.feed_world import CONCERNS, LAMBETH, MIDDLES, ROUTES, WARDS, Get, World, build, getter, ids

pytestmark = pytest.mark.usefixtures("squares", "world")
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
LON, LAT = MIDDLES["A"]


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    return build(app.test_client(), personas["brixton_officer"].bearer)


@pytest.fixture
def lambeth(client: FlaskClient, world: World) -> Get:
    return getter(client, world.key(LAMBETH))


def test_each_system_has_its_axes_and_is_named(lambeth: Get, world: World) -> None:
    one = f"{CONCERNS}/{world.shared['A'][0]}"
    found = {}
    for uri in (CRS84, f"{EPSG}4326", f"{EPSG}27700", f"{EPSG}3857"):
        answer = lambeth(f"{one}?crs={uri}")
        assert answer.headers["Content-Crs"] == f"<{uri}>"
        assert "crs" not in answer.get_json()
        found[uri] = answer.get_json()["geometry"]["coordinates"]
    assert found[CRS84] == [LON, LAT]
    assert found[f"{EPSG}4326"] == [LAT, LON]
    easting, northing = to_bng(np.array([LON]), np.array([LAT]))
    assert math.dist(found[f"{EPSG}27700"], (easting[0], northing[0])) < 0.01
    x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(LON, LAT)
    assert math.dist(found[f"{EPSG}3857"], (x, y)) < 0.01


def test_pages_without_a_system_are_in_degrees_longitude_first(lambeth: Get) -> None:
    assert lambeth(CONCERNS).headers["Content-Crs"] == f"<{CRS84}>"
    described = lambeth("/feed/collections/concerns").get_json()
    assert described["crs"] == [CRS84, f"{EPSG}4326", f"{EPSG}27700", f"{EPSG}3857"]
    assert described["storageCrs"] == CRS84


@pytest.mark.parametrize("srid", [4326, 27700, 3857])
def test_pages_hold_the_same_features_in_every_system(lambeth: Get, srid: int) -> None:
    for path in (CONCERNS, ROUTES):
        assert ids(lambeth(f"{path}?crs={EPSG}{srid}")) == ids(lambeth(path))
        plain, other = (
            lambeth(f"{path}?limit=1{more}").get_json()["features"][0] for more in ("", f"&crs={EPSG}{srid}")
        )
        assert other["properties"] == plain["properties"]
        assert other["geometry"]["type"] == plain["geometry"]["type"]


def test_the_wards_are_the_squares_of_the_grid_they_were_drawn_in(client: FlaskClient) -> None:
    [ward] = client.get(f"{WARDS}?ward_code=E05000001&crs={EPSG}27700").get_json()["features"]
    ring = ward["geometry"]["coordinates"][0][0]
    corners = {(round(x, 2), round(y, 2)) for x, y in ring}
    assert corners == set(itertools.product((530_000.0, 531_000.0), (175_000.0, 176_000.0)))
    assert sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in itertools.pairwise(ring)) > 0


X, Y = Transformer.from_crs(4326, 3857, always_xy=True).transform(LON, LAT)


@pytest.mark.parametrize(
    ("box", "system", "expected"),
    [
        ("530000,175000,531000,176000", f"{EPSG}27700", 3),
        ("530000,175000,0,531000,176000,9", f"{EPSG}27700", 3),
        (f"{LAT - 0.001},{LON - 0.001},{LAT + 0.001},{LON + 0.001}", f"{EPSG}4326", 3),
        (f"{X - 100},{Y - 100},{X + 100},{Y + 100}", f"{EPSG}3857", 3),
        (f"{LON - 0.001},{LAT - 0.001},{LON + 0.001},{LAT + 0.001}", CRS84, 3),
        (f"{LON - 0.001},{LAT - 0.001},{LON + 0.001},{LAT + 0.001}", "[OGC:CRS84]", 3),
    ],
)
def test_boxes_are_taken_in_every_system(lambeth: Get, box: str, system: str, expected: int) -> None:
    assert len(ids(lambeth(f"{CONCERNS}?bbox={box}&bbox-crs={system}"))) == expected


@pytest.mark.parametrize(
    ("box", "system"),
    [
        ("531000,175000,530000,176000", f"{EPSG}27700"),
        ("0,0,3e7,1", f"{EPSG}3857"),
        ("0,0,1e300,1", f"{EPSG}27700"),
        ("91,0,92,1", f"{EPSG}4326"),
    ],
)
def test_boxes_outside_a_system_are_400(lambeth: Get, box: str, system: str) -> None:
    answer = lambeth(f"{CONCERNS}?bbox={box}&bbox-crs={system}")
    assert answer.get_json()["errors"][0]["field"] == "bbox"
