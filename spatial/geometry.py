"""Untrusted GeoJSON, WKT or coordinates -> a valid, normalised Point or LineString, or an error with why."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Point

from spatial import crs
from spatial.crs import BNG, WGS84

MAX_VERTICES: Final = 2000
MAX_LENGTH_M: Final = 5000.0
MIN_LENGTH_M: Final = 0.5

_SUPPORTED: Final = ("Point", "LineString")
_OTHER_TYPES: Final = ("MultiPoint", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection")
_MEMBERS: Final = ("type", "coordinates", "bbox")
_XY: Final = 2
_XYZ: Final = 3
_MAX_LON: Final = 180
_MAX_LAT: Final = 90
_LONGEST_QUOTE: Final = 40


class _GeometryError(ValueError):
    """A message for people, and the path to the value it is about, such as geometry.coordinates[3]."""

    def __init__(self, message: str, *, path: str) -> None:
        """Keep the message and the path."""
        super().__init__(message)
        self.path = path


class MalformedGeometry(_GeometryError):
    """The value does not have the shape of a geometry: wrong type, member or number of coordinates."""


class RefusedGeometry(_GeometryError):
    """A well-formed geometry that cannot be a concern: outside Great Britain, too long, without length."""


def parse_geojson(
    obj: object, *, max_vertices: int = MAX_VERTICES, max_length_m: float = MAX_LENGTH_M
) -> Point | LineString:
    """Return the Point or LineString of a decoded JSON value: WGS84, two-dimensional, in Great Britain.

    Consecutive equal vertices are removed; a third coordinate and a bbox are ignored. Raises
    MalformedGeometry where the value is not a GeoJSON Point or LineString by RFC 7946, and RefusedGeometry
    for other kinds of geometry, places outside Great Britain, lines of over `max_vertices` positions as sent,
    and lines not over 0.5 m or over `max_length_m` in British National Grid. `path` begins at 'geometry'.
    """
    if not isinstance(obj, Mapping):
        raise MalformedGeometry(f"{_quote(obj)} is not a GeoJSON geometry. Give an object.", path="geometry")
    kind = _kind(obj.get("type"))
    for name in obj:
        if name not in _MEMBERS:
            raise MalformedGeometry(
                f"A geometry has no member {_quote(name)}. Leave it out.",
                path=f"geometry.{_quote(name, bare=True)}",
            )
    path = "geometry.coordinates"
    coordinates = obj.get("coordinates")
    if kind == "Point":
        return _point(_position(coordinates, path), path)
    positions = _list(coordinates, path, "a list of positions")
    _check_count(len(positions), max_vertices, path)
    found = [_position(position, f"{path}[{i}]") for i, position in enumerate(positions)]
    return _line(found, path, max_length_m)


def parse_wkt(
    text: str,
    *,
    crs: Literal[4326, 27700] = WGS84,
    max_vertices: int = MAX_VERTICES,
    max_length_m: float = MAX_LENGTH_M,
) -> Point | LineString:
    """Return the Point or LineString of a WKT text as WGS84.

    `crs` is what the text is in: WGS84 degrees, or British National Grid metres taken by OSTN15. The same
    rules and errors as `parse_geojson`; `path` begins at 'wkt'.
    """
    path = "wkt"
    try:
        geom = shapely.from_wkt(text)
    except (shapely.errors.ShapelyError, TypeError, ValueError) as cause:
        raise MalformedGeometry(
            f"{_quote(text)} is not WKT. Write POINT (-0.1 51.5) or LINESTRING (-0.1 51.5, -0.2 51.6).",
            path=path,
        ) from cause
    if not isinstance(geom, (Point, LineString)) or geom.geom_type not in _SUPPORTED:
        raise RefusedGeometry(f"{_quote(text)} is neither a point nor a line. Give one.", path=path)
    if geom.is_empty:
        raise MalformedGeometry("The geometry has no coordinates. Give at least one.", path=path)
    coordinates = shapely.get_coordinates(geom)
    if not np.isfinite(coordinates).all():
        raise MalformedGeometry("A coordinate is not a finite number. Correct it.", path=path)
    is_line = geom.geom_type == "LineString"
    if is_line:
        _check_count(len(coordinates), max_vertices, path)
    if crs == BNG:
        coordinates = _from_grid(
            coordinates, [f"{path}[{i}]" if is_line else path for i in range(len(coordinates))]
        )
    pairs = [(float(x), float(y)) for x, y in coordinates]
    return _line(pairs, path, max_length_m) if is_line else _point(pairs[0], path)


def from_lonlat(lon: float, lat: float) -> Point:
    """Return the Point at a WGS84 place, with the errors of `parse_geojson`; `path` is its coordinate."""
    for value, path in ((lon, "longitude"), (lat, "latitude")):
        _check_finite(value, path)
    return _point((float(lon), float(lat)), "latitude" if abs(lat) > _MAX_LAT >= abs(lon) else "longitude")


def from_easting_northing(easting: float, northing: float) -> Point:
    """Return the WGS84 Point of British National Grid metres, by OSTN15; errors as for `from_lonlat`."""
    for value, path in ((easting, "easting"), (northing, "northing")):
        _check_finite(value, path)
    ((lon, lat),) = _from_grid(np.array([[easting, northing]], dtype=float), ["easting"])
    return _point((float(lon), float(lat)), "easting")


def length_m(line_wgs84: LineString) -> float:
    """Return the length of a WGS84 line in National Grid metres; raises OutsideGreatBritain if it leaves."""
    return float(crs.geometry_to_bng(line_wgs84).length)


def _kind(value: object) -> str:
    if isinstance(value, str) and value in _SUPPORTED:
        return value
    if isinstance(value, str) and value in _OTHER_TYPES:
        raise RefusedGeometry(
            f"A {value} cannot be taken. Give a Point or a LineString.", path="geometry.type"
        )
    raise MalformedGeometry(
        f"{_quote(value)} is not a type of geometry. Give Point or LineString.", path="geometry.type"
    )


def _list(value: object, path: str, what: str) -> Sequence[object]:
    if not isinstance(value, (list, tuple)):
        raise MalformedGeometry(f"{_quote(value)} is not {what}.", path=path)
    return value


def _position(value: object, path: str) -> tuple[float, float]:
    numbers = _list(value, path, "a position. Give [longitude, latitude]")
    if len(numbers) not in (_XY, _XYZ):
        raise MalformedGeometry(
            f"A position has 2 or 3 numbers, not {len(numbers)}. Give [longitude, latitude].", path=path
        )
    lon, lat, *_ = [_number(number, f"{path}[{i}]") for i, number in enumerate(numbers)]
    return lon, lat


def _number(value: object, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise MalformedGeometry(f"{_quote(value)} is not a number. Give degrees as a number.", path=path)
    try:
        number = float(value)
    except OverflowError:  # a whole number of over 308 digits is JSON, but no place
        raise RefusedGeometry("The number is far too large for degrees.", path=path) from None
    _check_finite(number, path)
    return number


def _check_finite(value: float, path: str) -> None:
    if not math.isfinite(value):
        raise MalformedGeometry(f"{value} is not a finite number. Correct it.", path=path)


def _check_count(count: int, max_vertices: int, path: str) -> None:
    if count < _XY:
        raise MalformedGeometry(
            f"A line has 2 or more positions, not {count}. Use a Point for one.", path=path
        )
    if count > max_vertices:
        raise RefusedGeometry(
            f"The line has {count} positions; at most {max_vertices} can be taken. Simplify or split it.",
            path=path,
        )


def _point(place: tuple[float, float], path: str) -> Point:
    _to_grid([place], [path])
    return Point(*_plain(place))


def _line(places: list[tuple[float, float]], path: str, max_length_m: float) -> LineString:
    along = _to_grid(places, [f"{path}[{i}]" for i in range(len(places))])
    length = float(np.hypot(*np.diff(along, axis=0).T).sum())
    if length <= MIN_LENGTH_M:
        raise RefusedGeometry(
            f"The line is {length:.2f} m long; it needs more than {MIN_LENGTH_M} m. Give a Point instead.",
            path=path,
        )
    if length > max_length_m:
        raise RefusedGeometry(
            f"The line is {length:,.0f} m long; at most {max_length_m:,.0f} m can be taken. Split it.",
            path=path,
        )
    kept = [places[0], *(after for before, after in pairwise(places) if after != before)]
    return LineString([_plain(place) for place in kept])


def _plain(place: tuple[float, float]) -> tuple[float, float]:
    """Turn -0.0 into 0.0, so that equal places are written equally."""
    return place[0] + 0.0, place[1] + 0.0


def _to_grid(places: list[tuple[float, float]], paths: list[str]) -> NDArray[np.float64]:
    """Return metres of the National Grid, n x 2, or refuse the first place that is not in Great Britain."""
    lonlat = np.array(places, dtype=float)
    try:
        return np.column_stack(crs.to_bng(lonlat[:, 0], lonlat[:, 1]))
    except crs.OutsideGreatBritain as outside:
        lon, lat = places[outside.index]
        raise RefusedGeometry(_why_outside(lon, lat) or str(outside), path=paths[outside.index]) from outside


def _why_outside(lon: float, lat: float) -> str | None:
    """Return the likely mistake behind degrees that are not in Great Britain, if there is one."""
    here = f"Longitude {lon:.10g}, latitude {lat:.10g}"
    swapped = np.array([lat]), np.array([lon])
    if crs.within_great_britain(*swapped)[0]:
        return f"{here} look swapped. Give the longitude first."
    if abs(lon) <= _MAX_LON and abs(lat) <= _MAX_LAT:
        return None
    if np.isfinite(crs.to_wgs84_or_nan(np.array([lon]), np.array([lat]))[0]).all():
        return f"{here} look like National Grid metres. Give degrees, or eastings and northings as such."
    return (
        f"{here} is out of range: longitudes go from -180 to 180 and latitudes from -90 to 90. Give degrees."
    )


def _from_grid(grid: NDArray[np.float64], paths: list[str]) -> NDArray[np.float64]:
    """Return degrees, n x 2, or refuse the first place that is not in Great Britain."""
    try:
        return np.column_stack(crs.to_wgs84(grid[:, 0], grid[:, 1]))
    except crs.OutsideGreatBritain as outside:
        x, y = grid[outside.index]
        message = str(outside)
        if np.isfinite(crs.to_wgs84_or_nan(np.array([y]), np.array([x]))[0]).all():
            message = (
                f"Easting {x:.10g}, northing {y:.10g} is outside Great Britain; swapped it would be inside. "
                "Give the easting first."
            )
        elif crs.within_great_britain(np.array([x]), np.array([y]))[0]:
            message = f"{x:.10g}, {y:.10g} look like degrees. Give them as longitude and latitude."
        raise RefusedGeometry(message, path=paths[outside.index]) from outside


def _quote(value: object, *, bare: bool = False) -> str:
    """Return a short form of an untrusted value for a message or a path."""
    if value is None:
        return "Nothing"
    if isinstance(value, (Mapping, list, tuple)):
        return "An object" if isinstance(value, Mapping) else "A list"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**_LONGEST_QUOTE:
        return "A very large number"
    text = str(value).encode(errors="replace").decode()
    text = text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"
    return text if bare or not isinstance(value, str) else f"'{text}'"
