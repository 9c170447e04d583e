"""Wards for the screen, outlines and names of boroughs, and the frame that a map of them needs."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from geoapp.queries import statement

_FRAME = text("""
SELECT ST_XMin(f), ST_YMin(f), ST_XMax(f), ST_YMax(f)
FROM (SELECT ST_Extent(a.geom) AS f FROM area a
      WHERE a.kind = 'ward' AND a.edition_id = CAST(:edition AS integer)
        AND (CAST(:boroughs AS text[]) IS NULL OR a.borough_code = ANY (CAST(:boroughs AS text[])))) whole""")


_SKETCHES = text("""
SELECT a.code, a.borough_code, s.shape
FROM area a JOIN ward_sketch s ON s.area_id = a.id
WHERE a.kind = 'ward' AND a.edition_id = CAST(:edition AS integer)
  AND (CAST(:boroughs AS text[]) IS NULL OR a.borough_code = ANY (CAST(:boroughs AS text[])))
ORDER BY a.code""")


_NAMES = text("SELECT code, coalesce(name, code) AS name FROM borough ORDER BY code")


@dataclass(frozen=True)
class WardSketch:
    """A ward's code, its borough's, and its shape for the screen as the table `ward_sketch` has it."""

    code: str
    borough: str | None
    shape: str


@dataclass(frozen=True)
class BoroughOutline:
    """A borough and the text of its GeoJSON outline, for drawing alone: simplified to about ten metres."""

    code: str
    name: str
    outline: str


def borough_outlines(connection: Connection, edition_id: int | None) -> list[BoroughOutline]:
    """Return the boroughs of an edition by code. Joins all wards: about a second for the whole of London."""
    rows = connection.execute(statement("boundaries"), {"edition": edition_id})
    return [BoroughOutline(*row) for row in rows]


def borough_names(connection: Connection) -> dict[str, str]:
    """Return the name of each borough by its code."""
    return {row.code: row.name for row in connection.execute(_NAMES)}


def frame(
    connection: Connection, edition_id: int | None, boroughs: Sequence[str] | None
) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of the wards in degrees; None where there is no ward."""
    bound = {"edition": edition_id, "boroughs": None if boroughs is None else list(boroughs)}
    row = connection.execute(_FRAME, bound).one()
    return None if row[0] is None else (float(row[0]), float(row[1]), float(row[2]), float(row[3]))


def ward_sketches(
    connection: Connection, edition_id: int | None, boroughs: Sequence[str] | None
) -> list[WardSketch]:
    """Return the wards of these boroughs for the screen, by code."""
    bound = {"edition": edition_id, "boroughs": None if boroughs is None else list(boroughs)}
    return [WardSketch(*row) for row in connection.execute(_SKETCHES, bound)]
