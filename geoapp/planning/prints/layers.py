"""What lies over the areas' lines on the map, for the picture: density in hexagons, and the surface."""

import io
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from PIL import Image
from sqlalchemy import Connection

from geoapp.planning.cell_tiles import CellSummary, cell_figures
from geoapp.planning.figures import AreaFigure, Scale
from geoapp.planning.present_analysis import surface_png
from geoapp.planning.prints.drawing import Bands, Drawn
from geoapp.planning.prints.frame import Frame
from geoapp.planning.selection import Chosen, Reader
from geoapp.planning.surface import surface
from geoapp.words import number
from spatial.cells import cells_to_wgs84
from spatial.grid import HexGrid

# Where the screen goes over to the smaller hexagons: zoom 14 at this latitude.
_NEAR_M_PER_PX = 6.0
_PICTURE_PX = 2400
_WIDTHS = {"hex200": "200 m", "hex500": "500 m"}


@dataclass(frozen=True)
class Layer:
    """A drawing, the limits of its classes where it has its own, and what its legend says under them."""

    drawn: Drawn
    breaks: tuple[float, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Under:
    """The wards under a layer: the selection, and its wards with outlines."""

    chosen: Chosen
    wards: Sequence[AreaFigure]

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Outlines and verdicts."""
        return [(area.outline, area.verdict.value) for area in self.wards]


def density(connection: Connection, under: Under, of: str, frame: Frame, reader: Reader) -> Layer:
    """Return concerns or walking, `of` is concerns or walked, in the hexagons that the screen would show."""
    chosen = under.chosen
    size = "hex200" if frame.metres < _NEAR_M_PER_PX else "hex500"
    found = cell_figures(connection, chosen, size, reader.rules)
    measure = "km" if of == "walked" else "concerns"
    limits = found.summary.km_breaks if of == "walked" else found.summary.breaks
    drawn = Drawn(
        areas=_with_outlines(found.areas, HexGrid.HEX200 if size == "hex200" else HexGrid.HEX500),
        scale=Scale((), None, chosen.reference),
        density=measure,
        limits=limits,
        names=False,
        lines=under.lines,
    )
    return Layer(drawn, limits, _note(found.summary, of, size))


def bands(connection: Connection, under: Under, scale: Scale, reader: Reader) -> Layer:
    """Return the surface over wards that are hatched where it says nothing."""
    picture, bounds = surface_png(surface(connection, under.chosen, reader.rules))
    address = "data:image/png;base64," + b64encode(_larger(picture)).decode()
    drawn = Drawn(
        areas=under.wards,
        scale=scale,
        hatched=True,
        names=False,
        bands=None if bounds is None else Bands(address, bounds),
        lines=under.lines,
    )
    return Layer(drawn)


def _larger(picture: bytes) -> bytes:
    """Return the picture with each pixel as a square of many, so that no print blends its bands."""
    found = Image.open(io.BytesIO(picture))
    times = max(1, _PICTURE_PX // max(found.size))
    out = io.BytesIO()
    found.resize((found.width * times, found.height * times), Image.Resampling.NEAREST).save(out, "PNG")
    return out.getvalue()


def _with_outlines(cells: Sequence[AreaFigure], grid: HexGrid) -> list[AreaFigure]:
    if not cells:
        return []
    places = np.array([grid.cell(area.code) for area in cells], dtype=np.int64)
    shapes = shapely.to_geojson(cells_to_wgs84(grid.polygons(places[:, 0], places[:, 1])))
    return [replace(area, outline=shape) for area, shape in zip(cells, shapes.tolist(), strict=True)]


def _note(found: CellSummary, of: str, size: str) -> str:
    whole = found.concerns == round(found.concerns)
    total = f"{number(found.km, 1)} km" if of == "walked" else number(found.concerns, 0 if whole else 1)
    hidden = f" {number(found.not_shown)} more are not shown and not counted here." if found.not_shown else ""
    return f"{number(found.shown)} hexagons of {_WIDTHS[size]}, {total} in all.{hidden}"
