"""The street network: planned and grown lines, joined at shared nodes, named, connected."""

# ruff: noqa: PLR2004 - each number is a chance or a measure of this drawing, used once and read in its place

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from geoapp.cli.demo import plan
from geoapp.cli.demo.blocks import MILLIMETRES, Grown, grow
from geoapp.cli.demo.ground import (
    GRID_M,
    Line,
    edge_of_boroughs,
    island,
    largest,
    longest,
    planned_lines,
    ribbon,
)
from geoapp.cli.demo.names import StreetNamer
from geoapp.cli.demo.plan import Points, StreetClass

_TRIM_M: Final = 24.0
_WATERSIDE: Final = frozenset({"Wick Path", "The Promenade", "Marine Parade"})


@dataclass(frozen=True, eq=False)
class Network:
    """Where one can walk: `nodes` (n, 2) in British National Grid, and one row per edge between two nodes.

    `ends` (m, 2) are node numbers, `lines` (m,) LineStrings from the first to the second end,
    `lengths` (m,) metres, `street` (m,) the place in `DemoBorough.streets`.
    """

    nodes: Points
    ends: NDArray[np.int64]
    lines: NDArray[np.object_]
    lengths: NDArray[np.float64]
    street: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Street:
    """A named line in British National Grid; `park` names the park that a path lies in."""

    name: str
    class_: StreetClass
    line: LineString
    park: str | None = None
    close: bool = False


@dataclass(frozen=True, eq=False)
class Town:
    """Streets and open spaces in plan metres, with the faces that wards are put together from."""

    streets: tuple[Street, ...]
    network: Network
    blocks: tuple[Polygon, ...]
    strong: NDArray[np.object_]
    parks: dict[str, Polygon]
    river: LineString
    water: Polygon
    railway: LineString
    land: Polygon
    edge: Polygon


def build_town(rng: np.random.Generator) -> Town:
    """Return the town in plan metres: all of it from `rng`, coordinates on a millimetre grid."""
    edge = edge_of_boroughs(rng)
    land = island(edge, rng)
    river = LineString(np.round(plan.spline(plan.RIVER), MILLIMETRES))
    water = ribbon(river, 0.0).intersection(land.buffer(4.0))
    railway = longest(LineString(plan.spline(plan.RAILWAY)).intersection(land.buffer(-25.0)))
    planned = planned_lines(edge, land, river, railway)
    pieces = _noded([*planned, Line(None, "river", LineString(edge.exterior.coords))])
    wet = ribbon(river, plan.RIVERSIDE_M - 1.0)
    faces = [
        face
        for face in shapely.get_parts(shapely.polygonize([piece.line for piece in pieces]))
        if edge.contains(face.representative_point())
        and not wet.contains(face.representative_point())
        and face.area > 8_000.0
        and not face.buffer(-35.0).is_empty
    ]
    growth = grow(sorted(faces, key=lambda face: face.bounds), rng)
    lines = _joined([*pieces, *(_named(line) for line in growth.lines)])
    blocks = _blocks(lines, river, edge)
    streets, network = _network(lines, StreetNamer(rng))
    strong = np.array([p.line for p in pieces if p.class_ in {"main", "railway"}] + [river], dtype=object)
    return Town(streets, network, blocks, strong, growth.parks, river, largest(water), railway, land, edge)


def _named(line: Grown) -> Line:
    name = f"{line.park} path" if line.park else None
    return Line(name, line.class_, LineString(line.points), line.park, line.close)


def _noded(lines: list[Line]) -> list[Line]:
    """Return the lines cut wherever two meet, on the millimetre grid."""
    parents = np.array([line.line for line in lines], dtype=object)
    parts = shapely.get_parts(shapely.union_all(parents, grid_size=GRID_M))
    owner = _owner(parts, parents)
    return [
        Line(lines[i].name, lines[i].class_, part, lines[i].park, lines[i].close)
        for part, i in zip(parts, owner, strict=True)
    ]


def _owner(parts: NDArray[np.object_], parents: NDArray[np.object_]) -> NDArray[np.int64]:
    middle = shapely.line_interpolate_point(parts, 0.5, normalized=True)
    found: NDArray[np.int64] = shapely.STRtree(parents).query_nearest(middle, all_matches=False)[1]
    return found


def _joined(lines: list[Line]) -> list[Line]:
    """Give every line a vertex wherever another line ends on it, so that both share the node exactly."""
    shapes = np.array([line.line for line in lines], dtype=object)
    ends = np.unique(np.vstack([shapely.get_coordinates(shapes[:, None])[_end_rows(shapes)]]), axis=0)
    points = shapely.points(ends)
    which, near = shapely.STRtree(shapes).query(points, predicate="dwithin", distance=0.004)
    joined = []
    for number, line in enumerate(lines):
        own = shapely.get_coordinates(line.line)
        extra = ends[which[near == number]]
        joined.append(
            Line(line.name, line.class_, _with_vertices(own, extra), line.park, line.close)
            if len(extra)
            else line
        )
    return joined


def _end_rows(shapes: NDArray[np.object_]) -> NDArray[np.int64]:
    stop = np.cumsum(shapely.get_num_points(shapes))
    return np.concatenate([np.concatenate([[0], stop[:-1]]), stop - 1])


def _with_vertices(own: Points, extra: Points) -> LineString:
    known = {tuple(point) for point in own.tolist()}
    new = [point for point in extra if tuple(point.tolist()) not in known]
    if not new:
        return LineString(own)
    base = LineString(own)
    at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(own, axis=0).T))])
    there = shapely.line_locate_point(base, shapely.points(np.array(new)))
    order = np.argsort(np.concatenate([at, there]), kind="stable")
    return LineString(np.vstack([own, np.array(new)])[order])


def _blocks(lines: list[Line], river: LineString, edge: Polygon) -> tuple[Polygon, ...]:
    through = [line.line for line in lines if not line.close and line.park is None]
    across = _to_the_water(lines, river, edge)
    noded = shapely.union_all([*through, *across, river, edge.exterior], grid_size=GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inside = shapely.contains(edge, shapely.point_on_surface(faces))
    return tuple(sorted(faces[inside], key=lambda face: face.bounds))


def _to_the_water(lines: list[Line], river: LineString, edge: Polygon) -> list[LineString]:
    """Return lines that carry each street end on a waterside path on to the river's middle or the shore.

    Without them the strip along the water would be one block, and so all of it one ward.
    """
    waterside = shapely.union_all([line.line for line in lines if line.name in _WATERSIDE])
    shapes = np.array([line.line for line in lines if line.name not in _WATERSIDE], dtype=object)
    ends = np.unique(shapely.get_coordinates(shapes)[_end_rows(shapes)], axis=0)
    ends = ends[shapely.dwithin(shapely.points(ends), waterside, 0.004)]
    water = shapely.union_all([river, edge.exterior])
    lines_out = [shapely.shortest_line(shapely.Point(end), water) for end in ends]
    return [line for line in lines_out if 1.0 < line.length < 190.0]


def _network(lines: list[Line], namer: StreetNamer) -> tuple[tuple[Street, ...], Network]:
    walkable = [line for line in _trimmed(lines) if line.class_ not in {"railway", "river"}]
    parents = np.array([line.line for line in walkable], dtype=object)
    parts = shapely.get_parts(shapely.union_all(parents, grid_size=GRID_M))
    owner = _owner(parts, parents)
    firsts = shapely.get_coordinates(shapely.get_point(parts, 0))
    lasts = shapely.get_coordinates(shapely.get_point(parts, -1))
    nodes, place = np.unique(np.vstack([firsts, lasts]), axis=0, return_inverse=True)
    ends = place.reshape(2, -1).T
    joined = sparse.coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(nodes),) * 2)
    _, component = csgraph.connected_components(joined, directed=False)
    largest = int(np.argmax(np.bincount(component)))
    keep = component[ends[:, 0]] == largest
    parts, owner, ends = parts[keep], owner[keep], ends[keep]
    used, ends = np.unique(ends, return_inverse=True)
    streets, street_of = _streets(walkable, parts, owner, namer)
    return streets, Network(nodes[used], ends.reshape(-1, 2), parts, shapely.length(parts), street_of)


def _streets(
    walkable: list[Line], parts: NDArray[np.object_], owner: NDArray[np.int64], namer: StreetNamer
) -> tuple[tuple[Street, ...], NDArray[np.int64]]:
    streets: list[Street] = []
    street_of = np.zeros(len(parts), dtype=np.int64)
    for number, line in enumerate(walkable):
        mine = np.flatnonzero(owner == number)
        if not len(mine):
            continue
        merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(parts[mine])))
        name = line.name or namer.name(float(line.line.length), line.close)
        for piece in merged:
            inside = mine[shapely.covers(piece.buffer(0.01), parts[mine])] if len(merged) > 1 else mine
            street_of[inside] = len(streets)
            streets.append(Street(name, line.class_, piece, line.park, line.close))
    return tuple(streets), street_of


def _trimmed(lines: list[Line]) -> list[Line]:
    """Let grown streets end short of the railway and the boroughs' edge, or at the last junction."""
    walls = shapely.union_all([line.line for line in lines if line.class_ in {"railway", "river"}])
    others = [line for line in lines if line.class_ not in {"railway", "river"}]
    meets: dict[tuple[float, ...], int] = {}
    for line in others:
        for point in shapely.get_coordinates(line.line).tolist():
            meets[tuple(point)] = meets.get(tuple(point), 0) + 1
    done = []
    for line in others:
        shape = line.line
        if line.name is None and shape.dwithin(walls, 0.005):
            shape = _cut_back(_cut_back(shape, walls, meets).reverse(), walls, meets).reverse()
        if shape.length > 18.0 or line.name is not None:
            done.append(Line(line.name, line.class_, shape, line.park, line.close))
    return done


def _cut_back(shape: LineString, walls: BaseGeometry, meets: dict[tuple[float, ...], int]) -> LineString:
    """Return the line without its first metres where they touch a wall, at most up to a junction."""
    if not shapely.get_point(shape, 0).dwithin(walls, 0.005):
        return shape
    own = shapely.get_coordinates(shape)
    at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(own, axis=0).T))])
    busy = [
        place for place, point in zip(at[1:], own[1:].tolist(), strict=True) if meets.get(tuple(point), 0) > 1
    ]
    cut = min(_TRIM_M, *(busy or [_TRIM_M]), 0.45 * shape.length)
    trimmed = shapely.get_coordinates(substring(shape, cut, shape.length))
    return LineString(np.round(trimmed, MILLIMETRES))
