"""Places that readers ask with: boxes and geometries in one of the feed's systems, for the database."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from geoapp.queries.feed_crs import Crs, Place
from spatial.crs import geometry_from_web_mercator

_EAST, _NORTH = 180.0, 90.0
_FARTHEST_M = 1e8
_BY_NAME = {crs.uri: crs for crs in Crs} | {
    "[OGC:CRS84]": Crs.CRS84,
    "[EPSG:4326]": Crs.WGS84,
    "[EPSG:27700]": Crs.BNG,
    "[EPSG:3857]": Crs.WEB_MERCATOR,
}


def crs(text: str) -> Crs:
    """Return the system of that URI or safe CURIE; ValueError names those that there are."""
    try:
        return _BY_NAME[text]
    except KeyError:
        raise ValueError(f"There is {', '.join(each.uri for each in Crs)} here.") from None


def box(edges: Sequence[float], system: Crs) -> Place:
    """Return a box, its edges in the system's axis order, as a place; ValueError says what is wrong.

    In degrees, west greater than east goes across the antimeridian. A box without width or height is the
    line or point that is left of it.
    """
    west, south, east, north = edges
    if system is Crs.BNG or system is Crs.WEB_MERCATOR:
        if west > east or south > north:
            raise ValueError("The lower edge comes before the upper one.")
        return place(_piece(west, south, east, north), system)
    if system.value.north_first:
        west, south, east, north = south, west, north, east
    if max(abs(west), abs(east)) > _EAST:
        raise ValueError("Longitudes go from -180 to 180.")
    if max(abs(south), abs(north)) > _NORTH or south > north:
        raise ValueError("Latitudes go from -90 to 90, south before north.")
    spans = [(west, east)] if west <= east else [(west, _EAST), (-_EAST, east)]
    pieces = [_piece(left, south, right, north) for left, right in spans]
    return Place(bytes(shapely.to_wkb(shapely.union_all(pieces))), Crs.CRS84.value.srid)


def geometry(said: Mapping[str, Any], system: Crs) -> Place:
    """Return a GeoJSON geometry, axes in the system's order, as a place; ValueError says what is wrong."""
    try:
        made = shapely.force_2d(shape(dict(said)))
    except (shapely.errors.ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        raise ValueError("A geometry in it cannot be read.") from None
    if made.is_empty or not math.isfinite(sum(made.bounds)):
        raise ValueError("A geometry in it is empty or not finite.")
    if system.value.north_first:
        made = shapely.transform(made, lambda coordinates: coordinates[:, ::-1])
    if not made.is_valid:
        raise ValueError("A geometry in it is not valid: an outline crosses itself or is not closed.")
    return place(made, system)


def place(made: BaseGeometry, system: Crs) -> Place:
    """Return a geometry with longitude or easting first as a place."""
    if system is Crs.WEB_MERCATOR:
        made = geometry_from_web_mercator(made)
    edges = made.bounds
    if system is Crs.BNG:
        if max(map(abs, edges)) > _FARTHEST_M:
            raise ValueError("This is far outside British National Grid.")
        return Place(bytes(shapely.to_wkb(made)), Crs.BNG.value.srid)
    if max(abs(edges[0]), abs(edges[2])) > _EAST or max(abs(edges[1]), abs(edges[3])) > _NORTH:
        raise ValueError("Longitudes go from -180 to 180 and latitudes from -90 to 90.")
    return Place(bytes(shapely.to_wkb(made)), Crs.CRS84.value.srid)


def _piece(west: float, south: float, east: float, north: float) -> BaseGeometry:
    corners = {(west, south), (east, north)}
    if len(corners) == 1:
        return shapely.Point(west, south)
    if west == east or south == north:
        return shapely.LineString([(west, south), (east, north)])
    return shapely.box(west, south, east, north)
