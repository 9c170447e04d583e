"""Where areas lie: their outlines in metres, and which of them touch."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from geoapp.queries import statement

_SHAPES = text(
    "SELECT id, ST_AsBinary(geom_bng) AS shape FROM area WHERE id = ANY(CAST(:areas AS integer[]))"
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
