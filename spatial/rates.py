"""Rates against walking: exact intervals, tests, shrinkage and verdicts, also for shares of routes.

Everywhere `n` is a number of concerns and `km` the kilometres walked, both of one shape, and km 0 (never
walked) gives nan: what nobody walked past has no rate. Negative counts or kilometres, and kilometres that are
not finite, raise ValueError. Nothing passed in is changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# Sums of shares come back as 2.9999999999996; closer than this to a whole number is that number.
_WHOLE = 1e-9


class Verdict(StrEnum):
    """What may be said about one area."""

    HIGHER = "higher"
    LOWER = "lower"
    TOO_LITTLE_WALKING = "too_little_walking"
    AS_EXPECTED = "as_expected"
    NEVER_WALKED = "never_walked"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Assessment:
    """Figures and verdict per area, in the order given; all nan where withheld or never walked.

    Rates are per km, `expected` is a count, `km_needed` is km still to walk until `expected` is enough for a
    verdict: all of it where nobody walked, nan when nothing was raised anywhere. `verdict` holds `Verdict`
    members.
    """

    rate: FloatArray
    rate_low: FloatArray
    rate_high: FloatArray
    eb_rate: FloatArray
    expected: FloatArray
    p_value: FloatArray
    q_value: FloatArray
    verdict: NDArray[np.object_]
    km_needed: FloatArray


@dataclass(frozen=True, slots=True)
class RateRatio:
    """First rate over second with its exact interval and two-sided p-value against a ratio of 1.

    Arrays of the broadcast input shape (0-d for scalars).
    """

    ratio: FloatArray
    low: FloatArray
    high: FloatArray
    p: FloatArray


def _checked(n: ArrayLike, km: ArrayLike) -> tuple[FloatArray, FloatArray]:
    counts, walked = np.broadcast_arrays(np.asarray(n, np.float64), np.asarray(km, np.float64))
    if bool(np.any(counts < 0)):
        raise ValueError(f"a count below zero: {np.nanmin(counts)}")
    if not bool(np.all(np.isfinite(walked) & (walked >= 0))):
        raise ValueError("kilometres have to be finite and not below zero")
    return counts, walked


def _over(top: ArrayLike, bottom: ArrayLike) -> FloatArray:
    above, below = np.asarray(top, np.float64), np.asarray(bottom, np.float64)
    out: FloatArray = np.full(np.broadcast_shapes(above.shape, below.shape), np.nan)
    return np.divide(above, below, out=out, where=below > 0)


def _tail(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not at {level}")
    return (1 - level) / 2


def _garwood_count(n: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    tail = _tail(level)
    # gammaincinv(n, a) is chi2.ppf(a, 2n)/2 and, unlike it, is defined for every n but 0.
    low = np.where(n > 0, scipy.special.gammaincinv(np.where(n > 0, n, 1.0), tail), 0.0)
    return np.where(np.isnan(n), np.nan, low), np.asarray(scipy.special.gammainccinv(n + 1, tail))


def rate(n: ArrayLike, km: ArrayLike) -> FloatArray:
    """Return concerns per km, nan where nothing was walked."""
    return _over(*_checked(n, km))


def garwood_interval(n: ArrayLike, km: ArrayLike, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Return the exact two-sided interval (low, high) of a Poisson rate, per km; low is 0 at n = 0.

    Garwood (1936), Fiducial limits for the Poisson distribution: chi2(a/2; 2n)/2 and chi2(1 - a/2; 2n + 2)/2.
    Fractional n goes through the same gamma quantiles. Raises ValueError for a level outside (0, 1).
    """
    counts, walked = _checked(n, km)
    low, high = _garwood_count(counts, level)
    return _over(low, walked), _over(high, walked)


def expected_counts(n: ArrayLike, km: ArrayLike, counted: ArrayLike) -> FloatArray:
    """Return the count that an area's walking explains: n over km of all counted areas, times its km.

    `counted` says which areas make up "all". nan where never walked, and everywhere if no counted area was
    walked. Indirect standardisation; Breslow and Day (1987), Statistical Methods in Cancer Research II,
    section 2.3.
    """
    counts, walked = _checked(n, km)
    chosen = np.asarray(counted, bool) & (walked > 0)
    overall = _over(np.sum(counts, where=chosen), np.sum(walked, where=chosen))
    return np.where(walked > 0, overall * walked, np.nan)


def poisson_p_two_sided(n: ArrayLike, expected: ArrayLike) -> FloatArray:
    """Return the exact two-sided p-value of a count n under a Poisson mean `expected`; nan goes through.

    min(1, 2 min(P(X <= n), P(X >= n))) with P(X <= n) = Q(n + 1, expected) and P(X >= n) = P(n, expected),
    the regularised incomplete gamma functions (Abramowitz and Stegun 1964, 26.4.21), so that fractional n is
    defined. With expected 0, n = 0 gives 1 and any n above gives 0.
    """
    counts, mean = np.broadcast_arrays(np.asarray(n, np.float64), np.asarray(expected, np.float64))
    if bool(np.any(counts < 0) or np.any(mean < 0)):
        raise ValueError("a count or an expected count below zero")
    at_most = scipy.special.gammaincc(counts + 1, mean)
    at_least = np.where(counts > 0, scipy.special.gammainc(np.where(counts > 0, counts, 1.0), mean), 1.0)
    p = np.minimum(1.0, 2 * np.minimum(at_most, at_least))
    return np.where(np.isnan(counts) | np.isnan(mean), np.nan, p)


def benjamini_hochberg(p: ArrayLike) -> FloatArray:
    """Return q-values (adjusted p-values) of a one-dimensional array; nan is left out and stays nan.

    Benjamini and Hochberg (1995), JRSS B 57: q(i) = min over j >= i of p(j) m / j, m the number of tests.
    """
    values = np.asarray(p, np.float64)
    q: FloatArray = np.full(values.shape, np.nan)
    (tested,) = np.nonzero(~np.isnan(values))
    order = tested[np.argsort(values[tested], kind="stable")]
    stepped = values[order] * tested.size / np.arange(1, tested.size + 1)
    q[order] = np.minimum(1.0, np.minimum.accumulate(stepped[::-1])[::-1])
    return q


def empirical_bayes_global(n: ArrayLike, km: ArrayLike) -> FloatArray:
    """Return rates per km drawn to the overall rate, the more the less was walked; nan if never walked.

    Marshall (1991), Applied Statistics 40, the global estimator: m = sum n / sum km, s2 = sum km (rate - m)^2
    / sum km - m / (sum km / k) over the k walked areas, eb = m + (rate - m) s2 / (s2 + m/km). s2 below zero
    (less spread than chance alone makes) is taken as 0, and every area then gets m.
    """
    counts, walked = _checked(n, km)
    seen = walked > 0
    all_km = np.sum(walked, where=seen)
    m = _over(np.sum(counts, where=seen), all_km)
    raw = _over(counts, walked)
    spread = _over(np.sum(walked * (raw - m) ** 2, where=seen), all_km)
    s2 = np.asarray(np.maximum(0.0, spread - m * _over(np.count_nonzero(seen), all_km)))
    return _shrunk(raw, walked, m, s2)


def empirical_bayes_local(
    n: ArrayLike, km: ArrayLike, neighbours: Sequence[NDArray[np.intp] | Sequence[int]]
) -> FloatArray:
    """Return rates per km drawn towards the rate of each area's own surroundings; nan where never walked.

    Marshall (1991), the local estimator: m, s2 and k of the global one, computed anew for every area over the
    area itself and its neighbours, all of them compared with that one local mean (GeoDa's and esda's
    definition; spdep's default compares each neighbour with the neighbour's own mean instead). s2 is clamped
    at 0; a surrounding without a single concern gives 0. `neighbours[i]` lists the indices beside area i,
    with or without i itself; never walked ones are passed over. Raises ValueError unless there is one list
    for each area.
    """
    counts, walked = _checked(n, km)
    if len(neighbours) != counts.size:
        raise ValueError(f"{len(neighbours)} lists of neighbours for {counts.size} areas")
    raw = _over(counts, walked)
    m: FloatArray = np.full(counts.shape, np.nan)
    s2: FloatArray = np.full(counts.shape, np.nan)
    for i in np.flatnonzero(walked > 0).tolist():
        around = np.union1d(np.asarray(neighbours[i], np.intp), [i])
        around = around[walked[around] > 0]
        near_km = walked[around].sum()
        m[i] = counts[around].sum() / near_km
        spread = (walked[around] * (raw[around] - m[i]) ** 2).sum() / near_km
        s2[i] = max(0.0, spread - m[i] * around.size / near_km)
    return _shrunk(raw, walked, m, s2)


def _shrunk(raw: FloatArray, walked: FloatArray, m: FloatArray, s2: FloatArray) -> FloatArray:
    weight = _over(s2 * walked, s2 * walked + m)  # s2 / (s2 + m/km)
    return np.where(s2 > 0, m + (raw - m) * weight, np.where(walked > 0, m, np.nan))


def assess(
    n: ArrayLike, km: ArrayLike, suppressed: ArrayLike, *, fdr: float = 0.05, enough_expected: float = 10.0
) -> Assessment:
    """Return every figure and the verdict of each area of one answer, arrays of shape (areas,).

    All areas = those walked and not `suppressed`; overall rate, shrinkage and false-discovery control are
    theirs alone, so that a withheld count cannot be worked out from the figures beside it. Verdict:
    never_walked at 0 km; else suppressed; else higher or lower at q <= `fdr`; else too_little_walking if
    expected < `enough_expected`; else as_expected. Right for no area, one area, nothing raised and everything
    withheld.
    """
    counts, walked = _checked(n, km)
    hidden = np.asarray(suppressed, bool)
    counted = (walked > 0) & ~hidden
    shown_n, shown_km = np.where(counted, counts, 0.0), np.where(counted, walked, 0.0)
    expected = expected_counts(shown_n, shown_km, counted)
    low, high = garwood_interval(shown_n, shown_km)
    p = poisson_p_two_sided(shown_n, expected)
    q = benjamini_hochberg(p)
    told = q <= fdr
    verdict: NDArray[np.object_] = np.empty(counts.shape, object)
    verdict[:] = Verdict.AS_EXPECTED
    verdict[expected < enough_expected] = Verdict.TOO_LITTLE_WALKING
    verdict[told & (shown_n > expected)] = Verdict.HIGHER
    verdict[told & (shown_n < expected)] = Verdict.LOWER
    verdict[hidden] = Verdict.SUPPRESSED
    verdict[walked == 0] = Verdict.NEVER_WALKED
    overall = _over(np.sum(shown_n), np.sum(shown_km))
    # Where nobody walked, all of what is enough is still missing; it tells nothing that is withheld.
    missing = np.maximum(0.0, enough_expected - np.where(walked > 0, expected, 0.0))
    return Assessment(
        rate=rate(shown_n, shown_km),
        rate_low=low,
        rate_high=high,
        eb_rate=empirical_bayes_global(shown_n, shown_km),
        expected=expected,
        p_value=p,
        q_value=q,
        verdict=verdict,
        km_needed=_over(np.where(hidden & (walked > 0), np.nan, missing), overall),
    )


def rate_ratio(
    n1: ArrayLike, km1: ArrayLike, n2: ArrayLike, km2: ArrayLike, level: float = 0.95
) -> RateRatio:
    """Return the ratio (n1/km1)/(n2/km2), its exact conditional interval and p-value (against no difference).

    Przyborowski and Wilenski (1940), Biometrika 31: given the total, n1 is binomial with chance km1/(km1 +
    km2) under equal rates; the interval is Clopper and Pearson's (1934) for that split, turned into a ratio.
    p adds up all splits that are no likelier than the one seen (as R's poisson.test does); with fractional
    counts, where splits cannot be listed, it is twice the smaller tail through the incomplete beta function.
    No concern in either: ratio nan, 0 to inf, p 1. Nothing walked in either: all nan.
    """
    first, walked1, second, walked2 = np.broadcast_arrays(*_checked(n1, km1), *_checked(n2, km2))
    tail = _tail(level)
    walked = (walked1 > 0) & (walked2 > 0)
    scale = np.where(walked, _over(walked2, walked1), np.nan)
    # beta quantiles do not exist at a zero count; there the limit is the end of the scale itself.
    some1, some2 = first > 0, second > 0
    low = np.where(some1, scipy.special.betaincinv(np.where(some1, first, 1), second + 1, tail), 0.0)
    low_odds = low / (1 - low)
    rest = np.where(some2, scipy.special.betaincinv(np.where(some2, second, 1), first + 1, tail), 0.0)
    high_odds = np.where(some2, (1 - rest) / np.where(some2, rest, 1.0), np.inf)
    ratio = np.where(~some2 & some1, np.inf, _over(first, second)) * scale
    share = np.where(walked, walked1 / np.where(walked, walked1 + walked2, 1.0), np.nan)
    p = np.vectorize(_split_p, otypes=[np.float64])(first, second, share)
    return RateRatio(ratio, low_odds * scale, np.where(walked, high_odds * scale, np.nan), np.asarray(p))


def _split_p(n1: float, n2: float, share: float) -> float:
    if np.isnan(share) or np.isnan(n1 + n2):
        return float("nan")
    if n1 + n2 == 0:
        return 1.0
    if abs(n1 - round(n1)) < _WHOLE and abs(n2 - round(n2)) < _WHOLE:
        from scipy.stats import binomtest  # noqa: PLC0415 (scipy.stats takes a second to load, for this alone)

        return float(binomtest(round(n1), round(n1) + round(n2), share).pvalue)
    at_least = scipy.special.betainc(n1, n2 + 1, share) if n1 > 0 else 1.0
    at_most = scipy.special.betainc(n2, n1 + 1, 1 - share) if n2 > 0 else 1.0
    return float(min(1.0, 2 * min(at_least, at_most)))


def funnel_limits(
    km: ArrayLike, overall: float, levels: Sequence[float] = (0.95, 0.998)
) -> dict[float, tuple[FloatArray, FloatArray]]:
    """Return, by level, the rates per km (low, high) within which chance alone keeps an area; nan at 0 km.

    The Garwood (1936) limits of a count equal to expected = overall x km, divided by km: the convention of
    FunnelPlotR, smooth in km, not the stepped or interpolated inverse distribution function of Spiegelhalter
    (2005).
    """
    _, walked = _checked(0.0, km)
    expected = np.asarray(walked * overall)
    exposed = np.where(expected > 0, walked, 0.0)
    limits = {level: _garwood_count(expected, level) for level in levels}
    return {level: (_over(low, exposed), _over(high, exposed)) for level, (low, high) in limits.items()}
