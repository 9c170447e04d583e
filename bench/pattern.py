"""Own wards: a relaxed Voronoi pattern with crooked borders. Run by itself this file does nothing."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree, Voronoi

from spatial.crs import geometries_to_wgs84

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ObjectArray = NDArray[np.object_]

WARDS = 680
BOROUGHS = 33
# West, south, east, north in British National Grid metres: 46 km x 34 km, as large as Greater London.
REGION = (507_000.0, 163_000.0, 553_000.0, 197_000.0)

_SPACING_M = 38.0  # between the vertices of a border: about 150 of them a ward


@dataclass(frozen=True)
class Wards:
    """Wards as polygons in both systems, with the index of the borough of each; `seeds` lie within them."""

    seeds: FloatArray
    borough: IntArray
    bng: ObjectArray
    wgs84: ObjectArray

    @staticmethod
    def code(ward: int) -> str:
        """Return the code of a ward, in the shape of a real one and out of the range of those in use."""
        return f"E0599{ward:04d}"

    @staticmethod
    def borough_code(borough: int) -> str:
        """Return the code of a borough."""
        return f"E0999{borough:04d}"

    @cached_property
    def tree(self) -> KDTree:
        """Nearest seed: the ward of a point, but for the crookedness of its border."""
        return KDTree(self.seeds)


def make_wards(rng: np.random.Generator) -> Wards:
    """Return wards that cover `REGION` without gap or overlap, vertex on vertex along every border."""
    west, south, east, north = REGION
    seeds = rng.uniform((west, south), (east, north), (WARDS, 2))
    for _ in range(10):  # Lloyd's relaxation: no slivers
        seeds = np.array([corners.mean(axis=0) for corners in _cells(seeds)[0]])
    diagram = _mirrored(seeds)
    corners, order = _cells(seeds, diagram)
    lines: dict[tuple[int, int], FloatArray] = {}
    shapes = []
    for ward in range(WARDS):
        ring = []
        around = order[ward]
        for a, b in zip(around, np.roll(around, -1), strict=True):
            key = (int(min(a, b)), int(max(a, b)))
            if key not in lines:
                lines[key] = _border(diagram.vertices[key[0]], diagram.vertices[key[1]], rng)
            ring.append((lines[key] if a < b else lines[key][::-1])[:-1])
        shapes.append(shapely.MultiPolygon([shapely.Polygon(np.concatenate(ring))]))
    bng = np.array(shapes, dtype=object)
    if not (shapely.is_valid(bng).all() and len(corners) == WARDS):
        raise RuntimeError("a ward of this seed crosses itself; take another seed")
    centres = rng.uniform((west, south), (east, north), (BOROUGHS, 2))
    borough = np.asarray(KDTree(centres).query(seeds)[1], np.int64)
    return Wards(seeds, borough, bng, geometries_to_wgs84(bng))


def _border(start: FloatArray, end: FloatArray, rng: np.random.Generator) -> FloatArray:
    along = end - start
    length = float(np.hypot(*along))
    t = np.linspace(0, 1, max(2, round(length / _SPACING_M)) + 1)
    waves = np.arange(1, 6)
    bend = (rng.normal(0, 1 / waves)[:, None] * np.sin(np.pi * waves[:, None] * t)).sum(axis=0)
    aside = np.array([-along[1], along[0]]) * 0.03
    line: FloatArray = np.round(start + along * t[:, None] + aside * np.clip(bend, -2, 2)[:, None], 3)
    return line


def _mirrored(seeds: FloatArray) -> Voronoi:
    """Return the pattern of the seeds and their mirror images, whose borders are the region's edges."""
    west, south, east, north = REGION
    flip_x, flip_y = np.array([-1.0, 1.0]), np.array([1.0, -1.0])
    images = [seeds * flip_x + (2 * west, 0), seeds * flip_x + (2 * east, 0)]
    images += [seeds * flip_y + (0, 2 * south), seeds * flip_y + (0, 2 * north)]
    return Voronoi(np.concatenate([seeds, *images]))


def _cells(seeds: FloatArray, diagram: Voronoi | None = None) -> tuple[list[FloatArray], list[IntArray]]:
    """Return the corners of each seed's cell, anticlockwise, and their numbers in the pattern."""
    pattern = diagram or _mirrored(seeds)
    corners, numbers = [], []
    for seed, region in zip(seeds, pattern.point_region, strict=False):
        around = np.array(pattern.regions[region])
        away = pattern.vertices[around] - seed
        around = around[np.argsort(np.arctan2(away[:, 1], away[:, 0]))]
        numbers.append(around)
        corners.append(pattern.vertices[around])
    return corners, numbers
