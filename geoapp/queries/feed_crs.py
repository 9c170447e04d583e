"""Coordinate reference systems of the feed: which there are, and geometries in them as GeoJSON text.

British National Grid is never worked out by the database: places were converted by OSTN15 when they were
written and stand beside those in degrees.
"""

from dataclasses import dataclass
from enum import Enum

from sqlalchemy import ColumnElement, FromClause, Text, case, func

_DEGREE_DECIMALS, _METRE_DECIMALS = 7, 3
_AREA = 2


@dataclass(frozen=True)
class Definition:
    """What a system is called on the web, its SRID in the database, and whether north comes first."""

    uri: str
    srid: int
    north_first: bool


class Crs(Enum):
    """The systems in which features are given, and in which places may be asked for."""

    CRS84 = Definition("http://www.opengis.net/def/crs/OGC/1.3/CRS84", 4326, north_first=False)
    WGS84 = Definition("http://www.opengis.net/def/crs/EPSG/0/4326", 4326, north_first=True)
    BNG = Definition("http://www.opengis.net/def/crs/EPSG/0/27700", 27700, north_first=False)
    WEB_MERCATOR = Definition("http://www.opengis.net/def/crs/EPSG/0/3857", 3857, north_first=False)

    @property
    def uri(self) -> str:
        """Return the URI by which OGC API knows it."""
        return self.value.uri


@dataclass(frozen=True)
class Place:
    """A geometry as WKB, longitude or easting first, in degrees of WGS84 (4326) or National Grid (27700)."""

    wkb: bytes
    srid: int

    def bound(self) -> ColumnElement[object]:
        """Return it as a value bound to a statement."""
        return func.ST_GeomFromWKB(self.wkb, self.srid)


def as_geojson(rows: FromClause, crs: Crs) -> ColumnElement[str]:
    """Return a row's geometry as GeoJSON text in this system, by the right-hand rule, axes in its order."""
    if crs is Crs.BNG:
        return _text(_right_handed(rows.c.geom_bng), _METRE_DECIMALS)
    turned = _right_handed(rows.c.geom)
    if crs is Crs.WEB_MERCATOR:
        return _text(func.ST_Transform(turned, crs.value.srid), _METRE_DECIMALS)
    return _text(func.ST_FlipCoordinates(turned) if crs.value.north_first else turned, _DEGREE_DECIMALS)


def _right_handed(geometry: ColumnElement[object]) -> ColumnElement[object]:
    """Return areas with their outlines counter-clockwise, and all else as it is.

    ST_ForcePolygonCCW is made of ST_Reverse, and turns lines round.
    """
    turned = func.ST_ForcePolygonCCW(geometry)
    return case((func.ST_Dimension(geometry) == _AREA, turned), else_=geometry)


def _text(geometry: ColumnElement[object], decimals: int) -> ColumnElement[str]:
    return func.ST_AsGeoJSON(geometry, decimals, 0, type_=Text())
