"""More wards than a page holds the table of: what comes with it, what after it, and lines far and near."""

import gzip
import re

import pytest

from tests.web import many_wards, planning_world

PAGE = "/planning/?from=2026-02-01&to=2026-02-28"
ROW = '<tr data-code="'


@pytest.fixture(scope="module", autouse=True)
def world(opened, personas):  # noqa: ARG001 (the database has to be open)
    many_wards.store()


def test_the_page_is_as_large_with_concerns_as_without(signed_in, personas):
    analyst = signed_in("analyst")
    before = analyst.get(PAGE).text
    planning_world.fill(personas["brixton_officer"].email)
    after = analyst.get(PAGE).text
    assert "<strong>7 concerns</strong>" in after
    assert "<strong>0 concerns</strong>" in before
    sizes = [len(gzip.compress(page.encode())) for page in (before, after)]
    assert max(sizes) < 1.02 * min(sizes)
    assert ROW not in after


def test_the_table_comes_after_the_page_and_whole_without_scripts(signed_in):
    analyst = signed_in("analyst")
    page = analyst.get(PAGE).text
    again = re.search(r'<noscript><meta http-equiv="refresh" content="0; url=([^"]+)"', page).group(1)
    whole = analyst.get(again.replace("&amp;", "&")).text
    assert whole.count(ROW) == many_wards.COUNT
    assert 'http-equiv="refresh"' not in whole, "or it would load itself for ever"
    assert 'name="rows" value="all"' in whole, "the form keeps it"
    side = analyst.get(PAGE, headers={"X-Requested-With": "fetch-side"}).text
    assert "<html" not in side
    assert side.count(ROW) == many_wards.COUNT
    asked = analyst.get(PAGE, headers={"X-Requested-With": "fetch"}).text
    assert asked.count(ROW) == many_wards.COUNT, "another state of the page comes with its table"


def test_far_off_lines_are_coarser_and_neighbours_still_share_them(client, personas):
    bearer = personas["analyst"].bearer
    path = "/planning/data/outlines.json"
    fine = client.get(path, headers=bearer).get_json()
    coarse = client.get(f"{path}?detail=coarse", headers=bearer).get_json()
    # 44 km, a little more as the grid leans, over 1,500: half a pixel of a map of 750.
    assert coarse["metres"] == pytest.approx(44_000 / 1_500, rel=0.05)
    assert fine["metres"] == 10
    # Each of 2 * 11 * 12 sides is there once; in the fine ones with its tooth.
    assert len(fine["lines"]) == len(coarse["lines"]) == 2 * 11 * 10 + 4 + 4 * 9
    corners = [sum(len(line) // 2 for line in each["lines"]) for each in (fine, coarse)]
    assert corners[0] - corners[1] >= 2 * 2 * 11 * 12, "every tooth is gone, if not each corner of its foot"
    walks = [step for _, polygons in coarse["wards"].values() for rings in polygons for step in rings[0]]
    assert len(walks) == 2 * 2 * 11 * 10 + 4 + 4 * 9, "all but those outside are walked from either side"
