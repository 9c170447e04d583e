"""Secondary layers against esda, spdep's published values and hand figures."""

import json
from typing import Any

import esda
import libpysal
import numpy as np
import pytest

from spatial import hotspots
from tests.shared_data import shared

# six points of esda's own test, distance band 15
POINTS = np.array([[10, 10], [20, 10], [40, 10], [15, 20], [30, 20], [30, 30]], float)
VALUES = np.array([2.0, 3.0, 3.2, 5.0, 8.0, 7.0])


def reference(name: str) -> dict[str, Any]:
    cases = json.loads(shared("data/reference/stats_cases.json").read_text())["cases"]
    found: dict[str, Any] = next(case for case in cases if case["id"] == name)
    return found


def within(points: np.ndarray[Any, Any], distance: float) -> list[list[int]]:
    apart = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    return [[int(j) for j in np.flatnonzero(row <= distance) if j != i] for i, row in enumerate(apart)]


def test_the_front_door_names_what_exists() -> None:
    assert all(hasattr(hotspots, name) for name in hotspots.__all__)


def test_g_star_of_six_points() -> None:
    # esda/tests/test_getisord.py; the third by hand: with its neighbour W = 2, s^2 = 161.24/6 - 4.7^2
    found = hotspots.getis_ord_g_star(VALUES, within(POINTS, 15))
    expected = [-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331]
    expected[2] = (3.2 + 8 - 2 * 4.7) / np.sqrt((161.24 / 6 - 4.7**2) * (6 * 2 - 4) / 5)
    np.testing.assert_allclose(found.z, expected, atol=1e-7)
    assert found.corrected_for_walking is False


def test_g_star_reference_file() -> None:
    case = reference("getis_ord_six_points")
    around = within(np.array(case["input"]["points"], float), case["input"]["threshold"])
    found = hotspots.getis_ord_g_star(case["input"]["y"], around)
    np.testing.assert_allclose(found.z, case["expected"]["Gstar_binary"], atol=1e-6)


def test_g_star_counts_the_area_itself_once() -> None:
    around = within(POINTS, 15)
    with_self = [[i, *beside] for i, beside in enumerate(around)]
    one, other = hotspots.getis_ord_g_star(VALUES, around), hotspots.getis_ord_g_star(VALUES, with_self)
    np.testing.assert_allclose(one.z, other.z)


def test_g_star_agrees_with_esda_on_a_grid() -> None:
    weights = libpysal.weights.lat2W(9, 9, rook=False)
    values = np.random.default_rng(3).gamma(2, 1, 81)
    theirs = esda.G_Local(values, weights, transform="B", star=True, permutations=0)
    found = hotspots.getis_ord_g_star(
        values, [weights.neighbors[i] for i in range(81)], corrected_for_walking=True
    )
    np.testing.assert_allclose(found.z, theirs.Zs, rtol=1e-9)
    np.testing.assert_allclose(found.p, 2 * theirs.p_norm, rtol=1e-9)
    assert found.corrected_for_walking is True


def test_local_moran_by_hand() -> None:
    # a row of three: z = -1, 0, 1, m2 = 2/3; the ends: (-1 / (2/3)) * 0 = 0; the middle: 0
    found = hotspots.local_moran([1, 2, 3], [[1], [0, 2], [1]], rng=np.random.default_rng(1), permutations=0)
    np.testing.assert_allclose(found.statistic, [0, 0, 0], atol=1e-12)
    # two low beside each other, two high: z = -1, -1, 1, 1, m2 = 1; the ends 1, the inner ones (-1)(0) = 0
    found = hotspots.local_moran(
        [1, 1, 3, 3], [[1], [0, 2], [1, 3], [2]], rng=np.random.default_rng(1), permutations=0
    )
    np.testing.assert_allclose(found.statistic, [1, 0, 0, 1])
    np.testing.assert_allclose(found.expectation, [-1 / 3] * 4)


def test_local_moran_reference_file() -> None:
    case = reference("local_moran_sids")
    found = hotspots.local_moran(
        case["input"]["value"], case["input"]["neighbours"], rng=np.random.default_rng(1), permutations=99
    )
    expected = case["expected"]
    np.testing.assert_allclose(found.statistic, expected["Ii"], rtol=1e-6, atol=1e-12)
    linked = np.array([bool(beside) for beside in case["input"]["neighbours"]])
    np.testing.assert_allclose(found.expectation[linked], np.array(expected["EIc"])[linked], rtol=1e-6)
    np.testing.assert_allclose(found.variance[linked], np.array(expected["VIc"], float)[linked], rtol=1e-6)
    np.testing.assert_allclose(found.z[linked], np.array(expected["Z"], float)[linked], rtol=1e-6)
    assert np.isnan(found.p[~linked]).all()
    assert not found.corrected_for_walking


@pytest.mark.filterwarnings("ignore:The alternative hypothesis:DeprecationWarning")
def test_local_moran_permutations_agree_with_esda() -> None:
    weights = libpysal.weights.lat2W(8, 8)
    values = np.add.outer(np.arange(8.0), np.arange(8.0)).ravel() + np.random.default_rng(3).normal(0, 2, 64)
    around = [weights.neighbors[i] for i in range(64)]
    ours = hotspots.local_moran(values, around, rng=np.random.default_rng(7), permutations=1999)
    theirs = esda.Moran_Local(values, weights, permutations=1999, seed=5, n_jobs=1)
    np.testing.assert_allclose(ours.statistic * 63 / 64, theirs.Is, rtol=1e-9)
    np.testing.assert_allclose(ours.p, np.minimum(1, 2 * theirs.p_sim), atol=0.06)


def test_the_same_seed_gives_the_same_p_values() -> None:
    around = within(POINTS, 25)
    one, other = (hotspots.local_moran(VALUES, around, rng=np.random.default_rng(3)).p for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_values_all_alike_show_nothing() -> None:
    around = within(POINTS, 25)
    assert np.isnan(hotspots.getis_ord_g_star([2.0] * 6, around).z).all()
    assert np.isnan(hotspots.local_moran([2.0] * 6, around, rng=np.random.default_rng(1)).statistic).all()


def test_no_area() -> None:
    assert hotspots.getis_ord_g_star([], []).z.size == 0
    assert hotspots.local_moran([], [], rng=np.random.default_rng(1)).statistic.size == 0


def test_areas_without_a_value_or_a_list_are_refused() -> None:
    with pytest.raises(ValueError, match="without a value"):
        hotspots.getis_ord_g_star([1.0, np.nan], [[1], [0]])
    with pytest.raises(ValueError, match="1 lists of neighbours"):
        hotspots.local_moran([1.0, 2.0], [[1]], rng=np.random.default_rng(1))
