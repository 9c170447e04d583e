"""Wards as a drawing without a figure in it: one SVG path for their lines, one for those of boroughs."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

WIDTH, HEIGHT, _MARGIN = 640, 440, 16
# Finer than this nothing shows; it also keeps the page of all of London within a screenful of bytes.
_FINE_PX = 0.7

Points = NDArray[np.float64]
Shapes = NDArray[np.object_]


@dataclass(frozen=True)
class WardShapeKept:
    """A ward as it is kept: its borough, and its MultiPolygon in British National Grid as WKB."""

    borough: str
    shape: bytes


@dataclass(frozen=True)
class WardLines:
    """Path data in a box of WIDTH by HEIGHT px: the wards, the boroughs; and a bar of `bar_m` metres."""

    wards: str
    boroughs: str
    bar_px: float
    bar_m: int


@lru_cache(maxsize=4)
def ward_lines(kept: tuple[WardShapeKept, ...]) -> WardLines | None:
    """Return the lines of these wards, north up, filling the box; None without any.

    Neighbours share their lines after simplifying. Kept for the next who asks: it takes about a second for
    the whole of London.
    """
    if not kept:
        return None
    shapes = shapely.from_wkb(np.array([each.shape for each in kept], dtype=object))
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    scale = min((WIDTH - 2 * _MARGIN) / max(east - west, 1), (HEIGHT - 2 * _MARGIN) / max(north - south, 1))
    left = (WIDTH - (east - west) * scale) / 2
    top = (HEIGHT - (north - south) * scale) / 2

    def place(metres: Points) -> Points:
        return np.column_stack([(metres[:, 0] - west) * scale + left, (north - metres[:, 1]) * scale + top])

    drawn = shapely.coverage_simplify(shapely.transform(shapes, place), _FINE_PX)
    names = np.array([each.borough for each in kept])
    outlines = [shapely.union_all(drawn[names == name]) for name in sorted(set(names.tolist()))]
    bar_m = max((m for m in (100, 200, 500, 1000, 2000, 5000, 10_000) if m * scale <= WIDTH / 6), default=100)
    return WardLines(_path(drawn), _path(np.array(outlines, dtype=object)), round(bar_m * scale, 1), bar_m)


def _path(shapes: Shapes) -> str:
    made = []
    for ring in shapely.get_rings(shapely.get_parts(shapes)):
        points = "L".join(f"{x:.0f} {y:.0f}" for x, y in shapely.get_coordinates(ring)[:-1])
        made.append(f"M{points}Z")
    return "".join(made)
