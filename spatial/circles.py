"""The circles of a scan statistic, and the largest likelihood ratio that chance gives over all of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse, special
from scipy.spatial.distance import cdist

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]
Counts = NDArray[np.integer[Any]]

_CENTRES_AT_ONCE = 64  # keeps the working arrays of one block near the size of a processor's cache
_SIMULATIONS_AT_ONCE = 256
_ENTRIES_AT_ONCE = 4_000_000
_BIN_WIDTH = 0.7
_TABLE_SIZE = 4096


@dataclass(frozen=True, slots=True)
class Circles:
    """Every circle around every centre: the cells of each centre by distance, one centre after the other."""

    cells: IntArray  # (entries,)
    share: FloatArray  # (entries,) part of the expected total in the circle up to here
    closes: NDArray[np.bool_]  # (entries,) whether a circle ends here, not between equally far cells
    start: NDArray[np.intp]  # (centres + 1,) where each centre's entries begin

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Yield runs of centres (first, behind the last) small enough to work on at once."""
        centres = self.start.size - 1
        for first in range(0, centres, _CENTRES_AT_ONCE):
            yield first, min(first + _CENTRES_AT_ONCE, centres)


def poisson_llr(cases: ArrayLike, expected: ArrayLike, total: float) -> FloatArray:
    """Return the log-likelihood ratio of a zone for high risk only, 0 unless cases > expected > 0.

    Kulldorff (1997), A spatial scan statistic, Communications in Statistics 26, section 5 (Poisson model):
    c log(c/E) + (C - c) log((C - c)/(C - E)) with C = `total` cases, E scaled so that it sums to C.
    """
    c, e = np.broadcast_arrays(np.asarray(cases, np.float64), np.asarray(expected, np.float64))
    high = (c > e) & (e > 0)
    inside, mean = c[high], e[high]
    outside = np.maximum(total - inside, 0.0)
    llr: FloatArray = np.zeros(c.shape)
    llr[high] = inside * np.log(inside / mean) + special.xlogy(outside, outside / (total - mean))
    return llr


def all_circles(places: FloatArray, share: FloatArray, max_share: float) -> Circles:
    """Return the circles round each of `places` (cells, 2) with up to `max_share` of all `share` (cells,)."""
    n = len(places)
    # Grid centres come out of floating point apart by rounding alone; that must not split a ring.
    same = 1e-9 * float(np.ptp(places, axis=0).max(initial=0.0))
    cells, within, closes, sizes = [], [], [], []
    for first in range(0, n, _CENTRES_AT_ONCE):
        distance = cdist(places[first : first + _CENTRES_AT_ONCE], places)
        order = np.argsort(distance, axis=1)
        distance = np.take_along_axis(distance, order, axis=1)
        cumulative = np.cumsum(share[order], axis=1)
        ends = np.ones(order.shape, bool)
        ends[:, :-1] = np.diff(distance, axis=1) > same
        allowed = ends & (cumulative <= max_share * (1 + 1e-12))
        size = np.where(allowed.any(axis=1), n - np.argmax(allowed[:, ::-1], axis=1), 0)
        kept = np.arange(n) < size[:, None]
        cells.append(order[kept].astype(np.int32))
        within.append(cumulative[kept])
        closes.append(ends[kept])
        sizes.append(size)
    start = np.concatenate([[0], np.cumsum(np.concatenate(sizes))]).astype(np.intp)
    return Circles(np.concatenate(cells), np.concatenate(within), np.concatenate(closes), start)


@dataclass(frozen=True, slots=True)
class _Block:
    """The circles of a few centres, binned by expected count: row = centre x bins + bin.

    Within a bin every circle has at least the expected count of the first and at most the cases of the last,
    which bounds their ratios from above; only bins whose bound beats the best so far are looked at circle by
    circle.
    """

    rings: sparse.csr_array  # (rows, cells), 1 where a cell enters in that bin
    bins: int
    first_expected: FloatArray  # (rows,) inf where no circle ends
    cells: IntArray  # (entries,)
    expected: FloatArray  # (entries,)
    closes: NDArray[np.bool_]  # (entries,)


def null_maxima(circles: Circles, strewn: NDArray[np.int64]) -> FloatArray:
    """Return, in no order, the largest `poisson_llr` over all circles for each row of `strewn`.

    `strewn`: whole counts, shape (simulations, cells), each row with the same total. Exact: bins of circles
    are passed over only where no circle in them can exceed what the simulation has reached elsewhere.
    """
    total = int(strewn[0].sum())
    kind = np.uint16 if total < np.iinfo(np.uint16).max else np.int32  # half the bytes are half the time
    counts: Counts = np.ascontiguousarray(strewn.T, dtype=kind)
    best = _smallest_circles(circles, counts, total)
    # Alike simulations together, so that one threshold serves a batch.
    order = np.argsort(best)
    best = best[order]
    parts = [slice(at, at + _SIMULATIONS_AT_ONCE) for at in range(0, best.size, _SIMULATIONS_AT_ONCE)]
    batches = [np.ascontiguousarray(counts[:, order[part]]) for part in parts]
    needed = _Needed(circles, total)
    bins = int(2 * np.sqrt(circles.share.max() * total) / _BIN_WIDTH) + 1
    for centres in circles.blocks():
        block = _block(circles, centres, total, bins, counts.dtype)
        for part, batch in zip(parts, batches, strict=True):
            best[part] = _raised(best[part], block, batch, needed, total)
    return best


def _smallest_circles(circles: Circles, counts: Counts, total: int) -> FloatArray:
    """Return the best ratio of each simulation among the smallest circles alone, to have a start."""
    centres = np.flatnonzero(np.diff(circles.start))
    ends = np.flatnonzero(circles.closes)
    end = ends[np.searchsorted(ends, circles.start[centres])]
    taken = np.concatenate(
        [circles.cells[a : b + 1] for a, b in zip(circles.start[centres], end, strict=True)]
    )
    pointers = np.concatenate([[0], np.cumsum(end + 1 - circles.start[centres])])
    ones = np.ones(taken.size, counts.dtype)
    inside = sparse.csr_array((ones, taken, pointers), shape=(centres.size, counts.shape[0])) @ counts
    expected = circles.share[end] * total
    best: FloatArray = np.zeros(counts.shape[1])
    for row, mean in zip(inside, expected, strict=True):
        np.maximum(best, poisson_llr(row, mean, total), out=best)
    return best


class _Needed:
    """Table of the cases that a circle needs for a given ratio, by its expected count."""

    def __init__(self, circles: Circles, total: int) -> None:
        self._total = total
        low, high = np.sqrt(circles.share[circles.closes].min() * total), np.sqrt(circles.share.max() * total)
        self._roots: FloatArray = np.linspace(low, high, _TABLE_SIZE)
        self._by_ratio: dict[int, FloatArray] = {}

    def cases(self, ratio: float, expected: FloatArray) -> FloatArray:
        """Return a count below which no circle with at least `expected` reaches `ratio`; never too high."""
        tenths = int(ratio * 10)
        if tenths not in self._by_ratio:
            self._by_ratio[tenths] = self._solve(tenths / 10)
        at = np.searchsorted(self._roots, np.sqrt(expected), side="right") - 2
        return np.where(np.isinf(expected), np.inf, self._by_ratio[tenths][np.clip(at, 0, None)])

    def _solve(self, ratio: float) -> FloatArray:
        mean = self._roots**2
        low, high = mean.copy(), np.full(_TABLE_SIZE, float(self._total))
        for _ in range(50):
            middle = (low + high) / 2
            enough = poisson_llr(middle, mean, self._total) >= ratio
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return np.ceil(low - 1e-6)


def _block(circles: Circles, centres: tuple[int, int], total: int, bins: int, kind: np.dtype[Any]) -> _Block:
    first, last = centres
    part = slice(circles.start[first], circles.start[last])
    cells, expected, closes = circles.cells[part], circles.share[part] * total, circles.closes[part]
    ends = np.flatnonzero(closes)
    bin_of_circle = (2 * np.sqrt(expected[ends]) / _BIN_WIDTH).astype(np.int64)
    owner = np.repeat(np.arange(last - first), np.diff(circles.start[first : last + 1]))
    row = owner * bins + np.repeat(bin_of_circle, np.diff(ends, prepend=-1))
    rows = (last - first) * bins
    pointers = np.searchsorted(row, np.arange(rows + 1))
    filled, at = np.unique(row[ends], return_index=True)
    first_expected: FloatArray = np.full(rows, np.inf)
    first_expected[filled] = expected[ends[at]]
    ones = np.ones(cells.size, kind)
    rings = sparse.csr_array((ones, cells, pointers), shape=(rows, circles.start.size - 1))
    return _Block(rings, bins, first_expected, cells, expected, closes)


def _raised(best: FloatArray, block: _Block, counts: Counts, needed: _Needed, total: int) -> FloatArray:
    """Return `best` (simulations,) raised by whatever the block's circles reach under `counts`."""
    inside = block.rings @ counts
    by_bin = inside.reshape(-1, block.bins, counts.shape[1])
    for bin_ in range(1, block.bins):
        by_bin[:, bin_] += by_bin[:, bin_ - 1]
    least = np.minimum(needed.cases(float(best.min()), block.first_expected), total + 1).astype(counts.dtype)
    # Most rows hold nothing, and the largest of a row is found far faster than the places of all large ones.
    candidates = np.flatnonzero(inside.max(axis=1) >= least)
    row, simulation = np.nonzero(inside[candidates] >= least[candidates, None])
    row = candidates[row]
    bound = poisson_llr(inside[row, simulation], block.first_expected[row], total)
    beats = bound > best[simulation]
    row, simulation = row[beats], simulation[beats]
    if row.size == 0:
        return best
    before = np.where(row % block.bins, inside[row - 1, simulation], 0).astype(np.int64)
    lengths = np.diff(block.rings.indptr)[row]
    raised = best.copy()
    pieces = np.searchsorted(np.cumsum(lengths), np.arange(0, lengths.sum(), _ENTRIES_AT_ONCE), side="right")
    for a, b in zip(pieces, [*pieces[1:], row.size], strict=True):
        _look_closer(raised, block, counts, (row[a:b], simulation[a:b], before[a:b]), total)
    return raised


def _look_closer(
    raised: FloatArray, block: _Block, counts: Counts, where: tuple[Any, Any, Any], total: int
) -> None:
    """Work out every circle of the given bins and simulations and raise `raised` in place."""
    row, simulation, before = where
    start, lengths = block.rings.indptr[row], np.diff(block.rings.indptr)[row]
    offsets = np.cumsum(lengths) - lengths
    entry = np.arange(int(lengths.sum())) + np.repeat(start - offsets, lengths)
    of = np.repeat(simulation, lengths)
    running = np.cumsum(counts[block.cells[entry], of], dtype=np.int64)
    base = np.concatenate([[0], running])[offsets] - before
    closes = block.closes[entry]
    inside = (running - np.repeat(base, lengths))[closes]
    np.maximum.at(raised, of[closes], poisson_llr(inside, block.expected[entry[closes]], total))
