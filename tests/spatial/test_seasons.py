"""Whole seasons: what chance alone makes of them, and whether a ranking finds what is true."""

import numpy as np
from scipy.stats import spearmanr

from spatial.rates import Verdict, assess

WARDS, SEASONS = 67, 200


def walked_km(rng: np.random.Generator) -> np.ndarray:
    """Kilometres of uneven walking, from a few to a hundred: some wards are hardly walked."""
    return rng.lognormal(2.5, 0.9, WARDS)


def test_where_nothing_differs_few_seasons_show_a_higher_ward() -> None:
    rng = np.random.default_rng(20260401)
    alarms = 0
    for _ in range(SEASONS):
        km = walked_km(rng)
        said = assess(rng.poisson(1.5 * km), km, np.zeros(WARDS, dtype=bool))
        alarms += bool((said.verdict == Verdict.HIGHER).any())
    assert alarms / SEASONS <= 0.08


def test_the_ranking_finds_what_raw_counts_do_not() -> None:
    rng = np.random.default_rng(20260402)
    ranked, raw = [], []
    for _ in range(60):
        km, risk = walked_km(rng), 1.5 * rng.lognormal(0, 0.35, WARDS)
        n = rng.poisson(risk * km)
        said = assess(n, km, np.zeros(WARDS, dtype=bool))
        ranked.append(spearmanr(said.eb_rate, risk).statistic)
        raw.append(spearmanr(n, risk).statistic)
    assert np.mean(ranked) >= 0.65
    assert np.mean(raw) <= np.mean(ranked) - 0.2
