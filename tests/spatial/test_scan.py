"""The circular scan against SaTScan's stored output and a plain enumeration of every circle."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.circles import all_circles, null_maxima, poisson_llr
from spatial.scan import circular_scan
from tests.shared_data import shared


def reference(name: str) -> dict[str, Any]:
    cases = json.loads(shared("data/reference/stats_cases.json").read_text())["cases"]
    found: dict[str, Any] = next(case for case in cases if case["id"] == name)
    return found


def every_circle(
    xy: np.ndarray[Any, Any], expected: np.ndarray[Any, Any], max_share: float
) -> list[frozenset[int]]:
    """Enumerate circles by radius, the slow way."""
    circles = []
    for centre in xy:
        distance = np.round(np.hypot(*(xy - centre).T), 6)
        for radius in np.unique(distance):
            inside = np.flatnonzero(distance <= radius)
            if expected[inside].sum() <= max_share * expected.sum() * (1 + 1e-12):
                circles.append(frozenset(inside.tolist()))
    return circles


def largest(
    circles: list[frozenset[int]], cases: np.ndarray[Any, Any], expected: np.ndarray[Any, Any]
) -> float:
    total, best = float(cases.sum()), 0.0
    scaled = expected * total / expected.sum()
    for circle in circles:
        c, e = float(cases[list(circle)].sum()), float(scaled[list(circle)].sum())
        if c > e:
            rest = (total - c) * np.log((total - c) / (total - e)) if total > c else 0.0
            best = max(best, c * np.log(c / e) + rest)
    return best


def test_ratio_by_hand() -> None:
    # 6 of 10 cases where 2 are expected: 6 ln 3 + 4 ln(4/8)
    assert poisson_llr(6, 2, 10) == pytest.approx(6 * np.log(3) - 4 * np.log(2))
    # all of them: 10 ln 5
    assert poisson_llr(10, 2, 10) == pytest.approx(10 * np.log(5))
    np.testing.assert_array_equal(poisson_llr([2, 1, 0], [2, 2, 2], 10), [0, 0, 0])


def test_ratio_reference_file() -> None:
    case, data = reference("llr_unit"), reference("kulldorff_ny")["input"]
    zone = np.array(case["input"]["zone_poisson_1based"]) - 1
    cases, people = np.array(data["cases"], float), np.array(data["population"], float)
    expected = people * cases.sum() / people.sum()
    found = poisson_llr(cases[zone].sum(), expected[zone].sum(), cases.sum())
    assert found == pytest.approx(case["expected"]["poisson_llr"], abs=1e-5)


def test_new_york_leukaemia_as_satscan_finds_it() -> None:
    case = reference("kulldorff_ny")
    data, expected = case["input"], case["expected"]
    xy = np.column_stack([data["lon"], data["lat"]])
    first, *others = circular_scan(data["cases"], data["population"], xy, rng=np.random.default_rng(5))
    assert {int(i) + 1 for i in first.cells} == set(expected["mlc_ids_1based"])
    assert first.cases == expected["cases"]
    assert first.expected == pytest.approx(expected["expected"], abs=0.01)
    assert first.relative_risk == pytest.approx(expected["relative_risk"], abs=0.01)
    assert first.llr == pytest.approx(expected["llr"], abs=1e-5)
    assert first.p == 0.001
    by_cells = {frozenset((other.cells + 1).tolist()): other for other in others}
    for secondary in expected["secondary"]:
        other = by_cells[frozenset(secondary["ids_1based"])]
        assert other.llr == pytest.approx(secondary["llr"], abs=1e-5)
        assert other.relative_risk == pytest.approx(secondary["rr"], abs=0.01)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 60), st.sampled_from([0.2, 0.5, 0.9]), st.booleans())
def test_observed_and_simulated_maxima_equal_plain_enumeration(
    seed: int, total: int, max_share: float, on_a_grid: bool
) -> None:
    rng = np.random.default_rng(seed)
    n = 30
    xy = rng.integers(0, 6, (n, 2)) * 500.0 if on_a_grid else rng.uniform(0, 3000, (n, 2))
    expected = rng.lognormal(0, 1.5, n)
    share = expected / expected.sum()
    strewn = rng.multinomial(total, share, size=7)
    plain = every_circle(xy, expected, max_share)
    by_hand = sorted(largest(plain, row, expected) for row in strewn)
    circles = all_circles(xy, share, max_share)
    if circles.cells.size:
        np.testing.assert_allclose(sorted(null_maxima(circles, strewn)), by_hand, rtol=1e-9, atol=1e-9)
    for row in strewn[:2]:
        found = circular_scan(row, expected, xy, rng=rng, max_share=max_share, simulations=1)
        best = largest(plain, row, expected)
        assert (found[0].llr if found else 0.0) == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize("total", [300, 30_000, 80_000, 100_000_000])
def test_screening_loses_no_maximum_at_any_size_of_count(total: int) -> None:
    rng = np.random.default_rng(total)
    xy = rng.uniform(0, 5000, (90, 2))
    expected = rng.lognormal(0, 1, 90)
    strewn = rng.multinomial(total, expected / expected.sum(), size=5)
    plain = every_circle(xy, expected, 0.5)
    found = null_maxima(all_circles(xy, expected / expected.sum(), 0.5), strewn)
    np.testing.assert_allclose(
        sorted(found), sorted(largest(plain, row, expected) for row in strewn), rtol=1e-9
    )


def hexagons(side: int) -> np.ndarray[Any, Any]:
    q, r = (axis.ravel() for axis in np.meshgrid(np.arange(side), np.arange(side)))
    return np.column_stack([500.0 * (q + r / 2), 500.0 * np.sqrt(3) / 2 * r])


def test_a_planted_cluster_is_found_and_nothing_overlaps() -> None:
    rng = np.random.default_rng(8)
    xy = hexagons(20)
    metres = rng.lognormal(7, 1, 400)
    planted = np.hypot(*(xy - xy[210]).T) < 1100
    cases = rng.poisson(metres / metres.mean() * np.where(planted, 12, 3))
    found = circular_scan(cases, metres, xy, rng=rng, simulations=199)
    assert found[0].p == 0.005
    assert np.isin(found[0].cells, np.flatnonzero(planted)).mean() > 0.8
    assert np.isin(np.flatnonzero(planted), found[0].cells).mean() > 0.8
    every = np.concatenate([cluster.cells for cluster in found])
    assert np.unique(every).size == every.size
    assert [cluster.llr for cluster in found] == sorted((cluster.llr for cluster in found), reverse=True)
    for cluster in found:
        assert cluster.cases == cases[cluster.cells].sum()
        assert cluster.expected == pytest.approx(metres[cluster.cells].sum() / metres.sum() * cases.sum())
        assert cluster.radius_m == pytest.approx(np.hypot(*(xy[cluster.cells] - cluster.centre).T).max())


def test_cut_by_p_keeps_the_most_likely() -> None:
    rng = np.random.default_rng(2)
    xy, cases = hexagons(8), rng.poisson(5, 64)
    every = circular_scan(cases, np.ones(64), xy, rng=np.random.default_rng(1), simulations=99)
    cut = circular_scan(cases, np.ones(64), xy, rng=np.random.default_rng(1), simulations=99, max_p=0.0)
    few = circular_scan(cases, np.ones(64), xy, rng=np.random.default_rng(1), simulations=99, max_clusters=2)
    assert len(every) > 2
    assert [c.llr for c in cut] == [every[0].llr]
    assert [c.llr for c in few] == [c.llr for c in every[:2]]


def test_the_same_seed_gives_the_same_answer() -> None:
    xy, cases = hexagons(8), np.random.default_rng(2).poisson(5, 64)
    one, other = (circular_scan(cases, np.ones(64), xy, rng=np.random.default_rng(4)) for _ in range(2))
    assert [(c.cells.tolist(), c.p) for c in one] == [(c.cells.tolist(), c.p) for c in other]


def test_p_is_even_where_nothing_differs() -> None:
    # 200 seasons with constant risk: about one in twenty falls under 0.05
    rng = np.random.default_rng(12)
    xy, metres = hexagons(7), rng.lognormal(0, 1, 49)
    low = 0
    for _ in range(200):
        cases = rng.multinomial(150, metres / metres.sum())
        found = circular_scan(cases, metres, xy, rng=rng, simulations=99, max_clusters=1)
        low += found[0].p <= 0.05
    assert low <= 18  # binomial(200, 0.05): P(more than 18) < 0.01


def test_cells_as_far_as_each_other_enter_together() -> None:
    # round the middle of a hexagon of seven, six cells are equally far: a circle holds 1 or 7 of them
    angle = np.arange(6) * np.pi / 3
    ring = 500 * np.column_stack([np.cos(angle), np.sin(angle)])
    xy = np.vstack([[0.0, 0.0], ring]) + np.array([530123.4, 180456.7])
    circles = all_circles(xy, np.full(7, 1 / 7), 0.99)
    of_middle = circles.closes[: circles.start[1]]
    np.testing.assert_array_equal(np.flatnonzero(of_middle), [0])
    assert (all_circles(xy, np.full(7, 1 / 7), 1.0).closes[:7] == [True] + [False] * 5 + [True]).all()


def test_route_shares_are_scanned() -> None:
    xy, cases = hexagons(6), np.full(36, 0.25)
    cases[[14, 15]] = 7.75
    found = circular_scan(cases, np.ones(36), xy, rng=np.random.default_rng(1), simulations=99)
    assert {14, 15} <= set(found[0].cells.tolist())
    assert found[0].llr == pytest.approx(largest(every_circle(xy, np.ones(36), 0.5), cases, np.ones(36)))
    assert found[0].cases == 15.5 + 0.25 * (found[0].cells.size - 2)
    assert found[0].p == 0.01


@pytest.mark.parametrize(
    ("cases", "expected"),
    [([], []), ([0.0, 0.0], [1, 1]), ([0.4, 0.0], [1, 1]), ([5.0], [1]), ([4, 4], [1, 1])],
)
def test_nothing_to_find(cases: list[float], expected: list[float]) -> None:
    xy = np.arange(2.0 * len(cases)).reshape(-1, 2)
    assert circular_scan(cases, expected, xy, rng=np.random.default_rng(1), simulations=9) == []


def test_all_cases_in_one_cell() -> None:
    xy = hexagons(3)
    found = circular_scan(
        [0, 0, 0, 0, 6, 0, 0, 0, 0], np.ones(9), xy, rng=np.random.default_rng(1), simulations=99
    )
    assert len(found) == 1
    assert found[0].cells.tolist() == [4]
    assert found[0].radius_m == 0
    assert found[0].relative_risk == float("inf")
    assert found[0].llr == pytest.approx(6 * np.log(9))


def test_never_walked_cells_belong_to_no_circle() -> None:
    xy = hexagons(3)
    metres = np.array([0.0, 1, 1, 1, 1, 1, 1, 1, 1])
    found = circular_scan(
        [0, 9, 1, 1, 1, 1, 1, 1, 1], metres, xy, rng=np.random.default_rng(1), simulations=99
    )
    assert found[0].cells.tolist() == [1]
    assert all(0 not in cluster.cells for cluster in found)


@pytest.mark.parametrize(
    ("cases", "expected", "share"),
    [
        ([1, 2], [1, 0], 0.5),
        ([-1, 2], [1, 1], 0.5),
        ([1, np.nan], [1, 1], 0.5),
        ([1, 2, 3], [1, 1], 0.5),
        ([1, 2], [1, 1], 1.5),
    ],
)
def test_impossible_input_is_refused(cases: list[float], expected: list[float], share: float) -> None:
    with pytest.raises(ValueError, match=r"cases|share"):
        circular_scan(cases, expected, [[0, 0], [1, 1]], rng=np.random.default_rng(1), max_share=share)
