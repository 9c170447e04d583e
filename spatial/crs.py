"""The only conversions: WGS84 longitude and latitude outside, British National Grid metres inside.

The National Grid is defined by the OSTN15 grid of shifts (Ordnance Survey, "A Guide to Coordinate
Systems in Great Britain", 2018, and the OSTN15 developer pack, 2016). Each conversion has two steps:
the transverse Mercator projection on the GRS80 ellipsoid, by PROJ and exact, then the OSTN15 shift, by
convertbng, which rounds to a millimetre. The library's own one-step function is not used because it
stops short of St Agnes, Soay of St Kilda and Muckle Flugga, which the grid of shifts does cover.

WGS84 and ETRS89 count as the same, as they do for every phone; OSTN15 is defined for ETRS89.
Everything here is without state that a call could change and may be used by many threads at once.
"""

import math
from collections.abc import Callable
from typing import Any, Final, TypeAlias, TypeVar

import numpy as np
import shapely
from convertbng import cutil
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
GeometryArray: TypeAlias = NDArray[np.object_]

WGS84: Final = 4326
BNG: Final = 27700

_GRID_WIDTH_M: Final = 700_000.0
_GRID_HEIGHT_M: Final = 1_250_000.0

# Drawn by hand, 10 to 20 km out at sea, closer where France, Ireland or the edge of the grid is near.
# Each pair is longitude and latitude; anticlockwise from the Lizard.
_OUTLINE_TEXT: Final = (
    "-5.20 49.87, -4.90 49.95, -4.20 50.04, -3.50 50.08, -3.25 50.32, -2.50 50.38, -1.90 50.45",  # Lizard
    "-1.30 50.45, -0.70 50.58, 0.30 50.60, 1.10 50.78, 1.45 50.98, 1.72 51.08, 1.90 51.20",  # the Channel
    "1.90 51.50, 1.60 51.72, 1.80 52.00, 2.00 52.45, 1.95 52.78, 1.50 53.08, 0.65 53.25",  # Kent to Norfolk
    "0.40 53.60, 0.20 54.10, -0.35 54.65, -0.95 54.90, -1.25 55.30, -1.30 55.75, -1.80 56.00",  # to Tweed
    "-2.15 56.45, -2.10 56.75, -1.75 57.10, -1.50 57.45, -1.55 57.75, -2.00 57.87, -3.30 57.92",  # to Moray
    "-2.75 58.45, -2.35 58.85, -2.05 59.25, -2.10 59.42, -1.35 59.40, -0.95 59.80, -0.65 60.10",  # Orkney
    "-0.40 60.40, -0.45 60.80, -0.75 60.97, -1.20 60.95, -1.75 60.65, -2.15 60.42, -2.42 60.15",  # Shetland
    "-2.20 59.92, -1.95 59.68, -2.85 59.55, -3.30 59.48, -3.65 59.20, -4.40 59.22, -5.80 59.27",  # Fair Isle
    "-6.35 59.25, -6.55 59.05, -6.60 58.62, -7.50 58.45, -7.95 58.35, -8.30 57.98, -8.70 57.93",  # Lewis
    "-8.70 57.70, -8.30 57.67, -8.00 57.40, -8.00 56.70, -7.60 56.63, -7.38 56.30, -6.90 56.00",  # St Kilda
    "-6.75 55.62, -6.40 55.46, -6.02 55.37, -5.93 55.24, -5.83 55.16, -5.50 55.00, -5.36 54.76",  # Kintyre
    "-5.00 54.50, -4.40 54.56, -3.90 54.42, -3.75 54.20, -3.60 53.95, -3.90 53.55, -4.75 53.58",  # Galloway
    "-5.00 53.40, -4.95 53.15, -5.05 52.85, -5.05 52.65, -4.70 52.40, -5.20 52.18, -5.65 52.00",  # Wales
    "-5.92 51.80, -5.85 51.60, -5.10 51.46, -4.92 51.25, -4.90 51.05, -5.25 50.68, -5.75 50.32",  # to Lundy
    "-6.40 50.12, -6.65 49.98, -6.65 49.84, -5.80 49.86",  # Scilly
)
_OUTLINE: Final[FloatArray] = np.array(
    [pair.split() for pair in ",".join(_OUTLINE_TEXT).split(",")], dtype=float
)
_MAX_DEG: Final = 180.0
_POINTS_AT_ONCE: Final = 4096  # bounds the points x edges table to a few megabytes

# EPSG:27700 without its datum: what ETRS89 is projected with before OSTN15 shifts it (OS guide, section 6.2).
_ETRS89_GRID: Final = Transformer.from_pipeline(
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=tmerc +lat_0=49 +lon_0=-2"
    " +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=GRS80"
)
_GRID_PARAMETERS: Final = {
    "latitude of natural origin": 49.0,
    "longitude of natural origin": -2.0,
    "scale factor at natural origin": 0.9996012717,
    "false easting": 400_000.0,
    "false northing": -100_000.0,
}
_OSGB36_NAMES: Final = (
    "ordnance survey of great britain 1936",
    "osgb 1936",
    "osgb_1936",
    "d_osgb_1936",
    "osgb36",
)

_Convert: TypeAlias = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
_Geometry = TypeVar("_Geometry", bound=BaseGeometry)


class OutsideGreatBritain(ValueError):
    """A place that is not in Great Britain or the sea close to it.

    `index` is the first offender: of a coordinate in the flattened input, or, where many geometries were
    given, of the geometry.
    """

    def __init__(self, message: str, *, index: int = 0) -> None:
        """Keep the message for people and the index for the caller."""
        super().__init__(message)
        self.index = index


def within_great_britain(lon: FloatArray, lat: FloatArray) -> BoolArray:
    """Tell for each place in WGS84 degrees whether it is in Great Britain or the sea within 10 to 20 km.

    Great Britain is England, Scotland, Wales and their islands, by a coarse outline; Northern Ireland,
    the Isle of Man and the Channel Islands are not. Same shape as the input; not finite is False.
    """
    x, y = _pair(lon, lat)
    inside = np.zeros(x.size, dtype=np.bool_)
    for start in range(0, x.size, _POINTS_AT_ONCE):
        part = slice(start, start + _POINTS_AT_ONCE)
        inside[part] = _within_outline(x.ravel()[part], y.ravel()[part])
    return inside.reshape(x.shape)


def to_bng_or_nan(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return OSTN15 eastings and northings in metres to a millimetre; nan where outside Great Britain."""
    x, y = _pair(lon, lat)
    easting, northing = np.full(x.shape, np.nan), np.full(x.shape, np.nan)
    inside = within_great_britain(x, y)
    if inside.any():
        etrs89 = _ETRS89_GRID.transform(x[inside], y[inside])
        easting[inside], northing[inside] = cutil.convert_etrs89_to_osgb36(*etrs89)
    return easting, northing


def to_bng(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return OSTN15 eastings and northings in metres (EPSG:27700), to a millimetre, shaped like the input.

    Raises OutsideGreatBritain with the first offender if any place is not finite or not in Great Britain.
    """
    easting, northing = to_bng_or_nan(lon, lat)
    lost = np.flatnonzero(np.isnan(easting) | np.isnan(northing))
    if lost.size:
        first = int(lost[0])
        x, y = np.asarray(lon, dtype=float).flat[first], np.asarray(lat, dtype=float).flat[first]
        raise OutsideGreatBritain(
            f"Longitude {x:.10g}, latitude {y:.10g} is outside Great Britain. "
            "Give a place in England, Scotland or Wales in degrees, longitude first.",
            index=first,
        )
    return easting, northing


def to_wgs84_or_nan(easting: FloatArray, northing: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return longitudes and latitudes by OSTN15, good to a millimetre; nan where outside Great Britain."""
    x, y = _pair(easting, northing)
    lon, lat = np.full(x.shape, np.nan), np.full(x.shape, np.nan)
    on_grid = (x >= 0) & (x <= _GRID_WIDTH_M) & (y >= 0) & (y <= _GRID_HEIGHT_M)
    if on_grid.any():
        etrs89 = cutil.convert_osgb36_to_etrs89(x[on_grid], y[on_grid])
        lon[on_grid], lat[on_grid] = _ETRS89_GRID.transform(*etrs89, direction="INVERSE")
        outside = ~within_great_britain(lon, lat)
        lon[outside], lat[outside] = np.nan, np.nan
    return lon, lat


def to_wgs84(easting: FloatArray, northing: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return longitudes and latitudes in WGS84 degrees by OSTN15, in the shape of the input.

    Raises OutsideGreatBritain with the first offender if any place is not finite or not in Great Britain.
    """
    lon, lat = to_wgs84_or_nan(easting, northing)
    lost = np.flatnonzero(np.isnan(lon))
    if lost.size:
        first = int(lost[0])
        x, y = np.asarray(easting, dtype=float).flat[first], np.asarray(northing, dtype=float).flat[first]
        raise OutsideGreatBritain(
            f"Easting {x:.10g}, northing {y:.10g} is outside Great Britain. "
            "Give British National Grid metres in England, Scotland or Wales, easting first.",
            index=first,
        )
    return lon, lat


def geometry_to_bng(geom: _Geometry) -> _Geometry:
    """Return a WGS84 geometry in EPSG:27700 metres, two-dimensional; OutsideGreatBritain names the vertex.

    Vertices closer than a millimetre may fall together.
    """
    return shapely.transform(geom, _of_pairs(to_bng), include_z=False)


def geometry_to_wgs84(geom: _Geometry) -> _Geometry:
    """Return an EPSG:27700 geometry in WGS84, two-dimensional; OutsideGreatBritain names the vertex."""
    return shapely.transform(geom, _of_pairs(to_wgs84), include_z=False)


def geometries_to_bng(geoms: GeometryArray) -> GeometryArray:
    """Return many WGS84 geometries in EPSG:27700 in one call; OutsideGreatBritain.index is the geometry's."""
    return _transform_many(geoms, to_bng)


def geometries_to_wgs84(geoms: GeometryArray) -> GeometryArray:
    """Return many EPSG:27700 geometries in WGS84 in one call; OutsideGreatBritain.index is the geometry's."""
    return _transform_many(geoms, to_wgs84)


def is_british_national_grid(crs: CRS) -> bool:
    """Tell whether coordinates in this CRS are British National Grid metres, with or without an EPSG code.

    A height beside it (EPSG:7405) and a stated shift to WGS84 (+towgs84, +nadgrids) do not matter.
    """
    plain = _without_shift(_without_height(crs))
    if plain.to_epsg() == BNG:
        return True
    if not plain.is_projected or plain.ellipsoid is None or plain.coordinate_operation is None:
        return False
    if "airy 1830" not in plain.ellipsoid.name.lower().replace("_", " "):
        return False
    if any(axis.unit_conversion_factor != 1 for axis in plain.axis_info):
        return False
    given = {parameter.name.lower(): parameter.value for parameter in plain.coordinate_operation.params}
    return plain.coordinate_operation.method_name == "Transverse Mercator" and all(
        math.isclose(float(given.get(name, math.nan)), value) for name, value in _GRID_PARAMETERS.items()
    )


def to_both(geoms: GeometryArray, crs: CRS) -> tuple[GeometryArray, GeometryArray]:
    """Return geometries of any stated CRS in WGS84 and in EPSG:27700, both two-dimensional.

    British National Grid keeps its coordinates untouched and becomes WGS84 by OSTN15. Other coordinates on
    its datum OSGB36 (EPSG:4277) are projected to it, which is exact within one datum, and then treated so.
    All else goes by PROJ to WGS84 and by OSTN15 to the National Grid. Axes are x, y (longitude first).
    Raises OutsideGreatBritain with the index of the first geometry that leaves Great Britain.
    """
    flat = np.asarray(shapely.force_2d(geoms), dtype=object)
    stated = _without_height(crs)
    if not is_british_national_grid(stated):
        if not _on_osgb36(stated):
            wgs84 = _transform_many(flat, Transformer.from_crs(stated, WGS84, always_xy=True).transform)
            return wgs84, geometries_to_bng(wgs84)
        project = Transformer.from_crs(_without_shift(stated), BNG, always_xy=True)
        flat = _transform_many(flat, project.transform)
    return geometries_to_wgs84(flat), flat


def _pair(first: FloatArray, second: FloatArray) -> tuple[FloatArray, FloatArray]:
    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if x.shape != y.shape:
        raise ValueError(f"Both coordinates need the same shape; they are {x.shape} and {y.shape}.")
    return x, y


def _within_outline(x: FloatArray, y: FloatArray) -> BoolArray:
    """Count crossings of a ray to the east (even-odd rule); a prepared geometry would be state to share."""
    x1, y1 = _OUTLINE[:, 0], _OUTLINE[:, 1]
    x2, y2 = np.roll(x1, -1), np.roll(y1, -1)
    px, py = x[:, None], y[:, None]
    level = y1 == y2
    slope = np.where(level, 0.0, (x2 - x1) / np.where(level, 1.0, y2 - y1))
    in_degrees = (np.abs(px) <= _MAX_DEG) & (np.abs(py) <= _MAX_DEG)  # neither nan nor fit to overflow
    px, py = np.where(in_degrees, px, 0.0), np.where(in_degrees, py, 0.0)
    crossed = ((y1 > py) != (y2 > py)) & (px < x1 + slope * (py - y1))
    odd: BoolArray = (np.count_nonzero(crossed, axis=1) % 2 == 1) & in_degrees[:, 0]
    return odd


def _of_pairs(convert: _Convert) -> Callable[[FloatArray], FloatArray]:
    """Let a conversion of two lists take one array of n x 2, as shapely hands over."""

    def stacked(coordinates: FloatArray) -> FloatArray:
        return np.column_stack(convert(coordinates[:, 0], coordinates[:, 1]))

    return stacked


def _transform_many(geoms: GeometryArray, convert: _Convert) -> GeometryArray:
    try:
        moved = shapely.transform(geoms, _of_pairs(convert), include_z=False)
    except OutsideGreatBritain as outside:
        _, owners = shapely.get_coordinates(geoms, return_index=True)
        raise OutsideGreatBritain(str(outside), index=int(owners[outside.index])) from None
    return np.asarray(moved, dtype=object)


def _without_height(crs: CRS) -> CRS:
    """Return the horizontal part of a compound CRS."""
    return crs.sub_crs_list[0] if crs.is_compound else crs


def _without_shift(crs: CRS) -> CRS:
    """Return the CRS inside a bound one: its stated shift to WGS84 is what OSTN15 is there to replace."""
    return crs.source_crs if crs.is_bound and crs.source_crs is not None else crs


def _on_osgb36(crs: CRS) -> bool:
    geodetic: Any = _without_shift(crs).geodetic_crs
    return (
        geodetic is not None and geodetic.datum is not None and geodetic.datum.name.lower() in _OSGB36_NAMES
    )


def geometry_from_web_mercator(geom: _Geometry) -> _Geometry:
    """Return a geometry of EPSG:3857, metres, in WGS84 degrees by Snyder (1987), equations 7-4 and 7-5.

    ValueError outside the square that web maps show.
    """
    return shapely.transform(geom, _from_web_mercator)


_EARTH_RADIUS_M: Final = 6_378_137.0
_MERCATOR_EDGE_M: Final = math.pi * _EARTH_RADIUS_M


def _from_web_mercator(coordinates: FloatArray) -> FloatArray:
    if not bool((np.abs(coordinates) <= _MERCATOR_EDGE_M * (1 + 1e-9)).all()):
        raise ValueError("In EPSG:3857 coordinates go from -20037508.35 to 20037508.35.")
    lon = np.degrees(coordinates[:, 0] / _EARTH_RADIUS_M)
    lat = np.degrees(2 * np.arctan(np.exp(coordinates[:, 1] / _EARTH_RADIUS_M)) - math.pi / 2)
    return np.column_stack((np.clip(lon, -180.0, 180.0), lat))
