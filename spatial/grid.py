"""Hexagons of equal area on British National Grid: a cell has the same square metres everywhere.

A grid is known by its width across flats. The cell (0, 0) is centred on the false origin of the National Grid
(EPSG:27700), flats lie north and south, points east and west. Axial coordinates: r counts cells northward, q
counts columns eastward, each column half a cell further *south*; that way q and r are not negative anywhere
on the National Grid, and codes, padded to one width, sort as text in the order of (q, r).
"""

import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
CellIndex = NDArray[np.int64]

_CODE = re.compile(r"(hex[0-9.]+):(-?[0-9]+):(-?[0-9]+)")
# In steps of half an edge (east) and half a width (north) from the centre, anticlockwise from the east.
_CORNERS = np.array([(2, 0), (1, 1), (-1, 1), (-2, 0), (-1, -1), (1, -1)], np.int64)
# (q, r) steps to the cell in the north, then clockwise.
_BESIDE = np.array([(0, 1), (1, 1), (1, 0), (0, -1), (-1, -1), (-1, 0)], np.int64)


@dataclass(frozen=True, slots=True)
class HexGrid:
    """The hexagons that are `across_flats_m` wide, in metres. Raises ValueError unless that is above 0."""

    across_flats_m: float

    HEX200: ClassVar["HexGrid"]
    HEX500: ClassVar["HexGrid"]

    def __post_init__(self) -> None:
        """Refuse a width that makes no cells."""
        if not (np.isfinite(self.across_flats_m) and self.across_flats_m > 0):
            raise ValueError(f"a hexagon has to be some metres across flats, not {self.across_flats_m}")

    @property
    def name(self) -> str:
        """The area type of the cells: `hex200` for 200 m."""
        return f"hex{self.across_flats_m:g}"

    @property
    def edge_m(self) -> float:
        """Length of an edge, and distance from centre to corner, in metres."""
        return self.across_flats_m / float(np.sqrt(3))

    @property
    def area_m2(self) -> float:
        """Area of every cell in square metres: sqrt(3)/2 times the square of the width."""
        return float(np.sqrt(3)) / 2 * self.across_flats_m**2

    def cell_of(self, easting: ArrayLike, northing: ArrayLike) -> tuple[CellIndex, CellIndex]:
        """Return (q, r) of the cell that holds each point (metres), arrays of the input's shape.

        The cell is that of the nearest centre; a point as near to several (on an edge or corner) belongs to
        the lowest (q, r), which is also the lowest code. On flats that is exact, on slanting edges, whose
        corners are irrational, to the last digit of the coordinates. Raises ValueError for coordinates that
        are not finite.
        """
        east, north = np.broadcast_arrays(np.asarray(easting, np.float64), np.asarray(northing, np.float64))
        if not bool(np.isfinite(east).all() and np.isfinite(north).all()):
            raise ValueError("a point without finite coordinates lies in no cell")
        west = np.floor(east / (1.5 * self.edge_m))
        # No centre outside these two columns is ever nearest.
        (r_west, from_west), (r_east, from_east) = (self._nearest(q, east, north) for q in (west, west + 1))
        eastern = from_east < from_west
        q = np.where(eastern, west + 1, west)
        return q.astype(np.int64), np.where(eastern, r_east, r_west).astype(np.int64)

    def centre(self, q: ArrayLike, r: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return easting and northing of the centres in metres."""
        columns, rows = np.asarray(q, np.int64), np.asarray(r, np.int64)
        return self._at(3 * columns, 2 * rows - columns)

    def corners(self, q: ArrayLike, r: ArrayLike) -> FloatArray:
        """Return the corners, shape (..., 6, 2): easting and northing in metres, anticlockwise from the east.

        Each is worked out from a lattice of whole numbers, so that cells share their corners bit by bit.
        """
        columns, rows = np.broadcast_arrays(np.asarray(q, np.int64), np.asarray(r, np.int64))
        east, north = self._at(
            3 * columns[..., None] + _CORNERS[:, 0], (2 * rows - columns)[..., None] + _CORNERS[:, 1]
        )
        return np.stack([east, north], axis=-1)

    def polygon(self, q: int, r: int) -> shapely.Polygon:
        """Return one cell as a polygon in British National Grid."""
        return shapely.Polygon(self.corners(q, r))

    def polygons(self, q: ArrayLike, r: ArrayLike) -> NDArray[np.object_]:
        """Return many cells as an array of polygons in British National Grid."""
        return np.asarray(shapely.polygons(self.corners(q, r)), np.object_)

    def code(self, q: int, r: int) -> str:
        """Return the cell's code, `hex200:3060:2432`; as text, those in Great Britain sort like (q, r)."""
        return f"{self.name}:{int(q):04d}:{int(r):04d}"

    def cell(self, code: str) -> tuple[int, int]:
        """Return (q, r) of a code of this grid. Raises ValueError for what `code` would not write."""
        found = _CODE.fullmatch(code)
        if found is not None and found[1] == self.name:
            q, r = int(found[2]), int(found[3])
            if self.code(q, r) == code:
                return q, r
        raise ValueError(f"{code!r} is no cell of the grid {self.name}")

    @staticmethod
    def neighbours(q: ArrayLike, r: ArrayLike) -> tuple[CellIndex, CellIndex]:
        """Return the six cells beside each, arrays of shape (..., 6), from the northern one clockwise."""
        columns, rows = np.broadcast_arrays(np.asarray(q, np.int64), np.asarray(r, np.int64))
        return columns[..., None] + _BESIDE[:, 0], rows[..., None] + _BESIDE[:, 1]

    def cells_over(self, bounds: tuple[float, float, float, float]) -> tuple[CellIndex, CellIndex]:
        """Return (q, r) of all cells that touch a rectangle (west, south, east, north in metres), in order.

        Costs memory in proportion to the cells. Raises ValueError if the rectangle is turned inside out.
        """
        west, south, east, north = bounds
        if not (west <= east and south <= north):
            raise ValueError(f"west has to come before east and south before north: {bounds}")
        return self._touching(shapely.box(west, south, east, north), self._around(bounds))

    def cells_along(self, e1: float, n1: float, e2: float, n2: float) -> tuple[CellIndex, CellIndex]:
        """Return (q, r) of all cells touched by the straight line between two points (metres), in order.

        A line along an edge touches the cells on both sides. Start and end may be the same point.
        """
        q, r = self._around((min(e1, e2), min(n1, n2), max(e1, e2), max(n1, n2)))
        east, north = self.centre(q, r)
        length = float(np.hypot(e2 - e1, n2 - n1))
        if length > 0:
            off_line = np.abs((east - e1) * (n2 - n1) - (north - n1) * (e2 - e1)) / length
            near = off_line <= self.edge_m * (1 + 1e-9)
            q, r = q[near], r[near]
            return self._touching(shapely.LineString([(e1, n1), (e2, n2)]), (q, r))
        return self._touching(shapely.Point(e1, n1), (q, r))

    def _nearest(self, q: FloatArray, east: FloatArray, north: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return in column q the nearest r (the lower one of two) and the squared distance to its centre."""
        width = self.across_flats_m
        r = np.ceil((north + q * (width / 2)) / width - 0.5)
        return r, (east - q * (1.5 * self.edge_m)) ** 2 + (north - (2 * r - q) * (width / 2)) ** 2

    def _at(self, half_edges: CellIndex, half_cells: CellIndex) -> tuple[FloatArray, FloatArray]:
        east = np.asarray(half_edges * (self.edge_m / 2), np.float64)
        return east, np.asarray(half_cells * (self.across_flats_m / 2), np.float64)

    def _around(self, bounds: tuple[float, float, float, float]) -> tuple[CellIndex, CellIndex]:
        """Return every cell that could touch the bounds, and some that do not."""
        west, south, east, north = bounds
        column = 1.5 * self.edge_m
        q = np.arange(np.floor(west / column) - 1, np.ceil(east / column) + 2).astype(np.int64)
        rows = int(np.ceil((north - south) / self.across_flats_m)) + 4
        lowest = np.floor((south + q * (self.across_flats_m / 2)) / self.across_flats_m).astype(np.int64) - 1
        return np.repeat(q, rows), (lowest[:, None] + np.arange(rows)).ravel()

    def _touching(
        self, shape: shapely.Geometry, cells: tuple[CellIndex, CellIndex]
    ) -> tuple[CellIndex, CellIndex]:
        q, r = cells
        shapely.prepare(shape)
        touched = shapely.intersects(shape, self.polygons(q, r))
        return q[touched], r[touched]


HexGrid.HEX200 = HexGrid(200.0)
HexGrid.HEX500 = HexGrid(500.0)
