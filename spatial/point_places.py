"""Places of many rows at once: degrees, National Grid metres, WKT or GeoJSON -> both systems, or why not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Point

from spatial.crs import BNG, WGS84, geometries_to_bng, to_bng_or_nan, to_wgs84_or_nan
from spatial.geometry import (
    MAX_LENGTH_M,
    MAX_VERTICES,
    MalformedGeometry,
    RefusedGeometry,
    from_easting_northing,
    from_lonlat,
    parse_geojson,
    parse_wkt,
)

# Degrees made from metres are kept to 0.1 mm: the last bits of a conversion must not make another place.
_DEGREES_DECIMALS = 9
_WKT = re.compile(r"\s*(?:SRID=(\d{4,5});)?\s*((?:POINT|LINESTRING)\b.*)", re.IGNORECASE | re.DOTALL)
_CHARACTERS_PER_VERTEX = 100


@dataclass(frozen=True, slots=True)
class LonLat:
    """WGS84 degrees."""

    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Grid:
    """British National Grid metres."""

    easting: float
    northing: float


@dataclass(frozen=True, slots=True)
class Wkt:
    """WKT in WGS84, or with SRID=27700; before it in British National Grid."""

    text: str


@dataclass(frozen=True, slots=True)
class GeoJson:
    """A GeoJSON geometry as decoded JSON."""

    value: object


Given = LonLat | Grid | Wkt | GeoJson


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Points and lines in the order given, None with a reason where there is none.

    `wgs84` are degrees; `bng` OSTN15 metres to a millimetre, worked out from those degrees.
    """

    wgs84: NDArray[np.object_]
    bng: NDArray[np.object_]
    reasons: list[str | None]


def locate(
    given: Sequence[Given], *, max_vertices: int = MAX_VERTICES, max_length_m: float = MAX_LENGTH_M
) -> Places:
    """Return the places by the rules of `spatial.geometry`; a place that is refused has its reason.

    Points go through in arrays; lines and refusals one by one.
    """
    wgs84 = np.full(len(given), None, dtype=object)
    reasons: list[str | None] = [None] * len(given)
    pairs = [_pair(each) for each in given]
    _points(pairs, wgs84)
    for at, each in enumerate(given):
        if wgs84[at] is not None:
            continue
        try:
            wgs84[at] = _one(each, max_vertices, max_length_m)
        except (MalformedGeometry, RefusedGeometry) as error:
            reasons[at] = f"{error.path}: {error}"
    bng = np.full(len(given), None, dtype=object)
    kept = np.array([shape is not None for shape in wgs84], dtype=bool)
    if kept.any():
        bng[kept] = geometries_to_bng(wgs84[kept])
    return Places(wgs84, bng, reasons)


def _pair(each: Given) -> tuple[float, float, int] | None:
    """Return two numbers and their CRS if the place is a plain point; None for everything else."""
    if isinstance(each, LonLat):
        return each.lon, each.lat, WGS84
    if isinstance(each, Grid):
        return each.easting, each.northing, BNG
    if isinstance(each, GeoJson) and isinstance(each.value, dict):
        found: Any = each.value.get("coordinates")
        if (
            each.value.keys() == {"type", "coordinates"}
            and each.value["type"] == "Point"
            and _is_position(found)
        ):
            return float(found[0]), float(found[1]), WGS84
    return None


def _is_position(found: object) -> bool:
    return (
        isinstance(found, list | tuple)
        and len(found) in (2, 3)
        and all(isinstance(number, float) or type(number) is int for number in found)
        and all(abs(number) <= 10**7 for number in found)
    )


def _points(pairs: list[tuple[float, float, int] | None], wgs84: NDArray[np.object_]) -> None:
    """Fill in the plain points that lie in Great Britain; the others stay None for a closer look."""
    for crs in (WGS84, BNG):
        rows = np.array(
            [at for at, pair in enumerate(pairs) if pair is not None and pair[2] == crs], dtype=int
        )
        if not len(rows):
            continue
        x, y = np.array([pair[:2] for pair in pairs if pair is not None and pair[2] == crs], dtype=float).T
        if crs == BNG:
            x, y = (np.round(column, _DEGREES_DECIMALS) for column in to_wgs84_or_nan(x, y))
        inside = np.isfinite(to_bng_or_nan(x, y)[0])
        # 0.0 is added so that -0.0 is written as 0.
        wgs84[rows[inside]] = shapely.points(x[inside] + 0.0, y[inside] + 0.0)


def _one(each: Given, max_vertices: int, max_length_m: float) -> Point | LineString:
    if isinstance(each, LonLat):
        if each.lon == 0 and each.lat == 0:
            raise RefusedGeometry("0, 0 is what is written where a place is not known.", path="longitude")
        return from_lonlat(each.lon, each.lat)
    if isinstance(each, Grid):
        return from_easting_northing(each.easting, each.northing)
    if isinstance(each, GeoJson):
        return parse_geojson(each.value, max_vertices=max_vertices, max_length_m=max_length_m)
    return _of_wkt(each.text, max_vertices, max_length_m)


def _of_wkt(text: str, max_vertices: int, max_length_m: float) -> Point | LineString:
    # Only what can be a point or a line reaches the parser: nested collections would exhaust its stack.
    if len(text) > max_vertices * _CHARACTERS_PER_VERTEX:
        raise RefusedGeometry(f"The text has {len(text):,} characters, too many for a line.", path="wkt")
    found = _WKT.fullmatch(text)
    if found is None or found[1] not in (None, str(WGS84), str(BNG)):
        short = text if len(text) <= 40 else f"{text[:40]}…"  # noqa: PLR2004 (for one line of a report)
        raise MalformedGeometry(
            f"'{short}' is not the WKT of a point or a line. Write POINT (-0.1 51.5), "
            "or SRID=27700;POINT (530000 180000).",
            path="wkt",
        )
    in_grid = found[1] == str(BNG)
    shape = parse_wkt(
        found[2], crs=BNG if in_grid else WGS84, max_vertices=max_vertices, max_length_m=max_length_m
    )
    return _rounded(shape) if in_grid else shape


def _rounded(shape: Point | LineString) -> Point | LineString:
    rounded: Point | LineString = shapely.transform(shape, lambda xy: np.round(xy, _DEGREES_DECIMALS))
    return rounded
