"""The invented boroughs: a valid place, connected, reproducible, and nowhere near real land."""

from collections import Counter

import numpy as np
import pytest
import shapely

from geoapp.cli.demo.borough import DemoBorough, basemap_features, make_borough
from spatial.crs import within_great_britain


@pytest.fixture(scope="module")
def borough() -> DemoBorough:
    return make_borough()


@pytest.fixture(scope="module", params=[1, 7])
def other(request: pytest.FixtureRequest) -> DemoBorough:
    return make_borough(request.param)


def test_lanthorn_has_twenty_wards_and_tallowgate_four(borough: DemoBorough) -> None:
    assert Counter(ward.borough_name for ward in borough.wards) == {"Lanthorn": 20, "Tallowgate": 4}
    assert len({ward.name for ward in borough.wards}) == 24
    assert [ward.code for ward in borough.wards][:2] == ["X05000001", "X05000002"]
    assert {one.code for one in borough.authorities} == {"X09000001", "X09000002"}


def _wards_are_a_coverage(place: DemoBorough) -> None:
    shapes = [ward.bng for ward in place.wards]
    assert shapely.coverage_is_valid(shapes)
    together = shapely.union_all(shapes)
    # No overlaps: parts add up to the whole. No gaps: the whole has no holes.
    assert sum(shape.area for shape in shapes) == pytest.approx(together.area, abs=0.01)
    assert together.geom_type == "Polygon"
    assert len(together.interiors) == 0
    for shape in shapes:
        assert shape.geom_type == "Polygon"
        assert 550_000 < shape.area < 3_000_000
        coordinates = shapely.get_coordinates(shape)
        assert np.abs(coordinates * 1000 - np.round(coordinates * 1000)).max() < 1e-4


def test_wards_leave_no_gap_and_no_overlap(borough: DemoBorough) -> None:
    _wards_are_a_coverage(borough)


def test_any_seed_gives_a_sound_place(other: DemoBorough) -> None:
    _wards_are_a_coverage(other)
    assert len(other.parks) == 6
    assert _reached_from_first(other) == len(other.network.nodes)


def test_each_borough_is_in_one_piece(borough: DemoBorough) -> None:
    for authority in borough.authorities:
        own = [ward.bng for ward in borough.wards if ward.borough_code == authority.code]
        assert shapely.union_all(own).geom_type == "Polygon"


def _reached_from_first(place: DemoBorough) -> int:
    neighbours: dict[int, list[int]] = {}
    for start, end in place.network.ends.tolist():
        neighbours.setdefault(start, []).append(end)
        neighbours.setdefault(end, []).append(start)
    seen, waiting = {0}, [0]
    while waiting:
        new = [node for node in neighbours[waiting.pop()] if node not in seen]
        seen.update(new)
        waiting.extend(new)
    return len(seen)


def test_one_can_walk_from_anywhere_to_anywhere(borough: DemoBorough) -> None:
    assert _reached_from_first(borough) == len(borough.network.nodes)


def test_edges_begin_and_end_at_their_nodes_and_lie_on_their_street(borough: DemoBorough) -> None:
    network = borough.network
    firsts = shapely.get_coordinates(shapely.get_point(network.lines, 0))
    lasts = shapely.get_coordinates(shapely.get_point(network.lines, -1))
    assert np.array_equal(firsts, network.nodes[network.ends[:, 0]])
    assert np.array_equal(lasts, network.nodes[network.ends[:, 1]])
    owners = np.array([borough.streets[i].line for i in network.street], dtype=object)
    middles = shapely.line_interpolate_point(network.lines, 0.5, normalized=True)
    assert shapely.distance(middles, owners).max() < 0.01


def test_streets_measure_like_a_town(borough: DemoBorough) -> None:
    km = sum(street.line.length for street in borough.streets if street.class_ != "river") / 1000
    assert 150 < km < 400
    assert {street.class_ for street in borough.streets} == {"main", "street", "path", "railway", "river"}
    assert all(street.name for street in borough.streets)
    assert len(borough.stations) == 3


def test_the_river_is_crossed_twice(borough: DemoBorough) -> None:
    river = next(street.line for street in borough.streets if street.class_ == "river")
    wards = shapely.union_all([ward.bng for ward in borough.wards])
    crossing = {
        street.name
        for street in borough.streets
        if street.class_ in {"main", "street", "path"} and street.line.intersects(river.intersection(wards))
    }
    assert crossing == {"Bridge Street", "Westgate Ring"}


def test_it_lies_in_the_sea_inside_the_grid(borough: DemoBorough) -> None:
    features = basemap_features(borough)
    west, south, east, north = shapely.total_bounds([feature.geom for feature in features])
    # The real coast is at about 1.40 to 1.45 east between Deal and North Foreland.
    assert west > 1.5
    assert east < 1.66
    assert (south, north) == pytest.approx((51.24, 51.24), abs=0.06)
    x, y = shapely.get_coordinates([feature.geom for feature in features]).T
    assert within_great_britain(x, y).all()


def test_the_base_map_has_every_layer_on_land(borough: DemoBorough) -> None:
    features = basemap_features(borough)
    assert {feature.layer for feature in features} == {
        *("street", "railway", "river", "park", "water", "station", "land")
    }
    land = next(feature.geom for feature in features if feature.layer == "land")
    assert land.is_valid
    for ward in borough.wards:
        assert land.contains(ward.wgs84)
    assert all(land.covers(feature.geom) for feature in features if feature.layer in {"park", "station"})
    assert all(feature.geom.is_valid and not feature.geom.is_empty for feature in features)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(borough: DemoBorough) -> None:
    def bytes_of(place: DemoBorough) -> bytes:
        shapes = [feature.geom for feature in basemap_features(place)] + [ward.wgs84 for ward in place.wards]
        return b"".join(shapely.to_wkb(shape) for shape in shapes)

    assert bytes_of(make_borough()) == bytes_of(borough)
    assert bytes_of(make_borough(2027)) != bytes_of(borough)
