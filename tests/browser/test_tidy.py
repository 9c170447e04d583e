"""Tidying up in Chromium: list and map, a pin moved by mouse and keyboard, words pointed out in time."""

import os
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.web.capture_phone import AT, LAT, LON, Phone, concern, new_id

pytestmark = pytest.mark.usefixtures("squares")
HOSTILE = "<img src=x onerror=alert(1)> ${7*7} `x`"


@pytest.fixture
def phone(client: FlaskClient, personas: dict[str, Any]) -> Phone:
    return Phone(client, personas)


@pytest.fixture
def walk(phone: Phone) -> str:
    """A walk of Brixton with a track that has a gap, four pins and a safety-audit stop."""
    walk = new_id()
    phone.put(f"/walks/{walk}", {"started_at": AT, "ended_at": "2026-02-10T20:26:00Z"})
    for chunk, began in enumerate((1770751800000, 1770752100000)):
        fixes = [[LON + (n + 90 * chunk) * 2e-5, LAT, began + n * 1000, 5] for n in range(60)]
        phone.put(f"/walks/{walk}/track/{chunk}", {"fixes": fixes, "gap_before": bool(chunk)})
    sent: list[dict[str, Any]] = [
        {"factors": ["lighting"], "feeling": "uncomfortable", "applies": ["dark"], "note": HOSTILE},
        {"factors": ["followed"], "feeling": "frightening", "applies": ["twilight", "dark"]},
        {"factors": ["isolation"], "accuracy_m": 48},
        {"kind": "positive", "applies": ["day", "dark"]},
    ]
    for place, said in enumerate(sent):
        body = concern(walk, lon=LON + place * 0.0008, recorded_at=f"2026-02-10T19:4{place}:00Z")
        body["properties"] |= said
        phone.put(f"/concerns/{new_id()}", body)
    stop = {
        "walk": walk,
        "rubric": "stop-1",
        "recorded_at": AT,
        "geometry": {"type": "Point", "coordinates": [LON, LAT]},
        "scores": {"lighting": 1, "people": 0, "walk_path": 3},
    }
    assert phone.put(f"/audits/{new_id()}", stop).status_code == 201
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


def pin_of(phone: Phone, walk: str, place: int) -> str:
    """The address of a pin of the walk by its place in it."""
    listed = phone.get(f"/walks/{walk}/receipt").get_json()["concerns"]
    in_order = sorted(
        (phone.get(f"/concerns/{each['id']}").get_json()["properties"]["recorded_at"], each["id"])
        for each in listed
    )
    return f"/capture/walks/{walk}/pins/{in_order[place][1]}"


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_every_page_is_accessible_clean_and_as_wide_as_the_screen(
    officer: Callable[..., Visit], phone: Phone, walk: str, width: int
) -> None:
    opened = officer(width, 844)
    page = opened.page
    pin = pin_of(phone, walk, 1)
    pages = {
        "walks": "/capture/walks",
        "walk": f"/capture/walks/{walk}",
        "walk-all": f"/capture/walks/{walk}?show=all&said=saved",
        "pin": pin,
        "share": f"{pin}/share",
        "remove": f"{pin}/remove",
        "stop": f"/capture/walks/{walk}/audits/new",
    }
    for name, address in pages.items():
        opened.open(address)
        look(page, f"tidy-{name}-{width}")
        opened.assert_accessible()
        opened.assert_clean()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        small = page.evaluate("""[...document.querySelectorAll(".button, .switch, .tidy-tabs a")]
            .map((each) => each.getBoundingClientRect())
            .filter((box) => box.width && box.height < 44).length""")
        assert small == 0, name


def test_the_walk_is_on_the_map_with_its_gap(officer: Callable[..., Visit], walk: str) -> None:
    opened = officer()
    opened.open(f"/capture/walks/{walk}")
    page = opened.page
    expect(page.locator(".capture-pin")).to_have_count(4)
    expect(page.locator("path.tidy-track")).to_have_count(2)
    expect(page.locator("path.tidy-gap")).to_have_count(1)
    expect(page.locator("path.tidy-ring")).to_have_count(1)  # 48 m is drawn to scale
    expect(page.locator(".capture-item")).to_have_count(3)
    page.locator(".capture-pin").nth(1).click()
    assert page.evaluate("document.activeElement.dataset.pin")


def test_a_pin_is_dragged_and_saved(officer: Callable[..., Visit], phone: Phone, walk: str) -> None:
    opened = officer()
    path = pin_of(phone, walk, 0)
    opened.open(path)
    page = opened.page
    mark = page.locator(".capture-pin")
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    assert box
    page.mouse.move(box["x"] + 18, box["y"] + 18)
    page.mouse.down()
    page.mouse.move(box["x"] + 78, box["y"] + 18, steps=5)
    page.mouse.up()
    lon, lat = (float(each) for each in page.input_value("#place").split(","))
    assert lon > LON + 0.0001
    assert lat == pytest.approx(LAT, abs=0.0002)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".tidy-said")).to_have_text("The pin is saved.")
    said = phone.get(path.replace(f"/capture/walks/{walk}/pins", "/concerns")).get_json()
    assert said["geometry"]["coordinates"] == [lon, lat]
    assert said["properties"]["position_method"] == "moved"
    assert said["properties"]["note"] == HOSTILE
    opened.assert_clean()


def test_a_pin_is_moved_with_the_keyboard_alone(
    officer: Callable[..., Visit], phone: Phone, walk: str
) -> None:
    opened = officer()
    opened.open(pin_of(phone, walk, 0))
    page = opened.page
    page.locator("#map").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(600)
    page.locator("#use-middle").focus()
    page.keyboard.press("Enter")
    assert float(page.input_value("#place").split(",")[0]) > LON + 0.0001
    page.fill("#place", "-0.1200000, 51.4640000")
    page.locator("#place").press("Enter")
    expect(page.locator(".tidy-said")).to_have_text("The pin is saved.")


def test_a_stop_is_rated_where_the_device_is(officer: Callable[..., Visit], phone: Phone, walk: str) -> None:
    where = {"longitude": LON, "latitude": LAT, "accuracy": 12}
    opened = officer(390, 844, geolocation=where, permissions=["geolocation"])
    opened.open(f"/capture/walks/{walk}/audits/new")
    page = opened.page
    page.get_by_label("2 Light enough for the path").check()
    page.click("#my-position")
    expect(page.locator("#place-said")).to_have_text("Position: ±12 m")
    expect(page.locator("#place")).to_have_value(f"{LON:.7f}, {LAT:.7f}")
    kept = page.url.rsplit("/", 1)[1]
    page.get_by_role("button", name="Keep this stop").click()
    expect(page.locator(".tidy-said")).to_have_text("The stop is kept.")
    expect(page.locator(".tidy-audit")).to_have_count(2)
    assert phone.get(f"/audits/{kept}").get_json()["scores"] == {"lighting": 2}
    opened.assert_clean()


def test_words_are_pointed_out_while_they_are_typed(
    officer: Callable[..., Visit], phone: Phone, walk: str
) -> None:
    opened = officer(390, 844)
    opened.open(pin_of(phone, walk, 1) + "/share")
    page = opened.page
    expect(page.locator("#checked")).to_be_hidden()
    page.fill("#wording", f"{HOSTILE} Ask Priya at 12 Acre Lane")
    expect(page.locator("#findings mark")).to_have_text(["Priya", "12 Acre Lane"])
    expect(page.locator("#checked")).to_be_visible()
    look(page, "tidy-findings-390")
    opened.assert_accessible()
    page.get_by_role("button", name="Share with council").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("Check the wording")
    page.fill("#wording", "A lamp is out by the gate")
    expect(page.locator("#findings mark")).to_have_count(0)
    page.get_by_role("button", name="Share with council").click()
    expect(page.locator(".tidy-said")).to_have_text("Shared with the council.")
    assert [each for each in opened.complaints if "422" not in each] == []


def test_one_tap_shares_and_a_switch_takes_back(officer: Callable[..., Visit], walk: str) -> None:
    opened = officer(390, 844)
    opened.open(f"/capture/walks/{walk}?show=all")
    page = opened.page
    page.get_by_role("button", name="Share the one environment pin that needs no checking").click()
    first = page.locator(".capture-item").first
    expect(first.get_by_role("switch")).to_have_attribute("aria-checked", "true")
    first.get_by_role("switch").focus()
    page.keyboard.press("Space")
    expect(page.locator(".tidy-said")).to_have_text("No longer shared with the council.")
    expect(page.locator(".capture-item").first.get_by_role("switch")).to_have_attribute(
        "aria-checked", "false"
    )


def test_a_conflict_is_shown_and_read_first(officer: Callable[..., Visit], phone: Phone, walk: str) -> None:
    opened = officer(390, 844)
    path = pin_of(phone, walk, 0)
    opened.open(path)
    page = opened.page
    own = path.replace(f"/capture/walks/{walk}/pins", "/concerns")
    stored = phone.get(own)
    body = stored.get_json()
    body = {name: body[name] for name in ("type", "geometry", "properties")}
    for added in ("ward", "borough", "light", "status"):
        del body["properties"][added]
    body["properties"]["feeling"] = "acceptable"
    assert phone.put(own, body, If_Match=stored.headers["ETag"]).status_code == 200
    page.get_by_label("Frightening").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".tidy-conflict")).to_be_focused()
    expect(page.locator(".tidy-conflict tbody tr")).to_have_count(1)
    look(page, "tidy-conflict-390")
    opened.assert_accessible()
    page.get_by_role("button", name="Keep mine").click()
    expect(page.locator(".tidy-said")).to_have_text("The pin is saved.")
    assert phone.get(own).get_json()["properties"]["feeling"] == "frightening"


def test_without_scripts_all_of_it_works(officer: Callable[..., Visit], phone: Phone, walk: str) -> None:
    opened = officer(scripts=False)
    opened.open(pin_of(phone, walk, 2))
    page = opened.page
    assert page.locator("#map").is_hidden()
    page.get_by_label("Frightening").check()
    page.get_by_role("button", name="Save").click()
    assert page.get_by_text("The pin is saved.").is_visible()
    page.get_by_role("link", name=re.compile("Check the wording")).click()
    page.fill("#wording", "Ask Priya")
    page.get_by_role("button", name="Share with council").click()
    assert page.get_by_text("These words could tell who somebody is.").is_visible()
    page.locator("#checked").check()
    page.get_by_role("button", name="Share with council").click()
    assert page.get_by_text("Shared with the council.").is_visible()
