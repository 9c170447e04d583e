"""Where concerns cluster whatever the ward lines: Kulldorff's scan over the cells that may be shown."""

import hashlib
from dataclasses import dataclass, replace
from threading import BoundedSemaphore

import numpy as np
from sqlalchemy import Connection

from geoapp.config import Rules
from geoapp.errors import Busy, malformed
from geoapp.planning.figures import Answer, AreaFigure, answer
from geoapp.planning.selection import Chosen
from spatial.grid import HexGrid
from spatial.hotspots import Cluster, circular_scan

SIMULATIONS = 999
# Memory and time grow with the square of the cells: this many take half a gigabyte and under ten seconds.
MOST_CELLS = 5_000
_WAIT_S = 10.0
# A scan fills a processor: one at a time in a process, so that pins and maps are still answered beside it.
_SCANNING = BoundedSemaphore(1)


@dataclass(frozen=True)
class Field:
    """What is scanned: cells of 500 m that were walked and may be shown, in the order of `found.areas`."""

    chosen: Chosen
    found: Answer
    cells: tuple[AreaFigure, ...]


def field(connection: Connection, chosen: Chosen, rules: Rules) -> Field:
    """Return what a scan of the selection goes over, whatever kind of area was asked for.

    Cells that are withheld from the reader are left out before the scan, so that no circle can tell what is
    in them. Malformed when there are too many cells to scan.
    """
    asked = of_cells(chosen, "hex500")
    found = answer(connection, asked, rules, outlines=False)
    cells = tuple(area for area in found.areas if area.concerns is not None and area.km)
    if len(cells) > MOST_CELLS:
        raise malformed(
            "borough", f"{len(cells):,} cells were walked; a scan takes {MOST_CELLS:,}. Choose boroughs."
        )
    return Field(asked, found, cells)


def of_cells(chosen: Chosen, kind: str) -> Chosen:
    """Return the same selection of cells of a size."""
    return replace(chosen, selection=replace(chosen.selection, area=kind))


def clusters(scanned: Field) -> list[Cluster]:
    """Return the clusters, most likely first; `cells` are indices into `scanned.cells`.

    The same question has the same answer as long as the figures stand: chance is seeded from the selection.
    Busy when other scans are under way. Takes seconds for thousands of cells.
    """
    if not scanned.cells:
        return []
    grid = HexGrid.HEX500
    centres = [grid.centre(*grid.cell(cell.code)) for cell in scanned.cells]
    seed = hashlib.sha256(repr(scanned.chosen.selection).encode()).digest()
    if not _SCANNING.acquire(timeout=_WAIT_S):
        raise Busy("Other clusters are being worked out. Try again in a few seconds.")
    try:
        return circular_scan(
            np.array([cell.concerns for cell in scanned.cells], dtype=float),
            np.array([cell.km for cell in scanned.cells], dtype=float),
            np.array(centres, dtype=float),
            rng=np.random.default_rng(int.from_bytes(seed[:16], "big")),
            simulations=SIMULATIONS,
        )
    finally:
        _SCANNING.release()
