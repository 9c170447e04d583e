"""The relative surface against closed forms, SciPy's filter and direct sums over pairs."""

import json
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from spatial.surface import cross_validated_bandwidth, density, relative_surface
from tests.shared_data import shared


def edge_case() -> dict[str, Any]:
    cases = json.loads(shared("data/reference/stats_cases.json").read_text())["cases"]
    found: dict[str, Any] = next(case for case in cases if case["id"] == "kde_edge")
    return found


def test_one_concern_in_the_open() -> None:
    counts = np.zeros((101, 101))
    counts[50, 50] = 1
    found = density(counts, 10.0, 50.0)
    assert found[50, 50] == pytest.approx(1 / (2 * np.pi * 50**2), rel=1e-6)
    assert found[50, 55] == pytest.approx(np.exp(-0.5) / (2 * np.pi * 50**2), rel=1e-6)
    assert found.sum() * 100 == pytest.approx(1, rel=1e-6)


def test_corner_keeps_a_quarter_and_is_given_back_the_rest() -> None:
    # uniform counts of 1 per 100 square metres: corrected, the density is the same up to the very corner
    np.testing.assert_allclose(density(np.ones((60, 60)), 10.0, 40.0), 0.01, rtol=1e-9)


def test_edge_correction_reference_file() -> None:
    # a cell round every whole metre; border cells lie half inside the window, corner cells a quarter
    case = edge_case()
    counts = np.zeros((1001, 1001))
    for x, y in case["input"]["points"]:
        counts[int(y), int(x)] += 1
    inside = np.ones((1001, 1001))
    for edge in (0, -1):
        inside[edge, :] /= 2
        inside[:, edge] /= 2
    found = density(counts, 1.0, 100.0, study=inside)
    at = [found[int(y), int(x)] for x, y in case["input"]["query"]]
    np.testing.assert_allclose(at, case["expected"]["uniform"], rtol=1e-5)


def test_agrees_with_scipy_away_from_the_edge() -> None:
    rng = np.random.default_rng(1)
    counts = np.zeros((200, 220))
    counts[80:120, 80:140] = rng.poisson(2, (40, 60))
    expected = gaussian_filter(counts, 8.0, truncate=8.0, mode="constant") / 25**2
    np.testing.assert_allclose(
        density(counts, 25.0, 200.0)[60:140, 60:160], expected[60:140, 60:160], rtol=1e-6
    )


def test_a_finer_picture_shows_the_same_surface() -> None:
    rng = np.random.default_rng(1)
    concerns, walked = rng.poisson(2, (60, 80)), rng.exponential(400, (60, 80))
    coarse = relative_surface(concerns, walked, 100.0, 300.0)
    fine = relative_surface(concerns, walked, 100.0, 300.0, out_shape=(180, 240))
    assert fine.shape == (180, 240)
    np.testing.assert_allclose(fine[1::3, 1::3], coarse, rtol=1e-9)  # every third middle is a cell's middle


def test_where_risk_is_even_the_ratio_is_one_however_walking_is_spread() -> None:
    rng = np.random.default_rng(4)
    walked = rng.lognormal(6, 1, (80, 80))
    np.testing.assert_allclose(
        relative_surface(walked * 0.003, walked, 50.0, 200.0, thin_m_per_ha=0), 1, rtol=1e-9
    )


def test_twice_the_risk_shows_as_twice_the_ratio() -> None:
    walked = np.full((200, 200), 300.0)
    concerns = np.full((200, 200), 1.0)
    concerns[:, 100:] = 3.0  # 2 on average: 0.5 in one half, 1.5 in the other, far from the line between
    found = relative_surface(concerns, walked, 50.0, 250.0)
    assert found[100, 30] == pytest.approx(0.5, rel=1e-6)
    assert found[100, 170] == pytest.approx(1.5, rel=1e-6)


def test_thin_walking_is_masked_by_metres_per_hectare() -> None:
    # 50 m cells are a quarter hectare: 12.6 m in each are 50.4 m per hectare, 12.4 m are 49.6
    concerns = np.ones((40, 40))
    assert not np.isnan(
        relative_surface(concerns, np.full((40, 40), 12.6), 50.0, 100.0, thin_m_per_ha=50)
    ).any()
    assert np.isnan(relative_surface(concerns, np.full((40, 40), 12.4), 50.0, 100.0, thin_m_per_ha=50)).all()


def test_outside_the_study_area_there_is_nothing() -> None:
    study = np.ones((50, 50))
    study[:, 25:] = 0
    walked, concerns = np.full((50, 50), 300.0), np.ones((50, 50))
    concerns[:, 25:] = 1000  # must not leak in
    found = relative_surface(concerns, walked, 50.0, 200.0, study=study)
    assert np.isnan(found[:, 25:]).all()
    np.testing.assert_allclose(found[:, :25], 1, rtol=1e-9)


@pytest.mark.parametrize(("concerns", "walked"), [(0.0, 300.0), (1.0, 0.0), (0.0, 0.0)])
def test_nothing_raised_or_nothing_walked(concerns: float, walked: float) -> None:
    assert np.isnan(relative_surface(np.full((9, 9), concerns), np.full((9, 9), walked), 50.0)).all()


def test_nothing_passed_in_is_changed() -> None:
    concerns, walked, study = np.ones((9, 9)), np.full((9, 9), 300.0), np.eye(9)
    relative_surface(concerns, walked, 50.0, study=study)
    assert (concerns == 1).all()
    assert (walked == 300).all()
    assert (study == np.eye(9)).all()


def test_cross_validation_agrees_with_sums_over_pairs() -> None:
    rng = np.random.default_rng(6)
    cells = rng.normal(60, 6, (80, 2)).round().astype(int)
    counts = np.zeros((120, 120))
    np.add.at(counts, (cells[:, 0], cells[:, 1]), 1)
    apart = 10.0 * np.hypot(*(cells[:, None, :] - cells[None, :, :]).transpose(2, 0, 1))

    def score(bandwidth: float) -> float:
        def gauss(spread: float) -> np.ndarray[Any, Any]:
            weights: np.ndarray[Any, Any] = np.exp(-(apart**2) / (2 * spread**2)) / (2 * np.pi * spread**2)
            return weights

        others = gauss(bandwidth)
        np.fill_diagonal(others, 0)
        return float(gauss(bandwidth * np.sqrt(2)).sum() / 80**2 - 2 * others.sum() / (80 * 79))

    candidates = [15.0, 20.0, 30.0, 40.0, 60.0, 90.0]
    assert cross_validated_bandwidth(counts, 10.0, candidates) == min(candidates, key=score)


def test_cross_validation_needs_concerns_and_candidates() -> None:
    with pytest.raises(ValueError, match="two concerns"):
        cross_validated_bandwidth(np.eye(3) / 3, 10.0, [20.0])
    with pytest.raises(ValueError, match="candidate"):
        cross_validated_bandwidth(np.eye(3), 10.0, [])


def test_impossible_grids_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one cell"):
        relative_surface(np.ones((3, 3)), np.ones((3, 3)), 100.0, 50.0)
    with pytest.raises(ValueError, match="shape"):
        relative_surface(np.ones((3, 3)), np.ones((3, 4)), 100.0, 200.0)
    with pytest.raises(ValueError, match="grids of one shape"):
        density(np.ones(3), 100.0, 200.0)
