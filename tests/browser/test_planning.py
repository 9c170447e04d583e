"""The planning room in a real browser: filters, back, table and map together, names that try to do harm."""

import re

import pytest
from playwright.sync_api import expect
from shapely import MultiPolygon, Point, box

from geoapp import db
from geoapp.actions import wards
from spatial.crs import geometry_to_wgs84
from spatial.wards import WardShape
from tests.browser.conftest import Visit
from tests.web import planning_world

NAMES = ["Ward A", "<img src=x onerror=alert(1)>", "`${alert(2)}`", "\"D\" & 'd'"]
BOROUGHS = [
    ("E09000022", "Lambeth"),
    ("E09000022", "Lambeth"),
    ("E09000028", "Southwark"),
    ("E09000028", "Southwark"),
]


@pytest.fixture(scope="module", autouse=True)
def world(opened, personas):  # noqa: ARG001 (the database has to be open)
    """The four squares under names that would run if anything took them for markup."""
    shapes = []
    for number, (name, (code, borough)) in enumerate(zip(NAMES, BOROUGHS, strict=True), start=1):
        west, south = 530_000 + 1000 * ((number - 1) % 2), 175_000 + 1000 * ((number - 1) // 2)
        bng = MultiPolygon([box(west, south, west + 1000, south + 1000)])
        shapes.append(
            WardShape(number, f"E0500000{number}", name, code, borough, geometry_to_wgs84(bng), bng)
        )
    with db.writing() as session:
        edition = wards.NewEdition("squares", tuple(shapes), attribution="<script>alert(3)</script>")
        wards.import_edition(session, edition, by="tests")
    planning_world.fill(personas["brixton_officer"].email)


@pytest.fixture
def analyst(visit, personas):
    def opened(path: str = "/planning/", **options: object):
        made = visit(**options)
        made.sign_in(personas["analyst"].email)
        made.open(path)
        return made

    return opened


def in_square(number: int) -> Point:
    """Return a place in one of the squares, beside its name."""
    return geometry_to_wgs84(Point(530_300 + 1000 * (number % 2), 175_300 + 1000 * (number // 2)))


def point_at(seen: Visit, place: Point) -> None:
    """Move the mouse to a place on the map."""
    at = seen.page.evaluate(
        f"(() => {{ const p = map_wards.latLngToContainerPoint([{place.y}, {place.x}]);"
        " const box = map_wards.getContainer().getBoundingClientRect();"
        " return [p.x + box.left, p.y + box.top]; })()"
    )
    seen.page.mouse.move(at[0] - 2, at[1])
    seen.page.mouse.move(at[0], at[1])


def test_wards_are_drawn_and_nothing_leaves_the_host(analyst):
    seen = analyst()
    assert seen.page.locator("path.leaflet-interactive").count() == 4
    assert "too little walking" in seen.page.locator("h1").inner_text()
    fills = seen.page.eval_on_selector_all(
        "path.leaflet-interactive", "all => all.map(p => p.getAttribute('fill'))"
    )
    assert sorted(fills) == ["#f7f6f2", "#ffffff", "url(#lamplight-hatch)", "url(#lamplight-hatch)"]
    seen.assert_clean()


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844), (640, 450), (320, 640)])
def test_nothing_bars_the_way_and_nothing_scrolls_sideways(analyst, width, height):
    seen = analyst(width=width, height=height)
    seen.assert_accessible()
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    seen.open("/planning/wards/E05000001")
    seen.assert_accessible()
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    seen.assert_clean()


def test_a_filter_changes_address_figures_and_link_and_back_undoes_it(analyst):
    seen = analyst()
    before = seen.page.locator(".caption-bar p").inner_text()
    assert "5.5 concerns" in before
    seen.page.evaluate("window.stays = true")
    seen.page.select_option("#factor", "lighting")
    expect(seen.page.locator(".caption-bar p")).to_contain_text("3 concerns")
    assert re.search(r"[?&]factor=lighting", seen.page.url)
    assert "factor=lighting" in seen.page.locator("#view").inner_text()
    assert "factor=lighting" in seen.page.locator(".menu__link").first.get_attribute("href")
    seen.page.get_by_label("Day", exact=True).check()
    expect(seen.page.locator(".caption-bar p")).to_contain_text("0 concerns")
    assert "light=day" in seen.page.url
    seen.page.go_back()
    expect(seen.page.locator(".caption-bar p")).to_contain_text("3 concerns")
    assert seen.page.locator("#factor").input_value() == "lighting"
    seen.page.go_back()
    expect(seen.page.locator(".caption-bar p")).to_contain_text("5.5 concerns")
    seen.settle()
    assert seen.page.locator("#factor").input_value() == ""
    assert seen.page.evaluate("window.stays") is True, "the page was not loaded anew"
    assert seen.page.locator(".caption-bar p").inner_text() == before
    seen.assert_clean()


def test_the_measure_changes_fills_and_legend(analyst):
    seen = analyst()
    seen.page.get_by_label("Count", exact=True).check()
    expect(seen.page.locator(".legend h2")).to_contain_text("not corrected for walking")
    seen.settle()
    assert "measure=count" in seen.page.url
    assert seen.page.locator(".planning__ramp li").count() == 4
    fills = seen.page.eval_on_selector_all(
        "path.leaflet-interactive", "all => all.map(p => p.getAttribute('fill'))"
    )
    assert "#3f868f" in fills
    seen.assert_accessible()
    seen.assert_clean()


def test_sorting_keeps_the_focus_and_the_folds(analyst):
    seen = analyst()
    group = seen.page.locator(".ranked__button", has_text="Never walked")
    was = {"true": "false", "false": "true"}[group.get_attribute("aria-expanded")]
    group.click()
    seen.page.locator("th[aria-sort] a", has_text="km").click()
    expect(seen.page.locator("th[aria-sort=descending]")).to_have_count(1)
    seen.settle()
    assert "sort=-km" in seen.page.url
    assert seen.page.evaluate("document.activeElement.textContent.trim()") == "km"
    folded = seen.page.locator(".ranked__button", has_text="Never walked").get_attribute("aria-expanded")
    assert folded == was
    seen.assert_clean()


def test_names_that_try_to_run_are_text_everywhere(analyst):
    seen = analyst()
    dialogs = []
    seen.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    for number, name in enumerate(NAMES):
        point_at(seen, in_square(number))
        expect(seen.page.locator(".planning__tip-name", has_text=name)).to_be_visible()
    # Near enough, every ward carries its name on the map.
    seen.page.evaluate("map_wards.setZoom(14)")
    seen.settle()
    expect(seen.page.locator(".map-label", has_text="<img")).to_have_text(NAMES[1])
    assert seen.page.locator("img[src=x]").count() == 0
    assert dialogs == []
    seen.assert_clean()


def test_a_row_lights_its_ward_and_a_ward_its_row_and_opens_it(analyst):
    seen = analyst()
    seen.page.locator("tr[data-code=E05000001] a").focus()
    lit = "document.querySelectorAll('path.leaflet-interactive[stroke-width=\"3\"]').length"
    assert seen.page.evaluate(lit) == 1
    seen.page.locator("th[aria-sort] a").first.focus()
    assert seen.page.evaluate(lit) == 0
    point_at(seen, in_square(2))
    expect(seen.page.locator("tr.is-lit")).to_have_attribute("data-code", "E05000003")
    seen.page.mouse.down()
    seen.page.mouse.up()
    seen.page.wait_for_url(re.compile("/planning/wards/E05000003"))


def test_without_scripts_the_table_and_the_form_do_all(analyst):
    seen = analyst(scripts=False)
    assert seen.page.locator("tr[data-code]").count() == 4
    seen.page.select_option("#factor", "lighting")
    seen.page.locator(".planning__submit").click()
    seen.settle()
    assert "factor=lighting" in seen.page.url
    assert "3 concerns" in seen.page.locator(".caption-bar p").inner_text()


def test_a_server_that_fails_keeps_the_filters_and_can_be_asked_again(analyst):
    seen = analyst()
    seen.page.route("**/planning/data/screen.json*", lambda route: route.fulfill(status=503, body=""))
    seen.page.select_option("#factor", "lighting")
    seen.page.wait_for_selector(".planning__error")
    assert "Your filters are kept" in seen.page.locator(".planning__error").inner_text()
    assert seen.page.locator("#factor").input_value() == "lighting"
    seen.page.unroute("**/planning/data/screen.json*")
    seen.page.click("text=Try again")
    expect(seen.page.locator(".caption-bar p")).to_contain_text("3 concerns")
    assert seen.page.locator(".planning__error").count() == 0


def test_keys_alone_reach_filters_map_and_table(analyst):
    seen = analyst()
    # Rows are the tab stops of wards: through a map of them there would be no end of tabbing.
    shapes = seen.page.locator("path.leaflet-interactive")
    assert shapes.count() > 0
    assert all(each.get_attribute("tabindex") == "-1" for each in shapes.all())
    seen.page.locator("#map_wards").focus()
    before = seen.page.evaluate("map_wards.getZoom()")
    seen.page.keyboard.press("+")
    seen.wait_until(f"map_wards.getZoom() > {before}")
    seen.page.keyboard.press("Escape")
    assert seen.page.evaluate("document.activeElement.id") == "figures"
    seen.page.locator("summary.period__button").focus()
    seen.page.keyboard.press("Enter")
    assert seen.page.locator(".period__panel").is_visible()
    seen.page.keyboard.press("Escape")
    assert not seen.page.locator(".period__panel").is_visible()


def test_layers_are_in_the_address_and_work_by_keyboard(analyst):
    seen = analyst()
    layers = seen.page.locator(".planning__layer")
    layers.get_by_label("Hexagons, 500 m").check()
    expect(seen.page.locator("th[aria-sort] a").first).to_have_text("Hexagon")
    seen.settle()
    assert "area=hex500" in seen.page.url
    assert seen.page.locator("canvas.leaflet-zoom-animated").count() >= 1
    assert seen.page.locator("path.leaflet-interactive").count() == 0, "cells are on the canvas"
    assert "area=hex500" in seen.page.locator(".menu__link").first.get_attribute("href")
    seen.page.keyboard.press("ArrowRight")
    seen.settle()
    assert "area=hex200" in seen.page.url
    seen.page.keyboard.press("ArrowRight")
    seen.wait_until("document.querySelector('.planning__surface') !== null")
    assert "layer=surface" in seen.page.url
    assert "area=" not in seen.page.url
    assert seen.page.locator(".planning__measure").is_hidden()
    expect(seen.page.locator(".caption-bar p")).to_contain_text("Ratio of concern density to walked density")
    seen.page.go_back()
    expect(seen.page.locator(".caption-bar p")).to_contain_text("Empirical-Bayes")
    seen.wait_until("document.querySelector('.planning__surface') === null")
    assert layers.get_by_label("200 m", exact=True).is_checked()
    seen.assert_clean()


@pytest.mark.parametrize(
    "path", ["?area=hex200", "?layer=surface&clusters=on", "?layer=hex500&measure=count"]
)
@pytest.mark.parametrize("width", [1280, 390])
def test_layers_bar_nobody_and_tips_say_what_rows_say(analyst, path, width):
    seen = analyst("/planning/" + path, width=width)
    if "clusters" in path:
        seen.wait_until("document.querySelector('[data-clusters-found] p') !== null")
        assert seen.page.locator("[data-clusters-found]").inner_text() == "No cluster is clear of chance."
    seen.assert_accessible()
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    if width > 1000 and "surface" not in path:
        point_at(seen, geometry_to_wgs84(Point(530_300, 175_500)))
        expect(seen.page.locator(".leaflet-tooltip")).to_contain_text("Hexagon")
    seen.assert_clean()


def test_without_walks_every_layer_says_so(analyst):
    empty = "from=2020-01-01&to=2020-12-31"
    seen = analyst(f"/planning/?{empty}&layer=surface&clusters=on")
    expect(seen.page.locator("[data-map-note]")).to_contain_text("No walks in this period")
    expect(seen.page.locator("[data-clusters-found]")).to_contain_text("nothing to scan")
    seen.open(f"/planning/?{empty}&area=hex200")
    assert "nothing to show" in seen.page.locator("h1").inner_text()
    seen.assert_clean()


def test_quarters_are_stepped_through_on_one_scale_and_left_again(analyst):
    seen = analyst("/planning/?from=2025-12-01&to=2026-02-28", reduced_motion="reduce")
    fills = "all => all.map(p => p.getAttribute('fill')).sort()"
    before = seen.page.eval_on_selector_all("path.leaflet-interactive", fills)
    seen.page.get_by_role("button", name="Quarter by quarter").click()
    words = seen.page.locator("[data-quarter-words]")
    expect(words).to_contain_text("Dec 2025: 0 concerns on 0 walks, 0 km.")
    assert set(seen.page.eval_on_selector_all("path.leaflet-interactive", fills)) == {"#f7f6f2"}, (
        "never walked"
    )
    seen.page.get_by_role("button", name="Later").click()
    expect(words).to_contain_text("Jan to Feb 2026: 5.5 concerns on 9 walks, 7 km.")
    seen.assert_accessible()
    seen.page.get_by_role("button", name="Whole period").click()
    expect(words).to_have_text("")
    assert seen.page.eval_on_selector_all("path.leaflet-interactive", fills) == before
    seen.page.get_by_label("Count", exact=True).check()
    expect(seen.page.locator("[data-quarters]")).to_be_hidden()
    seen.assert_clean()
