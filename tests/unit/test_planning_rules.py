"""Rules of the planning room that need no database: parts that are withheld, classes, periods, sentences."""

from datetime import date

import pytest

from geoapp.planning.classes import axis_end, break_words, class_of
from geoapp.planning.figures import Scale, two_figures
from geoapp.planning.inputs import Asked
from geoapp.planning.parts import quarter_words, quarters, withheld_parts
from geoapp.planning.selection import last_day, months_before, period
from geoapp.queries.areas import Selection
from geoapp.queries.choices import HeldMonths
from geoapp.queries.ward import PartCount

ANY = Selection("ward", 1, date(2024, 1, 1), date(2025, 12, 1))
PICTURE = Scale((1.0, 1.5, 2.0, 2.5), 1.74, ANY)
TODAY = date(2026, 4, 6)


def part(walks: int, concerns: float = 0.0, concern_walks: int = 0, light: str | None = None) -> PartCount:
    quarter = None if light else date(2025, 1, 1)
    return PartCount(light, quarter, concerns, concern_walks, walks, 1000.0 * walks, 0.0)


def test_one_part_is_never_the_only_one_that_is_not_shown():
    # The total less the others would be it: the next smallest goes with it.
    assert withheld_parts([part(2), part(9), part(5)], 3) == [True, False, True]
    assert withheld_parts([part(5, 2, 1), part(8, 4, 3), part(9, 4, 3)], 3) == [True, True, False]


def test_what_is_not_shown_could_be_shown_together():
    # Two walks in two quarters: the total less the third would be about those two alone.
    assert withheld_parts([part(1), part(1), part(9), part(5)], 3) == [True, True, False, True]
    # The second, where nothing was raised, covers nothing of what two walks raised in the first.
    assert withheld_parts([part(4, 2, 2), part(5), part(8, 9, 4), part(9, 9, 4)], 3) == [
        True,
        True,
        True,
        False,
    ]
    # Two walks by day may be the same two as in the dark.
    by_light = [part(2, light="day"), part(2, light="twilight"), part(9, light="dark")]
    assert withheld_parts(by_light, 3) == [True, True, True]


def test_parts_with_nothing_in_them_are_told_and_cover_nothing():
    assert withheld_parts([part(0), part(2), part(4)], 3) == [False, True, True]
    assert withheld_parts([part(0), part(4), part(4)], 3) == [False, False, False]
    assert withheld_parts([part(1), part(2), part(4)], 3) == [True, True, False]
    assert withheld_parts([], 3) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, 1), (0.99, 1), (1.0, 2), (1.74, 3), (2.0, 4), (2.5, 5), (99.0, 5), (None, 3)],
)
def test_classes_begin_at_their_limit(value, expected):
    assert class_of(value, PICTURE) == expected


def test_limits_are_rounded_to_two_figures_and_said_in_words():
    assert [two_figures(1.74 * step) for step in (0.6, 0.85, 1.15, 1.45)] == [1.0, 1.5, 2.0, 2.5]
    assert two_figures(0.0123456) == 0.012
    assert break_words(PICTURE) == ["under 1", "1 to 1.5", "1.5 to 2", "2 to 2.5", "2.5 +"]


@pytest.mark.parametrize(
    ("last_break", "end"), [(2.5, 4.0), (1.3, 2.4), (0.05, 0.08), (31.0, 60.0), (0.625, 1.0)]
)
def test_the_axis_of_bars_parts_into_four(last_break, end):
    assert axis_end(Scale((0.1, 0.2, 0.3, last_break), 1.0, ANY)) == pytest.approx(end)


def test_the_period_without_a_word_is_the_last_twelve_complete_months_with_data():
    held = HeldMonths(date(2023, 5, 1), date(2026, 4, 1), date(2026, 2, 1))
    assert period(Asked(), held, TODAY) == (date(2025, 3, 1), date(2026, 2, 1))
    assert period(Asked(first=date(2025, 6, 1)), held, TODAY) == (date(2025, 6, 1), date(2026, 2, 1))
    assert period(Asked(last=date(2024, 1, 1)), held, TODAY) == (date(2023, 2, 1), date(2024, 1, 1))
    assert period(Asked(first=date(2027, 1, 1)), held, TODAY) == (date(2027, 1, 1), date(2027, 1, 1))


def test_the_period_without_data_ends_with_last_month_and_with_this_month_alone_in_it():
    assert period(Asked(), HeldMonths(None, None, None), TODAY) == (date(2025, 4, 1), date(2026, 3, 1))
    now = HeldMonths(date(2026, 4, 1), date(2026, 4, 1), None)
    assert period(Asked(), now, TODAY) == (date(2025, 5, 1), date(2026, 4, 1))


def test_months_and_quarters():
    assert months_before(date(2026, 1, 1), 1) == date(2025, 12, 1)
    assert months_before(date(2025, 12, 1), -1) == date(2026, 1, 1)
    assert last_day(date(2024, 2, 1)) == date(2024, 2, 29)
    assert quarters(date(2025, 12, 1), date(2026, 4, 1)) == [
        date(2025, 10, 1),
        date(2026, 1, 1),
        date(2026, 4, 1),
    ]


def test_a_quarter_that_the_period_cuts_names_only_its_months():
    first, last = date(2025, 11, 1), date(2026, 4, 1)
    words = [quarter_words(each, first, last) for each in quarters(first, last)]
    assert words == ["Nov to Dec 2025", "Jan to Mar 2026", "Apr 2026"]
