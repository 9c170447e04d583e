"""What else a pin can have on the phone: a photo, a voice note, a stretch, another place; and sharing it."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from PIL import Image
from playwright.sync_api import Page, expect

from spatial.light import sun_elevation
from tests.browser.conftest import Visit
from tests.browser.phones import LAT, LON, Way, begin, end, pin
from tests.browser.test_phone import look, things, walk_of
from tests.web.capture_phone import Phone

pytestmark = pytest.mark.usefixtures("squares")
Street = Callable[..., Visit]


@pytest.fixture
def site(way: Way) -> str:
    """Visits go by the way that can be made bad."""
    return way.site


def stored(desk: Phone, page: Page) -> list[dict[str, Any]]:
    """The walk's concerns as the server has them."""
    found = desk.get(f"/walks/{walk_of(page)}/receipt").get_json()["concerns"]
    return [desk.get(f"/concerns/{each['id']}").get_json() for each in found]


def with_metadata() -> bytes:
    """A JPEG that says where and with what it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "Phone of Ana"
    exif[0x8825] = {1: "N", 2: (51.0, 27.0, 48.0)}
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (90, 120, 60)).save(out, "JPEG", exif=exif.tobytes())
    assert b"Phone of Ana" in out.getvalue()
    return out.getvalue()


def test_a_photo_leaves_the_phone_without_metadata(street: Street, way: Way, desk: Phone) -> None:
    opened = street()
    page = opened.page
    begin(page)
    bodies: list[bytes] = []
    page.on("request", lambda r: bodies.append(r.post_data_buffer or b"") if "/photo" in r.url else None)
    page.click("#pin")
    page.set_input_files("#photo", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": with_metadata()})
    expect(page.locator("#photo-field")).to_be_visible()
    opened.assert_accessible()
    page.click("#sheet .slab")
    end(page)
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    kept = desk.get(f"/walks/{walk_of(page)}/receipt").get_json()["photos"]
    assert len(kept) == 1
    (concern,) = stored(desk, page)
    photo = desk.get(f"/concerns/{concern['id']}/photo").data
    for each in (*bodies, photo):
        assert b"Ana" not in each
        assert b"Exif" not in each
    assert Image.open(io.BytesIO(photo)).size == (640, 480)
    assert way.log


def test_what_is_no_picture_is_said(street: Street) -> None:
    page = street().page
    begin(page)
    page.click("#pin")
    page.set_input_files("#photo", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"<script>"})
    expect(page.locator("#sheet-why")).to_have_text("This picture cannot be read. Take it again.")


def test_a_stretch_is_pressed_walked_and_pressed(street: Street, desk: Phone) -> None:
    page = street().page
    begin(page)
    page.click("[data-do=route]")
    expect(page.locator("#route-word")).to_have_text("End stretch")
    for step in range(1, 4):
        page.context.set_geolocation({"longitude": LON + step * 0.0002, "latitude": LAT, "accuracy": 5})
        page.wait_for_timeout(600)
    page.click("[data-do=route]")
    expect(page.locator("#sheet-title")).to_have_text("Stretch 1 is kept")
    page.click("#sheet .slab")
    expect(page.locator("#tally")).to_have_text("All 1 received")
    (concern,) = stored(desk, page)
    line = concern["geometry"]["coordinates"]
    assert line[0] == [LON, LAT]
    assert line[-1] == [round(LON + 0.0006, 7), LAT]
    assert len(line) >= 3
    assert concern["properties"]["position_method"] == "gps"


def test_without_leave_to_know_the_place_the_map_is_tapped(street: Street, desk: Phone) -> None:
    opened = street(permissions=[])
    page = opened.page
    page.click("[data-do=begin]")
    expect(page.locator("#denied")).to_be_visible()
    page.wait_for_selector("#map .leaflet-map-pane", state="attached")
    look(page, "denied")
    opened.assert_accessible()
    pin(page)
    expect(page.locator("#toast")).to_contain_text("Without a place")
    page.wait_for_timeout(8_500)
    page.mouse.click(200, 480)
    expect(page.locator("#tally")).to_have_text("All 1 received")
    page.mouse.click(120, 520)
    page.click("[data-do=pin-here]")
    page.click("#sheet .slab")
    expect(page.locator("#tally")).to_have_text("All 2 received")
    assert {each["properties"]["position_method"] for each in stored(desk, page)} == {"map"}


def test_sharing_is_off_until_the_words_are_checked(street: Street, desk: Phone) -> None:
    opened = street()
    page = opened.page
    begin(page)
    pin(page, "Frightening", "Followed")
    pin(page, "Uncomfortable", "Lighting")
    pin(page, "Uncomfortable", "Isolation")
    end(page)
    page.locator("[name=which][value=all]").check()
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    switches = page.get_by_role("switch")
    expect(switches).to_have_count(3)
    for number in range(3):
        expect(switches.nth(number)).to_have_attribute("aria-checked", "false")
    page.click("#share-all")
    expect(page.get_by_text("Shared", exact=True)).to_have_count(2, timeout=60_000)
    blocked = page.get_by_role("switch", name="Share pin 1 with council")
    expect(blocked).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Check the wording").click()
    expect(page.locator("#wording")).to_be_visible()
    page.fill("#wording-text", "Call Ana on 07700 900123")
    expect(page.locator("#wording-found")).to_contain_text("It looks like a phone number.")
    look(page, "wording")
    opened.assert_accessible()
    page.click("[data-do=wording-keep]")
    expect(page.locator("#wording")).to_be_visible()
    page.fill("#wording-text", "The path behind the shops")
    expect(page.locator("#wording-found li")).to_have_count(0)
    page.click("[data-do=wording-keep]")
    page.get_by_role("switch", name="Share pin 1 with council").click()
    expect(page.get_by_text("Shared", exact=True)).to_have_count(3, timeout=60_000)
    look(page, "shared")
    opened.assert_accessible()
    assert [each["properties"]["status"] for each in stored(desk, page)] == ["shared"] * 3
    page.get_by_role("switch", name="Share pin 2 with council").click()
    expect(page.get_by_text("Not shared", exact=True)).to_have_count(1, timeout=60_000)
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    assert [each["properties"]["status"] for each in stored(desk, page)].count("shared") == 2


def test_what_is_refused_holds_up_nothing_and_can_be_discarded(street: Street, desk: Phone) -> None:
    opened = street()
    page = opened.page
    begin(page)
    page.context.set_geolocation({"longitude": 2.35, "latitude": 48.85, "accuracy": 5})  # Paris
    page.wait_for_timeout(600)
    pin(page, "Frightening")
    page.context.set_geolocation({"longitude": LON, "latitude": LAT, "accuracy": 5})
    page.wait_for_timeout(600)
    pin(page, "Acceptable")
    end(page)
    expect(page.locator("#receipt-count")).to_have_text("2 captured, 1 received", timeout=60_000)
    expect(page.locator("#trouble-list")).to_contain_text("Pin 1")
    look(page, "refused")
    opened.assert_accessible()
    with page.expect_download() as file:
        page.click("[data-do=export]")
    text = file.value.path().read_text()
    assert '"frightening"' in text
    assert "acceptable" not in text
    row = page.locator("#trouble-list li", has_text="Pin 1")
    row.get_by_role("button", name="Discard").click()
    page.click("#ask-yes")
    expect(page.locator("#receipt-count")).to_have_text("1 captured, 1 received", timeout=60_000)
    assert len(stored(desk, page)) == 1


def test_a_page_that_was_hidden_leaves_a_gap_with_its_reason(street: Street, desk: Phone) -> None:
    page = street().page
    begin(page)
    page.wait_for_timeout(500)
    page.reload()
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("position: good").wait_for()
    end(page)
    expect(page.locator("#fact-gaps")).to_have_text("1 gap")
    expect(page.locator("#fact-gap")).to_contain_text("the app was closed")
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    assert len(desk.get(f"/walks/{walk_of(page)}/receipt").get_json()["chunks"]) == 2


def test_a_voice_note_stays_on_the_phone(street: Street, way: Way) -> None:
    page = street().page
    begin(page)
    pin(page, "Frightening")
    expect(page.locator("#tally")).to_have_text("All 1 received")
    page.evaluate(  # a microphone of this test's own
        """(() => { const audio = new AudioContext(); const to = audio.createMediaStreamDestination();
        const tone = audio.createOscillator(); tone.connect(to); tone.start();
        navigator.mediaDevices.getUserMedia = async () => to.stream; })()"""
    )
    way.log.clear()
    page.locator("#map .mark").first.dispatch_event("click")
    page.click("#voice")
    expect(page.locator("#voice")).to_have_text("Stop")
    page.wait_for_timeout(1_200)
    page.click("#voice")
    expect(page.locator("#voice-words")).to_contain_text("It stays on this phone")
    page.click("#sheet .slab")
    end(page)
    expect(page.locator("#pins")).to_contain_text("Type up the voice note")
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    assert not [path for _method, path, _what in way.log if "voice" in path]
    assert [each["kind"] for each in things(page)].count("voice") == 1
    page.get_by_role("button", name="Type up the voice note").click()
    page.click("[data-do=voice-drop]")
    expect(page.locator("#voice-field")).to_be_hidden()
    assert [each["kind"] for each in things(page)].count("voice") == 0


@pytest.mark.parametrize("width", [320, 390, 640, 1280])
def test_it_fits_the_screen(street: Street, width: int) -> None:
    page = street(width).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    begin(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.evaluate(
        """[...document.querySelectorAll("button, a, input")].filter((each) => each.checkVisibility())
        .map((each) => each.getBoundingClientRect()).map((box) => Math.min(box.width, box.height))"""
    )
    assert min(size for size in sizes if size > 1) >= 48
    look(page, f"walk-{width}")


def module(page: Page, name: str, expression: str) -> Any:
    """Work out an expression of one of the app's modules, as `m`."""
    main = page.evaluate("document.querySelector('script[type=module]').src")
    address = main.replace("main.js", name)
    return page.evaluate(f"import('{address}').then((m) => {expression})")


def test_the_sun_is_where_the_server_has_it(street: Street) -> None:
    page = street().page
    moments = list(range(1_767_225_600_000, 1_798_761_600_000, 2_000_003_000))
    here = module(page, "sun.js", f"{moments}.map((ms) => m.elevation({LON}, {LAT}, ms))")
    for ms, elevation in zip(moments, here, strict=True):
        there = sun_elevation(LON, LAT, datetime.fromtimestamp(ms / 1000, UTC))
        assert abs(elevation - there) < 0.1, ms


def test_bodies_are_written_as_rfc_8785_has_them(street: Street) -> None:
    page = street().page
    value: Any = {
        "é": 1,
        "e": [0.1, 1e21, 1e-7, -0.0, LAT],
        "\U0001f600": 'a"\\\n\u0007é',
        "ﬁ": {"b": None, "a": True},
    }
    canonical = rfc8785.dumps(value).decode()
    quoted = json.dumps(json.dumps(value))
    assert module(page, "canonical.js", f"m.canonical(JSON.parse({quoted}))") == canonical
