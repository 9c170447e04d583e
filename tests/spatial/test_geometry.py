import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point

from spatial import crs
from spatial.geometry import (
    MalformedGeometry,
    RefusedGeometry,
    from_easting_northing,
    from_lonlat,
    length_m,
    parse_geojson,
    parse_wkt,
)

BRIXTON = [-0.1145, 51.4613]
HIGH_STREET = [[-0.1145, 51.4613], [-0.1150, 51.4620], [-0.1160, 51.4630]]


def point(coordinates: object, **members: object) -> dict[str, object]:
    return {"type": "Point", "coordinates": coordinates, **members}


def line(coordinates: object) -> dict[str, object]:
    return {"type": "LineString", "coordinates": coordinates}


def places(geom: Point | LineString) -> list[list[float]]:
    return [[float(number) for number in place] for place in geom.coords]


def on_grid(*offsets_m: tuple[float, float]) -> list[list[float]]:
    """A line in WGS84 whose vertices lie at these offsets from a place in Brixton, by the grid."""
    east, north = (np.array(column, dtype=float) for column in zip(*offsets_m, strict=True))
    lon, lat = crs.to_wgs84(531_000 + east, 175_000 + north)
    return [[float(x), float(y)] for x, y in zip(lon, lat, strict=True)]


def test_a_point_and_a_line() -> None:
    assert parse_geojson(point(BRIXTON)).equals(Point(BRIXTON))
    route = parse_geojson(line(HIGH_STREET))
    assert isinstance(route, LineString)
    assert places(route) == HIGH_STREET


def test_height_and_bbox_are_dropped_and_whole_numbers_are_numbers() -> None:
    found = parse_geojson(point([0, 52, 12.5], bbox=[0, 52, 0, 52]))
    assert places(found) == [[0.0, 52.0]]
    assert not found.has_z
    mixed = parse_geojson(line([[-0.1145, 51.4613], [-0.1150, 51.4620, 30.0]]))
    assert places(mixed) == HIGH_STREET[:2]


def test_consecutive_duplicates_are_removed_and_a_way_back_is_kept() -> None:
    a, b, c = HIGH_STREET
    assert places(parse_geojson(line([a, a, b, b, b, c, a, a]))) == [a, b, c, a]


def test_zero_has_one_sign() -> None:
    assert math.copysign(1, parse_geojson(point([-0.0, 52])).coords[0][0]) == 1


@pytest.mark.parametrize(
    ("given_", "path"),
    [
        (None, "geometry"),
        ([], "geometry"),
        ("POINT (0 52)", "geometry"),
        (3, "geometry"),
        (True, "geometry"),
        ({}, "geometry.type"),
        ({"coordinates": BRIXTON}, "geometry.type"),
        ({"type": None, "coordinates": BRIXTON}, "geometry.type"),
        ({"type": [], "coordinates": BRIXTON}, "geometry.type"),
        ({"type": "point", "coordinates": BRIXTON}, "geometry.type"),
        ({"type": "Feature", "geometry": point(BRIXTON)}, "geometry.type"),
        (point(BRIXTON, crs={"type": "name"}), "geometry.crs"),
        (point(BRIXTON, properties={}), "geometry.properties"),
        ({"type": "Point"}, "geometry.coordinates"),
        (point(None), "geometry.coordinates"),
        (point({}), "geometry.coordinates"),
        (point("0 52"), "geometry.coordinates"),
        (point([]), "geometry.coordinates"),
        (point([0]), "geometry.coordinates"),
        (point([0, 52, 1, 2]), "geometry.coordinates"),
        (point([[0, 52]]), "geometry.coordinates"),
        (point([[0, 52], 1]), "geometry.coordinates[0]"),
        (point(["0", 52]), "geometry.coordinates[0]"),
        (point([0, True]), "geometry.coordinates[1]"),
        (point([0, None]), "geometry.coordinates[1]"),
        (point([0, 52, "high"]), "geometry.coordinates[2]"),
        (point([0, math.nan]), "geometry.coordinates[1]"),
        (point([-math.inf, 52]), "geometry.coordinates[0]"),
        (point([0, 52, math.nan]), "geometry.coordinates[2]"),
        (line([]), "geometry.coordinates"),
        (line([BRIXTON]), "geometry.coordinates"),
        (line(BRIXTON), "geometry.coordinates[0]"),
        (line([*HIGH_STREET, [0]]), "geometry.coordinates[3]"),
        (line([*HIGH_STREET, [0, "52"]]), "geometry.coordinates[3][1]"),
        (line([[HIGH_STREET]]), "geometry.coordinates"),
    ],
)
def test_malformed(given_: object, path: str) -> None:
    with pytest.raises(MalformedGeometry) as caught:
        parse_geojson(given_)
    assert caught.value.path == path
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("given_", "path", "says"),
    [
        ({"type": "Polygon", "coordinates": []}, "geometry.type", "Give a Point or a LineString"),
        ({"type": "GeometryCollection", "geometries": []}, "geometry.type", "Give a Point or a LineString"),
        (point([51.4613, -0.1145]), "geometry.coordinates", "swapped"),
        (point([2.3488, 48.8534]), "geometry.coordinates", "outside Great Britain"),
        (point([181, 51]), "geometry.coordinates", "out of range"),
        (point([0, -91]), "geometry.coordinates", "out of range"),
        (point([531_000, 175_000]), "geometry.coordinates", "National Grid"),
        (point([10**400, 52]), "geometry.coordinates[0]", "too large"),
        (point([1e308, -1e308]), "geometry.coordinates", "out of range"),
        (line([*HIGH_STREET, [1.8587, 50.9513]]), "geometry.coordinates[3]", "outside Great Britain"),
        (line([HIGH_STREET[0], [51.462, -0.115]]), "geometry.coordinates[1]", "swapped"),
        (line([BRIXTON, BRIXTON]), "geometry.coordinates", "0.00 m long"),
        (line([BRIXTON, [BRIXTON[0] + 1e-6, BRIXTON[1]]]), "geometry.coordinates", "0.07 m long"),
        (line([[-0.1145, 51.4613], [-0.1145, 51.5113]]), "geometry.coordinates", "at most 5,000 m"),
    ],
)
def test_refused(given_: object, path: str, says: str) -> None:
    with pytest.raises(RefusedGeometry, match=says) as caught:
        parse_geojson(given_)
    assert caught.value.path == path


def test_length_limits_in_metres_of_the_grid() -> None:
    assert parse_geojson(line(on_grid((0, 0), (3000, 4000 - 0.01)))).geom_type == "LineString"
    with pytest.raises(RefusedGeometry, match="5,000 m can be taken"):
        parse_geojson(line(on_grid((0, 0), (3000, 4000 + 0.01))))
    assert parse_geojson(line(on_grid((0, 0), (0.51, 0)))).geom_type == "LineString"
    with pytest.raises(RefusedGeometry, match=r"more than 0\.5 m"):
        parse_geojson(line(on_grid((0, 0), (0.49, 0))))
    there_and_back = line(on_grid((0, 0), (300, 0), (0, 0)))
    with pytest.raises(RefusedGeometry, match="The line is 600 m long; at most 599 m"):
        parse_geojson(there_and_back, max_length_m=599)
    assert length_m(parse_geojson(there_and_back, max_length_m=601)) == pytest.approx(600, abs=0.01)  # type: ignore[arg-type]


def test_vertex_limit_counts_what_was_sent() -> None:
    wave = on_grid(*[(i, i % 2) for i in range(2000)])
    assert len(places(parse_geojson(line(wave)))) == 2000
    with pytest.raises(RefusedGeometry, match="2001 positions; at most 2000"):
        parse_geojson(line([*wave, wave[-1]]))
    with pytest.raises(RefusedGeometry, match="at most 3"):
        parse_geojson(line(wave), max_vertices=3)


def test_messages_do_not_carry_the_sender_s_flood() -> None:
    flood = "x" * 10_000
    for value in (point([flood, 52]), {"type": flood}, point(BRIXTON, **{flood: 1}), point([0, "\ud800"])):
        with pytest.raises(MalformedGeometry) as caught:
            parse_geojson(value)
        assert len(str(caught.value)) < 200
        assert len(caught.value.path) < 100
        str(caught.value).encode()
        caught.value.path.encode()


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["type", "coordinates", "bbox", "crs", "x"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(
    ANY_JSON
    | st.builds(
        lambda kind, inner: {"type": kind, "coordinates": inner},
        st.sampled_from(["Point", "LineString"]),
        ANY_JSON,
    )
)
def test_any_json_is_a_geometry_or_an_error_with_a_path(value: object) -> None:
    path, message = "geometry", "."
    try:
        found = parse_geojson(value)
    except (MalformedGeometry, RefusedGeometry) as error:
        path, message = error.path, str(error)
    else:
        assert found.is_valid
        assert not found.is_empty
    assert path.startswith("geometry")
    assert message.endswith(".")


@given(st.lists(st.tuples(st.floats(-2, 0), st.floats(51.5, 53)), min_size=2, max_size=12))
def test_what_is_returned_is_taken_again_unchanged(vertices: list[tuple[float, float]]) -> None:
    try:
        once = parse_geojson(line([list(place) for place in vertices]), max_length_m=math.inf)
    except RefusedGeometry:
        assert length_m(LineString(vertices)) <= 0.5
        return
    again = parse_geojson(json.loads(json.dumps(line(places(once)))), max_length_m=math.inf)
    assert again.equals_exact(once, 0)
    assert all(a != b for a, b in zip(places(once), places(once)[1:], strict=False))


def test_length_of_a_metre_is_a_metre() -> None:
    # 1,000 m of grid are 1,000 m here whatever the direction; in degrees they are not.
    for end in ((1000, 0), (0, 1000), (600, 800)):
        assert length_m(LineString(on_grid((0, 0), end))) == pytest.approx(1000, abs=0.003)


def test_wkt_in_degrees_and_on_the_grid() -> None:
    assert places(parse_wkt("POINT (-0.1145 51.4613)")) == [BRIXTON]
    assert (
        places(parse_wkt("LINESTRING Z (-0.1145 51.4613 3, -0.115 51.462 4, -0.116 51.463 5)")) == HIGH_STREET
    )
    grid = parse_wkt("LINESTRING (531000 175000, 531000 175300)", crs=crs.BNG)
    assert isinstance(grid, LineString)
    assert length_m(grid) == pytest.approx(300, abs=0.003)
    np.testing.assert_allclose(grid.coords, on_grid((0, 0), (0, 300)), rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("text", "kind", "options"),
    [
        ("", MalformedGeometry, {}),
        ("POINT", MalformedGeometry, {}),
        ("POINT (0)", MalformedGeometry, {}),
        ("POINT (0 x)", MalformedGeometry, {}),
        ("POINT EMPTY", MalformedGeometry, {}),
        ("POINT (nan 51)", MalformedGeometry, {}),
        ("LINESTRING EMPTY", MalformedGeometry, {}),
        ("LINESTRING (0 52)", MalformedGeometry, {}),
        ("<script>", MalformedGeometry, {}),
        ("POLYGON ((0 52, 1 52, 1 53, 0 52))", RefusedGeometry, {}),
        ("MULTIPOINT (0 52)", RefusedGeometry, {}),
        ("LINEARRING (0 52, 0.001 52, 0 52.001, 0 52)", RefusedGeometry, {}),
        ("LINESTRING (0 52, 0 52)", RefusedGeometry, {}),
        ("POINT (52 0)", RefusedGeometry, {}),
        ("POINT (531000 175000)", RefusedGeometry, {}),
        ("POINT (-0.1 51.5)", RefusedGeometry, {"crs": crs.BNG}),
        ("LINESTRING (0 52, 0.001 52, 0.002 52)", RefusedGeometry, {"max_vertices": 2}),
        ("LINESTRING (0 52, 0 53)", RefusedGeometry, {}),
    ],
)
def test_wkt_that_cannot_be_taken(text: str, kind: type[ValueError], options: dict[str, Any]) -> None:
    with pytest.raises(kind) as caught:
        parse_wkt(text, **options)
    assert caught.value.path == "wkt"  # type: ignore[attr-defined]


def test_bare_coordinates() -> None:
    # The Ordnance Survey's worked example, Caister water tower.
    assert places(from_lonlat(1.716073973, 52.658007833)) == [[1.716073973, 52.658007833]]
    tower = from_easting_northing(651409.804, 313177.450)
    assert (tower.x, tower.y) == pytest.approx((1.716073973, 52.658007833), abs=2e-8)


@pytest.mark.parametrize(
    ("lon", "lat", "path", "says"),
    [
        (51.5, -0.1, "longitude", "swapped"),
        (-0.1, 91.0, "latitude", "out of range"),
        (-200.0, 51.5, "longitude", "out of range"),
        (2.35, 48.85, "longitude", "outside Great Britain"),
        (531000.0, 175000.0, "longitude", "National Grid"),
    ],
)
def test_bare_degrees_refused(lon: float, lat: float, path: str, says: str) -> None:
    with pytest.raises(RefusedGeometry, match=says) as caught:
        from_lonlat(lon, lat)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("easting", "northing", "says"),
    [
        (-0.1, 51.5, "degrees"),
        (400_000.0, -100.0, "outside Great Britain"),
        (1_000_000.0, 300_000.0, "swapped"),
        (116_591.0, 392_141.0, "outside Great Britain"),
    ],
)
def test_bare_metres_refused(easting: float, northing: float, says: str) -> None:
    with pytest.raises(RefusedGeometry, match=says) as caught:
        from_easting_northing(easting, northing)
    assert caught.value.path == "easting"


def test_bare_coordinates_that_are_no_numbers() -> None:
    for bad, path in ((from_lonlat, "latitude"), (from_easting_northing, "northing")):
        with pytest.raises(MalformedGeometry) as caught:
            bad(1.0, math.nan)
        assert caught.value.path == path
