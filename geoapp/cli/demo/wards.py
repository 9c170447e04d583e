"""Wards put together from town blocks, so that their edges follow streets, the river and the railway."""

# ruff: noqa: PLR2004 - each number is a chance or a measure of this drawing, used once and read in its place

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph
from shapely import Polygon

from geoapp.cli.demo.ground import largest
from geoapp.cli.demo.plan import WARDS

_ACROSS_STRONG_M: Final = 330.0
_ACROSS_RIVER_M: Final = 2_500.0
_ROUNDS: Final = 9


@dataclass(frozen=True, eq=False)
class WardShape:
    """A ward in plan metres: a polygon without holes, sharing its vertices with its neighbours."""

    name: str
    borough: int
    shape: Polygon


@dataclass(frozen=True, eq=False)
class _Neighbours:
    """Pairs of blocks that share an edge, and what it costs to grow a ward from one to the other."""

    pairs: NDArray[np.int64]
    cost: NDArray[np.float64]


def build_wards(
    blocks: tuple[Polygon, ...], strong: NDArray[np.object_], river: shapely.LineString
) -> list[WardShape]:
    """Return the wards of both boroughs, growing each from its planned middle over neighbouring blocks.

    Growing costs metres, more across a main road or the railway and much more across the river. Wards that
    come out too large pay a little more in the next round, so that sizes even out.
    """
    shapes = np.array(blocks, dtype=object)
    near = _neighbours(shapes, strong, river)
    centres = shapely.get_coordinates(shapely.point_on_surface(shapes))
    area = shapely.area(shapes)
    seeds = _seeds(centres)
    handicap = np.zeros(len(WARDS))
    wanted = area.sum() / len(WARDS)
    owner = _grown(near, seeds, handicap, len(shapes))
    for _ in range(_ROUNDS):
        size = np.bincount(owner, weights=area, minlength=len(WARDS))
        handicap = handicap + 110.0 * np.clip(np.log(size / wanted), -1.0, 1.0)
        handicap -= handicap.min()
        owner = _grown(near, seeds, handicap, len(shapes))
    wards = []
    for number, (name, borough, _) in enumerate(WARDS):
        wards.append(WardShape(name, borough, largest(shapely.coverage_union_all(shapes[owner == number]))))
    return wards


def _seeds(centres: NDArray[np.float64]) -> NDArray[np.int64]:
    wanted = np.array([place for _, _, place in WARDS])
    away = np.hypot(*(wanted[:, None, :] - centres[None, :, :]).transpose(2, 0, 1))
    found: NDArray[np.int64] = np.argmin(away, axis=1)
    return found


def _neighbours(
    shapes: NDArray[np.object_], strong: NDArray[np.object_], river: shapely.LineString
) -> _Neighbours:
    pairs = shapely.STRtree(shapes).query(shapes, predicate="touches").T
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    shared = shapely.intersection(shapes[pairs[:, 0]], shapes[pairs[:, 1]])
    long = shapely.length(shared) > 5.0
    pairs, shared = pairs[long], shared[long]
    middle = shapely.point_on_surface(shared)
    centres = shapely.get_coordinates(shapely.point_on_surface(shapes))
    cost = np.hypot(*(centres[pairs[:, 0]] - centres[pairs[:, 1]]).T)
    tree = shapely.STRtree(strong)
    cost[np.unique(tree.query(middle, predicate="dwithin", distance=0.5)[0])] += _ACROSS_STRONG_M
    cost[shapely.dwithin(middle, river, 0.5)] += _ACROSS_RIVER_M
    return _Neighbours(pairs, cost)


def _grown(
    near: _Neighbours, seeds: NDArray[np.int64], handicap: NDArray[np.float64], count: int
) -> NDArray[np.int64]:
    """Return for each block the ward whose seed reaches it first; a handicap is a late start in metres.

    Every ward is in one piece: a block is reached through blocks of the same ward.
    """
    start = count  # one node before all seeds
    rows = np.concatenate([near.pairs[:, 0], np.full(len(seeds), start)])
    cols = np.concatenate([near.pairs[:, 1], seeds])
    cost = np.concatenate([near.cost, 1.0 + handicap])
    graph = sparse.csr_array((cost, (rows, cols)), shape=(count + 1, count + 1))
    away, came_from = csgraph.dijkstra(
        graph, directed=False, indices=np.array([start]), return_predecessors=True
    )
    distance, before = away[0], came_from[0]
    owner = np.full(count + 1, -1, dtype=np.int64)
    owner[seeds] = np.arange(len(seeds))
    for block in np.argsort(distance, kind="stable"):
        if block != start and owner[block] < 0:
            owner[block] = owner[before[block]]
    return owner[:count]
