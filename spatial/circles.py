"""The circles of a scan statistic, and the largest likelihood ratio that chance gives over all of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]
Surplus = NDArray[np.signedinteger[Any]]

_CENTRES_AT_ONCE = 64  # keeps the working arrays of one block near the size of a processor's cache
_SIMULATIONS_AT_ONCE = 256
_ENTRIES_AT_ONCE = 4_000_000
_BIN_WIDTH = 0.5
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
    llr[high] = inside * np.log(inside / mean) + scipy.special.xlogy(outside, outside / (total - mean))
    return llr


def all_circles(places: FloatArray, share: FloatArray, max_share: float) -> Circles:
    """Return the circles round each of `places` (cells, 2) with up to `max_share` of all `share` (cells,)."""
    n = len(places)
    # Grid centres come out of floating point apart by rounding alone; that must not split a ring.
    same = 1e-9 * float(np.ptp(places, axis=0).max(initial=0.0))
    cells, within, closes, sizes = [], [], [], []
    for first in range(0, n, _CENTRES_AT_ONCE):
        distance = scipy.spatial.distance.cdist(places[first : first + _CENTRES_AT_ONCE], places)
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
    """The circles of a few centres, binned by size: row = centre x bins + bin.

    A bin's surplus (cases over the usual) can nowhere exceed that of the circle before it plus every surplus
    of its own cells. With the likelihood ratio jointly convex in cases and expected count, that bounds the
    ratios of the bin's circles by those at its ends; only bins whose bound beats the best so far are looked
    into.
    """

    rings: "scipy.sparse.csr_array"  # (rows, cells), 1 where a cell enters in that bin
    bins: int
    first: FloatArray  # (rows,) expected count of the bin's smallest circle, inf without circle
    last: FloatArray  # (rows,) of its largest
    drift: FloatArray  # (rows,) least of expected less usual count
    cells: IntArray  # (entries,)
    expected: FloatArray  # (entries,)
    usual: FloatArray  # (entries,) usual count of the circle up to here
    closes: NDArray[np.bool_]  # (entries,)


def null_maxima(circles: Circles, strewn: NDArray[np.int64]) -> FloatArray:
    """Return, in no order, the largest `poisson_llr` over all circles for each row of `strewn`.

    `strewn`: whole counts, shape (simulations, cells), each row with the same total. Exact: bins of circles
    are passed over only where no circle in them can exceed what the simulation has reached elsewhere.
    """
    total = int(strewn[0].sum())
    # Surpluses over a usual count stay small where counts are large, and half the bytes are half the time.
    usual = np.rint(strewn.mean(axis=0)).astype(np.int64)
    surplus = strewn - usual
    swing = max(np.maximum(surplus, 0).sum(axis=1).max(), np.maximum(-surplus, 0).sum(axis=1).max())
    kind = np.int16 if swing < np.iinfo(np.int16).max else np.int32
    by_cell: Surplus = np.ascontiguousarray(surplus.T, dtype=kind)
    best = _smallest_circles(circles, by_cell, usual, total)
    # Alike simulations together, so that one threshold serves a batch.
    order = np.argsort(best)
    best = best[order]
    parts = [slice(at, at + _SIMULATIONS_AT_ONCE) for at in range(0, best.size, _SIMULATIONS_AT_ONCE)]
    batches = [np.ascontiguousarray(by_cell[:, order[part]]) for part in parts]
    above = [np.maximum(batch, 0) for batch in batches]
    needed = _Needed(circles, total)
    for centres in circles.blocks():
        block = _block(circles, centres, usual, total, by_cell.dtype)
        for part, batch, positive in zip(parts, batches, above, strict=True):
            best[part] = _raised(best[part], block, (batch, positive), needed, total)
    return best


def _smallest_circles(circles: Circles, surplus: Surplus, usual: NDArray[np.int64], total: int) -> FloatArray:
    """Return the best ratio of each simulation among the smallest circles alone, to have a start."""
    centres = np.flatnonzero(np.diff(circles.start))
    ends = np.flatnonzero(circles.closes)
    end = ends[np.searchsorted(ends, circles.start[centres])]
    taken = np.concatenate(
        [circles.cells[a : b + 1] for a, b in zip(circles.start[centres], end, strict=True)]
    )
    pointers = np.concatenate([[0], np.cumsum(end + 1 - circles.start[centres])])
    members = scipy.sparse.csr_array(
        (np.ones(taken.size, surplus.dtype), taken, pointers), (centres.size, usual.size)
    )
    inside, at_all = members @ surplus, members @ usual
    best: FloatArray = np.zeros(surplus.shape[1])
    for row, count, mean in zip(inside, at_all, circles.share[end] * total, strict=True):
        np.maximum(best, poisson_llr(row + count, mean, total), out=best)
    return best


class _Needed:
    """Table of the cases that a circle needs for a given ratio, by its expected count."""

    def __init__(self, circles: Circles, total: int) -> None:
        self._total = total
        low, high = np.sqrt(circles.share[circles.closes].min() * total), np.sqrt(circles.share.max() * total)
        self._roots: FloatArray = np.linspace(low, high, _TABLE_SIZE)
        self._by_ratio: dict[int, FloatArray] = {}

    def excess(self, ratio: float, expected: FloatArray) -> FloatArray:
        """Return cases less `expected` under which no circle of that size reaches `ratio`; never too high."""
        tenths = int(ratio * 10)
        if tenths not in self._by_ratio:
            self._by_ratio[tenths] = self._solve(tenths / 10)
        at = np.searchsorted(self._roots, np.sqrt(expected), side="right") - 2
        cases = self._by_ratio[tenths][np.clip(at, 0, None)]
        return np.where(np.isinf(expected), np.inf, cases - np.where(np.isinf(expected), 0.0, expected))

    def _solve(self, ratio: float) -> FloatArray:
        mean = self._roots**2
        low, high = mean.copy(), np.full(_TABLE_SIZE, float(self._total))
        for _ in range(50):
            middle = (low + high) / 2
            enough = poisson_llr(middle, mean, self._total) >= ratio
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return low


def _block(
    circles: Circles, centres: tuple[int, int], usual: NDArray[np.int64], total: int, kind: np.dtype[Any]
) -> _Block:
    starts = circles.start[centres[0] : centres[1] + 1]
    part = slice(starts[0], starts[-1])
    cells, expected, closes = circles.cells[part], circles.share[part] * total, circles.closes[part]
    sizes = np.diff(starts)
    owner = np.repeat(np.arange(sizes.size), sizes)
    ends = np.flatnonzero(closes)
    # What chance alone adds to a bin: about 0.4 standard deviations a cell, or the few cases there are.
    count = usual[cells]
    mean = np.diff(expected, prepend=0.0)
    mean[starts[:-1][sizes > 0] - starts[0]] = expected[starts[:-1][sizes > 0] - starts[0]]
    noise = np.minimum(mean, 0.4 * np.sqrt(mean)) / np.sqrt(expected) / _BIN_WIDTH
    bin_of_circle = _along(noise, starts)[ends].astype(np.int64)
    bins = int(bin_of_circle.max(initial=0)) + 1
    row = owner * bins + np.repeat(bin_of_circle, np.diff(ends, prepend=-1))
    rows = sizes.size * bins
    so_far = _along(count.astype(np.float64), starts)
    filled, at = np.unique(row[ends], return_index=True)
    first, last, drift = (np.full(rows, np.inf) for _ in range(3))
    if ends.size:
        first[filled] = expected[ends[at]]
        last[filled] = expected[ends[np.append(at[1:], ends.size) - 1]]
        drift[filled] = np.minimum.reduceat((expected - so_far)[ends], at)
    pointers = np.searchsorted(row, np.arange(rows + 1))
    rings = scipy.sparse.csr_array((np.ones(cells.size, kind), cells, pointers), shape=(rows, usual.size))
    return _Block(rings, bins, first, last, drift, cells, expected, so_far, closes)


def _along(values: FloatArray, starts: NDArray[np.intp]) -> FloatArray:
    """Return running sums that begin anew with each centre."""
    running = np.concatenate([[0.0], np.cumsum(values)])
    sizes = np.diff(starts)
    return np.asarray(running[1:] - np.repeat(running[starts[:-1] - starts[0]], sizes))


def _raised(
    best: FloatArray, block: _Block, surplus: tuple[Surplus, Surplus], needed: _Needed, total: int
) -> FloatArray:
    """Return `best` (simulations,) raised by what the block's circles reach; `surplus`: all, above 0 only."""
    inside, most = block.rings @ surplus[0], block.rings @ surplus[1]
    by_bin, most_by_bin = (rows.reshape(-1, block.bins, best.size) for rows in (inside, most))
    for bin_ in range(1, block.bins):
        most_by_bin[:, bin_] += by_bin[:, bin_ - 1]
        by_bin[:, bin_] += by_bin[:, bin_ - 1]
    ratio, kind = float(best.min()), np.iinfo(inside.dtype)
    excess = np.minimum(needed.excess(ratio, block.first), needed.excess(ratio, block.last))
    least = np.clip(np.ceil(excess + block.drift - 1e-6), kind.min, kind.max).astype(inside.dtype)
    # Most rows hold nothing, and the largest of a row is found far faster than the places of all large ones.
    candidates = np.flatnonzero(most.max(axis=1) >= least)
    row, simulation = np.nonzero(most[candidates] >= least[candidates, None])
    row = candidates[row]
    beats = _bound(block, row, most[row, simulation], total) > best[simulation]
    row, simulation = row[beats], simulation[beats]
    if row.size == 0:
        return best
    before = np.where(row % block.bins, inside[row - 1, simulation], 0).astype(np.int64)
    lengths = np.diff(block.rings.indptr)[row]
    raised = best.copy()
    pieces = np.searchsorted(np.cumsum(lengths), np.arange(0, lengths.sum(), _ENTRIES_AT_ONCE), side="right")
    for a, b in zip(pieces, [*pieces[1:], row.size], strict=True):
        _look_closer(raised, block, surplus[0], (row[a:b], simulation[a:b], before[a:b]), total)
    return raised


def _bound(block: _Block, row: NDArray[np.intp], most: Surplus, total: int) -> FloatArray:
    first, last = block.first[row], block.last[row]
    excess = most - block.drift[row]
    ends = np.maximum(poisson_llr(first + excess, first, total), poisson_llr(last + excess, last, total))
    # Where the bin could hold every case the ends bound nothing.
    return np.where(last + excess >= total, np.inf, ends)


def _look_closer(
    raised: FloatArray, block: _Block, surplus: Surplus, where: tuple[Any, Any, Any], total: int
) -> None:
    """Work out every circle of the given bins and simulations and raise `raised` in place."""
    row, simulation, before = where
    start, lengths = block.rings.indptr[row], np.diff(block.rings.indptr)[row]
    offsets = np.cumsum(lengths) - lengths
    entry = np.arange(int(lengths.sum())) + np.repeat(start - offsets, lengths)
    of = np.repeat(simulation, lengths)
    running = np.cumsum(surplus[block.cells[entry], of], dtype=np.int64)
    base = np.concatenate([[0], running])[offsets] - before
    closes = block.closes[entry]
    ends = entry[closes]
    inside = (running - np.repeat(base, lengths))[closes] + block.usual[ends]
    np.maximum.at(raised, of[closes], poisson_llr(inside, block.expected[ends], total))
