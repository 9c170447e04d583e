import json
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import GeometryCollection, LinearRing, LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from spatial.features import Feature, FeatureCollection, iter_json, to_json

CLOCKWISE = Polygon([(0, 0), (0, 1), (1, 1), (1, 0)], [[(0.2, 0.2), (0.4, 0.2), (0.4, 0.4), (0.2, 0.4)]])


def read(thing: Feature | FeatureCollection, **options: int) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(to_json(thing, **options))
    return value


def written(geometry: BaseGeometry, **options: int) -> dict[str, Any]:
    value: dict[str, Any] = read(Feature("a", geometry, {}), **options)["geometry"]
    return value


def test_a_feature_as_rfc_7946_has_it() -> None:
    feature = Feature("c1", Point(-0.1, 51.5), {"kind": "concern"})
    assert to_json(feature) == (
        b'{"type":"Feature","id":"c1","geometry":{"type":"Point","coordinates":[-0.1,51.5]},'
        b'"properties":{"kind":"concern"}}'
    )


def test_a_collection_with_members_after_its_features() -> None:
    features = [Feature(i, None, {"n": i}) for i in range(2)]
    collection = FeatureCollection(features, {"numberReturned": 2, "links": [{"href": "/feed/"}]})
    assert to_json(collection) == (
        b'{"type":"FeatureCollection","features":['
        b'{"type":"Feature","id":0,"geometry":null,"properties":{"n":0}},'
        b'{"type":"Feature","id":1,"geometry":null,"properties":{"n":1}}],'
        b'"numberReturned":2,"links":[{"href":"/feed/"}]}'
    )
    assert to_json(FeatureCollection([])) == b'{"type":"FeatureCollection","features":[]}'


def test_a_tombstone() -> None:
    assert to_json(Feature("c1", None, None, {"deleted": True})) == (
        b'{"type":"Feature","id":"c1","geometry":null,"properties":null,"deleted":true}'
    )
    assert "id" not in read(Feature(None, None, {}))


@pytest.mark.parametrize("shape", [CLOCKWISE, MultiPolygon([CLOCKWISE]), GeometryCollection([CLOCKWISE])])
def test_right_hand_rule(shape: BaseGeometry) -> None:
    geometry = written(shape)
    polygon = shapely.get_geometry(shapely.geometry.shape(geometry), 0)
    assert isinstance(polygon, Polygon)
    assert polygon.exterior.is_ccw
    assert not polygon.interiors[0].is_ccw
    assert not CLOCKWISE.exterior.is_ccw  # the caller's own is left alone
    assert polygon.equals(CLOCKWISE)


def test_seven_decimals_unless_told() -> None:
    place = Point(-0.12345678901, 51.98765432109)
    assert written(place)["coordinates"] == [-0.1234568, 51.9876543]
    assert written(place, decimals=5)["coordinates"] == [-0.12346, 51.98765]
    assert written(place, decimals=12)["coordinates"] == [-0.12345678901, 51.98765432109]
    assert to_json(Feature(None, Point(-1e-9, 1e-7), {})).count(b"-0") == 1  # 1e-07, and no -0.0


def test_no_third_dimension_and_no_ring_type() -> None:
    assert written(LineString([(0, 1, 2), (3, 4, 5)])) == {
        "type": "LineString",
        "coordinates": [[0, 1], [3, 4]],
    }
    assert written(LinearRing([(0, 0), (1, 0), (1, 1)]))["type"] == "LineString"


def test_a_ready_geometry_is_written_as_it_stands() -> None:
    ready = MappingProxyType({"type": "Point", "coordinates": [-0.12345678901, 51.5]})
    assert read(Feature("a", ready, {}))["geometry"] == dict(ready)
    with pytest.raises(ValueError, match="crs"):
        to_json(Feature("a", {**ready, "crs": {}}, {}))


def test_text_is_utf_8_and_stays_what_it_was() -> None:
    text = 'Señora\'s "path" </script> \u2028 \n 夜'
    body = to_json(Feature("ä", None, {"wording": text}))
    assert json.loads(body.decode())["properties"]["wording"] == text
    assert "夜".encode() in body


def test_what_a_property_may_hold() -> None:
    held = {
        "day": date(2025, 6, 15),
        "time": datetime(2025, 6, 15, 17, 30, tzinfo=UTC),
        "id": UUID("0190b8f0-0000-7000-8000-000000000001"),
        "count": np.int64(3),
        "rate": np.float64(0.5),
        "nested": MappingProxyType({"light": None}),
    }
    assert read(Feature("a", None, held))["properties"] == {
        "day": "2025-06-15",
        "time": "2025-06-15T17:30:00+00:00",
        "id": "0190b8f0-0000-7000-8000-000000000001",
        "count": 3,
        "rate": 0.5,
        "nested": {"light": None},
    }


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, np.float64("nan"), [1.0, {"a": math.nan}]])
def test_refuses_what_is_no_number(bad: object) -> None:
    with pytest.raises(ValueError, match="'c7'"):
        to_json(Feature("c7", None, {"rate": bad}))
    with pytest.raises(ValueError, match="collection"):
        to_json(FeatureCollection([], {"rate": bad}))


def test_refuses_coordinates_that_are_no_number_and_names_the_feature() -> None:
    features = [Feature(f"c{i}", Point(0, 0), {}) for i in range(3)]
    bad = Feature("c9", LineString([(0, 0), (math.inf, 1)]), {})
    with pytest.raises(ValueError, match=r"'c9'.*not finite"):
        to_json(FeatureCollection([*features, bad]))


def test_refuses_reserved_members_half_characters_and_strangers() -> None:
    for name in ("type", "features", "crs", "properties"):
        with pytest.raises(ValueError, match=name):
            to_json(FeatureCollection([], {name: 1}))
    with pytest.raises(ValueError, match="geometry"):
        to_json(Feature("a", None, {}, {"geometry": 1}))
    with pytest.raises(ValueError, match="'a'"):
        to_json(Feature("a", None, {"wording": "\ud800"}))
    with pytest.raises(TypeError, match="set"):
        to_json(Feature("a", None, {"factors": {"lighting"}}))


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1000, 1234])
def test_pieces_make_the_whole(count: int) -> None:
    features = [Feature(i, Point(i / 1000, 51) if i % 3 else None, {"n": i}) for i in range(count)]
    collection = FeatureCollection(features, {"more": False})
    pieces = list(iter_json(collection))
    assert b"".join(pieces) == to_json(collection)
    assert [feature["id"] for feature in json.loads(b"".join(pieces))["features"]] == list(range(count))


def test_a_stream_is_taken_piece_by_piece_and_members_come_late() -> None:
    taken = 0
    members: dict[str, object] = {}

    def features() -> Iterator[Feature]:
        nonlocal taken
        for i in range(2000):
            taken += 1
            yield Feature(i, Point(0, 51), {})
        members["numberReturned"] = taken

    pieces = iter_json(FeatureCollection(features(), members))
    next(pieces)
    assert taken == 500
    rest = b"".join(pieces)
    assert rest.endswith(b'],"numberReturned":2000}')


@given(
    st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=2, max_size=20), st.integers(0, 9)
)
def test_coordinates_are_rounded_and_read_back(places: list[tuple[float, float]], decimals: int) -> None:
    found = written(LineString(places), decimals=decimals)["coordinates"]
    np.testing.assert_allclose(found, places, rtol=0, atol=0.5000001 * 10**-decimals)
    assert all(round(number, decimals) == number for place in found for number in place)
