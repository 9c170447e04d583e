"""Kulldorff's circular scan: where concerns cluster beyond what walking explains, whatever the ward lines."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial.circles import Circles, all_circles, null_maxima, poisson_llr

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]

_NO_EXCESS = 1e-9  # a likelihood ratio this small is rounding, not an excess


@dataclass(frozen=True, slots=True)
class Cluster:
    """One circle with more cases than expected.

    `cells`: indices of the cells whose centres it holds, nearest first; `centre`: easting and northing in
    metres; `radius_m`: to the farthest centre inside (0 for one cell); `expected` sums to all cases over all
    cells; `relative_risk`: risk inside over risk outside (inf if no case lies outside); `p`: Monte Carlo
    p-value.
    """

    cells: NDArray[np.intp]
    centre: tuple[float, float]
    radius_m: float
    cases: float
    expected: float
    relative_risk: float
    llr: float
    p: float


def circular_scan(
    cases: ArrayLike,
    expected: ArrayLike,
    xy_m: ArrayLike,
    *,
    rng: np.random.Generator,
    max_share: float = 0.5,
    simulations: int = 999,
    max_p: float = 1.0,
    max_clusters: int = 10,
) -> list[Cluster]:
    """Return the most likely cluster, then the next ones by likelihood that share no cell with one before.

    Kulldorff (1997): circles around every cell's centre, holding up to `max_share` of the expected total;
    cells equally far from a centre enter together. p = (1 + simulations whose largest ratio over all circles
    reaches the cluster's) / (simulations + 1), cases strewn by a multinomial in proportion to `expected`,
    given the total (rounded, where route shares make it fractional). Secondary clusters are compared with the
    same maxima, which errs on the cautious side; they are listed while p <= `max_p`, `max_clusters` in all.
    Without excess: []. Cells where nothing is expected belong to no circle.

    `cases`, `expected` of shape (cells,) (any common scale of expected: metres walked will do), `xy_m`
    (cells, 2) in British National Grid metres. Raises ValueError for negative or non-finite values, for cases
    where nothing is expected (never walked) and for a share outside (0, 1). Needs about 13 x
    cells^2 bytes: 5,000 cells with 999 simulations take some seconds and half a gigabyte.
    """
    counts, share, places = _checked(cases, expected, xy_m, max_share, simulations)
    walked = np.flatnonzero(share > 0)
    counts, share, places = counts[walked], share[walked], places[walked]
    total = float(counts.sum())
    if round(total) == 0:
        return []
    circles = all_circles(places, share, max_share)
    found = _most_likely(circles, counts, total, max_clusters)
    if not found:
        return []
    strewn = rng.multinomial(round(total), share, size=simulations)
    maxima = null_maxima(circles, strewn)
    clusters: list[Cluster] = []
    for at in found:
        cells = _members(circles, at)
        cluster = _described(cells, places[_centre(circles, at)], counts, share, places)
        # The same circle summed in another order may differ in its last digits; a tie counts against it.
        p = (1 + int(np.count_nonzero(maxima >= cluster.llr - _NO_EXCESS))) / (simulations + 1)
        if not clusters or p <= max_p:
            clusters.append(replace(cluster, cells=walked[cells], p=p))
    return clusters


def _checked(
    cases: ArrayLike, expected: ArrayLike, xy_m: ArrayLike, max_share: float, simulations: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    counts, mean = np.asarray(cases, np.float64), np.asarray(expected, np.float64)
    places = np.asarray(xy_m, np.float64).reshape(-1, 2)
    if not counts.shape == mean.shape == (len(places),):
        raise ValueError(f"{counts.shape} cases, {mean.shape} expected counts, {len(places)} centres")
    for values in (counts, mean):
        if not bool(np.all(np.isfinite(values) & (values >= 0))):
            raise ValueError("cases and expected counts have to be finite and not below zero")
    if not bool(np.isfinite(places).all()):
        raise ValueError("centres need finite coordinates")
    if bool(np.any((counts > 0) & (mean == 0))):
        raise ValueError("cases in a cell where none is expected: leave out cells that were never walked")
    if not 0 < max_share < 1 or simulations < 1:
        raise ValueError("the share has to lie between 0 and 1, and there has to be at least one simulation")
    whole = mean.sum()
    return counts, mean / whole if whole > 0 else mean, places


def _most_likely(circles: Circles, counts: FloatArray, total: float, most: int) -> list[int]:
    """Return the entries at which the best circles end, none of them overlapping one before."""
    llr: FloatArray = np.zeros(circles.cells.size)
    for first, last in circles.blocks():
        for centre in range(first, last):
            part = slice(circles.start[centre], circles.start[centre + 1])
            inside = np.cumsum(counts[circles.cells[part]])
            ratio = poisson_llr(inside, circles.share[part] * total, total)
            llr[part] = np.where(circles.closes[part], ratio, 0.0)
    found: list[int] = []
    while llr.size and len(found) < most:
        at = int(np.argmax(llr))
        if llr[at] < _NO_EXCESS:
            break
        found.append(at)
        taken = np.zeros(counts.size, bool)
        taken[_members(circles, at)] = True
        hits = np.flatnonzero(taken[circles.cells])
        owners, firsts = np.unique(np.searchsorted(circles.start, hits, side="right") - 1, return_index=True)
        for owner, hit in zip(owners, hits[firsts], strict=True):
            # From its first taken cell on, every larger circle overlaps.
            llr[hit : circles.start[owner + 1]] = 0.0
    return found


def _centre(circles: Circles, at: int) -> int:
    return int(np.searchsorted(circles.start, at, side="right")) - 1


def _members(circles: Circles, at: int) -> IntArray:
    return circles.cells[circles.start[_centre(circles, at)] : at + 1]


def _described(
    cells: IntArray, middle: FloatArray, counts: FloatArray, share: FloatArray, places: FloatArray
) -> Cluster:
    total, inside = float(counts.sum()), float(counts[cells].sum())
    mean = float(share[cells].sum()) * total
    outside = total - inside
    return Cluster(
        cells=cells.astype(np.intp),
        centre=(float(middle[0]), float(middle[1])),
        radius_m=float(np.hypot(*(places[cells] - middle).T).max()),
        cases=inside,
        expected=mean,
        relative_risk=(inside / mean) / (outside / (total - mean)) if outside > 0 else float("inf"),
        llr=float(poisson_llr(inside, mean, total)),
        p=float("nan"),
    )
