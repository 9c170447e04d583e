"""Cells of the hexagonal grids in longitude and latitude."""

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.crs import (
    GeometryArray,
    OutsideGreatBritain,
    geometries_to_wgs84,
    geometry_to_wgs84,
    to_wgs84_or_nan,
)

_ACROSS: Final = 9
_ENOUGH: Final = 3


def cells_to_wgs84(cells: GeometryArray) -> GeometryArray:
    """Return cells (EPSG:27700) in WGS84, also those with corners where the National Grid is not defined.

    Out at sea such corners follow from the part of the cell that is inside, by the affine map that fits it
    best: within centimetres over a cell. Raises OutsideGreatBritain where next to nothing is inside.
    """
    try:
        return geometries_to_wgs84(cells)
    except OutsideGreatBritain:
        return np.array([_cell_to_wgs84(cell) for cell in cells], dtype=object)


def _cell_to_wgs84(cell: shapely.MultiPolygon) -> shapely.MultiPolygon:
    try:
        return geometry_to_wgs84(cell)
    except OutsideGreatBritain:
        west, south, east, north = cell.bounds
        x, y = np.meshgrid(np.linspace(west, east, _ACROSS), np.linspace(south, north, _ACROSS))
        lon, lat = to_wgs84_or_nan(x.ravel(), y.ravel())
        inside = np.isfinite(lon)
        if np.count_nonzero(inside) < _ENOUGH:
            raise

        def affine(places: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.column_stack([places[:, 0] - west, places[:, 1] - south, np.ones(len(places))])

        known = affine(np.column_stack([x.ravel(), y.ravel()]))[inside]
        fit, _, rank, _ = np.linalg.lstsq(known, np.column_stack([lon, lat])[inside], rcond=None)
        if rank < _ENOUGH:
            raise
        return shapely.transform(cell, lambda places: affine(places) @ fit)
