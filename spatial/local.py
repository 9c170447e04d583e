"""Getis-Ord Gi* and local Moran: secondary layers, beside the scan and the verdicts, never instead of them.

Neither knows how much was walked. On counts they show where people walked, and on raw rates they find hot
spots where nothing differs; so every result carries `corrected_for_walking`, which the caller answers for and
a screen has to show. Neighbours are lists of indices, one for each area.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Neighbours = Sequence[Sequence[int] | NDArray[np.intp]]


@dataclass(frozen=True, slots=True)
class HotSpots:
    """Gi* of each area as a standard score, and its two-sided normal p-value (one test each)."""

    z: FloatArray
    p: FloatArray
    corrected_for_walking: bool


@dataclass(frozen=True, slots=True)
class LocalMoran:
    """Local Moran of each area: statistic, its expectation, variance and standard score under randomisation.

    `p`: two-sided pseudo p-value of the conditional permutations (nan without neighbours; uncorrected).
    """

    statistic: FloatArray
    expectation: FloatArray
    variance: FloatArray
    z: FloatArray
    p: FloatArray
    corrected_for_walking: bool


def getis_ord_g_star(
    values: ArrayLike, neighbours: Neighbours, *, corrected_for_walking: bool = False
) -> HotSpots:
    """Return Gi* with binary weights, the area itself included, for values of shape (areas,).

    Ord and Getis (1995), Geographical Analysis 27, section 3: (sum of values around - W mean) /
    (s sqrt((n W - W^2)/(n - 1))), W the number of areas around. Not corrected for walking: say
    `corrected_for_walking=True` only for values that are rates, best shrunk ones. Values all alike give nan.
    Raises ValueError for nan and unless there is one list of neighbours for each area.
    """
    x, around = _checked(values, neighbours)
    n = x.size
    if n == 0:
        return HotSpots(x, x, corrected_for_walking)
    weights = (around + scipy.sparse.eye_array(n, format="csr")).astype(bool).astype(np.float64)
    size = np.asarray(weights.sum(axis=1), np.float64)
    spread = np.sqrt(size * (n - size) / max(n - 1, 1)) * x.std()
    z = _over(weights @ x - size * x.mean(), spread)
    return HotSpots(z, 2 * scipy.special.ndtr(-np.abs(z)), corrected_for_walking)


def local_moran(
    values: ArrayLike,
    neighbours: Neighbours,
    *,
    rng: np.random.Generator,
    permutations: int = 999,
    corrected_for_walking: bool = False,
) -> LocalMoran:
    """Return local Moran with row-standardised weights for values of shape (areas,).

    Anselin (1995), Geographical Analysis 27, equation 12: z_i / m2 times the mean of the neighbours' z, with
    m2 = sum z^2 / n. Expectation and variance given z_i: Sokal, Oden and Thomson (1998), Geographical
    Analysis 30. p: neighbours drawn `permutations` times from the other areas, 2 (1 + the rarer side) /
    (permutations + 1), at most 1. An area without neighbours has statistic 0. Not corrected for walking: say
    `corrected_for_walking=True` only for values that are rates. Errors as in `getis_ord_g_star`; values all
    alike give nan.
    """
    x, around = _checked(values, neighbours)
    n = x.size
    if n == 0:
        return LocalMoran(x, x, x, x, x, corrected_for_walking)
    around.setdiag(0)
    around.eliminate_zeros()
    count = np.diff(around.indptr).astype(np.float64)
    z = x - x.mean()
    m2 = float(np.mean(z**2))
    own = _over(z, np.full(n, m2))
    mean_around = np.where(count > 0, _over(around @ z, count), 0.0)
    linked = (count > 0).astype(np.float64)
    squares = np.where(count > 0, 1 / np.maximum(count, 1), 0.0)
    variance = own**2 * (n / max(n - 2, 1)) * (squares - linked / max(n - 1, 1)) * (m2 - z**2 / max(n - 1, 1))
    expectation = -own * z / max(n - 1, 1) * linked
    statistic = own * mean_around
    return LocalMoran(
        statistic=statistic,
        expectation=expectation,
        variance=variance,
        z=_over(statistic - expectation, np.sqrt(np.maximum(variance, 0.0))),
        p=_permuted(z, own, statistic, count, rng, permutations),
        corrected_for_walking=corrected_for_walking,
    )


def _permuted(  # noqa: PLR0917 - one step of local_moran, split off for length
    z: FloatArray,
    own: FloatArray,
    statistic: FloatArray,
    count: FloatArray,
    rng: np.random.Generator,
    permutations: int,
) -> FloatArray:
    p: FloatArray = np.full(z.size, np.nan)
    if permutations < 1 or not count.any() or np.isnan(own).any():
        return p
    most = int(count.max())
    # One set of draws from "the others" serves every area: each area's p-value is right on its own.
    draws = np.stack([rng.permutation(z.size - 1)[:most] for _ in range(permutations)])
    for i in np.flatnonzero(count).tolist():
        others = draws[:, : int(count[i])]
        drawn = own[i] * z[others + (others >= i)].mean(axis=1)
        rarer = min(np.count_nonzero(drawn >= statistic[i]), np.count_nonzero(drawn <= statistic[i]))
        p[i] = min(1.0, 2 * (1 + rarer) / (permutations + 1))
    return p


def _checked(values: ArrayLike, neighbours: Neighbours) -> "tuple[FloatArray, scipy.sparse.csr_array]":
    x = np.asarray(values, np.float64)
    if x.ndim != 1 or len(neighbours) != x.size:
        raise ValueError(f"{len(neighbours)} lists of neighbours for values of shape {x.shape}")
    if not bool(np.isfinite(x).all()):
        raise ValueError("leave out areas without a value first")
    pointers = np.concatenate([[0], np.cumsum([len(beside) for beside in neighbours], dtype=np.int64)])
    flat = np.concatenate([np.zeros(0, np.intp), *(np.asarray(beside, np.intp) for beside in neighbours)])
    return x, scipy.sparse.csr_array((np.ones(flat.size), flat, pointers), shape=(x.size, x.size))


def _over(top: FloatArray, bottom: FloatArray) -> FloatArray:
    out: FloatArray = np.full(top.shape, np.nan)
    return np.divide(top, bottom, out=out, where=bottom > 0)
