"""A stretch on the phone's map: traced with and without a position, and given another shape afterwards."""

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.phones import LAT, LON, Way, begin, end, ready
from tests.browser.test_phone import look, walk_of
from tests.browser.test_phone_details import module, stored
from tests.web.capture_phone import Phone

pytestmark = pytest.mark.usefixtures("squares")
Street = Callable[..., Visit]
STEP = 0.0002
OPEN_MAP = "#map .leaflet-map-pane"


@pytest.fixture
def site(way: Way) -> str:
    """Visits go by the way that can be made bad."""
    return way.site


def walk_a_corner(page: Page) -> list[tuple[float, float]]:
    """Begin a stretch, walk three steps east and three north, and end it; where it went."""
    page.click("[data-do=route]")
    expect(page.locator("#tracing")).to_be_visible()
    way = [(LON, LAT)]
    for east, north in [(1, 0), (2, 0), (3, 0), (3, 1), (3, 2), (3, 3)]:
        way.append((round(LON + east * STEP, 7), round(LAT + north * STEP, 7)))
        before = page.locator("#tracing-words").text_content()
        page.context.set_geolocation({"longitude": way[-1][0], "latitude": way[-1][1], "accuracy": 9})
        expect(page.locator("#tracing-words")).not_to_have_text(before or "")
    page.click("[data-do=route]")
    expect(page.locator("#sheet-title")).to_have_text("Stretch 1 is kept")
    return way


def reshape(page: Page) -> None:
    """From the open sheet to the handles on the map."""
    page.click("#sheet [data-do=replace]")
    page.wait_for_selector("#reshape", state="visible")


def the_stretch(page: Page, desk: Phone) -> tuple[list[list[float]], dict[str, Any]]:
    """The line and what is said of it, once the phone has nothing left to send."""
    expect(page.locator("#tally")).to_have_text("All 1 received", timeout=60_000)
    page.wait_for_timeout(300)
    expect(page.locator("#tally")).to_have_text("All 1 received", timeout=60_000)
    (concern,) = stored(desk, page)
    return concern["geometry"]["coordinates"], concern["properties"]


def handle(page: Page, which: int) -> tuple[float, float]:
    """The middle of a handle on the screen."""
    box = page.locator(".handle").nth(which).bounding_box()
    assert box
    assert (box["width"], box["height"]) == (48, 48)
    return box["x"] + 24, box["y"] + 24


def test_a_stretch_is_traced_though_the_place_is_known(street: Street, desk: Phone) -> None:
    opened = street()
    page = opened.page
    begin(page)
    page.wait_for_selector(OPEN_MAP, state="attached")
    page.click("[data-do=route]")
    expect(page.locator("#tracing-title")).to_have_text("Walk along the stretch")
    page.click("[data-do=trace]")
    expect(page.locator("#tracing-title")).to_have_text("Tap along the stretch")
    for at in ((120, 300), (160, 330), (220, 330), (240, 420)):
        page.mouse.click(*at)
    expect(page.locator("#tracing-words")).to_contain_text("4 points")
    opened.assert_accessible()
    look(page, "tracing")
    page.click("[data-do=untrace]")
    expect(page.locator("#tracing-words")).to_contain_text("3 points")
    page.context.set_geolocation({"longitude": LON + 0.002, "latitude": LAT, "accuracy": 5})
    page.wait_for_timeout(1_500)
    page.reload()
    ready(page)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#tracing-title")).to_have_text("Tap along the stretch")
    expect(page.locator("#tracing-words")).to_contain_text("3 points")
    page.click("[data-do=trace-middle]")
    page.click("[data-do=route]")
    expect(page.locator("#sheet-title")).to_have_text("Stretch 1 is kept")
    expect(page.locator("#sheet-facts")).to_contain_text("placed on the map")
    page.click("#sheet .slab")
    expect(page.locator("#tracing")).to_be_hidden()
    line, said = the_stretch(page, desk)
    assert len(line) == 4
    assert (said["position_method"], said.get("accuracy_m")) == ("map", None)
    opened.assert_clean()


def test_what_was_walked_of_it_goes_only_when_asked(street: Street, desk: Phone) -> None:
    page = street().page
    begin(page)
    page.wait_for_selector(OPEN_MAP, state="attached")
    page.click("[data-do=route]")
    expect(page.locator("#tracing")).to_be_visible()
    page.context.set_geolocation({"longitude": LON + 0.0006, "latitude": LAT, "accuracy": 7})
    expect(page.locator("#tracing-words")).to_contain_text("±7 m")
    page.click("[data-do=trace]")
    expect(page.locator("#ask-words")).to_contain_text("instead of the 42 m walked so far")
    page.click("#ask [value=no]")
    expect(page.locator("#tracing-title")).to_have_text("Walk along the stretch")
    page.click("[data-do=route]")
    page.click("#sheet .slab")
    line, said = the_stretch(page, desk)
    assert line == [[LON, LAT], [round(LON + 0.0006, 7), LAT]]
    assert (said["position_method"], said["accuracy_m"]) == ("gps", 7)


def test_ends_and_bends_are_dragged_and_taken_away(street: Street, desk: Phone) -> None:
    opened = street()
    page = opened.page
    begin(page)
    page.wait_for_selector(OPEN_MAP, state="attached")
    way = walk_a_corner(page)
    reshape(page)
    expect(page.locator("#reshape-title")).to_have_text("Stretch 1: start, 1 of 3")
    expect(page.locator("#reshape-words")).to_contain_text("as walked, ±9 m where walked")
    assert page.locator(".handle").count() == 3  # both ends, and the corner
    opened.assert_accessible()
    look(page, "reshape")
    at = handle(page, 2)
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] + 30, at[1] - 10, steps=4)
    page.mouse.up()
    expect(page.locator("#reshape-title")).to_have_text("Stretch 1: end, 3 of 3")
    expect(page.locator("#reshape-words")).to_contain_text("moved by hand, ±9 m where walked")
    line, said = the_stretch(page, desk)
    assert [tuple(each) for each in line[:4]] == way[:4], "what was not touched stays as it was walked"
    assert len(line) == 5
    assert line[4][0] > way[-1][0]
    assert line[4][1] > way[-1][1]
    assert (said["position_method"], said["accuracy_m"]) == ("moved", 9)

    # The start is chosen by a tap and put where the next tap is; then the corner goes, and comes back.
    page.click("[data-do=reshape-previous]")
    page.click("[data-do=reshape-previous]")
    x, y = handle(page, 0)
    page.mouse.click(x - 20, y + 60)
    line, _said = the_stretch(page, desk)
    assert line[0][0] < LON
    assert line[0][1] < LAT
    page.click("[data-do=reshape-next]")
    page.click("[data-do=reshape-drop]")
    straight, _said = the_stretch(page, desk)
    assert straight == [line[0], line[-1]]
    expect(page.locator("[data-do=reshape-drop]")).to_have_attribute("aria-disabled", "true")
    page.click("[data-do=reshape-drop]", force=True)
    page.click("[data-do=reshape-back]")
    again, _said = the_stretch(page, desk)
    assert again == line
    page.click("[data-do=reshape-done]")
    expect(page.locator("#reshape")).to_be_hidden()
    assert page.locator(".handle").count() == 0
    opened.assert_clean()


def test_the_keyboard_moves_a_stretch_after_the_walk(street: Street, desk: Phone) -> None:
    page = street().page
    begin(page)
    page.wait_for_selector(OPEN_MAP, state="attached")
    way = walk_a_corner(page)
    page.click("#sheet .slab")
    walk = walk_of(page)
    end(page)
    page.locator("[name=which][value=all]").check()
    page.locator("#pins [data-role=todo]").first.click()
    reshape(page)
    page.locator(".handle").first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    expect(page.locator(".handle").first).to_be_focused()
    page.locator(".handle").nth(1).focus()
    expect(page.locator("#reshape-title")).to_have_text("Stretch 1: bend 1, 2 of 3")
    page.keyboard.press("Delete")
    expect(page.locator("#reshape-title")).to_have_text("Stretch 1: start, 1 of 2")
    page.click("[data-do=reshape-done]")
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    one = desk.get(f"/walks/{walk}/receipt").get_json()["concerns"][0]["id"]
    found = desk.get(f"/concerns/{one}").get_json()
    line = found["geometry"]["coordinates"]
    assert len(line) == 2
    assert line[0][0] < LON
    assert line[0][1] > LAT
    assert tuple(line[1]) == way[-1]
    assert found["properties"]["position_method"] == "moved"


def test_what_another_phone_moved_meanwhile_is_not_overwritten(street: Street) -> None:
    page = street().page
    begin(page)
    page.wait_for_selector(OPEN_MAP, state="attached")
    walk_a_corner(page)
    reshape(page)
    other = page.context.new_page()
    other.goto(f"{page.url}")
    ready(other)
    other.get_by_role("button", name="Go on").click()
    other.wait_for_selector(OPEN_MAP, state="attached")
    other.locator("#map .mark").first.dispatch_event("click")
    reshape(other)
    other.locator(".handle").first.focus()
    other.keyboard.press("ArrowLeft")
    expect(other.locator("#reshape-words")).to_contain_text("moved by hand")
    page.bring_to_front()
    page.locator(".handle").nth(2).focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#reshape-words")).to_contain_text("It was moved on another phone or tab meanwhile")
    page.locator(".handle").nth(2).focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#reshape-words")).to_contain_text("moved by hand")


def test_handles_give_the_line_its_shape(street: Street) -> None:
    page = street().page
    flat = [[LON + n * 0.0001, LAT] for n in range(200)]
    assert module(page, "reshape.js", f"m.handlesOf({json.dumps(flat)})") == [0, 199]
    zigzag = [[LON + n * 0.0001, LAT + (n % 2) * 0.0005] for n in range(200)]
    found = module(page, "reshape.js", f"m.handlesOf({json.dumps(zigzag)})")
    assert len(found) == 10
    assert (found[0], found[-1]) == (0, 199)
    assert all(one < two for one, two in pairwise(found))
    line = [[n, 0] for n in range(7)]
    for which, position, wanted, handles in (
        (0, [9, 9], [[9, 9], [3, 0], [4, 0], [5, 0], [6, 0]], [0, 1, 4]),
        (1, [9, 9], [[0, 0], [9, 9], [6, 0]], [0, 1, 2]),
        (2, [9, 9], [[0, 0], [1, 0], [2, 0], [3, 0], [9, 9]], [0, 3, 4]),
        (0, None, [[3, 0], [4, 0], [5, 0], [6, 0]], [0, 3]),
        (1, None, [[0, 0], [6, 0]], [0, 1]),
        (2, None, [[0, 0], [1, 0], [2, 0], [3, 0]], [0, 3]),
    ):
        asked = f"m.withHandle({json.dumps(line)}, [0, 3, 6], {which}, {json.dumps(position)})"
        assert module(page, "reshape.js", asked) == {"line": wanted, "handles": handles}
