"""The app on an emulated phone: offline, lost answers, two phones at one pin, receipt, what stays private."""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.phones import (
    LAT,
    LON,
    Way,
    begin,
    end,
    kept_for_offline,
    pin,
    ready,
    sign_in,
    wait_until,
    wrong_clock,
)
from tests.web.capture_phone import Phone

pytestmark = pytest.mark.usefixtures("squares")
# The modules by which both page and worker send.
SENDER = {
    "sender",
    "outbox",
    "deliver",
    "store",
    "things",
    "net",
    "keys",
    "merge",
    "canonical",
    "clock",
    "ids",
    "reserve",
}
HOSTILE = "<img src=x onerror=alert(1)> ${7*7} `x`"


@pytest.fixture
def site(way: Way) -> str:
    """Visits go by the way that can be made bad."""
    return way.site


def look(page: Page, name: str) -> None:
    """Keep a picture where LOOK says, for people who build the page."""
    if folder := os.environ.get("LOOK"):
        page.screenshot(path=f"{folder}/{name}.png")


def things(page: Page) -> list[dict[str, Any]]:
    """What lies in the phone's store, as it lies there."""
    found: str = page.evaluate(
        """new Promise((resolve) => {
          const opening = indexedDB.open("lamplight-capture");
          opening.onsuccess = () => {
            const all = opening.result.transaction("things").objectStore("things").getAll();
            all.onsuccess = () => { opening.result.close();
              resolve(JSON.stringify(all.result.map(({ box, iv, ...clear }) => ({ ...clear,
                box: new TextDecoder("latin1").decode(box) })))); };
          };
        })"""
    )
    return list(json.loads(found))


def walk_of(page: Page) -> str:
    return str(next(each["walk"] for each in things(page) if each["kind"] == "walk"))


def test_a_walk_from_start_to_receipt(street: Callable[..., Visit], desk: Phone) -> None:
    opened = street()
    page = opened.page
    look(page, "start")
    opened.assert_accessible()
    page.click("[data-do=more]")
    page.click("[data-do=more]")
    begin(page)
    pin(page, "Uncomfortable", "Lighting", "Dark")
    expect(page.locator("#toast")).to_contain_text("Pin 1 kept")
    look(page, "walk")
    pin(page, "Works well here")
    page.click("#pin")
    opened.assert_accessible()
    look(page, "pin")
    page.click("#sheet .slab")
    expect(page.locator("#tally")).to_have_text("All 3 received")
    opened.assert_accessible()
    walk = walk_of(page)
    end(page)
    expect(page.locator("#receipt-count")).to_have_text("3 captured, 3 received")
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone")
    look(page, "done")
    opened.assert_accessible()
    stored = desk.get(f"/walks/{walk}").get_json()
    assert stored["participants"] == 2
    assert stored["ended_at"]
    receipt = desk.get(f"/walks/{walk}/receipt").get_json()
    assert len(receipt["concerns"]) == 3
    assert len(receipt["chunks"]) >= 1
    first = desk.get(f"/concerns/{receipt['concerns'][0]['id']}").get_json()
    assert first["geometry"] == {"type": "Point", "coordinates": [LON, LAT]}
    assert first["properties"]["accuracy_m"] == 6
    assert first["properties"]["position_method"] == "gps"
    page.click("#finish")
    expect(page.locator("#start")).to_be_visible()
    assert things(page) == []
    opened.assert_clean()


def test_a_pin_is_on_disk_within_100_ms(street: Callable[..., Visit]) -> None:
    page = street().page
    begin(page)
    for _ in range(5):
        pin(page)
    took = page.evaluate("performance.getEntriesByName('pin kept').map((each) => each.duration)")
    assert len(took) == 5
    assert sorted(took)[2] < 100


def test_it_opens_and_works_without_signal_after_one_visit(street: Callable[..., Visit], way: Way) -> None:
    opened = street()
    page = opened.page
    kept_for_offline(page)
    way.server.kill()
    page.context.set_offline(True)
    way.log.clear()
    page.goto(f"{opened.site}/capture/")
    ready(page)
    begin(page)
    expect(page.locator("#bar span")).to_have_text("No signal. Pins are kept on this phone.")
    expect(page.locator("#map .leaflet-marker-icon").first).to_be_attached()
    pin(page, "Frightening", "Followed")
    expect(page.locator("#tally")).to_have_text("1 kept on this phone, 0 received")
    end(page)
    expect(page.locator("#receipt-count")).to_have_text("1 captured, ? received")
    expect(page.locator("#finish")).to_have_text("Finish, send later")
    assert way.log == []
    way.server.start()
    page.context.set_offline(False)
    expect(page.locator("#receipt-count")).to_have_text("1 captured, 1 received")
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone")


def test_the_first_load_is_small(street: Callable[..., Visit], way: Way) -> None:
    page = street().page
    kept_for_offline(page)
    fetched = [path for _method, path, _what in way.log if path.startswith("/capture/files/")]
    # A browser fetches a worker's modules without cookies, and keeps such answers apart from the page's.
    sender = {f"js/app/{each}.js" for each in SENDER} | {"vendor/idb/index.js"}
    again = {each.split("/", 4)[4] for each in fetched if fetched.count(each) > 1}
    assert again <= sender, "the worker takes what the page has fetched"
    assert max(fetched.count(each) for each in fetched) <= 2
    assert sum(size for path, size in way.sizes if path.startswith(("/capture", "/static/img"))) < 300_000
    way.log.clear()
    page.goto(f"{way.site}/capture/")
    ready(page)
    page.wait_for_timeout(1500)  # meanwhile the browser looks for another version of the worker
    assert [path for _method, path, _what in way.log if path == "/capture/" or "/files/" in path] == []


def test_answers_that_are_lost_store_nothing_twice(
    street: Callable[..., Visit], way: Way, desk: Phone
) -> None:
    page = street().page
    begin(page)
    lost: set[str] = set()

    def lose_each_once(method: str, path: str) -> str:
        if method == "PUT" and path not in lost:
            lost.add(path)
            return "drop"
        return "pass"

    way.rule = lose_each_once
    pin(page, "Frightening")
    pin(page)
    expect(page.locator("#tally")).to_have_text("All 2 received", timeout=60_000)
    assert len(lost) >= 2
    assert len(desk.get(f"/walks/{walk_of(page)}/receipt").get_json()["concerns"]) == 2


def test_changed_after_a_lost_answer(street: Callable[..., Visit], way: Way, desk: Phone) -> None:
    page = street().page
    begin(page)
    expect_walk_sent(page)
    way.rule = lambda method, path: "drop" if method == "PUT" and "/concerns/" in path else "pass"
    pin(page, "Frightening")
    wait_until(page, "document.querySelector('#bar span').textContent.startsWith('No answer')")
    page.locator("#map .leaflet-marker-icon .mark").first.click()
    page.locator("#sheet").get_by_label("Acceptable").check()
    page.click("#sheet .slab")
    way.calm()
    expect(page.locator("#tally")).to_have_text("All 1 received", timeout=60_000)
    kept = desk.get(f"/walks/{walk_of(page)}/receipt").get_json()["concerns"]
    assert len(kept) == 1
    assert desk.get(f"/concerns/{kept[0]['id']}").get_json()["properties"]["feeling"] == "acceptable"


def expect_walk_sent(page: Page) -> None:
    expect(page.locator("#tally")).to_have_text("Nothing kept yet")
    page.wait_for_timeout(400)


def changed_elsewhere(desk: Phone, concern_id: str, **said: Any) -> None:
    """Change a concern as another phone does."""
    stored = desk.get(f"/concerns/{concern_id}")
    body = stored.get_json()
    for name in ("ward", "borough", "light", "status"):
        del body["properties"][name]
    del body["id"]
    body["properties"] |= said
    answer = desk.put(f"/concerns/{concern_id}", body, If_Match=stored.headers["ETag"])
    assert answer.status_code == 200


def test_two_phones_at_one_pin_lose_neither_side(street: Callable[..., Visit], desk: Phone) -> None:
    page = street().page
    begin(page)
    pin(page, "Frightening")
    expect(page.locator("#tally")).to_have_text("All 1 received")
    kept = desk.get(f"/walks/{walk_of(page)}/receipt").get_json()["concerns"][0]["id"]
    page.context.set_offline(True)
    changed_elsewhere(desk, kept, setting="park")
    page.locator("#map .leaflet-marker-icon .mark").first.click()
    page.locator("#sheet").get_by_label("Lighting").check()
    page.click("#sheet .slab")
    page.context.set_offline(False)
    expect(page.locator("#tally")).to_have_text("All 1 received", timeout=60_000)
    said = desk.get(f"/concerns/{kept}").get_json()["properties"]
    assert (said["setting"], said["factors"], said["feeling"]) == ("park", ["lighting"], "frightening")

    page.context.set_offline(True)
    changed_elsewhere(desk, kept, feeling="comfortable")
    page.locator("#map .leaflet-marker-icon .mark").first.click()
    page.locator("#sheet").get_by_label("Uncomfortable").check()
    page.click("#sheet .slab")
    page.context.set_offline(False)
    end(page)
    row = page.locator("#pins .row")
    expect(row).to_contain_text("Changed on another phone too. Choose which to keep.", timeout=60_000)
    expect(page.locator("#finish")).to_have_text("Finish, send later")
    row.get_by_role("button", name="Choose which to keep").click()
    look(page, "differs")
    page.click("[data-do=ours]")
    page.click("#sheet .slab")
    expect(page.locator("#receipt-count")).to_have_text("1 captured, 1 received", timeout=60_000)
    assert desk.get(f"/concerns/{kept}").get_json()["properties"]["feeling"] == "uncomfortable"


def test_removed_elsewhere_is_said_and_holds_up_nothing(street: Callable[..., Visit], desk: Phone) -> None:
    page = street().page
    begin(page)
    pin(page)
    expect(page.locator("#tally")).to_have_text("All 1 received")
    kept = desk.get(f"/walks/{walk_of(page)}/receipt").get_json()["concerns"][0]["id"]
    page.context.set_offline(True)
    desk("DELETE", f"/concerns/{kept}")
    page.locator("#map .leaflet-marker-icon .mark").first.click()
    page.locator("#sheet").get_by_label("Frightening").check()
    page.click("#sheet .slab")
    pin(page)
    page.context.set_offline(False)
    end(page)
    expect(page.locator("#receipt-count")).to_have_text("1 captured, 1 received", timeout=60_000)
    expect(page.locator("#trouble")).to_contain_text("Removed on another phone.")
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone")


def test_undo_removes_it_everywhere(street: Callable[..., Visit], desk: Phone) -> None:
    page = street().page
    begin(page)
    pin(page)
    pin(page)
    page.click("[data-do=undo]")
    expect(page.locator("#tally")).to_have_text("All 1 received")
    wait_until(page, "true")
    page.wait_for_timeout(500)
    assert len(desk.get(f"/walks/{walk_of(page)}/receipt").get_json()["concerns"]) == 1
    end(page)
    expect(page.locator("#receipt-count")).to_have_text("1 captured, 1 received")


def test_a_sign_in_that_ended_drops_nothing(street: Callable[..., Visit], personas: dict[str, Any]) -> None:
    opened = street()
    page = opened.page
    begin(page)
    page.context.clear_cookies()
    pin(page, "Frightening")
    expect(page.locator("#bar")).to_contain_text("Signed out. Still recording; sign in to send.")
    pin(page)
    sign_in(page, opened.site, personas["brixton_officer"].email)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#tally")).to_have_text("All 2 received", timeout=60_000)


def test_somebody_else_on_the_same_phone_reads_nothing(
    street: Callable[..., Visit], personas: dict[str, Any], way: Way
) -> None:
    opened = street()
    page = opened.page
    begin(page)
    way.rule = lambda method, _path: "refuse" if method == "PUT" else "pass"
    page.click("#pin")
    page.click("#sheet [data-do=note]")
    page.fill("#note", HOSTILE)
    page.click("#sheet .slab")
    end(page)
    lying = things(page)
    assert HOSTILE not in json.dumps(lying)
    assert "recorded_at" not in json.dumps(lying)
    page.click("#finish")
    page.click("#start [data-do=settings]")
    page.click("#sign-out")
    expect(page.locator("#ask-words")).to_contain_text("locked until you sign in here again")
    page.click("#ask-yes")
    page.wait_for_url("**/login**")
    sign_in(page, opened.site, personas["peckham_officer"].email)
    expect(page.locator("#kept")).to_be_hidden()
    keys = page.evaluate(
        """new Promise((resolve) => { const opening = indexedDB.open("lamplight-capture");
        opening.onsuccess = () => {
          const store = opening.result.transaction("people").objectStore("people");
          const all = store.getAll();
          all.onsuccess = () => { opening.result.close();
            resolve(all.result.map((each) =>
              [each.team, Boolean(each.key), each.key?.extractable])); }; }; })"""
    )
    assert sorted(keys) == [["Brixton", False, None], ["Peckham", True, False]]
    way.calm()
    page.context.clear_cookies()
    sign_in(page, opened.site, personas["brixton_officer"].email)
    page.get_by_role("button", name="Tidy up").click()
    expect(page.locator("#receipt-count")).to_have_text("1 captured, 1 received", timeout=60_000)


@pytest.mark.parametrize("days", [-2, 2])
def test_a_clock_that_is_days_wrong(street: Callable[..., Visit], desk: Phone, days: int) -> None:
    opened = street()
    page = opened.page
    kept_for_offline(page)
    page.context.add_init_script(wrong_clock(days * 86_400_000))
    page.context.set_offline(True)
    page.reload()
    ready(page)
    begin(page)
    pin(page)
    end(page)
    page.context.set_offline(False)
    expect(page.locator("#receipt-count")).to_have_text("1 captured, 1 received", timeout=60_000)
    expect(page.locator("#warning")).to_contain_text("2 days")
    kept = desk.get(f"/walks/{walk_of(page)}/receipt").get_json()["concerns"][0]["id"]
    said = desk.get(f"/concerns/{kept}").get_json()["properties"]["recorded_at"]
    right = page.evaluate(f"Date.now() - {days * 86_400_000} - Date.parse('{said}')")
    assert 0 <= right < 120_000


def test_two_tabs_send_and_number_as_one(street: Callable[..., Visit], desk: Phone) -> None:
    opened = street()
    page = opened.page
    begin(page)
    other = page.context.new_page()
    other.goto(f"{opened.site}/capture/")
    ready(other)
    other.get_by_role("button", name="Go on").click()
    expect(other.locator("#hud-time-word")).to_have_text("recorded in another tab")
    other.get_by_text("position: good").wait_for()
    for _ in range(3):
        pin(page)
        pin(other)
    expect(other.locator("#tally")).to_have_text("All 6 received", timeout=60_000)
    numbers = sorted(each["number"] for each in things(page) if each["kind"] == "concern")
    assert numbers == [1, 2, 3, 4, 5, 6]
    assert len(desk.get(f"/walks/{walk_of(page)}/receipt").get_json()["concerns"]) == 6
