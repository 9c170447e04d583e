"""Relative surface: how dense concerns are against how dense walking is, from counts binned in square cells.

Grids are arrays of shape (rows, columns) over square cells of British National Grid; which way rows run is
the caller's. A Gaussian splits into rows and columns, so smoothing is two products with a matrix of kernel
weights: no negative ripples, and a fine picture from coarse cells costs the size of the picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

# About the reach of one short street: far below it single walks show, far above it wards melt together.
DEFAULT_BANDWIDTH_M = 250.0
# Three passes along one straight street, seen from it at the default bandwidth: 3 x 10,000/(250 sqrt(2 pi)).
THIN_M_PER_HA = 48.0

_M2_PER_HA = 10_000.0
_REACH = 8.0  # standard deviations at which the kernel is cut, 1e-14 of its height
_PIXELS_AT_ONCE = 128


def density(
    counts: ArrayLike,
    cell_m: float,
    bandwidth_m: float,
    *,
    study: ArrayLike | None = None,
    out_shape: tuple[int, int] | None = None,
) -> FloatArray:
    """Return the Gaussian intensity per square metre of binned counts, corrected at the edge of the study.

    Diggle (1985), Applied Statistics 34, with the uniform edge correction (Jones 1993, Statistics and
    Computing 3): the smoothed counts over the share of the kernel that lies inside. `study` (rows, columns)
    gives the part of each cell inside, 0 to 1 (default: all of it); counts in cells outside are left out, and
    the answer is nan there. `out_shape`: pixels over the same extent, default one for each cell. Raises
    ValueError for a bandwidth under one cell (cells, not the kernel, would shape the answer) or for shapes
    that differ.
    """
    grid, inside = _grids(counts, study)
    across = _Kernel(grid.shape, out_shape or grid.shape, cell_m, bandwidth_m)
    share = across.inside(inside)
    share *= cell_m**2
    smoothed = across.smooth(grid)
    return _where(share > 0 if inside is None else across.pixels(inside) > 0, smoothed, share)


def relative_surface(
    concern_counts: ArrayLike,
    walked_metres: ArrayLike,
    cell_m: float,
    bandwidth_m: float = DEFAULT_BANDWIDTH_M,
    *,
    study: ArrayLike | None = None,
    thin_m_per_ha: float = THIN_M_PER_HA,
    out_shape: tuple[int, int] | None = None,
) -> FloatArray:
    """Return the density of concerns over that of walking, each as a part of its total: 1 = as everywhere.

    Kelsall and Diggle (1995), Statistics in Medicine 14, the ratio (not its logarithm) with one bandwidth for
    both, so that the edge correction cancels; a value of 2 means twice the concerns per km of the whole area.
    nan outside `study`, where the edge-corrected walking is under `thin_m_per_ha` (metres of track per
    hectare), and everywhere if nothing was raised or walked. Other arguments, shapes and errors as in
    `density`.
    """
    concerns, inside = _grids(concern_counts, study)
    walked, _ = _grids(walked_metres, study)
    if walked.shape != concerns.shape:
        raise ValueError(f"concerns have shape {concerns.shape}, walking {walked.shape}")
    across = _Kernel(concerns.shape, out_shape or concerns.shape, cell_m, bandwidth_m)
    all_concerns, all_walked = float(concerns.sum()), float(walked.sum())
    if not (all_concerns > 0 and all_walked > 0):
        return np.full(out_shape or concerns.shape, np.nan)
    near_walked = across.smooth(walked)
    enough = across.inside(inside)
    enough *= thin_m_per_ha / _M2_PER_HA * cell_m**2
    seen = near_walked >= enough
    if inside is not None:
        seen &= across.pixels(inside) > 0
    # Of the small grid, because every step over the picture costs as much as the smoothing.
    return _where(seen, across.smooth(concerns * (all_walked / all_concerns)), near_walked)


def cross_validated_bandwidth(
    concern_counts: ArrayLike, cell_m: float, candidates_m: Sequence[float]
) -> float:
    """Return the candidate (metres) with the least squared error of the concern density, left-one-out.

    Bowman (1984), Biometrika 71, as in Silverman (1986), equation 3.35: the integral of f^2 less twice the
    mean of f(-i) at each concern. Concerns of one cell count as at its centre, so candidates under two cells
    say little. Raises ValueError without a candidate or with fewer than two concerns.
    """
    grid, _ = _grids(concern_counts, None)
    total = float(grid.sum())
    if total < 2 or not candidates_m:  # noqa: PLR2004 - leaving one out of one leaves nothing
        raise ValueError(
            f"cross-validation needs two concerns and a candidate, not {total:g}, {len(candidates_m)}"
        )
    scores = []
    for bandwidth_m in candidates_m:
        near = _Kernel(grid.shape, grid.shape, cell_m, bandwidth_m).smooth(grid) / cell_m**2
        own = 1 / (2 * np.pi * bandwidth_m**2)
        square = float((near**2).sum()) * cell_m**2 / total**2
        scores.append(square - 2 * float((grid * (near - own)).sum()) / (total * (total - 1)))
    return float(candidates_m[int(np.argmin(scores))])


class _Kernel:
    """Weights of a Gaussian between the cells of a grid and the pixels of a picture of the same extent."""

    def __init__(
        self, shape: tuple[int, ...], out_shape: tuple[int, ...], cell_m: float, bandwidth_m: float
    ) -> None:
        if not (cell_m > 0 and bandwidth_m >= cell_m):
            raise ValueError(f"the bandwidth ({bandwidth_m} m) has to be at least one cell ({cell_m} m)")
        self._shape, self._out_shape = shape, out_shape
        self._rows, self._columns = (
            _bands(size, out, cell_m / bandwidth_m) for size, out in zip(shape, out_shape, strict=True)
        )

    def smooth(self, grid: FloatArray) -> FloatArray:
        along_rows: FloatArray = np.empty((self._out_shape[0], grid.shape[1]))
        for band in self._rows:
            np.matmul(band.weights, grid[band.cells], out=along_rows[band.pixels])
        # Written row by row as everything else is: a transposed picture would make all that follows slow.
        smoothed: FloatArray = np.empty(self._out_shape)
        for band in self._columns:
            np.matmul(along_rows[:, band.cells], band.weights.T, out=smoothed[:, band.pixels])
        return smoothed

    def inside(self, study: FloatArray | None) -> FloatArray:
        """Return the part of the kernel that lies in the study area (default: the grid), for each pixel."""
        if study is not None:
            return self.smooth(study)
        rows, columns = (
            np.concatenate([band.weights.sum(axis=1) for band in bands])
            for bands in (self._rows, self._columns)
        )
        return np.outer(rows, columns)

    def pixels(self, grid: FloatArray) -> FloatArray:
        """Return the value of the cell that holds each pixel's middle."""
        row, column = (
            ((np.arange(out) + 0.5) * size / out).astype(np.intp)
            for size, out in zip(self._shape, self._out_shape, strict=True)
        )
        return grid[np.ix_(row, column)]


@dataclass(frozen=True)
class _Band:
    """A run of pixels, the run of cells that any of them is near to, and the weights (pixels, cells)."""

    pixels: slice
    cells: slice
    weights: FloatArray


def _bands(cells: int, pixels: int, cell_in_bandwidths: float) -> list[_Band]:
    """Return the weights along one side without most of the zeros away from the diagonal."""
    found = []
    at_pixel = (np.arange(pixels) + 0.5) * (cells / pixels)
    reach = _REACH / cell_in_bandwidths
    for begin in range(0, pixels, _PIXELS_AT_ONCE):
        run = at_pixel[begin : begin + _PIXELS_AT_ONCE]
        first, last = max(0, int(run[0] - reach) - 1), min(cells, int(run[-1] + reach) + 2)
        apart = (run[:, None] - (np.arange(first, last) + 0.5)[None, :]) * cell_in_bandwidths
        weights = np.exp(-0.5 * apart**2) * (cell_in_bandwidths / np.sqrt(2 * np.pi))
        weights[np.abs(apart) > _REACH] = 0.0
        found.append(_Band(slice(begin, begin + len(run)), slice(first, last), weights))
    return found


def _grids(counts: ArrayLike, study: ArrayLike | None) -> tuple[FloatArray, FloatArray | None]:
    """Return counts, without those outside, and the part of each cell inside, None if that is all of it."""
    grid = np.asarray(counts, np.float64)
    inside = None if study is None else np.asarray(study, np.float64)
    if grid.ndim != 2 or (inside is not None and inside.shape != grid.shape):  # noqa: PLR2004 - rows and columns
        shapes = grid.shape if inside is None else f"{grid.shape} and {inside.shape}"
        raise ValueError(f"grids of one shape (rows, columns) are needed, not {shapes}")
    return grid if inside is None else np.where(inside > 0, grid, 0.0), inside


def _where(seen: NDArray[np.bool_], top: FloatArray, bottom: FloatArray) -> FloatArray:
    """Return top / bottom, written over top, where seen, else nan."""
    seen &= bottom > 0
    np.divide(top, bottom, out=top, where=seen)
    top[~seen] = np.nan
    return top
