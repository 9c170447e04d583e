"""Each suppression rule at its limits."""

import numpy as np
import pytest

from spatial.privacy import partner_withheld, public_withheld


@pytest.mark.parametrize(
    ("walks", "concerns", "concern_walks", "withheld"),
    [
        (3, 5, 3, False),
        (2, 5, 2, True),  # too few walks
        (9, 5, 2, True),  # many walked, but only two raised anything
        (9, 40, 1, True),  # one talkative walk is one voice
        (9, 0, 0, False),  # walked enough, nothing raised: that is a finding
        (2, 0, 0, True),
        (9, 0.25, 2, True),  # a quarter of a route is something raised
        (9, 3, 0, True),  # concerns without a walk count as no walk
        (0, 4, 4, True),  # concerns and no track
        (0, 0, 0, True),
    ],
)
def test_partner_rule(walks: int, concerns: float, concern_walks: int, withheld: bool) -> None:
    assert partner_withheld([walks], [concerns], [concern_walks]).tolist() == [withheld]


def test_partner_limit_is_a_setting() -> None:
    assert partner_withheld([4, 5], [2, 2], [5, 5], min_walks=5).tolist() == [True, False]


@pytest.mark.parametrize(
    ("concerns", "walks", "withheld"),
    [
        (8, 3, False),
        (7, 3, True),
        (8, 2, True),
        (7.5, 30, True),
        (sum([0.1] * 80), 3, False),  # 7.999999999999988 in floating point
        (0, 30, True),  # nothing raised looks like little raised
        (0, 0, True),
    ],
)
def test_public_rule(concerns: float, walks: int, withheld: bool) -> None:
    assert public_withheld([concerns], [walks]).tolist() == [withheld]


def test_public_limits_are_settings() -> None:
    assert public_withheld([4, 5], [9, 9], min_concerns=5, min_walks=1).tolist() == [True, False]


@pytest.mark.parametrize("bad", [np.nan, -1])
def test_a_missing_count_is_never_taken_for_enough(bad: float) -> None:
    with pytest.raises(ValueError, match="missing or below zero"):
        partner_withheld([bad], [1], [1])
    with pytest.raises(ValueError, match="missing or below zero"):
        partner_withheld([9], [bad], [9])
    with pytest.raises(ValueError, match="missing or below zero"):
        public_withheld([9], [bad])


def test_limits_that_hide_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="hides nothing"):
        partner_withheld([1], [1], [1], min_walks=0)
    with pytest.raises(ValueError, match="hides nothing"):
        public_withheld([1], [1], min_concerns=0)


def test_no_area() -> None:
    assert partner_withheld([], [], []).size == 0
    assert public_withheld([], []).size == 0
