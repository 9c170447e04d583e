import itertools

import numpy as np
import pytest
import shapely
from shapely import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from spatial.coverage import check_coverage
from spatial.crs import geometry_to_wgs84
from spatial.wards import WardShape, read_wards
from tests.shared_data import shared

E0, N0 = 531_000.0, 174_000.0


def square(west: float, south: float, east: float, north: float) -> Polygon:
    """Return a rectangle in metres from a corner of south London, in EPSG:27700."""
    return box(E0 + west, N0 + south, E0 + east, N0 + north)


def wards(*shapes: BaseGeometry, codes: str = "ABCDEFGHI") -> list[WardShape]:
    whole = [MultiPolygon(list(shapely.get_parts(shape))) for shape in shapes]
    return [
        WardShape(k + 1, code, code, None, None, geometry_to_wgs84(shape), shape)
        for k, (shape, code) in enumerate(zip(whole, codes, strict=False))
    ]


def test_wards_that_cover_their_area_once_have_nothing_to_report() -> None:
    grid = [square(x, y, x + 100, y + 100) for x in (0, 100, 200) for y in (0, 100, 200)]
    found = check_coverage(wards(*grid))
    assert (found.gaps, found.notches, found.overlaps, found.repeated) == ((), (), (), ())
    assert (found.gaps_m2, found.overlaps_m2) == (0.0, 0.0)


def test_no_wards_at_all_have_nothing_to_report() -> None:
    assert check_coverage([]).gaps == ()


def test_a_ward_left_out_is_a_gap_of_its_whole_area() -> None:
    grid = [square(x, y, x + 100, y + 100) for x in (0, 100, 200) for y in (0, 100, 200)]
    missing = grid.pop(4)
    found = check_coverage(wards(*grid))
    assert found.gaps_m2 == pytest.approx(10_000)
    assert found.gaps[0].geom_bng.equals(missing)


def test_a_lake_inside_one_ward_is_a_gap_and_an_island_in_it_is_not() -> None:
    lake, island = square(20, 20, 60, 60), square(30, 30, 40, 40)
    around = square(0, 0, 100, 100).difference(lake)
    assert check_coverage(wards(around)).gaps_m2 == pytest.approx(1_600)
    assert check_coverage(wards(around.union(island))).gaps_m2 == pytest.approx(1_500)


def test_an_inner_ward_fills_the_hole_of_the_ward_around_it() -> None:
    inner = square(20, 20, 60, 60)
    assert check_coverage(wards(square(0, 0, 100, 100).difference(inner), inner)).gaps == ()


@pytest.mark.parametrize(("width", "area"), [(0.9, 90.0), (0.006, 0.6), (0.004, 0.0), (1.2, 0.0)])
def test_an_open_strip_between_wards_apart_is_a_gap_when_under_a_metre_wide(
    width: float, area: float
) -> None:
    found = check_coverage(wards(square(0, 0, 100, 100), square(100 + width, 0, 200, 100)))
    assert found.gaps_m2 == pytest.approx(area, rel=0.02)
    assert found.notches == ()


def test_an_enclosed_sliver_is_a_gap_and_counts_once() -> None:
    # 100 x 0.5 m between two wards, closed at both ends by a third that frames them.
    left, right = square(0, 0, 100, 100), square(100.5, 0, 200, 100)
    rim = square(-10, -10, 210, 110).difference(square(0, 0, 200, 100))
    found = check_coverage(wards(left, right, rim))
    assert [gap.area_m2 for gap in found.gaps] == pytest.approx([50.0])


def test_a_notch_at_the_end_of_a_shared_border_is_listed_but_no_gap() -> None:
    left = Polygon([(E0, N0), (E0 + 100, N0), (E0 + 100, N0 + 60), (E0 + 99.6, N0 + 100), (E0, N0 + 100)])
    found = check_coverage(wards(left, square(100, 0, 200, 100)))
    assert found.gaps == ()
    # A triangle 40 m long and 0.4 m wide at its mouth.
    assert [notch.area_m2 for notch in found.notches] == pytest.approx([8.0], rel=0.02)


def test_a_ragged_outline_of_one_ward_is_nothing_to_report() -> None:
    slit = square(0, 0, 100, 100).difference(square(50, 40, 50.5, 100))
    found = check_coverage(wards(slit))
    assert (found.gaps, found.notches) == ((), ())


def test_overlaps_name_both_wards_with_the_largest_first() -> None:
    found = check_coverage(
        wards(
            square(0, 0, 101, 100), square(100, 0, 205, 100), square(200, 0, 300, 100), square(10, 10, 20, 15)
        )
    )
    assert [(overlap.code_a, overlap.code_b) for overlap in found.overlaps] == [
        ("B", "C"),
        ("A", "B"),
        ("A", "D"),
    ]
    assert [overlap.area_m2 for overlap in found.overlaps] == pytest.approx([500, 100, 50])
    assert found.overlaps_m2 == pytest.approx(650)


def test_overlaps_under_half_a_square_metre_are_rounding() -> None:
    assert check_coverage(wards(square(0, 0, 100.004, 100), square(100, 0, 200, 100))).overlaps == ()
    assert len(check_coverage(wards(square(0, 0, 100.006, 100), square(100, 0, 200, 100))).overlaps) == 1


def test_repeated_codes_are_named_once() -> None:
    shapes = [square(x, 0, x + 100, 100) for x in (0, 100, 200, 300)]
    assert check_coverage(wards(*shapes, codes="ABAA")).repeated == ("A",)


@pytest.mark.parametrize("name", ["south_london_wards_2018.geojson", "inner_south_london_wards_2022.geojson"])
def test_real_wards_have_no_gap_and_no_overlap_also_by_a_second_method(name: str) -> None:
    read = read_wards(shared(f"data/wards/{name}")).wards
    found = check_coverage(read)
    assert (found.gaps, found.overlaps, found.repeated) == ((), (), ())
    geoms = np.array([ward.geom_bng for ward in read], dtype=object)
    assert shapely.coverage_is_valid(geoms)
    assert shapely.area(geoms).sum() == pytest.approx(shapely.union_all(geoms).area, abs=0.5)


def test_a_real_ward_taken_out_or_pushed_over_is_found() -> None:
    read = list(read_wards(shared("data/wards/south_london_wards_2018.geojson")).wards)
    outline = shapely.union_all([ward.geom_bng for ward in read]).boundary
    at = next(k for k, ward in enumerate(read) if not ward.geom_bng.intersects(outline))
    without = check_coverage(read[:at] + read[at + 1 :])
    assert without.gaps_m2 == pytest.approx(read[at].geom_bng.area, abs=0.5)

    pushed = shapely.transform(read[at].geom_bng, lambda xy: xy + np.array([30.0, 0.0]))
    moved = [*read]
    moved[at] = WardShape(at + 1, read[at].code, "", None, None, read[at].geom, pushed)
    by_pairs = sum(
        a.geom_bng.intersection(b.geom_bng).area
        for a, b in itertools.combinations(moved, 2)
        if read[at].code in {a.code, b.code}
    )
    assert check_coverage(moved).overlaps_m2 == pytest.approx(by_pairs, abs=1.0)
