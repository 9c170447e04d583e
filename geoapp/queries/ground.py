"""The base map as vector tiles."""

from sqlalchemy import Connection, text

from geoapp.queries import statement

_SOURCES = text("""
WITH RECURSIVE found AS (
    (SELECT source FROM ground ORDER BY source LIMIT 1)
    UNION ALL
    SELECT (SELECT g.source FROM ground g WHERE g.source > f.source ORDER BY g.source LIMIT 1)
    FROM found f WHERE f.source IS NOT NULL
)
SELECT source FROM found WHERE source IS NOT NULL""")


def ground_tile(connection: Connection, z: int, x: int, y: int) -> bytes:
    """Return a Mapbox Vector Tile with a layer for each kind of ground; no bytes where there is nothing.

    Layers are land, water, park, river, railway, street and station, attributes `class` and, from zoom
    13 on, `name`.
    """
    tile = connection.execute(statement("ground_tile"), {"z": z, "x": x, "y": y}).scalar_one()
    return bytes(tile)


def ground_sources(connection: Connection) -> tuple[str, ...]:
    """Return what the base map was made from, to be named on every map; nothing where there is none.

    Steps from one source to the next by the index: as fast for a million streets as for ten.
    """
    return tuple(connection.execute(_SOURCES).scalars())
