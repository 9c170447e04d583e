"""Hexagons: every point in one cell, no gaps, shared corners bit by bit."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatial.grid import HexGrid

GRIDS = [HexGrid.HEX200, HexGrid.HEX500]
eastings = st.floats(0, 700_000)
northings = st.floats(0, 1_250_000)
columns = st.integers(0, 4041)
rows = st.integers(0, 8270)


def test_the_two_sizes() -> None:
    assert (HexGrid.HEX200.across_flats_m, HexGrid.HEX500.across_flats_m) == (200.0, 500.0)
    assert (HexGrid.HEX200.name, HexGrid.HEX500.name) == ("hex200", "hex500")


def test_first_cell_by_hand() -> None:
    # 200 m between the flats in the south and north, corners 200/sqrt(3) from the centre in the west and east
    half = 200 / np.sqrt(3)
    expected = [(half, 0), (half / 2, 100), (-half / 2, 100), (-half, 0), (-half / 2, -100), (half / 2, -100)]
    np.testing.assert_allclose(HexGrid.HEX200.corners(0, 0), expected, atol=1e-9)


def test_centres_by_hand() -> None:
    # one column east is sqrt(3)/2 widths east and half a width south
    assert HexGrid.HEX500.centre(0, 3) == (0, 1500)
    east, north = HexGrid.HEX500.centre(2, 3)
    assert east == pytest.approx(500 * np.sqrt(3))
    assert north == 1000


@pytest.mark.parametrize("grid", GRIDS)
@given(q=columns, r=rows)
def test_equal_area_everywhere(grid: HexGrid, q: int, r: int) -> None:
    area = np.sqrt(3) / 2 * grid.across_flats_m**2
    assert grid.area_m2 == pytest.approx(area, rel=1e-12)
    assert grid.polygon(q, r).area == pytest.approx(area, rel=1e-7)
    assert grid.polygon(q, r).exterior.is_ccw


@pytest.mark.parametrize("grid", GRIDS)
@given(east=eastings, north=northings)
def test_each_point_is_in_just_one_cell(grid: HexGrid, east: float, north: float) -> None:
    q, r = grid.cell_of(east, north)
    point = shapely.Point(east, north)
    assert grid.polygon(int(q), int(r)).distance(point) < 1e-6
    for beside in zip(*grid.neighbours(q, r), strict=True):
        assert not grid.polygon(int(beside[0]), int(beside[1])).buffer(-1e-6).contains(point)


@pytest.mark.parametrize("grid", GRIDS)
@given(q=columns, r=rows)
def test_a_centre_is_in_its_own_cell(grid: HexGrid, q: int, r: int) -> None:
    assert grid.cell_of(*grid.centre(q, r)) == (q, r)


@pytest.mark.parametrize("grid", GRIDS)
@given(q=columns, r=rows)
def test_neighbours_share_two_corners_bit_by_bit_and_leave_no_gap(grid: HexGrid, q: int, r: int) -> None:
    own = {tuple(corner) for corner in grid.corners(q, r).tolist()}
    seen: list[Any] = []
    for beside in grid.corners(*grid.neighbours(q, r)).tolist():
        shared = own & {tuple(corner) for corner in beside}
        assert len(shared) == 2
        seen.append(frozenset(shared))
    assert len(set(seen)) == 6
    around = shapely.union_all([grid.polygon(q, r), *grid.polygons(*grid.neighbours(q, r))])
    assert around.geom_type == "Polygon"
    assert not around.interiors
    assert around.area == pytest.approx(7 * grid.area_m2, rel=1e-7)


def test_neighbours_go_round_clockwise_from_the_north() -> None:
    grid = HexGrid.HEX200
    east, north = grid.centre(*grid.neighbours(100, 100))
    here = grid.centre(100, 100)
    bearings = np.degrees(np.arctan2(east - here[0], north - here[1])) % 360
    np.testing.assert_allclose(bearings, [0, 60, 120, 180, 240, 300], atol=1e-9)
    np.testing.assert_allclose(np.hypot(east - here[0], north - here[1]), 200)


@given(q=columns, r=rows, along=st.floats(-57, 57))
def test_a_point_on_a_flat_belongs_to_the_southern_cell(q: int, r: int, along: float) -> None:
    grid = HexGrid.HEX200
    east, north = grid.centre(q, r)
    assert grid.cell_of(east + along, north + 100) == (q, r)
    assert grid.cell_of(east + along, north - 100) == (q, r - 1)
    assert grid.code(q, r - 1) < grid.code(q, r) or r == 0


def test_beside_a_corner_the_nearest_centre_has_it() -> None:
    # column 1 lies half a width south: its western corner is where (0, 0), (0, -1) and (1, 0) meet
    grid = HexGrid(2 * np.sqrt(3))  # edges of 2 m, columns 3 m apart
    east, north = grid.corners(1, 0)[3]
    assert grid.cell_of(east - 1e-9, north - 1e-9) == (0, -1)
    assert grid.cell_of(east - 1e-9, north + 1e-9) == (0, 0)
    assert grid.cell_of(east + 1e-9, north) == (1, 0)


def test_vectorised_and_unchanged() -> None:
    rng = np.random.default_rng(1)
    east, north = rng.uniform(0, 7e5, (2, 5, 400))
    before = east.copy()
    q, r = HexGrid.HEX500.cell_of(east, north)
    assert q.shape == r.shape == (5, 400)
    assert q.dtype == r.dtype == np.int64
    assert (q >= 0).all()
    assert (r >= 0).all()
    for i in range(0, 400, 40):
        assert HexGrid.HEX500.cell_of(east[3, i], north[3, i]) == (q[3, i], r[3, i])
    np.testing.assert_array_equal(east, before)


def test_points_nowhere_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        HexGrid.HEX200.cell_of([1.0, np.nan], [2.0, 3.0])
    with pytest.raises(ValueError, match="metres across flats"):
        HexGrid(0)


@given(q=st.integers(-50, 5000), r=st.integers(-50, 9999))
def test_code_and_back(q: int, r: int) -> None:
    assert HexGrid.HEX200.cell(HexGrid.HEX200.code(q, r)) == (q, r)


@given(columns, rows, columns, rows)
def test_codes_sort_like_their_cells(q1: int, r1: int, q2: int, r2: int) -> None:
    grid = HexGrid.HEX200
    assert (grid.code(q1, r1) < grid.code(q2, r2)) == ((q1, r1) < (q2, r2))


def test_code_by_hand() -> None:
    assert HexGrid.HEX200.code(3060, 430) == "hex200:3060:0430"
    # Trafalgar Square, 530,000 east and 180,400 north, near enough: column 3060 of 173.205 m is 530,007 east,
    # its centres at 200 r - 306,000 north: r = 2432 is at 180,400
    q, r = HexGrid.HEX200.cell_of(530_000, 180_400)
    assert HexGrid.HEX200.code(int(q), int(r)) == "hex200:3060:2432"


@pytest.mark.parametrize(
    "code", ["", "hex500:0001:0002", "hex200:1:2", "hex200:0001", "hex200:0001:0002 ", "E05000001"]
)
def test_foreign_codes_are_refused(code: str) -> None:
    with pytest.raises(ValueError, match="no cell of the grid hex200"):
        HexGrid.HEX200.cell(code)


@given(eastings, northings, st.floats(0, 1500), st.floats(0, 1500))
def test_cells_over_bounds_are_those_that_touch(
    east: float, north: float, width: float, height: float
) -> None:
    grid = HexGrid.HEX500
    bounds = (east, north, east + width, north + height)
    found = set(zip(*(axis.tolist() for axis in grid.cells_over(bounds)), strict=True))
    # by another road: a generous rhombus of cells round the middle
    q0, r0 = (int(axis) for axis in grid.cell_of(east + width / 2, north + height / 2))
    q, r = (axis.ravel() for axis in np.meshgrid(np.arange(q0 - 6, q0 + 7), np.arange(r0 - 8, r0 + 9)))
    rectangle = shapely.box(*bounds)
    touching = shapely.intersects(grid.polygons(q, r), rectangle)
    assert found == set(zip(q[touching].tolist(), r[touching].tolist(), strict=True))


def test_cells_over_covers_without_gap() -> None:
    bounds = (529_000.0, 179_000.0, 531_500.0, 181_000.0)
    q, r = HexGrid.HEX200.cells_over(bounds)
    assert list(zip(q, r, strict=True)) == sorted(zip(q, r, strict=True))
    cover = shapely.union_all(HexGrid.HEX200.polygons(q, r))
    assert cover.buffer(1e-6).contains(shapely.box(*bounds))


@given(eastings, northings, st.floats(-3000, 3000), st.floats(-3000, 3000))
def test_cells_along_a_line_are_those_that_it_touches(
    east: float, north: float, de: float, dn: float
) -> None:
    grid = HexGrid.HEX500
    q, r = grid.cells_along(east, north, east + de, north + dn)
    found = set(zip(q.tolist(), r.tolist(), strict=True))
    line = shapely.LineString([(east, north), (east + de, north + dn)])
    over_q, over_r = grid.cells_over(shapely.bounds(line).tolist())
    touching = shapely.intersects(grid.polygons(over_q, over_r), line)
    assert found == set(zip(over_q[touching].tolist(), over_r[touching].tolist(), strict=True))
    pieces = shapely.intersection(grid.polygons(q, r), line)
    assert shapely.union_all(pieces).length == pytest.approx(line.length, abs=1e-6)


def test_cells_along_a_flat_and_at_a_point() -> None:
    grid = HexGrid.HEX200
    east, north = (float(axis) for axis in grid.centre(10, 20))
    q, r = grid.cells_along(east - 50, north + 100, east + 50, north + 100)
    assert list(zip(q.tolist(), r.tolist(), strict=True)) == [(10, 20), (10, 21)]
    q, r = grid.cells_along(east, north, east, north)
    assert (q.tolist(), r.tolist()) == ([10], [20])


def test_bounds_inside_out_are_refused() -> None:
    with pytest.raises(ValueError, match="west has to come before east"):
        HexGrid.HEX200.cells_over((2.0, 0.0, 1.0, 1.0))
