"""Figures against hand values, published values and second implementations."""

import json
from functools import cache
from typing import Any

import esda
import libpysal
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.ndimage import gaussian_filter
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from spatial import rates
from spatial.rates import Verdict
from tests.shared_data import shared

NONE = np.zeros(0)


@cache
def _cases() -> dict[str, Any]:
    text = shared("data/reference/stats_cases.json").read_text()
    return {case["id"]: case for case in json.loads(text)["cases"]}


def reference(name: str) -> dict[str, Any]:
    return _cases()[name]


# Garwood (1936), table in Ulm (1990), Am. J. Epidemiology 131
@pytest.mark.parametrize(
    ("n", "low", "high"),
    [(0, 0.0, 3.68888), (1, 0.02532, 5.57164), (5, 1.62349, 11.66833), (10, 4.79539, 18.39036)],
)
def test_garwood_matches_the_published_table(n: int, low: float, high: float) -> None:
    found = rates.garwood_interval(n, 1.0)
    assert found[0] == pytest.approx(low, abs=5e-6)
    assert found[1] == pytest.approx(high, abs=5e-6)


def test_garwood_reference_file() -> None:
    case = reference("garwood_95")
    low, high = rates.garwood_interval(case["input"]["counts"], 1.0)
    np.testing.assert_allclose(low, case["expected"]["lower"], atol=1e-6)
    np.testing.assert_allclose(high, case["expected"]["upper"], atol=1e-6)
    assert low[0] == 0


def test_rate_per_km_reference_file() -> None:
    case = reference("rate_per_km")
    assert rates.rate(7, 12.4) == pytest.approx(case["expected"]["rate"], abs=1e-9)
    for level, key in ((0.95, "95"), (0.998, "99.8")):
        np.testing.assert_allclose(rates.garwood_interval(7, 12.4, level), case["expected"][key], atol=1e-9)


def test_garwood_of_fractions_is_the_formula_with_chi_square() -> None:
    n, km = np.array([0.25, 2.5, 17.75]), np.array([3.0, 8.0, 0.5])
    low, high = rates.garwood_interval(n, km)
    np.testing.assert_allclose(low, stats.chi2.ppf(0.025, 2 * n) / 2 / km, rtol=1e-10)
    np.testing.assert_allclose(high, stats.chi2.ppf(0.975, 2 * n + 2) / 2 / km, rtol=1e-10)


def test_what_nobody_walked_has_no_rate() -> None:
    np.testing.assert_array_equal(rates.rate([3, 0, 2], [0, 0, 4]), [np.nan, np.nan, 0.5])
    low, high = rates.garwood_interval([3, 0, 2], [0, 0, 4])
    assert np.isnan(low[:2]).all()
    assert np.isnan(high[:2]).all()


@pytest.mark.parametrize(("n", "km"), [(-1, 1), (1, -1), (1, np.nan), (1, np.inf)])
def test_impossible_input_is_refused(n: float, km: float) -> None:
    with pytest.raises(ValueError, match="zero"):
        rates.rate(n, km)


def test_level_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        rates.garwood_interval(1, 1, level=95)


def test_expected_counts_by_hand() -> None:
    # areas 0 and 1 count: 12 concerns over 6 km, 2 per km; area 2 is left out of the sum, area 3 never walked
    found = rates.expected_counts([2, 10, 99, 1], [4, 2, 10, 0], [True, True, False, True])
    np.testing.assert_array_equal(found, [8, 4, 20, np.nan])


def test_expected_counts_without_any_counted_area() -> None:
    assert np.isnan(rates.expected_counts([2, 1], [4, 2], [False, False])).all()


@pytest.mark.parametrize(
    ("n", "mean", "p"),
    [
        (0, 0.0, 1.0),
        (1, 0.0, 0.0),
        (0, 3.0, 2 * np.exp(-3.0)),
        (2, 2.0, 1.0),  # both tails are over a half
        (3, 1.0, 2 * (1 - 2.5 * np.exp(-1.0))),  # 1 - P(X <= 2), P(0) + P(1) + P(2) = e^-1 (1 + 1 + 1/2)
    ],
)
def test_poisson_p_by_hand(n: float, mean: float, p: float) -> None:
    assert rates.poisson_p_two_sided(n, mean) == pytest.approx(p, abs=1e-12)


@given(st.integers(0, 500), st.floats(0.01, 500))
def test_poisson_p_agrees_with_the_distribution(n: int, mean: float) -> None:
    low, high = stats.poisson.cdf(n, mean), stats.poisson.sf(n - 1, mean)
    assert rates.poisson_p_two_sided(n, mean) == pytest.approx(
        min(1.0, 2 * min(low, high)), rel=1e-8, abs=1e-12
    )


@given(st.floats(0, 60), st.floats(0, 60))
def test_poisson_p_is_a_probability_also_for_fractions(n: float, mean: float) -> None:
    assert 0 <= rates.poisson_p_two_sided(n, mean) <= 1


def test_poisson_p_refuses_a_count_below_zero() -> None:
    with pytest.raises(ValueError, match="below zero"):
        rates.poisson_p_two_sided(-1, 2)


def test_benjamini_hochberg_on_their_own_example() -> None:
    # Benjamini and Hochberg (1995), section 3.2: at 0.05 the four smallest of these are rejected
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    p += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]
    q = rates.benjamini_hochberg(p)
    np.testing.assert_allclose(q[:4], [0.0015, 0.003, 0.0095, 0.035625], atol=1e-12)
    assert int((q <= 0.05).sum()) == 4


def test_benjamini_hochberg_reference_file() -> None:
    case = reference("fdr_bh")
    np.testing.assert_allclose(
        rates.benjamini_hochberg(case["input"]["p"]), case["expected"]["bh"], atol=1e-9
    )


def test_benjamini_hochberg_leaves_nan_out_and_keeps_the_order() -> None:
    p = np.random.default_rng(1).random(50)
    holes = np.insert(p, [0, 20, 50], np.nan)
    q = rates.benjamini_hochberg(holes)
    np.testing.assert_allclose(q[~np.isnan(holes)], multipletests(p, method="fdr_bh")[1], rtol=1e-12)
    assert np.isnan(q[np.isnan(holes)]).all()
    assert rates.benjamini_hochberg(NONE).size == 0
    assert np.isnan(rates.benjamini_hochberg([np.nan])).all()


def test_global_shrinkage_by_hand() -> None:
    # m = 12/6 = 2; spread = (2 (1-2)^2 + 4 (2.5-2)^2)/6 = 0.5; less m k/sum km = 4/6: below 0, so m
    np.testing.assert_array_equal(rates.empirical_bayes_global([2, 10, 0], [2, 4, 0]), [2, 2, np.nan])
    # m = 2; spread = (10 (1-2)^2 + 10 (3-2)^2)/20 = 1, less 2*2/20: s2 = 0.8; weight 0.8/(0.8 + 0.2) = 0.8
    np.testing.assert_allclose(rates.empirical_bayes_global([10, 30], [10, 10]), [1.2, 2.8], rtol=1e-12)


def test_global_shrinkage_reference_file() -> None:
    for name in ("eb_global_auckland", "eb_global_no_overdispersion"):
        case = reference(name)
        found = rates.empirical_bayes_global(case["input"]["cases"], case["input"]["population"])
        np.testing.assert_allclose(found, case["expected"]["rates"], rtol=case["tolerance"]["rel"])


def test_global_shrinkage_of_nothing() -> None:
    assert rates.empirical_bayes_global(NONE, NONE).size == 0
    np.testing.assert_array_equal(rates.empirical_bayes_global([0, 0], [3, 4]), [0, 0])
    assert np.isnan(rates.empirical_bayes_global([1, 0], [0, 0])).all()
    np.testing.assert_array_equal(rates.empirical_bayes_global([6], [3]), [2])


def test_global_shrinkage_agrees_with_esda_where_it_need_not_clamp() -> None:
    n, km = np.array([40.0, 3, 9, 25]), np.array([10.0, 12, 7, 30])
    np.testing.assert_allclose(
        rates.empirical_bayes_global(n, km), esda.smoothing.Empirical_Bayes(n, km).r.ravel()
    )


def test_local_shrinkage_reference_file() -> None:
    case = reference("eb_local_auckland")
    given_ = case["input"]
    found = rates.empirical_bayes_local(given_["cases"], given_["population"], given_["neighbours"])
    np.testing.assert_allclose(found, case["expected"]["geoda_true"], rtol=1e-6)


def test_local_shrinkage_where_a_surrounding_has_no_concern() -> None:
    # 3 x 3 rook grid; spdep and esda both answer nan in the first cells
    weights = libpysal.weights.lat2W(3, 3)
    around = [weights.neighbors[i] for i in range(9)]
    found = rates.empirical_bayes_local([0, 0, 0, 0, 0, 0, 0, 5, 9], [100] * 9, around)
    assert np.isfinite(found).all()
    assert found[0] == 0


def test_local_shrinkage_passes_over_what_was_never_walked() -> None:
    alone = rates.empirical_bayes_local([10, 30], [10, 10], [[1], [0]])
    beside = rates.empirical_bayes_local([10, 30, 7], [10, 10, 0], [[1, 2], [0, 2], [0, 1]])
    np.testing.assert_allclose(beside[:2], alone)
    np.testing.assert_allclose(alone, [1.2, 2.8], rtol=1e-12)
    assert np.isnan(beside[2])


def test_local_shrinkage_needs_a_list_for_each_area() -> None:
    with pytest.raises(ValueError, match="1 lists of neighbours for 2 areas"):
        rates.empirical_bayes_local([1, 1], [1, 1], [[1]])


def test_assess_by_hand() -> None:
    # shown: 60 concerns over 60 km, so 1 per km
    n = [40, 5, 12, 3, 0, 7, 2]
    km = [12, 33, 11, 4, 0, 0, 9]
    hidden = [False, False, False, False, False, True, True]
    found = rates.assess(n, km, hidden)
    assert list(found.verdict) == [
        Verdict.HIGHER,
        Verdict.LOWER,
        Verdict.AS_EXPECTED,
        Verdict.TOO_LITTLE_WALKING,
        Verdict.NEVER_WALKED,
        Verdict.NEVER_WALKED,
        Verdict.SUPPRESSED,
    ]
    np.testing.assert_array_equal(found.expected, [12, 33, 11, 4, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(found.km_needed, [0, 0, 0, 6, 10, 10, np.nan])
    p = [2 * stats.poisson.sf(39, 12), 2 * stats.poisson.cdf(5, 33), 2 * stats.poisson.sf(11, 11)]
    np.testing.assert_allclose(found.p_value[:3], np.minimum(1, p), rtol=1e-9)
    np.testing.assert_allclose(found.q_value[:4], multipletests(found.p_value[:4], method="fdr_bh")[1])
    for field in ("rate", "rate_low", "rate_high", "eb_rate", "expected", "p_value", "q_value"):
        assert np.isnan(getattr(found, field)[4:]).all(), field


def test_a_withheld_count_changes_nothing_that_is_shown() -> None:
    km, hidden = [5, 8, 20], [False, False, True]
    one, other = rates.assess([4, 9, 1], km, hidden), rates.assess([4, 9, 50], km, hidden)
    unknown = rates.assess([4, 9, np.nan], km, hidden)
    for field in ("rate", "eb_rate", "expected", "p_value", "q_value", "km_needed"):
        np.testing.assert_array_equal(getattr(one, field), getattr(other, field))
        np.testing.assert_array_equal(getattr(one, field), getattr(unknown, field))


def test_walked_with_nothing_raised_anywhere() -> None:
    found = rates.assess([0, 0], [50, 1], [False, False])
    np.testing.assert_array_equal(found.rate, [0, 0])
    np.testing.assert_array_equal(found.eb_rate, [0, 0])
    np.testing.assert_array_equal(found.p_value, [1, 1])
    assert list(found.verdict) == [Verdict.TOO_LITTLE_WALKING] * 2
    assert np.isnan(found.km_needed).all()


@pytest.mark.parametrize("n", [[], [7], [7, 0]])
def test_everything_withheld_or_no_area(n: list[int]) -> None:
    found = rates.assess(n, [3.0] * len(n), [True] * len(n))
    assert list(found.verdict) == [Verdict.SUPPRESSED] * len(n)
    assert np.isnan(found.rate).all()


def test_one_area_is_what_it_expects() -> None:
    found = rates.assess([30], [10], [False])
    assert found.verdict[0] is Verdict.AS_EXPECTED
    assert found.expected[0] == 30
    assert found.eb_rate[0] == 3


def test_assess_changes_nothing_passed_in() -> None:
    n, km, hidden = np.array([4.0, 0, 2]), np.array([1.0, 0, 3]), np.array([False, False, True])
    before = n.copy(), km.copy(), hidden.copy()
    rates.assess(n, km, hidden)
    for array, kept in zip((n, km, hidden), before, strict=True):
        np.testing.assert_array_equal(array, kept)


@pytest.mark.parametrize(
    ("n1", "km1", "n2", "km2", "ratio", "low", "high", "p"),
    [
        # R's poisson.test documentation
        (11, 800, 21, 3011, 1.97148810, 0.85842640, 4.27726595, 0.07966863),
        # 5 against none over equal km: lower odds x/(1 - x) with x^5 = 0.025; p = 2/2^5
        (5, 1, 0, 1, np.inf, 0.025**0.2 / (1 - 0.025**0.2), np.inf, 0.0625),
        (0, 1, 5, 1, 0.0, 0.0, (1 - 0.025**0.2) / 0.025**0.2, 0.0625),
        (0, 2, 0, 9, np.nan, 0.0, np.inf, 1.0),
        (3, 0, 5, 9, np.nan, np.nan, np.nan, np.nan),
        (3, 4, 0, 0, np.nan, np.nan, np.nan, np.nan),
    ],
)
def test_rate_ratio_by_hand_and_at_zeros(  # noqa: PLR0917 - a row of the table
    n1: float, km1: float, n2: float, km2: float, ratio: float, low: float, high: float, p: float
) -> None:
    found = rates.rate_ratio(n1, km1, n2, km2)
    np.testing.assert_allclose(
        [float(found.ratio), float(found.low), float(found.high), float(found.p)],
        [ratio, low, high, p],
        rtol=1e-7,
    )


def test_rate_ratio_reference_file() -> None:
    case = reference("rate_ratio_exact")
    rows = case["input"]
    found = rates.rate_ratio(*([row[key] for row in rows] for key in ("c1", "t1", "c2", "t2")))
    for i, row in enumerate(case["expected"]):
        np.testing.assert_allclose([found.low[i], found.high[i]], row["ci95"], atol=1e-6)
        assert found.p[i] == pytest.approx(row["p"], abs=1e-6)
        assert found.ratio[i] == pytest.approx(row["ratio"], abs=1e-6)


@given(st.integers(0, 80), st.integers(1, 80), st.floats(0.1, 50), st.floats(0.1, 50))
def test_rate_ratio_interval_is_clopper_pearson(n1: int, n2: int, km1: float, km2: float) -> None:
    low, high = proportion_confint(n1, n1 + n2, method="beta")
    found = rates.rate_ratio(n1, km1, n2, km2)
    np.testing.assert_allclose(found.low, low / (1 - low) * km2 / km1, rtol=1e-6)
    np.testing.assert_allclose(found.high, high / (1 - high) * km2 / km1, rtol=1e-6)


def test_rate_ratio_of_route_shares() -> None:
    found = rates.rate_ratio(7.5, 10.0, 2.25, 10.0)
    assert found.ratio == pytest.approx(10 / 3)
    # between the doubled tails of the whole counts on either side
    assert 2 * stats.binom.sf(7, 10, 0.5) < found.p < 2 * stats.binom.sf(6, 10, 0.5) * 1.5
    nearly = rates.rate_ratio(7 - 1e-12, 10.0, 2 + 1e-12, 10.0)
    assert nearly.p == pytest.approx(stats.binomtest(7, 9).pvalue, rel=1e-12)


@given(st.floats(0.1, 30), st.floats(0.1, 30), st.floats(0.5, 20), st.floats(0.5, 20))
def test_swapping_the_periods_inverts_the_ratio(n1: float, n2: float, km1: float, km2: float) -> None:
    there, back = rates.rate_ratio(n1, km1, n2, km2), rates.rate_ratio(n2, km2, n1, km1)
    np.testing.assert_allclose(
        [there.ratio, there.low, there.high, there.p],
        [1 / back.ratio, 1 / back.high, 1 / back.low, back.p],
        rtol=1e-6,
    )


def test_funnel_reference_file() -> None:
    case = reference("funnel_funnelplotr")
    found = rates.funnel_limits(case["input"]["expected"], 1.0)
    for i, key in enumerate(("15", "20", "30")):
        row = case["expected"][key]
        assert found[0.95][0][i] * case["input"]["expected"][i] == pytest.approx(
            row["lo95"] * int(key), abs=1e-5
        )
        got = [found[0.95][0][i], found[0.95][1][i], found[0.998][0][i], found[0.998][1][i]]
        np.testing.assert_allclose(got, [row["lo95"], row["hi95"], row["lo998"], row["hi998"]], atol=1e-6)


def test_funnel_by_hand() -> None:
    # 5 km at 2 per km: 10 expected, Garwood's limits of 10 are 4.79539 and 18.39036
    low, high = rates.funnel_limits([5.0, 0.0], 2.0)[0.95]
    np.testing.assert_allclose([low[0], high[0]], [4.79539 / 5, 18.39036 / 5], atol=5e-6)
    assert np.isnan([low[1], high[1]]).all()
    assert np.isnan(rates.funnel_limits([5.0], 0.0)[0.95][1]).all()


def test_seasons_without_differences_stay_quiet() -> None:
    # 67 wards, lognormal walking, the same risk everywhere: at most 5 % of seasons should show any finding;
    # 8 % allows for 200 seasons only
    rng = np.random.default_rng(20)
    false_alarms = 0
    for _ in range(200):
        km = rng.lognormal(np.log(8), 1.3, 67)
        found = rates.assess(rng.poisson(0.4 * km), km, np.zeros(67, bool))
        false_alarms += bool((found.verdict == Verdict.HIGHER).any())
    assert false_alarms <= 16


def test_the_published_ranking_follows_the_truth() -> None:
    case = reference("truth_recovery")
    raw_count, raw_rate, shrunk, covered, error, picked = [], [], [], [], [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        km = rng.lognormal(np.log(8), 1.3, 680)
        truth = rng.gamma(3, 1 / 3, 680) * 0.4
        n = rng.poisson(truth * km)
        found = rates.assess(n, km, np.zeros(680, bool))
        raw_count.append(stats.spearmanr(n, truth).statistic)
        raw_rate.append(stats.spearmanr(found.rate, truth).statistic)
        shrunk.append(stats.spearmanr(found.eb_rate, truth).statistic)
        error.append(np.mean((found.eb_rate - truth) ** 2))
        worst = np.argsort(truth)[-34:]
        picked.append(np.isin(np.argsort(found.eb_rate)[-34:], worst).mean())
        covered.append(np.mean((found.rate_low <= truth) & (truth <= found.rate_high)))
    expected = case["expected"]["spearman_with_truth"]
    assert np.mean(raw_count) == pytest.approx(expected["raw_count"], abs=0.015)
    assert np.mean(raw_rate) == pytest.approx(expected["raw_rate"], abs=0.015)
    assert np.mean(shrunk) >= 0.65
    assert np.mean(shrunk) == pytest.approx(expected["eb_rate"], abs=0.015)
    assert np.mean(picked) == pytest.approx(case["expected"]["precision_top34"]["eb_rate"], abs=0.03)
    assert np.mean(error) == pytest.approx(case["expected"]["mse"]["eb_rate"], abs=0.003)
    assert np.mean(covered) >= 0.95


def test_windows_of_cells_stay_quiet_in_a_world_without_hot_spots() -> None:
    case = reference("null_calibration")
    around = libpysal.weights.lat2W(26, 26, rook=False).sparse.toarray() + np.eye(676)
    alarms, cells = [], []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        smooth = gaussian_filter(rng.normal(size=(26, 26)), 2)
        km = 8 * np.exp(1.1 * (smooth / smooth.std()).ravel() + 0.5 * rng.normal(size=676))
        n = rng.poisson(0.4 * km)
        window_n, window_km = around @ n, around @ km
        expected = n.sum() / km.sum() * window_km
        p = rates.poisson_p_two_sided(window_n, expected)
        high = window_n > expected
        alarms.append(bool((high & (rates.benjamini_hochberg(p) <= 0.05)).any()))
        cells.append(np.mean(high & (p <= 0.05)))
    assert np.mean(alarms) <= case["expected"]["share_of_runs_with_any_hot_spot_max"]
    assert np.mean(cells) <= case["expected"]["per_cell_false_positive_max"]
