"""A ward's page and the comparison in a real browser: maps that move together, widths, no scripts."""

from datetime import UTC, datetime

import pytest
import shapely
from playwright.sync_api import expect

from spatial.crs import geometry_to_wgs84
from tests.web import planning_world

MAY = datetime(2026, 5, 12, 21, 30, tzinfo=UTC)
BOTH = "/planning/compare?from=2026-02-01&to=2026-02-28&from2=2026-05-01&to2=2026-05-31"
WARD_A = "/planning/wards/E05000001?changed=2026-04-10&months=3"


@pytest.fixture(scope="module", autouse=True)
def world(squares, personas):  # noqa: ARG001 (the wards have to be there)
    planning_world.fill(personas["brixton_officer"].email)
    by = planning_world.person(personas["brixton_officer"].email)
    for _ in range(3):
        walk = planning_world.walk(by, [(530_100, 175_500), (530_900, 175_500)], at=MAY)
        planning_world.concern(by, shapely.Point(530_500, 175_500), walk_id=walk, at=MAY)


@pytest.fixture
def analyst(visit, personas):
    def opened(path: str, **options: object):
        made = visit(**options)
        made.sign_in(personas["analyst"].email)
        made.open(path)
        return made

    return opened


@pytest.mark.parametrize("path", [BOTH, BOTH + "&show=change", WARD_A])
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844), (640, 450), (320, 640)])
def test_nothing_bars_the_way_and_nothing_scrolls_sideways(analyst, path, width, height):
    seen = analyst(path, width=width, height=height)
    seen.assert_accessible()
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    seen.assert_clean()


def test_maps_move_together_and_a_ward_is_tipped_in_both(analyst):
    seen = analyst(BOTH)
    assert seen.page.locator("path.leaflet-interactive").count() == 8
    seen.page.evaluate("map_earlier.setView([51.46, -0.1], 15, {animate: false})")
    there = seen.page.evaluate("[map_later.getCenter().lat, map_later.getCenter().lng, map_later.getZoom()]")
    assert there == pytest.approx([51.46, -0.1, 15], abs=1e-4)
    seen.page.evaluate("map_later.setView([51.47, -0.12], 14, {animate: false})")
    assert seen.page.evaluate("map_earlier.getZoom()") == 14
    place = geometry_to_wgs84(shapely.Point(530_300, 175_300))
    seen.page.evaluate(f"map_later.setView([{place.y}, {place.x}], 14, {{animate: false}})")
    box = seen.page.locator("#map_later").bounding_box()
    seen.page.mouse.move(box["x"] + box["width"] / 2 - 3, box["y"] + box["height"] / 2)
    seen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(seen.page.locator("#map_earlier .leaflet-tooltip")).to_contain_text("Ward A")
    expect(seen.page.locator("#map_later .leaflet-tooltip")).to_contain_text("Ward A")
    seen.page.mouse.move(5, 5)
    seen.page.get_by_role("link", name="Ward A").focus()
    expect(seen.page.locator("#map_earlier .leaflet-tooltip")).to_contain_text("Ward A")
    expect(seen.page.locator("#map_later .leaflet-tooltip")).to_contain_text("Ward A")
    seen.assert_clean()


def test_the_change_alone_says_what_the_table_says(analyst):
    seen = analyst(BOTH + "&show=change")
    assert seen.page.locator("path.leaflet-interactive").count() == 4
    seen.page.get_by_role("link", name="Ward A").focus()
    tip = seen.page.locator("#map_later .leaflet-tooltip")
    expect(tip).to_contain_text("1.18 times the earlier rate, could be chance")
    seen.assert_clean()


def test_both_pages_work_without_scripts(analyst):
    seen = analyst(BOTH, scripts=False)
    assert "In no ward the change is clear of chance" in seen.page.locator("h1").inner_text()
    seen.page.select_option("#factor", "lighting")
    seen.page.get_by_role("button", name="Compare").click()
    assert "factor=lighting" in seen.page.url
    assert "from2=2026-05-01" in seen.page.url
    seen.open("/planning/wards/E05000001")
    seen.page.fill("#changed", "2026-04-10")
    seen.page.get_by_role("button", name="Compare").click()
    assert "changed=2026-04-10" in seen.page.url
    expect(seen.page.locator("#helped")).to_contain_text("The difference could be chance.")


def test_a_refusal_takes_the_focus(visit, personas):
    seen = visit()
    seen.sign_in(personas["analyst"].email)
    seen.open(BOTH.replace("from2=2026-05-01", "from2=2026-02-01"))
    expect(seen.page.get_by_role("alert")).to_be_focused()
    seen.assert_accessible()


def test_a_filter_changes_both_maps_and_the_words_without_loading(analyst):
    seen = analyst(BOTH)
    before = seen.page.locator(".compare__totals").first.inner_text()
    seen.page.evaluate("window.stays = true")
    seen.page.evaluate("map_earlier.setView([51.46, -0.12], 14, {animate: false})")
    seen.page.select_option("#factor", "lighting")
    expect(seen.page.locator(".compare__totals").first).to_contain_text("3 concerns")
    assert seen.page.locator(".compare__totals").first.inner_text() != before
    assert "factor=lighting" in seen.page.url
    assert "factor=lighting" in seen.page.locator(".menu__link").first.get_attribute("href")
    seen.wait_until("document.querySelectorAll('path.leaflet-interactive').length === 8")
    assert seen.page.evaluate("map_earlier.getZoom()") == 14, "the maps stay where they are"
    assert seen.page.evaluate("window.stays") is True
    seen.assert_accessible()
    seen.page.go_back()
    expect(seen.page.locator(".compare__totals").first).to_contain_text("5.5 concerns")
    assert seen.page.locator("#factor").input_value() == ""
    seen.assert_clean()


def test_periods_that_overlap_are_refused_by_the_page_itself(analyst):
    seen = analyst(BOTH)
    seen.page.select_option("#from2", "2026-02-01")
    expect(seen.page.get_by_role("alert")).to_contain_text("do not overlap")
    assert "from2=2026-02-01" in seen.page.url


def test_the_ward_is_drawn_in_hexagons_and_the_day_of_a_change_stands_in_its_quarter(analyst):
    seen = analyst("/planning/wards/E05000001?from=2026-01-01&to=2026-06-30&changed=2026-04-10")
    picture = seen.page.locator(".ward__inset img")
    picture.scroll_into_view_if_needed()
    seen.wait_until("document.querySelector('.ward__inset img').naturalWidth === 332")
    expect(seen.page.locator(".quarters__change-words")).to_have_text("Changed 10 April 2026")
    assert "Changed on 10 April 2026" in seen.page.locator("svg.quarters").get_attribute("aria-label")
    # Nine days of 91 into the second of two quarters, which are 180 wide at most: 40 + 180 * (1 + 9 / 91).
    line = seen.page.locator(".quarters__change").get_attribute("d")
    assert float(line[1:].split(" ")[0]) == pytest.approx(40 + 180 * (1 + 9 / 91), abs=0.1)
    seen.assert_clean()
