"""The relative surface: concerns against walking, from the cells that may be shown."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from geoapp.config import Rules
from geoapp.planning.clusters import of_cells
from geoapp.planning.figures import Answer, answer
from geoapp.planning.selection import Chosen
from spatial.grid import HexGrid
from spatial.hotspots import DEFAULT_BANDWIDTH_M, relative_surface
from spatial.rates import Verdict

FloatArray = NDArray[np.float64]

# Half of the width of the cells that it is made from, and well under the bandwidth.
PIXEL_M = 100.0
_MOST_PIXELS = 1_024  # along each side
_MARGIN_M = 2 * DEFAULT_BANDWIDTH_M


@dataclass(frozen=True)
class Surface:
    """Squares of British National Grid: `values` (rows from north, columns from west), 1 = as everywhere.

    nan where walking is thin. `clear` are squares in a cell of 500 m whose own count is clear of chance. West
    and north are the outer edges in metres; no rows where nothing was walked.
    """

    chosen: Chosen
    found: Answer
    west: float
    north: float
    pixel_m: float
    values: FloatArray
    clear: NDArray[np.bool_]


def surface(connection: Connection, chosen: Chosen, rules: Rules) -> Surface:
    """Return the surface of a selection, from cells of 200 m; those withheld from the reader stay out of it.

    Concerns in cells that were never walked are left out: there is nothing to hold them against.
    """
    asked = of_cells(chosen, "hex200")
    found = answer(connection, asked, rules)
    cells = [area for area in found.areas if area.concerns is not None and area.km]
    if not cells:
        nothing = np.empty((0, 0))
        return Surface(asked, found, 0.0, 0.0, PIXEL_M, nothing, nothing.astype(bool))
    grid = HexGrid.HEX200
    east, north = np.array([grid.centre(*grid.cell(cell.code)) for cell in cells], dtype=float).T
    span = max(float(np.ptp(east)), float(np.ptp(north))) + 2 * _MARGIN_M
    pixel_m = PIXEL_M * max(1.0, float(np.ceil(span / PIXEL_M / _MOST_PIXELS)))
    west = float(np.floor((east.min() - _MARGIN_M) / pixel_m) * pixel_m)
    top = float(np.ceil((north.max() + _MARGIN_M) / pixel_m) * pixel_m)
    columns = int(np.ceil((east.max() + _MARGIN_M - west) / pixel_m))
    rows = int(np.ceil((top - north.min() + _MARGIN_M) / pixel_m))
    at = (((top - north) // pixel_m).astype(int), ((east - west) // pixel_m).astype(int))
    concerns, metres = np.zeros((rows, columns)), np.zeros((rows, columns))
    np.add.at(concerns, at, [cell.concerns or 0.0 for cell in cells])
    np.add.at(metres, at, [1000 * (cell.km or 0.0) for cell in cells])
    values = relative_surface(concerns, metres, pixel_m, max(DEFAULT_BANDWIDTH_M, pixel_m))
    told = answer(connection, of_cells(chosen, "hex500"), rules)
    clear = _clear(told, west, top, pixel_m, values.shape)
    return Surface(asked, found, west, top, pixel_m, values, clear)


def _clear(
    told: Answer, west: float, top: float, pixel_m: float, shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Return which squares have their middle in a cell that is clear of chance."""
    grid = HexGrid.HEX500
    sure = {grid.cell(a.code) for a in told.areas if a.verdict in {Verdict.HIGHER, Verdict.LOWER}}
    x = west + (np.arange(shape[1]) + 0.5) * pixel_m
    y = top - (np.arange(shape[0]) + 0.5) * pixel_m
    q, r = grid.cell_of(*np.meshgrid(x, y))
    if not sure:
        return np.zeros(q.shape, dtype=bool)
    keys = np.array([1_000_000 * one + other for one, other in sorted(sure)])
    return np.isin(1_000_000 * q + r, keys)
