from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from geoapp import words
from geoapp.access import Person, Role


@pytest.mark.parametrize(
    ("when", "written"),
    [
        (date(2026, 4, 16), "16 April 2026"),
        ("2026-04-06", "6 April 2026"),
        # British Summer Time: half past eleven in the evening in UTC is the next day in London.
        (datetime(2026, 6, 30, 23, 30, tzinfo=UTC), "1 July 2026"),
        (datetime(2026, 1, 31, 23, 30, tzinfo=UTC), "31 January 2026"),
        (None, ""),
    ],
)
def test_a_day_is_written_in_words_and_in_london(when: date | str | None, written: str) -> None:
    assert words.day_month_year(when) == written


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [(3652, 0, "3,652"), (0, 0, "0"), (2.756, 2, "2.76"), (1234567.8, 1, "1,234,567.8"), (None, 2, "")],
)
def test_a_figure_has_commas_and_nothing_is_not_zero(
    value: float | None, decimals: int, written: str
) -> None:
    assert words.number(value, decimals) == written


@pytest.mark.parametrize(
    ("length_km", "written"),
    [
        (4.24, "4.2\N{NO-BREAK SPACE}km"),
        (99.94, "99.9\N{NO-BREAK SPACE}km"),
        (99.96, "100\N{NO-BREAK SPACE}km"),
        (2100.4, "2,100\N{NO-BREAK SPACE}km"),
        (0, "0.0\N{NO-BREAK SPACE}km"),
        (None, ""),
    ],
)
def test_kilometres_keep_one_decimal_below_a_hundred(length_km: float | None, written: str) -> None:
    assert words.km(length_km) == written


@pytest.mark.parametrize(
    ("boroughs", "written"),
    [
        (("Lambeth", "Southwark", "Lewisham"), "Planner · Lambeth, Southwark, Lewisham"),
        (("E09000022",), "Planner · 1 borough"),
        (("E09000022", "E09000028"), "Planner · 2 boroughs"),
        (("A", "B", "C", "D"), "Planner · 4 boroughs"),
        ((), "Planner · Stockwell"),
    ],
)
def test_the_role_stands_with_its_boroughs_or_its_team(boroughs: tuple[str, ...], written: str) -> None:
    person = Person(UUID(int=1), "mel@council.example", "Mel Okafor", Role.PLANNER, 1, "Stockwell", boroughs)
    assert words.role_line(person) == written
