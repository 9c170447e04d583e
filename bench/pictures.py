"""The surface and the scan: what is worked out over cells. Run by itself this file does nothing."""

from dataclasses import dataclass

import numpy as np
import scipy.ndimage
import shapely
import sqlalchemy
from loading import Connection
from measures import alternating, chosen, median, selections, took
from numpy.typing import NDArray
from pattern import REGION
from season import BEYOND_M

from geoapp.config import Rules
from geoapp.planning.surface import surface as planning_surface
from geoapp.queries.cells import every_cell
from spatial.grid import HexGrid
from spatial.hotspots import DEFAULT_BANDWIDTH_M, circular_scan, density, relative_surface

PICTURE = (1024, 1024)
_SQUARE_M = 200.0
_POINTS = """
SELECT ST_X(p.g), ST_Y(p.g) FROM concern c CROSS JOIN LATERAL (SELECT ST_Centroid(c.geom_bng)) AS p (g)
WHERE c.kind = 'concern'"""
_TRACKS = "SELECT ST_AsBinary(geom_bng) FROM track"


@dataclass(frozen=True)
class Surface:
    """Seconds of the surface from kept cells, of reading them alone, and of two ways from raw rows.

    `concerns_from_cells` is the density of concerns without the walking, which is all that `from_points` has.
    `answered` is the planning room's own, with figures and verdicts of every cell beside it.
    """

    from_cells: float
    concerns_from_cells: float
    reading_cells: float
    from_points: float
    from_points_and_tracks: float
    answered: float


def surface(engine: sqlalchemy.Engine, connection: Connection, runs: int) -> Surface:
    """Return the surface from kept cells and from raw rows, with and without the walking that it is over."""
    west, south = REGION[0] - BEYOND_M, REGION[1] - BEYOND_M
    east, north = REGION[2] + BEYOND_M, REGION[3] + BEYOND_M
    frame = [[south, north], [west, east]]
    squares = (round((north - south) / _SQUARE_M), round((east - west) / _SQUARE_M))
    sigma = DEFAULT_BANDWIDTH_M / (np.array([north - south, east - west]) / PICTURE)

    def kept() -> list[NDArray[np.float64]]:
        with engine.connect() as reader:
            cells = every_cell(reader)
        easting, northing = HexGrid.HEX200.centre(cells.q, cells.r)
        row = ((northing - south) // _SQUARE_M).astype(int)
        column = ((easting - west) // _SQUARE_M).astype(int)
        inside = (row >= 0) & (row < squares[0]) & (column >= 0) & (column < squares[1])
        at = row[inside] * squares[1] + column[inside]
        return [
            np.bincount(at, weights[inside], squares[0] * squares[1]).reshape(squares)
            for weights in (cells.concerns, cells.metres)
        ]

    def ours() -> None:
        concerns, walked = kept()
        relative_surface(concerns, walked, _SQUARE_M, out_shape=PICTURE)

    def concerns_alone() -> None:
        density(kept()[0], _SQUARE_M, DEFAULT_BANDWIDTH_M, out_shape=PICTURE)

    def from_points() -> NDArray[np.float64]:
        places = np.array(connection.execute(_POINTS, binary=True).fetchall(), float)
        counts = np.histogram2d(places[:, 1], places[:, 0], PICTURE, frame)[0]
        return np.asarray(scipy.ndimage.gaussian_filter(counts, sigma))

    def from_points_and_tracks() -> None:
        top = from_points()
        lines = shapely.from_wkb(
            np.array([row[0] for row in connection.execute(_TRACKS, binary=True)], dtype=object)
        )
        places, owner = shapely.get_coordinates(lines, return_index=True)
        step, middle = np.diff(places, axis=0), (places[1:] + places[:-1]) / 2
        metres = np.where(np.diff(owner) == 0, np.hypot(step[:, 0], step[:, 1]), 0.0)
        walked = np.histogram2d(middle[:, 1], middle[:, 0], PICTURE, frame, weights=metres)[0]
        smoothed = scipy.ndimage.gaussian_filter(walked, sigma)
        np.divide(top, smoothed, where=smoothed > 0, out=np.full(PICTURE, np.nan))

    pair = alternating(ours, from_points, runs)
    asked = chosen(selections(1, "")["two years"])
    with engine.connect() as reader:
        answered = median(lambda: planning_surface(reader, asked, Rules()), 1)
    return Surface(
        pair.ours,
        median(concerns_alone, runs),
        median(kept, runs),
        pair.other,
        median(from_points_and_tracks, 1),
        answered,
    )


def scan(cells: int = 5_000, simulations: int = 999) -> float:
    """Return the seconds of a scan of so many walked cells."""
    rng = np.random.default_rng(5)
    side = int(np.ceil(np.sqrt(cells)))
    q, r = (axis.ravel()[:cells] for axis in np.meshgrid(np.arange(side), np.arange(side)))
    centres = np.column_stack(HexGrid.HEX500.centre(q + 1000, r + 1000))
    metres = rng.lognormal(8.0, 1.0, cells)
    cases = rng.poisson(20 * metres / metres.mean())
    return took(lambda: circular_scan(cases, metres, centres, rng=rng, simulations=simulations))
