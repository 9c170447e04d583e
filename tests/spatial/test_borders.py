"""Shapes as the borders they share: every border once, every shape whole."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatial.borders import borders, steps

# Two squares of two side by side, and on top of both a third shape of four by two.
LEFT = [(0, 0), (2, 0), (2, 2), (0, 2)]
RIGHT = [(2, 0), (4, 0), (4, 2), (2, 2)]
TOP = [(0, 2), (2, 2), (4, 2), (4, 4), (0, 4)]


def rebuilt(found, walk):
    """The ring that a walk makes, with its first corner again at the end."""
    corners = []
    for step in walk:
        line = found.lines[-1 - step][::-1] if step < 0 else found.lines[step]
        assert not corners or corners[-1] == line[0]
        corners += line[1:] if corners else line
    return corners


def same_ring(corners, ring):
    """Whether both go round the same corners in the same direction, wherever they begin."""
    at = ring.index(corners[0])
    return corners[:-1] == [*ring[at:], *ring[:at]] and corners[-1] == corners[0]


def test_three_squares_have_six_borders_by_hand():
    found = borders([LEFT, RIGHT, TOP])
    assert {frozenset([line, line[::-1]]) for line in found.lines} == {
        frozenset([line, line[::-1]])
        for line in [
            ((0, 2), (0, 0), (2, 0)),  # left, outside
            ((2, 0), (2, 2)),  # left and right
            ((0, 2), (2, 2)),  # left and top
            ((2, 0), (4, 0), (4, 2)),  # right, outside
            ((2, 2), (4, 2)),  # right and top
            ((4, 2), (4, 4), (0, 4), (0, 2)),  # top, outside
        ]
    }
    for ring, walk in zip((LEFT, RIGHT, TOP), found.walks, strict=True):
        assert same_ring(rebuilt(found, walk), ring)


@pytest.mark.parametrize("backwards", [False, True])
def test_an_island_and_the_hole_it_fills_are_one_line(backwards):
    hole = [(1, 1), (1, 3), (3, 3), (3, 1)]
    island = [(3, 3), (3, 1), (1, 1), (1, 3)] if backwards else [(1, 3), (1, 1), (3, 1), (3, 3)]
    found = borders([[(0, 0), (4, 0), (4, 4), (0, 4)], hole, island])
    assert len(found.lines) == 2
    assert same_ring(rebuilt(found, found.walks[1]), hole)
    assert same_ring(rebuilt(found, found.walks[2]), island)


def test_neighbours_without_the_same_corners_keep_a_line_each():
    found = borders([LEFT, [(2, 0), (4, 0), (4, 2), (2, 2), (2, 1)]])
    assert len(found.lines) == 2


def test_steps_go_on_from_the_line_before():
    assert steps([((5, 7), (6, 7)), ((6, 9), (6, 7))]) == [[5, 7, 1, 0], [0, 2, 0, -2]]
    assert steps([]) == []


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=4, max_size=30, unique=True))
def test_every_shape_of_a_pattern_comes_back_and_no_side_is_there_twice(seeds):
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(seeds)))
    rings = [
        [tuple(at) for at in np.round(shapely.get_coordinates(cell)[:-1] * 1000).astype(int).tolist()]
        for cell in cells
    ]
    rings = [list(dict.fromkeys(ring)) for ring in rings]
    rings = [ring for ring in rings if len(ring) > 2]
    found = borders(rings)
    sides = [frozenset(side) for line in found.lines for side in pairwise(line)]
    assert len(sides) == len(set(sides))
    for ring, walk in zip(rings, found.walks, strict=True):
        assert same_ring(rebuilt(found, walk), ring)
