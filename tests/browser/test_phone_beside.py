"""What an officer keeps beside pins: stops of a safety audit, and the mark that a pin may be a crime."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.phones import LAT, LON, Way, begin, end, kept_for_offline, pin, ready
from tests.browser.test_phone import look, things, walk_of
from tests.web.capture_phone import Phone

pytestmark = pytest.mark.usefixtures("squares")
Street = Callable[..., Visit]


@pytest.fixture
def site(way: Way) -> str:
    """Visits go by the way that can be made bad."""
    return way.site


def open_audit(page: Page) -> None:
    page.click("#walk [data-do=settings]")
    page.click("#settings [data-do=audit]")
    page.wait_for_selector("#audit[open]")


def level(page: Page, parameter: str, value: int) -> None:
    page.locator(f"#audit [name={parameter}][value='{value}']").check()


def mark(page: Page) -> None:
    page.click("#sheet [data-do=crime]")
    expect(page.locator("#crime-word")).to_have_text("Take the mark off")


def open_pin(page: Page) -> None:
    page.locator("#map .leaflet-marker-icon .mark").first.click()
    page.wait_for_selector("#sheet[open]")


def targets_too_small(page: Page, within: str) -> list[str]:
    """What can be pressed there and is under 48 px high or wide."""
    found: list[str] = page.evaluate(
        """(within) => Array.from(document.querySelectorAll(
             `${within} button, ${within} a, ${within} .chip`))
           .filter((each) => each.checkVisibility()).map((each) => [each, each.getBoundingClientRect()])
           .filter(([, box]) => box.width < 48 || box.height < 48)
           .map(([each, box]) => `${each.outerHTML.slice(0, 80)} ${box.width} ${box.height}`)""",
        within,
    )
    return found


def test_a_stop_is_rated_without_signal_and_received_later(street: Street, way: Way, desk: Phone) -> None:
    opened = street()
    page = opened.page
    kept_for_offline(page)
    way.server.kill()
    page.context.set_offline(True)
    page.goto(f"{opened.site}/capture/")
    ready(page)
    begin(page)
    open_audit(page)
    assert page.locator("#audit fieldset").count() == 8
    assert targets_too_small(page, "#audit") == []
    opened.assert_accessible()
    look(page, "audit")
    assert [each["kind"] for each in things(page) if each["kind"] == "audit"] == []
    level(page, "lighting", 1)
    expect(page.locator("#audit-title")).to_have_text("Stop 1 is kept")
    level(page, "people", 0)
    level(page, "security", 2)
    page.locator("#audit [name=security][value='2']").click()  # pressed again: taken back
    expect(page.locator("#audit-state")).to_have_text("2 of 8 rated, you can stop here")
    look(page, "audit-rated")
    page.click("#audit .slab")
    assert "lighting" not in str(things(page))
    end(page)
    expect(page.locator("#receipt-beside")).to_have_text("1 stop rated, 0 received")
    expect(page.locator("#stops-list")).to_contain_text("Kept on this phone, to be sent")
    expect(page.locator("#finish")).to_have_text("Finish, send later")
    opened.assert_accessible()
    way.server.start()
    page.context.set_offline(False)
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    expect(page.locator("#receipt-beside")).to_have_text("1 stop rated, 1 received")
    expect(page.locator("#stops-list")).to_contain_text("Received")
    look(page, "audit-done")
    receipt = desk.get(f"/walks/{walk_of(page)}/receipt").get_json()
    assert receipt["concerns"] == []
    (one,) = receipt["audits"]
    stored = desk.get(f"/audits/{one['id']}").get_json()
    assert one["id"][14] == "7"  # UUIDv7
    assert stored["rubric"] == "stop-1"
    assert stored["scores"] == {"lighting": 1, "people": 0}
    assert stored["geometry"] == {"type": "Point", "coordinates": [LON, LAT]}
    assert stored["accuracy_m"] == 6
    page.click("#finish")
    expect(page.locator("#start")).to_be_visible()
    assert things(page) == []


def test_a_phone_is_not_cleared_before_a_stop_is_received(street: Street, way: Way, desk: Phone) -> None:
    page = street().page
    begin(page)
    way.rule = lambda method, path: "refuse" if method == "PUT" and "/audits/" in path else "pass"
    pin(page)
    open_audit(page)
    level(page, "openness", 3)
    page.click("#audit .slab")
    end(page)
    expect(page.locator("#receipt-count")).to_have_text("1 captured, 1 received", timeout=60_000)
    expect(page.locator("#receipt-beside")).to_have_text("1 stop rated, 0 received")
    expect(page.locator("#receipt-tick")).to_be_hidden()
    expect(page.locator("#finish")).to_have_text("Finish, send later")
    page.click("#finish")
    assert [each["kind"] for each in things(page) if each["kind"] == "audit"] == ["audit"]
    # The answer is lost after the server has stored it: sent again, it is there once.
    lost: list[str] = []

    def lose_one(method: str, path: str) -> str:
        if method == "PUT" and "/audits/" in path and not lost:
            lost.append(path)
            return "drop"
        return "pass"

    way.rule = lose_one
    page.get_by_role("button", name="Tidy up").click()
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    assert lost
    assert len(desk.get(f"/walks/{walk_of(page)}/receipt").get_json()["audits"]) == 1


def test_a_stop_changed_and_removed_after_it_was_received(street: Street, desk: Phone) -> None:
    page = street().page
    begin(page)
    open_audit(page)
    level(page, "lighting", 0)
    page.click("#audit .slab")
    end(page)
    expect(page.locator("#receipt-beside")).to_have_text("1 stop rated, 1 received", timeout=60_000)
    walk = walk_of(page)
    path = f"/audits/{desk.get(f'/walks/{walk}/receipt').get_json()['audits'][0]['id']}"
    # A desk rates something else meanwhile: both stay, level by level.
    before = desk.get(path)
    body = {name: value for name, value in before.get_json().items() if name not in {"id", "light"}}
    page.context.set_offline(True)
    changed = body | {"scores": {"lighting": 0, "people": 3}}
    assert desk.put(path, changed, If_Match=before.headers["ETag"]).status_code == 200
    page.get_by_role("button", name="Change stop 1").click()
    level(page, "walk_path", 2)
    page.click("#audit .slab")
    page.context.set_offline(False)
    expect(page.locator("#receipt-beside")).to_have_text("1 stop rated, 1 received", timeout=60_000)
    assert desk.get(path).get_json()["scores"] == {"lighting": 0, "people": 3, "walk_path": 2}
    page.get_by_role("button", name="Change stop 1").click()
    page.click("[data-do=audit-remove]")
    page.click("#ask-yes")
    expect(page.locator("#stops")).to_be_hidden()
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    assert desk.get(path).status_code == 410


def test_a_mark_of_a_crime_goes_by_the_outbox(street: Street, way: Way, desk: Phone) -> None:
    opened = street()
    page = opened.page
    begin(page)
    way.rule = lambda method, _path: "refuse" if method == "PUT" else "pass"
    page.click("#pin")
    page.wait_for_selector("#sheet[open]")
    expect(page.locator("#sheet")).to_contain_text("happening now: call 999")
    mark(page)
    expect(page.locator("#crime-words")).to_have_text(
        "May be a crime · Kept on this phone, to be sent. Nothing has been reported by this."
    )
    page.locator("#crime-calls").scroll_into_view_if_needed()
    assert targets_too_small(page, "#sheet section") == []
    look(page, "crime")
    opened.assert_accessible()
    page.click("#sheet .slab")
    end(page)
    expect(page.locator("#receipt-beside")).to_have_text("1 possible crime marked, 0 received")
    expect(page.locator("#pins")).to_contain_text("May be a crime · Kept on this phone, to be sent")
    walk = walk_of(page)
    lost: set[str] = set()

    def lose_each_once(method: str, path: str) -> str:
        if method == "PUT" and path not in lost:
            lost.add(path)
            return "drop"
        return "pass"

    way.rule = lose_each_once
    page.click("#finish")
    page.get_by_role("button", name="Tidy up").click()
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    assert any(path.endswith("/crime") for path in lost)
    receipt = desk.get(f"/walks/{walk}/receipt").get_json()
    assert [each["concern"] for each in receipt["crimes"]] == [each["id"] for each in receipt["concerns"]]
    look(page, "crime-done")
    opened.assert_accessible()
    # It does not go to the council in passing: its words are looked at first.
    expect(page.locator("#share-all")).to_be_hidden()
    page.get_by_role("switch").click(force=True)
    expect(page.locator("#wording-crime")).to_be_visible()
    page.keyboard.press("Escape")
    # Taken off from the list's own sheet, while there is no signal.
    page.context.set_offline(True)
    page.locator("#pins .row__todo").click()
    page.click("#sheet [data-do=crime]")
    expect(page.locator("#crime-words")).to_have_text("The mark is being taken off")
    page.click("#sheet .slab")
    expect(page.locator("#finish")).to_have_text("Finish, send later")
    page.context.set_offline(False)
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    assert desk.get(f"/walks/{walk}/receipt").get_json()["crimes"] == []


def test_a_mark_goes_with_its_pin(street: Street, desk: Phone) -> None:
    page = street().page
    begin(page)
    page.click("#pin")
    mark(page)
    page.click("#sheet .slab")
    expect(page.locator("#tally")).to_have_text("All 1 received", timeout=60_000)
    walk = walk_of(page)
    open_pin(page)
    page.click("#sheet [data-do=remove]")
    expect(page.locator("#tally")).to_have_text("Nothing kept yet")
    end(page)
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    receipt: dict[str, Any] = desk.get(f"/walks/{walk}/receipt").get_json()
    assert (receipt["concerns"], receipt["crimes"]) == ([], [])
    assert [each["kind"] for each in things(page) if each["kind"] == "mark"] == []


def test_a_colleague_takes_a_mark_off(street: Street, desk: Phone) -> None:
    page = street().page
    begin(page)
    page.click("#pin")
    mark(page)
    page.click("#sheet .slab")
    expect(page.locator("#tally")).to_have_text("All 1 received", timeout=60_000)
    walk = walk_of(page)
    end(page)
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    (one,) = desk.get(f"/walks/{walk}/receipt").get_json()["crimes"]
    assert desk("DELETE", f"/concerns/{one['concern']}/crime").status_code == 204
    page.reload()
    ready(page)
    page.get_by_role("button", name="Tidy up").click()
    expect(page.locator("#receipt-beside")).to_be_hidden()
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    assert desk.get(f"/walks/{walk}/receipt").get_json()["crimes"] == []


def test_a_choice_pressed_again_is_taken_back(street: Street, desk: Phone) -> None:
    page = street().page
    begin(page)
    pin(page, "Frightening")
    expect(page.locator("#tally")).to_have_text("All 1 received", timeout=60_000)
    open_pin(page)
    frightening = page.locator("#sheet").get_by_label("Frightening", exact=True)
    frightening.click()
    expect(frightening).not_to_be_checked()
    page.click("#sheet .slab")
    page.wait_for_timeout(300)
    expect(page.locator("#tally")).to_have_text("All 1 received", timeout=60_000)
    (one,) = desk.get(f"/walks/{walk_of(page)}/receipt").get_json()["concerns"]
    assert "feeling" not in desk.get(f"/concerns/{one['id']}").get_json()["properties"]
