"""Figures of cells for vector tiles: one answer of a selection, kept until something is written.

A view has a dozen tiles. Each is cut from the same answer, in which `figures` has withheld what the reader
may not see; nothing here decides about that again.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from geoapp.config import Rules
from geoapp.planning.classes import class_of, group_of, round_breaks
from geoapp.planning.clusters import of_cells
from geoapp.planning.figures import AreaFigure, answer
from geoapp.planning.selection import Chosen
from geoapp.queries.cell_tiles import Tile
from geoapp.queries.choices import data_version
from spatial.crs import to_wgs84_or_nan
from spatial.grid import HexGrid

FloatArray = NDArray[np.float64]

DEEPEST = 15
SMALL_FROM_ZOOM = 13  # of the tile; larger cells before, so that a tile never holds tens of thousands
_KEPT = 6
# A cell reaches less than this beyond its centre, as a share of the world's width at 60 degrees north.
_REACH = 600.0 / 20_000_000.0


@dataclass(frozen=True)
class CellSummary:
    """What a size of cells says of the whole: limits between four classes of counts and of km, and sums."""

    breaks: tuple[float, ...]
    km_breaks: tuple[float, ...]
    shown: int
    concerns: float
    km: float
    not_shown: int


@dataclass(frozen=True)
class CellFigures:
    """Cells of one size as the reader may see them; `x`, `y`: their middles in the unit square of tiles."""

    areas: tuple[AreaFigure, ...]
    states: tuple[str, ...]
    classes: tuple[int, ...]
    x: FloatArray
    y: FloatArray
    summary: CellSummary

    def columns(self, tile: Tile) -> Mapping[str, Sequence[object]]:
        """Return the figures of the cells that reach into a tile, as columns."""
        z, column, row = tile
        size, reach = 2.0**-z, _REACH
        inside = (
            (self.x > column * size - reach)
            & (self.x < (column + 1) * size + reach)
            & (self.y > row * size - reach)
            & (self.y < (row + 1) * size + reach)
        )
        found = np.flatnonzero(inside).tolist()
        areas = [self.areas[i] for i in found]
        return {
            "ids": [area.id for area in areas],
            "n": [area.concerns for area in areas],
            "km": [area.km for area in areas],
            "walks": [area.walks for area in areas],
            "state": [self.states[i] for i in found],
            "class": [self.classes[i] for i in found],
        }


class _Kept:
    """The last answers of this process, by what they answer and the state of the data."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, CellFigures] = OrderedDict()
        self._locks: dict[str, Lock] = {}
        self._guard = Lock()

    def get(self, connection: Connection, chosen: Chosen, rules: Rules) -> CellFigures:
        """Return the answer; whoever asks for the same meanwhile waits for it instead of asking too."""
        said = "\n".join([data_version(connection), repr(chosen), repr(asdict(rules))])
        key = hashlib.sha256(said.encode()).hexdigest()
        with self._guard:
            found = self._answers.get(key)
            if found is not None:
                self._answers.move_to_end(key)
                return found
            lock = self._locks.setdefault(key, Lock())
        with lock:
            found = self._answers.get(key)
            if found is None:
                found = _figures(connection, chosen, rules)
            with self._guard:
                self._answers[key] = found
                while len(self._answers) > _KEPT:
                    self._answers.popitem(last=False)
                self._locks.pop(key, None)
        return found


_KEPT_ANSWERS = _Kept()


def cell_figures(connection: Connection, chosen: Chosen, kind: str, rules: Rules) -> CellFigures:
    """Return the cells of a size, `hex200` or `hex500`, of a selection, as this reader may see them."""
    return _KEPT_ANSWERS.get(connection, of_cells(chosen, kind), rules)


def _figures(connection: Connection, chosen: Chosen, rules: Rules) -> CellFigures:
    found = answer(connection, chosen, rules, outlines=False)
    grid = HexGrid.HEX200 if chosen.selection.area == "hex200" else HexGrid.HEX500
    places = np.array([grid.cell(area.code) for area in found.areas], dtype=np.int64).reshape(-1, 2)
    lon, lat = to_wgs84_or_nan(*grid.centre(places[:, 0], places[:, 1]))
    shown = [area for area in found.areas if area.concerns is not None]
    return CellFigures(
        areas=found.areas,
        states=tuple(group_of(area) for area in found.areas),
        classes=tuple(class_of(area.eb_rate, found.scale) for area in found.areas),
        x=(lon + 180.0) / 360.0,
        y=0.5 - np.arcsinh(np.tan(np.radians(lat))) / (2 * np.pi),
        summary=CellSummary(
            breaks=round_breaks(max((area.concerns or 0.0 for area in shown), default=0.0)),
            km_breaks=round_breaks(max((area.km or 0.0 for area in shown), default=0.0)),
            shown=len(shown),
            concerns=found.totals.concerns,
            km=found.totals.km,
            not_shown=len(found.areas) - len(shown),
        ),
    )
