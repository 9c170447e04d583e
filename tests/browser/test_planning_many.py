"""More wards than a page holds the table of, in a real browser: the table comes by itself, with and without
scripts, and lines get finer as the map gets nearer."""

import pytest
from playwright.sync_api import expect

from tests.web import many_wards, planning_world

PAGE = "/planning/?from=2026-02-01&to=2026-02-28"


@pytest.fixture(scope="module", autouse=True)
def world(opened, personas):  # noqa: ARG001 (the database has to be open)
    many_wards.store()
    planning_world.fill(personas["brixton_officer"].email)


@pytest.fixture
def analyst(visit, personas):
    def opened(path: str = PAGE, **options: object):
        made = visit(**options)
        made.sign_in(personas["analyst"].email)
        made.open(path)
        return made

    return opened


def test_the_table_follows_the_page(analyst):
    seen = analyst()
    rows = seen.page.locator("tr[data-code]")
    expect(rows).to_have_count(many_wards.COUNT)
    assert seen.page.url.endswith(PAGE)
    expect(seen.page.locator("[data-rows-apart]")).to_have_count(0)
    seen.assert_accessible()
    seen.page.select_option("#borough", "E09000022")
    expect(rows).to_have_count(5 * many_wards.ROWS)
    seen.assert_clean()


def test_a_table_that_does_not_come_leaves_the_way_to_it(analyst):
    seen = analyst("/privacy")
    seen.page.route(
        "**/planning/?*",
        lambda route: (
            route.abort()
            if route.request.headers.get("x-requested-with") == "fetch-side"
            else route.continue_()
        ),
    )
    seen.open(PAGE)
    seen.page.get_by_role("link", name="Show the table of all 121 wards").click()
    expect(seen.page.locator("tr[data-code]")).to_have_count(many_wards.COUNT)


def test_without_scripts_all_of_the_table_is_there(analyst):
    seen = analyst(scripts=False)
    expect(seen.page.locator("tr[data-code]")).to_have_count(many_wards.COUNT)
    seen.page.select_option("#borough", "E09000022")
    seen.page.locator(".planning__submit").click()
    expect(seen.page.locator("tr[data-code]")).to_have_count(5 * many_wards.ROWS)


def test_near_to_the_lines_are_the_fine_ones(analyst):
    seen = analyst()
    most = (
        "Math.max(...Object.values(map_wards._layers)"
        ".map(each => each.feature?.id ? each.getLatLngs().flat(3).length : 0))"
    )
    assert seen.page.evaluate(most) < 12, "no teeth that nobody could see"
    seen.page.evaluate("map_wards.fitBounds([[51.33, -0.42], [51.37, -0.35]], {animate: false})")
    seen.wait_until(f"{most} === 16")
    seen.assert_clean()
