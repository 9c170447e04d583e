"""The island, the boroughs' edge, the river, and the lines that the plan draws on them."""

# ruff: noqa: PLR2004 - each number is a chance or a measure of this drawing, used once and read in its place

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from geoapp.cli.demo import plan
from geoapp.cli.demo.blocks import MILLIMETRES
from geoapp.cli.demo.plan import Points, StreetClass

GRID_M: Final = 0.001
_EAST_SHORE: Final = shapely.Polygon([(4300, 130), (7000, 130), (7000, 5000), (3790, 5000), (3790, 3000)])


@dataclass(frozen=True, eq=False)
class Line:
    """A line in plan metres; without a name until the namer gives one."""

    name: str | None
    class_: StreetClass
    line: LineString
    park: str | None = None
    close: bool = False


def edge_of_boroughs(rng: np.random.Generator) -> Polygon:
    """Return the edge of the boroughs: smooth along the shore, from field corner to field corner inland."""
    ring = plan.spline(plan.BOUNDARY, step_m=230.0, closed=True)[:-1]
    inland = ring[:, 0] < 4700.0
    ring[inland] += rng.uniform(-48.0, 48.0, (int(inland.sum()), 2))
    shore = _polygon(plan.spline(plan.BOUNDARY, closed=True)).intersection(shapely.box(4700, 0, 7000, 5000))
    town = largest(shapely.union_all([shapely.make_valid(Polygon(ring)), shore], grid_size=GRID_M))
    return Polygon(town.exterior)


def island(edge: Polygon, rng: np.random.Generator) -> Polygon:
    """Return the island, its coast broken by chance, with the boroughs wholly on it."""
    ring = plan.rough(plan.spline(plan.LAND, step_m=420.0, closed=True)[:-1], rng, levels=4, amount=0.11)
    country = shapely.make_valid(Polygon(ring))
    return Polygon(largest(shapely.union_all([country, edge.buffer(32.0)], grid_size=GRID_M)).exterior)


def _polygon(ring: Points) -> Polygon:
    return Polygon(np.round(ring, MILLIMETRES))


def largest(shape: BaseGeometry) -> Polygon:
    """Return the largest polygon in the shape."""
    found: Polygon = max(shapely.get_parts(shape), key=lambda part: part.area)
    return found


def longest(shape: BaseGeometry) -> LineString:
    """Return the longest line in the shape."""
    found: LineString = max(shapely.get_parts(shape), key=lambda part: part.length)
    return found


def ribbon(river: LineString, wider_m: float) -> Polygon:
    """Return the river as a polygon, its half width interpolated between the control points."""
    along = shapely.get_coordinates(river)
    at = [river.project(shapely.Point(point)) for point in plan.RIVER]
    here = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(along, axis=0).T))])
    half = np.interp(here, at, plan.RIVER_HALF_WIDTH_M) + wider_m
    direction = np.gradient(along, axis=0)
    normal = np.column_stack([-direction[:, 1], direction[:, 0]])
    normal /= np.hypot(*normal.T)[:, None]
    sides = np.vstack([along + normal * half[:, None], (along - normal * half[:, None])[::-1]])
    return largest(shapely.make_valid(Polygon(np.round(sides, MILLIMETRES))))


def planned_lines(edge: Polygon, land: Polygon, river: LineString, railway: LineString) -> list[Line]:
    """Return the railway, main roads, riverside paths and promenade, not yet joined to one another."""
    lines = [Line(plan.RAILWAY_NAME, "railway", railway)]
    ashore = land.buffer(-45.0)
    bank = ribbon(river, plan.RIVERSIDE_M)
    for road in plan.MAIN_ROADS:
        curve = LineString(plan.spline(road.points))
        at = [curve.project(shapely.Point(point)) for point in road.points]
        start = 0
        for name, end in road.names:
            part = substring(curve, at[start], at[end]).intersection(ashore)
            if name not in plan.BRIDGES:
                part = part.difference(bank)
            lines.extend(Line(name, road.class_, piece) for piece in shapely.get_parts(part))
            start = end
    inner = edge.buffer(-plan.PROMENADE_INSET_M)
    sides = shapely.get_parts(bank.exterior.intersection(edge))
    lines.extend(Line("Wick Path", "path", side) for side in sides)
    # from the railway in the south to Beacon Road in the north
    shore = inner.exterior.intersection(_EAST_SHORE).difference(bank)
    for part in shapely.get_parts(shapely.line_merge(shore)):
        name = "The Promenade" if part.centroid.y < 2300.0 else "Marine Parade"
        lines.append(Line(name, "street", part))
    return lines
