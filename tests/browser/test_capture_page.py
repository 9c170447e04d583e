"""The officer's page in Chromium: raising, changing, removing and sharing, with a mouse and without."""

import os
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visit
from tests.web.capture_phone import LAT, LON, Phone, concern, new_id

pytestmark = pytest.mark.usefixtures("squares")
HOSTILE = "<img src=x onerror=alert(1)> ${7*7} `x`"


@pytest.fixture
def phone(client: FlaskClient, personas: dict[str, Any]) -> Phone:
    return Phone(client, personas)


@pytest.fixture
def walk(phone: Phone) -> str:
    """A walk of Brixton with a point, a stretch and something that works well."""
    walk = new_id()
    phone.put(f"/walks/{walk}", {"started_at": "2026-02-10T19:00:00Z", "participants": 2})
    phone.put(f"/concerns/{new_id()}", concern(walk, note=HOSTILE, factors=["lighting", "isolation"]))
    stretch = concern(walk, feeling="frightening", applies=["dark"], recorded_at="2026-02-10T19:40:00Z")
    stretch["geometry"] = {"type": "LineString", "coordinates": [[LON, LAT], [LON + 0.002, LAT + 0.001]]}
    phone.put(f"/concerns/{new_id()}", stretch)
    good = concern(walk, lon=LON - 0.002, recorded_at="2026-02-10T19:45:00Z")
    good["properties"]["kind"] = "positive"
    phone.put(f"/concerns/{new_id()}", good)
    return walk


@pytest.fixture
def officer(visit: Callable[..., Visit], personas: dict[str, Any]) -> Callable[..., Visit]:
    def signed_in(width: int = 1280, height: int = 900, **options: Any) -> Visit:
        made = visit(width=width, height=height, **options)
        made.sign_in(personas["brixton_officer"].email)
        return made

    return signed_in


def look(page: Page, name: str) -> None:
    """Keep a picture where LOOK says, for people who build the page."""
    if folder := os.environ.get("LOOK"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def items(page: Page) -> Any:
    return page.locator("[data-concern]")


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_it_is_accessible_clean_and_as_wide_as_the_screen(
    officer: Callable[..., Visit], walk: str, width: int
) -> None:
    opened = officer(width)
    opened.open(f"/capture/desk?walk={walk}")
    page = opened.page
    expect(items(page)).to_have_count(3)
    expect(page.locator(".capture-pin")).to_have_count(3)
    look(page, f"capture-{width}")
    opened.assert_accessible()
    opened.assert_clean()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert HOSTILE in (page.locator(".capture-note").first.text_content() or "")


def test_a_click_on_the_map_raises_a_concern(officer: Callable[..., Visit], walk: str, phone: Phone) -> None:
    opened = officer()
    opened.open(f"/capture/desk?walk={walk}")
    page = opened.page
    box = page.locator("#map").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 60)
    expect(page.locator("#longitude")).to_have_value(re.compile(r"^-0\.1[0-9]+$"))
    page.get_by_label("Frightening").check()
    page.get_by_label("Overgrown").check()
    page.get_by_label("Followed").check()
    page.get_by_label("Twilight").check()
    page.select_option("#basis", "felt_here")
    page.fill("#note", HOSTILE)
    look(page, "capture-filled")
    page.click("#save")
    expect(page.locator("#form-said")).to_have_text("Concern 4 is received.")
    expect(items(page)).to_have_count(4)
    expect(items(page).nth(3)).to_contain_text("Overgrown, Followed")
    expect(page.locator(".capture-pin")).to_have_count(4)
    assert page.locator("[name=feeling]:checked, [name=factors]:checked").count() == 0
    kept = items(page).nth(3).get_attribute("data-concern")
    assert uuid.UUID(kept).version == 7
    said = phone.get(f"/concerns/{kept}").get_json()["properties"]
    assert {name: said[name] for name in ("factors", "feeling", "applies", "basis", "note", "kind")} == {
        "factors": ["vegetation", "followed"],
        "feeling": "frightening",
        "applies": ["twilight"],
        "basis": "felt_here",
        "note": HOSTILE,
        "kind": "concern",
    }
    assert said["position_method"] == "map"
    opened.assert_clean()


def test_a_stretch_without_a_mouse(officer: Callable[..., Visit], walk: str, phone: Phone) -> None:
    opened = officer()
    opened.open(f"/capture/desk?walk={walk}")
    page = opened.page
    page.locator("[name=shape][value=LineString]").focus()
    page.keyboard.press("Space")
    for lon, lat in ((LON, LAT), (LON + 0.001, LAT), (LON + 0.002, LAT + 0.001)):
        page.locator("#longitude").focus()
        page.keyboard.type(f"{lon:.7f}")
        page.keyboard.press("Tab")
        page.keyboard.type(f"{lat:.7f}")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "add-position"
        page.keyboard.press("Enter")
    expect(page.locator("#place-said")).to_have_text("3 positions")
    page.locator("#save").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#form-said")).to_have_text("Concern 4 is received.")
    kept = items(page).nth(3).get_attribute("data-concern")
    geometry = phone.get(f"/concerns/{kept}").get_json()["geometry"]
    assert geometry["type"] == "LineString"
    assert geometry["coordinates"] == [
        [round(LON, 7), round(LAT, 7)],
        [round(LON + 0.001, 7), round(LAT, 7)],
        [round(LON + 0.002, 7), round(LAT + 0.001, 7)],
    ]


def test_change_share_take_back_and_remove(officer: Callable[..., Visit], walk: str, phone: Phone) -> None:
    opened = officer()
    opened.open(f"/capture/desk?walk={walk}")
    page = opened.page
    first = items(page).first
    identifier = first.get_attribute("data-concern")
    before = phone.get(f"/concerns/{identifier}").get_json()
    first.get_by_role("button", name="Change").click()
    expect(page.locator("#form-title")).to_have_text("Change concern 1")
    expect(page.locator("#note")).to_have_value(HOSTILE)
    page.get_by_label("Comfortable", exact=True).check()
    page.click("#save")
    expect(page.locator("#form-said")).to_have_text("Concern 1 is received.")
    after = phone.get(f"/concerns/{identifier}").get_json()
    assert after["properties"] == before["properties"] | {"feeling": "comfortable"}
    assert after["geometry"] == before["geometry"]

    first.locator("summary").click()
    first.locator("[data-wording]").fill("The lamp by the gate is out")
    first.get_by_role("switch").click()
    expect(first.get_by_role("switch")).to_have_attribute("aria-checked", "true")
    expect(first).to_contain_text("Words for the council: The lamp by the gate is out")
    expect(first.get_by_role("switch")).to_be_focused()
    look(page, "capture-shared")
    assert phone.get(f"/concerns/{identifier}").get_json()["properties"]["status"] == "shared"
    first.get_by_role("switch").press("Enter")
    expect(first.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    assert phone.get(f"/concerns/{identifier}").get_json()["properties"]["status"] == "raised"

    first.get_by_role("button", name="Remove").click()
    expect(items(page)).to_have_count(3)
    first.get_by_role("button", name="Remove for good").click()
    expect(items(page)).to_have_count(2)
    assert phone.get(f"/concerns/{identifier}").status_code == 410
    opened.assert_accessible()
    opened.assert_clean()


def test_an_answer_that_is_lost_is_asked_for_again_and_kept_once(
    officer: Callable[..., Visit], walk: str, phone: Phone
) -> None:
    opened = officer()
    opened.open(f"/capture/desk?walk={walk}")
    page = opened.page
    lost = []

    def lose_the_first(route: Route) -> None:
        if route.request.method == "PUT" and not lost:
            route.fetch()  # it is stored, but the phone never hears of it
            lost.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    page.route("**/capture/api/concerns/*", lose_the_first)
    page.click("#map-middle")
    page.click("#save")
    expect(page.locator("#form-said")).to_have_text("Concern 4 is received.")
    assert len(lost) == 1
    assert len(phone.get(f"/walks/{walk}/receipt").get_json()["concerns"]) == 4


def test_what_is_refused_is_said_and_nothing_typed_is_lost(officer: Callable[..., Visit], walk: str) -> None:
    opened = officer()
    opened.open(f"/capture/desk?walk={walk}")
    page = opened.page
    page.fill("#note", "By the gate")
    page.click("#save")
    expect(page.locator("#form-problem")).to_contain_text("Say where it is")
    expect(page.locator("#form-problem")).to_be_focused()
    page.fill("#longitude", "2.35")
    page.fill("#latitude", "48.85")
    page.click("#save")
    expect(page.locator("#form-problem")).to_contain_text("Great Britain")
    expect(page.locator("#note")).to_have_value("By the gate")
    look(page, "capture-problem")
    opened.assert_accessible()


def test_the_position_of_the_device(officer: Callable[..., Visit], walk: str) -> None:
    where = {"longitude": LON, "latitude": LAT, "accuracy": 12}
    opened = officer(geolocation=where, permissions=["geolocation"])
    opened.open(f"/capture/desk?walk={walk}")
    page = opened.page
    page.click("#my-position")
    expect(page.locator("#place-said")).to_have_text("Position: good (±12 m)")
    expect(page.locator("#longitude")).to_have_value(str(round(LON, 7)))
    page.click("#save")
    expect(page.locator("#form-said")).to_have_text("Concern 4 is received.")


def test_a_walk_is_started(officer: Callable[..., Visit]) -> None:
    opened = officer(390, 844)
    opened.open("/capture/desk")
    page = opened.page
    page.get_by_text("Start a walk").first.click()
    page.fill("#participants", "many")
    page.click("#start-walk button")
    expect(page.locator("#start-said")).to_contain_text("whole number")
    page.fill("#participants", "3")
    page.click("#start-walk button")
    page.wait_for_url("**/capture/desk?walk=*")
    expect(page.locator("h1")).to_contain_text("Walk of")
    expect(page.locator("#list")).to_contain_text("Nothing has been raised on this walk yet.")
    look(page, "capture-new-390")
    opened.assert_accessible()


def test_without_scripts_a_walk_can_be_chosen_and_read(officer: Callable[..., Visit], walk: str) -> None:
    opened = officer(scripts=False)
    opened.open(f"/capture/desk?walk={walk}")
    page = opened.page
    assert items(page).count() == 3
    assert page.locator("#save").is_hidden()
    assert page.get_by_text("Adding to a walk needs JavaScript.").is_visible()
    page.select_option("#walk", walk)
    page.get_by_role("button", name="Show").click()
    assert f"walk={walk}" in page.url
    look(page, "capture-no-scripts")
