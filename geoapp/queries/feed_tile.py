"""Vector tiles of the council feed, read as the role that sees the views of its tier and nothing else."""

from dataclasses import dataclass

from sqlalchemy import Connection

from geoapp.queries import statement

MOST_FEATURES = 20_000


@dataclass(frozen=True)
class Tile:
    """A tile as Mapbox vector tile, empty where nothing lies in it, and how many features it shows."""

    data: bytes
    features: int


def tile(connection: Connection, collection: str, z: int, x: int, y: int) -> Tile:
    """Return a tile of the web mercator grid, x from the west and y from the north."""
    bound = {"z": z, "x": x, "y": y, "most": MOST_FEATURES}
    if collection == "wards":
        row = connection.execute(statement("feed_tile_wards"), bound).one()
    else:
        row = connection.execute(statement("feed_tile"), bound | {"collection": collection}).one()
    return Tile(bytes(row.tile), row.features)
