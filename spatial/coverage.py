"""Whether wards cover their area once: gaps between them, overlaps, repeated codes. All in EPSG:27700 metres.

A gap is ground that no ward covers and that is

- enclosed: a hole of the union of all wards, of any width (a lake left out is one, and is reported); or
- a sliver: a strip under 1 m wide, open to the outside, that keeps wards apart which share no border. Strips
  are found by growing the outline by half a metre and shrinking it again.

Such a strip at the end of a border that its wards do share is a notch of the outline: listed, but no gap. An
open gap wider than 1 m cannot be told from the outside. An overlap is ground that two wards share. What is
under 0.5 m2 is the rounding of coordinates (six decimals of a degree are 0.1 m) and is left out.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from spatial.wards import WardShape

NOISE_M2 = 0.5
SLIVER_M = 1.0

# Two interiors meet: the first letter of the DE-9IM matrix. Cheaper than cutting every pair of neighbours.
_INTERIORS_MEET = "T********"
# Boundaries share a line, not a point alone.
_BORDERS_MEET_ALONG = "****1****"
# Closing rounds a sliver's ends; this far from a ward still counts as touching it.
_TOUCH_M = 0.01


@dataclass(frozen=True, slots=True)
class Gap:
    """Ground without a ward: area in m2 and shape in EPSG:27700."""

    area_m2: float
    geom_bng: Polygon


@dataclass(frozen=True, slots=True)
class Overlap:
    """Ground in two wards: their codes in the order of the wards given, and its area in m2."""

    code_a: str
    code_b: str
    area_m2: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """Gaps, notches and overlaps, the largest first, and the codes that occur more than once.

    Notches are told for information: they count in no sum.
    """

    gaps: tuple[Gap, ...]
    notches: tuple[Gap, ...]
    overlaps: tuple[Overlap, ...]
    repeated: tuple[str, ...]

    @property
    def gaps_m2(self) -> float:
        """Ground without a ward, in m2."""
        return float(sum(gap.area_m2 for gap in self.gaps))

    @property
    def overlaps_m2(self) -> float:
        """Sum over pairs of wards of the ground they share, in m2."""
        return float(sum(overlap.area_m2 for overlap in self.overlaps))


def check_coverage(wards: Sequence[WardShape]) -> Coverage:
    """Return gaps, overlaps and repeated codes of the wards; all empty when they cover their area once.

    Works out the union of all wards: a few seconds for a city in full detail.
    """
    geoms = np.array([ward.geom_bng for ward in wards], dtype=object)
    codes = [ward.code for ward in wards]
    tree = STRtree(geoms)
    gaps, notches = _gaps(geoms, tree)
    return Coverage(
        gaps=tuple(gaps),
        notches=tuple(notches),
        overlaps=_overlaps(geoms, codes, tree),
        repeated=tuple(code for code, times in Counter(codes).items() if times > 1),
    )


def _overlaps(geoms: NDArray[np.object_], codes: list[str], tree: STRtree) -> tuple[Overlap, ...]:
    first, second = tree.query(geoms)
    once = first < second
    first, second = first[once], second[once]
    meeting = shapely.relate_pattern(geoms[first], geoms[second], _INTERIORS_MEET)
    first, second = first[meeting], second[meeting]
    areas = shapely.area(shapely.intersection(geoms[first], geoms[second]))
    found = [
        Overlap(codes[a], codes[b], float(area))
        for a, b, area in zip(first, second, areas, strict=True)
        if area >= NOISE_M2
    ]
    return tuple(sorted(found, key=lambda overlap: (-overlap.area_m2, overlap.code_a, overlap.code_b)))


def _gaps(geoms: NDArray[np.object_], tree: STRtree) -> tuple[list[Gap], list[Gap]]:
    """Return gaps and notches."""
    union = shapely.union_all(geoms)
    filled = shapely.union_all([Polygon(outline.exterior) for outline in shapely.get_parts(union)])
    # Not the inner rings themselves: a ward may lie in the hole of another without filling it.
    gaps = list(shapely.get_parts(shapely.get_parts(shapely.difference(filled, union))))
    notches: list[Polygon] = []
    for strip in _strips(filled):
        beside = geoms[tree.query(strip, predicate="dwithin", distance=_TOUCH_M)]
        # One ward alone has a ragged outline, not a gap.
        if len(beside) > 1:
            (notches if _hang_together(beside) else gaps).append(strip)
    return _as_gaps(gaps), _as_gaps(notches)


def _strips(filled: BaseGeometry) -> NDArray[np.object_]:
    """Return the narrow polygons beside an outline without holes that closing it fills."""
    half = SLIVER_M / 2
    closed = shapely.buffer(shapely.buffer(filled, half, join_style="mitre"), -half, join_style="mitre")
    strips = shapely.get_parts(shapely.get_parts(shapely.difference(closed, filled)))
    return strips[shapely.area(strips) >= NOISE_M2]


def _hang_together(geoms: NDArray[np.object_]) -> bool:
    """Whether one can walk from each shape to each other across shared borders."""
    reached, left = [geoms[0]], list(geoms[1:])
    for shape in reached:
        across = shapely.relate_pattern(shape, left, _BORDERS_MEET_ALONG)
        reached.extend(other for other, meets in zip(left, across, strict=True) if meets)
        left = [other for other, meets in zip(left, across, strict=True) if not meets]
    return not left


def _as_gaps(shapes: list[Polygon]) -> list[Gap]:
    found = [Gap(float(shape.area), shape) for shape in shapes if shape.area >= NOISE_M2]
    return sorted(found, key=lambda gap: -gap.area_m2)
