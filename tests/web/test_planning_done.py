"""What was done in a ward: numbered alike in list, chart and map, and a start for before and after."""

import re
from datetime import UTC, date, datetime

import pytest
import shapely

from geoapp import db
from geoapp.actions import said_and_did, sharing
from geoapp.planning.charts import quarter_chart
from geoapp.planning.parts import Part
from tests.web import planning_world

PAGE = "/planning/wards/E05000001"
HARMFUL = "`${alert(1)}` <script>alert(2)</script> \"14\" lamps & 'more'"
NOW = datetime.now(UTC)
QUERY = f"?from={NOW:%Y}-01-01&to={NOW:%Y-%m}-28"


@pytest.fixture(scope="module", autouse=True)
def world(squares, personas):  # noqa: ARG001 (the wards have to be there)
    """Two shared concerns of one cell are done with one wording, a third with none; one is in hand."""
    by = planning_world.person(personas["brixton_officer"].email)
    desk = planning_world.person(personas["coordinator"].email)
    walk = planning_world.walk(by, [(530_100, 175_500), (530_900, 175_500)], at=NOW)
    places = [(530_200, 175_500), (530_205, 175_500), (530_800, 175_500), (530_700, 175_200)]
    steps = [("done", HARMFUL), ("done", HARMFUL), ("done", None), ("in_hand", "ordered")]
    for (east, north), (status, wording) in zip(places, steps, strict=True):
        number = planning_world.concern(
            by, shapely.Point(east, north), walk_id=walk, at=NOW, factors=("lighting",)
        )
        with db.writing() as session:
            sharing.share(session, number, "A dark path.", by=by)
            for each in ("in_hand", "done")[: 2 if status == "done" else 1]:
                said = wording if each == status else None
                said_and_did.step(session, number, said_and_did.NewStep(each, said), by=desk)


def words_of(page: str) -> str:
    """The section's text without its markup."""
    section = page[page.index('id="done"') :]
    return " ".join(re.sub(r"<[^>]*>", " ", section[: section.index("</section>")]).split())


@pytest.mark.parametrize("who", ["analyst", "lambeth_planner", "brixton_officer", "peckham_officer"])
def test_each_day_and_wording_is_there_once_with_how_many_it_answers(signed_in, who):
    page = signed_in(who).get(PAGE + QUERY).text
    said = words_of(page)
    assert "answers 2 concerns" in said
    assert "answers 1 concern." in said
    assert "Done, in no words for the public." in said
    assert "ordered" not in said
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in page
    assert f"changed={NOW.date().isoformat()}#helped" in page


def test_chart_and_map_have_the_numbers_of_the_list(signed_in):
    planner = signed_in("lambeth_planner")
    page = planner.get(PAGE + QUERY).text
    chart = page[page.index('<svg class="quarters"') :]
    chart = chart[: chart.index("</svg>")]
    assert re.findall(r'class="done-mark__words"[^>]*>([^<]+)<', chart) == ["1\N{EN DASH}2"]
    assert "Number 1, done" in chart
    drawn = planner.get(f"{PAGE}/hexagons.svg{QUERY}").text
    assert sorted(re.findall(r'font-weight="700"[^>]*>(\d)<', drawn)) == ["1", "2"]
    assert "script" not in drawn


def test_without_anything_done_in_the_period_it_says_so(signed_in):
    analyst = signed_in("analyst")
    before = analyst.get(PAGE + "?from=2020-01-01&to=2020-12-31").text
    assert "Nothing has been marked as done in Jan 2020 to Dec 2020." in words_of(before)
    assert "Nothing has been marked as done" in words_of(analyst.get(PAGE + QUERY + "&factor=followed").text)
    assert "done-mark" not in before


def test_marks_that_would_touch_are_one():
    quarters = [date(2026, 1, 1), date(2026, 4, 1)]
    parts = [Part(f"Q{n}", None, None, None, None, None, None, hidden=False) for n in (1, 2)]
    done = [(1, date(2026, 1, 1)), (2, date(2026, 1, 5)), (3, date(2026, 6, 1)), (4, date(2027, 1, 1))]
    chart = quarter_chart(parts, None, quarters=quarters, done=done)
    # Quarters are 180 wide from 40 on: 5 January is 8 after the 1st, 1 June 61 of 91 days into the second.
    assert chart.marks == (("1\N{EN DASH}2", 44.0), ("3", pytest.approx(40 + 180 * (1 + 61 / 91), abs=0.1)))


def test_a_mark_that_got_wider_takes_in_the_one_before():
    # At 40, 62 and 70: the second clears the first, but not as one with the third.
    done = [(1, date(2026, 1, 1)), (2, date(2026, 1, 12)), (3, date(2026, 1, 16))]
    parts = [Part("Q1", None, None, None, None, None, None, hidden=False)]
    chart = quarter_chart(parts, None, quarters=[date(2026, 1, 1)], done=done)
    assert [words for words, _ in chart.marks] == ["1\N{EN DASH}3"]
