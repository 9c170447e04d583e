"""Where areas lie: their outlines in metres, and which of them touch."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from geoapp.queries import statement

_SHAPES = text(
    "SELECT id, ST_AsBinary(geom_bng) AS shape FROM area WHERE id = ANY(CAST(:areas AS integer[]))"
)

_AREA_FRAME = text(
    "SELECT ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom) FROM area WHERE id = :id"
)


def area_shapes(connection: Connection, areas: Sequence[int]) -> dict[int, bytes]:
    """Return the MultiPolygons of these areas in British National Grid, as WKB by identifier."""
    rows = connection.execute(_SHAPES, {"areas": list(areas)})
    return {row.id: bytes(row.shape) for row in rows}


def neighbours(connection: Connection, areas: Sequence[int]) -> list[tuple[int, int]]:
    """Return the pairs of these areas that touch, by identifier, each once.

    Measures the distance of all whose frames meet: some tenths of a second for the whole of London.
    """
    rows = connection.execute(statement("neighbours"), {"areas": list(areas)})
    return [(row.one, row.other) for row in rows]


def area_frame(connection: Connection, area_id: int) -> tuple[float, float, float, float]:
    """Return west, south, east and north of an area in degrees."""
    row = connection.execute(_AREA_FRAME, {"id": area_id}).one()
    return float(row[0]), float(row[1]), float(row[2]), float(row[3])
