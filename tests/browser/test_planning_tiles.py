"""Layers of tiles and single shared concerns in a real browser; words that try to do harm."""

import pytest
import shapely
from playwright.sync_api import expect
from sqlalchemy import text

from geoapp import db
from geoapp.actions import sharing
from spatial.crs import geometry_to_wgs84
from tests.web import planning_world

WORDS = "<img src=x onerror=alert(1)> `${alert(2)}` \"dark\" & 'narrow' <script>alert(3)</script>"
MONTH = "from=2026-02-01&to=2026-02-28"


@pytest.fixture(scope="module", autouse=True)
def world(squares, personas):  # noqa: ARG001 (the wards have to be there)
    by = personas["brixton_officer"].email
    planning_world.fill(by)
    officer = planning_world.person(by)
    place = shapely.Point(530_450, 175_500)
    route = shapely.LineString([(530_300, 175_400), (530_600, 175_400)])
    ids = [planning_world.concern(officer, each, factors=("lighting",)) for each in (place, route)]
    with db.writing() as session:
        for concern_id in ids:
            sharing.share(session, concern_id, WORDS, by=officer)
        session.execute(
            text("""
            INSERT INTO ground (source, layer, class, geom) VALUES
            ('tests', 'street', 'main', 'SRID=4326;LINESTRING(-0.130 51.4634, -0.110 51.4634)')""")
        )


@pytest.fixture
def planner(visit, personas):
    def opened(path: str, who: str = "lambeth_planner", **options: object):
        made = visit(**options)
        made.sign_in(personas[who].email)
        made.open(path)
        return made

    return opened


def test_single_concerns_come_when_near_and_their_words_are_text(planner):
    seen = planner(f"/planning/?layer=concerns&{MONTH}")
    dialogs = []
    seen.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    box = seen.page.locator("[data-shared-found]")
    seen.page.evaluate("map_wards.setView([51.4634, -0.1228], 13.5, {animate: false})")
    seen.requests.clear()
    expect(box).to_contain_text("Zoom in to see single concerns")
    assert not [url for url in seen.requests if "shared.json" in url]
    seen.page.evaluate("map_wards.setView([51.4634, -0.1228], 16, {animate: false})")
    expect(box).to_contain_text("2 shared concerns in or near this view")
    box.locator("summary").click()
    expect(box.locator("li").first).to_contain_text(WORDS)
    expect(box.locator("li").first).to_contain_text("Shared, 10 February 2026, in the dark")
    place = geometry_to_wgs84(shapely.Point(530_450, 175_500))
    at = seen.page.evaluate(
        f"(() => {{ const p = map_wards.latLngToContainerPoint([{place.y}, {place.x}]);"
        " const box = map_wards.getContainer().getBoundingClientRect();"
        " return [p.x + box.left, p.y + box.top]; })()"
    )
    seen.page.mouse.move(at[0] - 3, at[1])
    seen.page.mouse.move(*at)
    expect(seen.page.locator(".leaflet-tooltip", has_text="onerror")).to_be_visible()
    assert seen.page.locator("img[src=x]").count() == 0
    assert dialogs == []
    seen.assert_accessible()
    seen.assert_clean()


def test_an_analyst_gets_density_and_asks_for_no_single_concern(planner):
    seen = planner(f"/planning/?layer=concerns&{MONTH}", who="analyst")
    seen.page.evaluate("map_wards.setView([51.4634, -0.1228], 16, {animate: false})")
    seen.settle()
    expect(seen.page.locator("[data-density-words]")).to_contain_text("hexagons of 200 m")
    assert [url for url in seen.requests if "/data/density/" in url]
    assert not [url for url in seen.requests if "shared.json" in url]
    seen.assert_clean()


def test_layers_of_tiles_change_without_loading_and_say_what_they_are(planner):
    seen = planner(f"/planning/?{MONTH}")
    seen.page.evaluate("window.stays = true")
    for name, words, path in (
        ("Density", "Concerns in each hexagon", "/data/density/"),
        ("Walking", "Kilometres walked", "/data/density/"),
        ("Streets", "hexagon around each street", "/data/streets/"),
    ):
        with seen.page.expect_request(lambda request, path=path: path in request.url):
            seen.page.locator(".planning__layer").get_by_label(name, exact=True).check()
        expect(seen.page.locator(".legend h2")).to_contain_text(words)
        seen.settle()
        assert seen.page.locator("path.leaflet-interactive").count() == 0, "the pointer asks the cells"
        seen.assert_accessible()
    seen.page.go_back()
    seen.settle()
    seen.page.go_back()
    seen.settle()
    seen.page.go_back()
    expect(seen.page.locator(".legend h2")).to_contain_text("smoothed")
    seen.wait_until("document.querySelectorAll('path.leaflet-interactive').length === 2")
    assert seen.page.evaluate("window.stays") is True
    seen.assert_clean()


@pytest.mark.parametrize("width", [320, 390, 640])
def test_tools_cover_no_zoom_button_and_nothing_scrolls_sideways(planner, width):
    seen = planner(f"/planning/?layer=walked&{MONTH}", width=width, height=844)
    tools = seen.page.locator(".map__tools").bounding_box()
    zoom = seen.page.locator(".leaflet-control-zoom").bounding_box()
    assert tools["y"] + tools["height"] <= zoom["y"]
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    seen.assert_accessible()
    seen.assert_clean()


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844), (320, 640)])
def test_the_public_map_bars_nobody(visit, width, height):
    seen = visit(width=width, height=height)
    seen.open("/map")
    seen.assert_accessible()
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    seen.assert_clean()


def test_what_an_officer_typed_is_text_on_the_wards_page_too(planner):
    seen = planner("/planning/exports")
    dialogs = []
    seen.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    seen.assert_accessible()
    seen.open(f"/planning/wards/E05000001?{MONTH}")
    expect(seen.page.locator(".ward__said li").first).to_contain_text(WORDS)
    assert seen.page.locator("img[src=x]").count() == 0
    assert dialogs == []
    seen.assert_accessible()
    seen.assert_clean()
