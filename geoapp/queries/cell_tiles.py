"""Vector tiles of cells, and of the streets that run through them, with figures that are handed in."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from geoapp.queries import statement

Tile = tuple[int, int, int]


def cell_tile(connection: Connection, tile: Tile, figures: Mapping[str, Sequence[object]]) -> bytes:
    """Return a Mapbox Vector Tile (z, x, y) with the layer `cells`: the outlines of these cells.

    `figures` are columns of one length: ids, n, km, walks, state and class. What is None is left out.
    """
    made = connection.execute(statement("cell_tile"), _bound(tile, figures)).scalar_one()
    return bytes(made)


def street_tile(connection: Connection, tile: Tile, figures: Mapping[str, Sequence[object]]) -> bytes:
    """Return a tile with the layer `streets`: the stretches of street in each of these cells, by cell."""
    made = connection.execute(statement("street_tile"), _bound(tile, figures)).scalar_one()
    return bytes(made)


def _bound(tile: Tile, figures: Mapping[str, Sequence[object]]) -> dict[str, object]:
    z, x, y = tile
    return {"z": z, "x": x, "y": y} | {name: list(column) for name, column in figures.items()}
