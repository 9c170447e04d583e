"""A ward's page and the comparison of two periods, against figures worked out by hand."""

import gzip
import re
from datetime import UTC, datetime

import pytest
import shapely

from geoapp import db
from geoapp.actions import sharing
from tests.web import planning_world

pytestmark = pytest.mark.usefixtures("world")
MAY = datetime(2026, 5, 12, 21, 30, tzinfo=UTC)
WARD_A = "/planning/wards/E05000001"
BOTH = "/planning/compare?from=2026-02-01&to=2026-02-28&from2=2026-05-01&to2=2026-05-31"
HOSTILE = '<script>alert(1)</script> `${2}` "three"'


@pytest.fixture(scope="module")
def world(squares: str, personas: dict) -> str:
    planning_world.fill(personas["brixton_officer"].email)
    by = planning_world.person(personas["brixton_officer"].email)
    for number in range(3):
        walk = planning_world.walk(by, [(530_100, 175_500), (530_900, 175_500)], at=MAY)
        raised = planning_world.concern(
            by, shapely.Point(530_500, 175_500), walk_id=walk, at=MAY, note="Not for the council"
        )
        if number == 0:
            with db.writing() as session:
                sharing.share(session, raised, HOSTILE, by=by)
    return squares


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_before_and_after_are_the_same_ratio_as_a_comparison_has(signed_in):
    analyst = signed_in("analyst")
    page = text_of(analyst.get(WARD_A + "?changed=2026-04-10&months=3").get_data(as_text=True))
    # 3.5 on 3.3 km, then 3 on 2.4 km.
    assert "Concerns per km rose from 1.1 to 1." in page
    assert "The difference could be chance." in page
    assert "1 January 2026 to 31 March 2026, then 1 May 2026 to 31" in page
    query = "from=2026-01-01&to=2026-03-31&from2=2026-05-01&to2=2026-07-31"
    data = analyst.get(f"/planning/data/compare.json?{query}").get_json()
    change = next(each for each in data["wards"] if each["code"] == "E05000001")["change"]
    assert change["ratio"] == pytest.approx(3 / 2.4 / (3.5 / 3.3), rel=1e-4)
    assert f"{change['ratio']:.2f} times, very likely between {change['ratio_low']:.2f}" in page


@pytest.mark.parametrize(
    ("query", "status"), [("changed=2026-13-01", 400), ("changed=2026-04-10&months=5", 400)]
)
def test_a_change_that_cannot_be_read_is_refused(signed_in, query, status):
    assert signed_in("analyst").get(f"{WARD_A}?{query}").status_code == status


def test_a_change_without_months_after_it_says_so(signed_in):
    page = signed_in("analyst").get(WARD_A + "?changed=2030-01-01").get_data(as_text=True)
    assert "There is no whole month with walks after it yet." in page


def test_a_planner_sees_shared_wording_as_text_and_no_note(signed_in):
    page = signed_in("lambeth_planner").get(WARD_A + "?from=2026-05-01&to=2026-05-31").get_data(as_text=True)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; `${2}` &#34;three&#34;" in page
    assert "<script>alert" not in page
    assert "Not for the council" not in page
    assert page.count("12 May 2026") == 1, "one of three was shared"
    assert "22:30" not in page
    assert "21:30" not in page


def test_a_team_sees_its_own_and_another_team_only_what_was_shared(signed_in):
    query = WARD_A + "?from=2026-05-01&to=2026-05-31"
    own = signed_in("brixton_officer").get(query).get_data(as_text=True)
    other = signed_in("peckham_officer").get(query).get_data(as_text=True)
    assert (own.count("12 May 2026"), other.count("12 May 2026")) == (3, 1)
    assert "Not for the council" not in own + other, "reading a note is logged, and this page logs nothing"


def test_what_is_withheld_from_a_planner_is_withheld_in_every_card(signed_in):
    planner = signed_in("lambeth_planner")
    february = "?from=2026-02-01&to=2026-02-28"
    page = text_of(
        planner.get(f"/planning/wards/E05000002{february}&changed=2026-04-10").get_data(as_text=True)
    )
    assert "Not shown: too few walks in one of the two spans." in page
    assert "km more" not in page
    assert "Lighting" not in page
    about = text_of(planner.get(WARD_A + february).get_data(as_text=True)).split("What they are about")[1]
    # Three walks raised lighting, one raised being followed.
    assert "Lighting 86% 3 " in about
    assert "Followed" not in about.split("Day, twilight, dark")[0]
    whole = text_of(signed_in("analyst").get(WARD_A + february).get_data(as_text=True))
    assert "Lighting 86% 3 Followed 14% 0.5 " in whole


def test_two_periods_have_their_ratios_in_words(signed_in):
    page = text_of(signed_in("analyst").get(BOTH).get_data(as_text=True))
    assert "In no ward the change is clear of chance" in page
    assert re.search(r"Ward A Lambeth 1\.06 1\.25 1\.18 Could be chance", page)
    assert "3 wards have too little walking in one period to compare, or none." in page
    assert "Walking differs between the periods: 6.6 km, then 2.4 km." in page


def test_periods_that_overlap_are_refused_in_words_and_the_form_is_kept(signed_in):
    query = BOTH.replace("from2=2026-05-01", "from2=2026-02-01") + "&light=dark"
    answer = signed_in("analyst").get(query)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Choose periods that do not overlap." in page
    assert re.search(r'value="dark" checked', page)


def test_a_comparison_opens_on_the_halves_of_what_there_is_and_stays_small(signed_in):
    answer = signed_in("analyst").get("/planning/compare")
    assert answer.status_code == 200
    # February to May: two months and two.
    assert "Feb 2026 to Mar 2026" in answer.get_data(as_text=True)
    assert "Apr 2026 to May 2026" in answer.get_data(as_text=True)
    assert len(gzip.compress(answer.get_data())) < 60_000


def test_a_planner_compares_only_what_she_may_see(signed_in):
    page = text_of(signed_in("lambeth_planner").get(BOTH).get_data(as_text=True))
    assert "Ward A" in page
    assert "Ward B" not in page
    assert "Ward C" not in page
    assert "1 ward has too little walking in one period to compare, or none." in page


@pytest.mark.parametrize("query", ["?show=both", "?from=2026-02-01", "?layer=surface"])
def test_what_a_comparison_cannot_read_is_refused(signed_in, query):
    assert signed_in("analyst").get("/planning/compare" + query).status_code == 400
