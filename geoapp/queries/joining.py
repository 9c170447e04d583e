"""Walks that can be joined, where they are as far as a ward, and maps that are drawn as pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from geoapp.queries import statement


@dataclass(frozen=True)
class OpenWalk:
    """A walk as anybody may know it. `lon`, `lat` lie in its ward; `metres` is how far off that is."""

    id: UUID
    title: str
    ward_code: str
    ward_name: str
    starts_at: datetime
    ends_at: datetime | None
    length_m: int | None
    step_free: bool
    details: str
    officer_first_name: str | None
    kind: str
    places_left: int
    lon: float | None
    lat: float | None
    metres: float | None


@dataclass(frozen=True)
class Place:
    """A place that was found by its name, in metres of National Grid."""

    name: str
    east: float
    north: float


@dataclass(frozen=True)
class WardShape:
    """A ward on the small map: path data, and where its label stands, in metres from the map's corner."""

    code: str
    name: str
    chosen: bool
    path: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class GroundShape:
    """A street, park or water around a point: path data in metres from it."""

    layer: str
    class_: str
    name: str
    path: str


@dataclass(frozen=True)
class WardOutline:
    """A ward with the text of its GeoJSON outline, to about 50 m."""

    code: str
    name: str
    outline: str


_OUTLINES = text("""
SELECT a.code, a.name, ST_AsGeoJSON(ST_SimplifyPreserveTopology(a.geom, 0.0005), 4) AS outline
FROM area a
WHERE a.kind = 'ward' AND a.edition_id = edition_on((now() AT TIME ZONE 'Europe/London')::date)
ORDER BY a.code""")


def open_walks(
    connection: Connection,
    *,
    one: UUID | None = None,
    ward: str | None = None,
    near: Place | None = None,
    within_m: float | None = None,
    most: int = 100,
) -> list[OpenWalk]:
    """Return walks that are still to come and listed, soonest first; with `near`, how far their ward is."""
    bound = {
        "one": one,
        "ward": ward,
        "east": near.east if near else None,
        "north": near.north if near else None,
        "within": within_m if near else None,
        "most": most,
    }
    return [OpenWalk(*row) for row in connection.execute(statement("open_walks"), bound)]


def find_place(connection: Connection, words: str, district: str | None) -> Place | None:
    """Return the place meant by the beginning of its name, or by a postcode district; None when unknown.

    Looks through all names of the base map: some hundredths of a second for London.
    """
    row = connection.execute(statement("find_place"), {"words": words, "district": district}).one_or_none()
    return None if row is None else Place(*row)


def ward_shapes(connection: Connection, codes: Sequence[str]) -> list[WardShape]:
    """Return the wards of these codes and what lies around them; nothing where none of them is known."""
    return [WardShape(*row) for row in connection.execute(statement("ward_shapes"), {"codes": list(codes)})]


def ward_outlines(connection: Connection) -> list[WardOutline]:
    """Return all wards of today, for a browser that looks for the ward it is in by itself."""
    return [WardOutline(*row) for row in connection.execute(_OUTLINES)]


def around(
    connection: Connection, lon: float, lat: float, *, half_width_m: float, half_height_m: float
) -> list[GroundShape]:
    """Return the base map around a WGS84 point, back to front."""
    bound = {"lon": lon, "lat": lat, "half_width": half_width_m, "half_height": half_height_m}
    return [GroundShape(*row) for row in connection.execute(statement("around"), bound)]
