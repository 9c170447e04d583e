"""The feed's pages in Chromium, and the feed as GDAL reads it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from flask import Flask

from tests.browser.conftest import Visit
from tests.web.feed_world import LAMBETH, World, build

pytestmark = pytest.mark.usefixtures("squares", "world")
PAGES = [
    "/feed/",
    "/feed/collections",
    "/feed/collections/concerns",
    "/feed/collections/concerns/items?f=html",
    "/feed/collections/concern_routes/items?f=html",
    "/feed/collections/wards/items?f=html",
    "/feed/api",
    "/feed/conformance",
]


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    return build(app.test_client(), personas["brixton_officer"].bearer)


@pytest.fixture
def planner(visit: Callable[..., Visit], personas: dict) -> Callable[[int], Visit]:
    def signed_in(width: int) -> Visit:
        made = visit(width=width)
        made.sign_in(personas["lambeth_planner"].email)
        return made

    return signed_in


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_is_clean_accessible_and_as_wide_as_the_screen(
    planner: Callable[[int], Visit], world: World, width: int
) -> None:
    visit = planner(width)
    for path in [*PAGES, f"/feed/collections/concerns/items/{world.shared['A'][0]}?f=html"]:
        visit.open(path)
        visit.assert_clean()
        visit.assert_accessible()
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_map_and_table_show_the_same_items_and_the_highlight_follows(planner: Callable[[int], Visit]) -> None:
    visit = planner(1280)
    visit.open("/feed/collections/concerns/items?f=html")
    page = visit.page
    assert page.locator("[data-feed-rows] tbody tr").count() == 6
    assert page.locator("path.feed__mark").count() == 6
    assert page.locator("path.feed__outline").count() == 2
    page.locator("[data-feed-rows] a").nth(2).focus()
    assert page.locator("tr.is-lit").count() == 1
    assert page.locator("path.feed__mark.is-lit").count() == 1
    page.locator("[data-feed-rows] tbody tr").nth(4).hover()
    lit = page.locator("tr.is-lit").get_attribute("data-id")
    assert lit == page.locator("[data-feed-rows] tbody tr").nth(4).get_attribute("data-id")
    assert page.locator("path.feed__mark.is-lit").count() == 1


def test_tabs_copy_and_paging(planner: Callable[[int], Visit]) -> None:
    visit = planner(1280)
    visit.open("/feed/")
    page = visit.page
    page.get_by_role("tab", name="GDAL").click()
    assert page.locator("#gdal-line").is_visible()
    assert page.locator("#qgis").is_hidden()
    assert f"OAPIF:{visit.site}/feed/" in page.locator("#gdal-line").inner_text()
    page.locator("[data-copy=address]").click()
    page.locator("[data-copy=address] [data-word]", has_text="Copied").wait_for()
    visit.open("/feed/collections/concerns/items?f=html&limit=4")
    page.get_by_role("link", name="Older").click()
    visit.settle()
    assert "5 to 6 of 6" in page.locator("main").inner_text()
    page.get_by_role("link", name="Newer").click()
    visit.settle()
    assert "1 to 4 of 6" in page.locator("main").inner_text()


def test_without_scripts_tables_and_links_are_all_there(visit: Callable[..., Visit]) -> None:
    plain = visit(scripts=False)
    plain.page.goto(f"{plain.site}/feed/")
    assert plain.page.locator("[data-feed-rows] tbody tr").count() == 4
    assert plain.page.locator("#curl-line").is_visible()
    assert plain.page.locator("[data-feed-card]").is_hidden()
    plain.page.locator("[data-feed-rows] a").first.click()
    assert "E05000001" in plain.page.locator("main").inner_text()


_READ = """
import json, os, sys
import geopandas
address, layer = sys.argv[1:]
read = geopandas.read_file(f"OAPIF:{address}/feed/", layer=layer, USERPWD=":" + os.environ["LAMPLIGHT_KEY"])
rows = list(read.itertuples())
said = [[row.id, row.geometry.geom_type, *row.geometry.representative_point().coords[0]] for row in rows]
print(json.dumps({"crs": read.crs.to_authority(), "features": said}))
"""


@pytest.mark.parametrize(("layer", "count"), [("concerns", 6), ("concern_routes", 1), ("wards", 4)])
def test_gdal_reads_the_same_features(app: Flask, site: str, world: World, layer: str, count: int) -> None:
    """In a process of its own, because GDAL waits for this one to answer."""
    done = subprocess.run(
        [sys.executable, "-c", _READ, site, layer],
        env={**os.environ, "LAMPLIGHT_KEY": world.keys[LAMBETH]},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    read = json.loads(done.stdout)
    assert read["crs"] == ["OGC", "CRS84"]
    answer = app.test_client().get(f"/feed/collections/{layer}/items", headers=world.key(LAMBETH)).get_json()
    assert answer["numberMatched"] == len(read["features"]) == count
    assert sorted(each[0] for each in read["features"]) == sorted(each["id"] for each in answer["features"])
    places = {each["id"]: each["geometry"] for each in answer["features"]}
    for identifier, kind, x, y in read["features"]:
        assert kind == places[identifier]["type"]
        if kind == "Point":
            assert [x, y] == places[identifier]["coordinates"]
