"""What `geoapp verify` recounts of the figures kept ready, and of the cells that they are about."""

from collections.abc import Iterator

import numpy as np
import shapely
from sqlalchemy import Connection, text

from geoapp.queries import statement
from geoapp.queries.verify import METRES_TOLERANCE, MINUTES_TOLERANCE, SHARE_TOLERANCE, Difference
from spatial.cells import cells_to_wgs84
from spatial.grid import HexGrid

_GRIDS = {grid.name: grid for grid in (HexGrid.HEX200, HexGrid.HEX500)}
_CELLS = text("""
SELECT id, kind, code, ST_AsBinary(geom_bng) AS shape_bng, ST_AsBinary(geom) AS shape,
       outline IS NOT NULL AS outlined
FROM area WHERE kind <> 'ward' AND id > :after ORDER BY id LIMIT 2000""")


def cube_differences(connection: Connection) -> Iterator[Difference]:
    """Give figures and places of cells that are not what the rows behind them add up to.

    Counts within 1e-9 (of themselves, where over 1), metres within 0.01, minutes within 1e-6, walks exactly.
    """
    tolerances = {
        "share_tolerance": SHARE_TOLERANCE,
        "metres_tolerance": METRES_TOLERANCE,
        "minutes_tolerance": MINUTES_TOLERANCE,
    }
    for row in connection.execute(statement("verify_cube"), tolerances):
        yield Difference(row.kept_in, row.subject, row.what)


def cell_differences(connection: Connection) -> Iterator[Difference]:
    """Give cells whose polygon is not, bit by bit, that of the grid, or has not its place in degrees."""
    after = 0
    while found := connection.execute(_CELLS, {"after": after}).all():
        after = found[-1].id
        again = np.array(
            [
                shapely.MultiPolygon([_GRIDS[row.kind].polygon(*_GRIDS[row.kind].cell(row.code))])
                for row in found
            ],
            dtype=object,
        )
        for row, cell, placed in zip(found, again, cells_to_wgs84(again), strict=True):
            kept = shapely.from_wkb(row.shape_bng)
            subject = f"area {row.id}, {row.code}"
            if not np.array_equal(shapely.get_coordinates(kept), shapely.get_coordinates(cell)):
                yield Difference("cell", subject, "its polygon is not that of the grid")
            if not row.outlined:
                yield Difference("cell", subject, "it has no outline in degrees")
            elif not np.array_equal(
                shapely.get_coordinates(shapely.from_wkb(row.shape)), shapely.get_coordinates(placed)
            ):
                yield Difference("cell", subject, "its place in degrees is not that of its polygon")
