"""Routes on foot along the street network: from a hub to a chance place to another hub, and on."""

# ruff: noqa: PLR2004 - each number is a chance or a measure of this drawing, used once and read in its place

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from geoapp.cli.demo import risk
from geoapp.cli.demo.borough import DemoBorough
from geoapp.cli.demo.plan import Points
from geoapp.cli.demo.streets import Network

_CLEAR_M: Final = 40.0
"""How far ordinary walks keep from wards that are hardly walked, more than a good fix can stray."""
_HUBS_PER_WARD: Final = 5
_PLACES_TRIED: Final = 4


@dataclass(frozen=True, eq=False)
class Route:
    """A route: `line` (n, 2) in British National Grid, `street` (n,) the street to each vertex."""

    line: Points
    street: NDArray[np.int64]
    home_ward: int


@dataclass(frozen=True, eq=False)
class _Trees:
    """Shortest ways from each hub (a row each) to every node, over slightly different costs for each hub."""

    hubs: NDArray[np.int64]
    ward: NDArray[np.int64]
    metres: NDArray[np.float64]
    before: NDArray[np.int64]
    places: NDArray[np.int64]
    weight: NDArray[np.float64]
    place_weight: NDArray[np.float64]


class Router:
    """Plans routes in one borough; what it keeps depends on the borough and `rng` alone."""

    def __init__(self, borough: DemoBorough, rng: np.random.Generator) -> None:
        """Work out the shortest ways from about 100 hubs (a moment's work)."""
        self._network = borough.network
        self._edge_of = _edge_numbers(self._network)
        self._coordinates = [shapely.get_coordinates(line) for line in self._network.lines]
        self._ward_of_node = ward_of(borough, self._network.nodes)
        names = [ward.name for ward in borough.wards]
        quiet = [name for name, _, _ in risk.HARDLY_WALKED]
        never = _keeps_clear(borough, [risk.NEVER_WALKED])
        self._trees = _trees(borough, never & _keeps_clear(borough, quiet), self._ward_of_node, rng)
        self._quiet_trees = {
            name: _trees(borough, never, self._ward_of_node, rng, only=names.index(name)) for name in quiet
        }

    def route(self, length_m: float, rng: np.random.Generator, *, into: str | None = None) -> Route:
        """Return a route of this length (m) from a station, park or street; `into` names a quiet ward."""
        trees = self._trees if into is None else self._quiet_trees[into]
        hub = int(rng.choice(len(trees.hubs), p=trees.weight))
        home = int(trees.ward[hub])
        nodes = [int(trees.hubs[hub])]
        walked = 0.0
        while walked < length_m:
            place, onward = self._next(trees, hub, length_m - walked, rng)
            out = _path(trees, hub, place)
            back = _path(trees, onward, place)[::-1]
            nodes.extend(out[1:])
            nodes.extend(back[1:])
            walked = self._length(nodes)
            hub = onward
        return self._cut(nodes, length_m, home)

    def _next(self, trees: _Trees, hub: int, left_m: float, rng: np.random.Generator) -> tuple[int, int]:
        """Choose, of a few chances, the place and next hub that fit the metres left without turning back."""
        places = np.repeat(rng.choice(trees.places, _PLACES_TRIED, p=trees.place_weight), _PLACES_TRIED)
        hubs = rng.choice(len(trees.hubs), len(places), p=trees.weight)
        total = trees.metres[hub, places] + trees.metres[hubs, places]
        miss = np.abs(total - min(left_m, 2_600.0))
        turns = trees.before[hub, places] == trees.before[hubs, places]
        best = int(np.argmin(miss + 1_500.0 * turns + 1e9 * (trees.metres[hub, places] < 60.0)))
        return int(places[best]), int(hubs[best])

    def _length(self, nodes: list[int]) -> float:
        lengths = self._network.lengths
        return float(sum(lengths[self._edge_of[pair]] for pair in pairwise(nodes)))

    def _cut(self, nodes: list[int], length_m: float, home: int) -> Route:
        lines, streets = [self._network.nodes[nodes[:1]]], [np.zeros(1, dtype=np.int64)]
        for start, end in pairwise(nodes):
            edge = self._edge_of[start, end]
            line = self._coordinates[edge]
            if self._network.ends[edge, 0] != start:
                line = line[::-1]
            lines.append(line[1:])
            streets.append(np.full(len(line) - 1, self._network.street[edge]))
        line, street = np.vstack(lines), np.concatenate(streets)
        street[0] = street[1]
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
        last = int(np.searchsorted(along, length_m))
        part = (length_m - along[last - 1]) / (along[last] - along[last - 1])
        line[last] = line[last - 1] + part * (line[last] - line[last - 1])
        return Route(line[: last + 1], street[: last + 1], home)


def ward_of(borough: DemoBorough, points_bng: Points) -> NDArray[np.int64]:
    """Return the number of the ward that each point (n, 2) lies in, the lower on a boundary, -1 for none."""
    shapes = np.array([ward.bng for ward in borough.wards], dtype=object)
    found = np.full(len(points_bng), len(shapes), dtype=np.int64)
    which, ward = shapely.STRtree(shapes).query(shapely.points(points_bng), predicate="intersects")
    np.minimum.at(found, which, ward)
    found[found == len(shapes)] = -1
    return found


def _edge_numbers(network: Network) -> dict[tuple[int, int], int]:
    """Return the shortest edge between each two nodes, both ways round."""
    numbers: dict[tuple[int, int], int] = {}
    for edge in np.argsort(-network.lengths, kind="stable").tolist():
        start, end = network.ends[edge].tolist()
        numbers[start, end] = numbers[end, start] = edge
    return numbers


def _keeps_clear(borough: DemoBorough, names: list[str]) -> NDArray[np.bool_]:
    """Tell which edges keep clear of these wards and inside the boroughs."""
    lines = borough.network.lines
    wards = shapely.union_all([ward.bng for ward in borough.wards if ward.name in names])
    edge = shapely.coverage_union_all(np.array([ward.bng for ward in borough.wards], dtype=object))
    shapely.prepare(edge)
    clear: NDArray[np.bool_] = ~shapely.dwithin(lines, wards, _CLEAR_M) & shapely.within(lines, edge)
    return clear


def _trees(
    borough: DemoBorough,
    allowed: NDArray[np.bool_],
    ward_of_node: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    only: int | None = None,
) -> _Trees:
    network = borough.network
    count = len(network.nodes)
    ends, lengths = network.ends[allowed], network.lengths[allowed]
    _, component = csgraph.connected_components(_graph(ends, lengths, count), directed=False)
    degree = np.bincount(ends.ravel(), minlength=count)
    usable = (component == np.argmax(np.bincount(component))) & (ward_of_node >= 0)
    hubs, weight = _hubs(borough, usable & (degree > 1), ward_of_node, rng, only)
    metres, before = [], []
    for hub in hubs:
        cost = lengths * np.exp(rng.normal(0.0, 0.3, len(lengths)))
        away, came_from = csgraph.dijkstra(
            _graph(ends, cost, count), directed=False, indices=np.array([hub]), return_predecessors=True
        )
        metres.append(away[0])
        before.append(came_from[0])
    in_reach = usable & (degree > 2)
    if only is not None:
        in_reach &= ward_of_node == only
    places = np.flatnonzero(in_reach)
    return _Trees(
        hubs,
        ward_of_node[hubs],
        np.array(metres),
        np.array(before, dtype=np.int64),
        places,
        weight / weight.sum(),
        _liking(borough, ward_of_node[places], only),
    )


def _liking(borough: DemoBorough, ward: NDArray[np.int64], only: int | None) -> NDArray[np.float64]:
    """Return how likely each place is headed for: its ward's popularity, shared among the ward's places."""
    liked = np.array([risk.POPULARITY.get(one.name, 1.0) for one in borough.wards])
    if only is not None:
        liked[only] = 1.0
    weight = (liked / np.maximum(np.bincount(ward, minlength=len(liked)), 1))[ward]
    shared: NDArray[np.float64] = weight / weight.sum()
    return shared


def _graph(ends: NDArray[np.int64], cost: NDArray[np.float64], count: int) -> sparse.csr_array:
    """Return the network as a matrix with the cheaper of two edges between the same nodes."""
    order = np.lexsort((cost, ends.max(axis=1), ends.min(axis=1)))
    low, high, cost = ends[order].min(axis=1), ends[order].max(axis=1), cost[order]
    first = np.concatenate([[True], (np.diff(low) != 0) | (np.diff(high) != 0)])
    return sparse.csr_array((cost[first], (low[first], high[first])), shape=(count, count))


def _hubs(
    borough: DemoBorough,
    usable: NDArray[np.bool_],
    ward_of_node: NDArray[np.int64],
    rng: np.random.Generator,
    only: int | None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return nodes at stations, parks and in every ward that is walked, with how often each is used."""
    nodes = borough.network.nodes
    candidates = np.flatnonzero(usable)
    hubs: list[int] = []
    weight: list[float] = []
    if only is not None:
        chosen = rng.choice(candidates[ward_of_node[candidates] == only], 5, replace=False)
        return chosen.astype(np.int64), np.ones(5)
    for place in (*borough.stations, *borough.parks):
        centre = shapely.get_coordinates(place.bng.centroid)[0]
        hubs.append(int(candidates[np.argmin(np.hypot(*(nodes[candidates] - centre).T))]))
        weight.append(1.2 if place.bng.geom_type == "Point" else 0.5)
    for number, ward in enumerate(borough.wards):
        liked = risk.POPULARITY.get(ward.name, 1.0)
        own = candidates[ward_of_node[candidates] == number]
        if liked == 0.0 or not len(own):
            continue
        hubs.extend(rng.choice(own, _HUBS_PER_WARD, replace=False).tolist())
        weight.extend([liked / _HUBS_PER_WARD] * _HUBS_PER_WARD)
    return np.array(hubs, dtype=np.int64), np.array(weight)


def _path(trees: _Trees, hub: int, place: int) -> list[int]:
    """Return the nodes from the hub to the place, both included."""
    before = trees.before[hub]
    nodes = [place]
    while nodes[-1] != trees.hubs[hub]:
        nodes.append(int(before[nodes[-1]]))
    return nodes[::-1]
