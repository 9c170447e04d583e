"""The relative surface: concerns against walking, from the cells that may be shown."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from geoapp.config import Rules
from geoapp.planning.clusters import of_cells
from geoapp.planning.figures import Answer, Totals, answer, scale
from geoapp.planning.selection import Chosen
from geoapp.queries.areas import LIGHTS, distinct_walks, outside
from geoapp.queries.cells import Cells, every_cell
from geoapp.queries.choices import data_version, held_months
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

    Concerns in cells that were never walked are left out: there is nothing to hold them against. All that was
    ever raised and walked is drawn from cells kept ready, whatever their number.
    """
    asked = of_cells(chosen, "hex200")
    everything = _is_everything(connection, chosen)
    cells, found = _kept(connection, asked, rules) if everything else _selected(connection, asked, rules)
    walked = cells.metres > 0
    if not walked.any():
        nothing = np.empty((0, 0))
        return Surface(asked, found, 0.0, 0.0, PIXEL_M, nothing, nothing.astype(bool))
    east, north = HexGrid.HEX200.centre(cells.q[walked], cells.r[walked])
    span = max(float(np.ptp(east)), float(np.ptp(north))) + 2 * _MARGIN_M
    pixel_m = PIXEL_M * max(1.0, float(np.ceil(span / PIXEL_M / _MOST_PIXELS)))
    west = float(np.floor((east.min() - _MARGIN_M) / pixel_m) * pixel_m)
    top = float(np.ceil((north.max() + _MARGIN_M) / pixel_m) * pixel_m)
    shape = (
        int(np.ceil((top - north.min() + _MARGIN_M) / pixel_m)),
        int(np.ceil((east.max() + _MARGIN_M - west) / pixel_m)),
    )
    at = np.ravel_multi_index(
        (((top - north) // pixel_m).astype(int), ((east - west) // pixel_m).astype(int)), shape
    )
    concerns, metres = (
        np.bincount(at, weights, shape[0] * shape[1]).reshape(shape)
        for weights in (cells.concerns[walked], cells.metres[walked])
    )
    values = relative_surface(concerns, metres, pixel_m, max(DEFAULT_BANDWIDTH_M, pixel_m))
    told = answer(connection, of_cells(chosen, "hex500"), rules, outlines=False)
    clear = _clear(told, west, top, pixel_m, values.shape)
    return Surface(asked, found, west, top, pixel_m, values, clear)


def _is_everything(connection: Connection, chosen: Chosen) -> bool:
    """Whether nothing is left out: any month, light and factor, and nothing withheld from the reader."""
    asked = chosen.selection
    held = held_months(connection, asked.last)
    return (
        chosen.whole
        and (asked.kind, asked.factors, asked.lights) == ("concern", None, LIGHTS)
        and held.first is not None
        and held.last is not None
        and asked.first <= held.first
        and asked.last >= held.last
    )


def _kept(connection: Connection, asked: Chosen, rules: Rules) -> tuple[Cells, Answer]:
    cells = every_cell(connection)
    concerns, km = float(cells.concerns.sum()), float(cells.metres.sum()) / 1000
    totals = Totals(
        concerns=concerns,
        walks=distinct_walks(connection, asked.selection, None),
        km=km,
        minutes=float(cells.minutes.sum()),
        outside=outside(connection, asked.selection),
    )
    overall = float(cells.concerns[cells.metres > 0].sum()) / km if km > 0 else None
    found = Answer((), totals, overall, scale(connection, asked, rules), data_version(connection))
    return cells, found


def _selected(connection: Connection, asked: Chosen, rules: Rules) -> tuple[Cells, Answer]:
    found = answer(connection, asked, rules, outlines=False)
    shown = [area for area in found.areas if area.concerns is not None and area.km]
    places = np.array([HexGrid.HEX200.cell(area.code) for area in shown], dtype=np.int64).reshape(-1, 2)
    cells = Cells(
        places[:, 0],
        places[:, 1],
        np.array([area.concerns or 0.0 for area in shown]),
        np.array([1000 * (area.km or 0.0) for area in shown]),
        np.array([area.minutes or 0.0 for area in shown]),
    )
    return cells, found


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
