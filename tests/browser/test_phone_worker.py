"""Sending without the app: the page is closed, the browser wakes the worker, and what waits is sent."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, Playwright, expect

from tests.browser.phones import Pocket, Way, begin, end, kept_for_offline, pin, ready, sign_in, wait_until
from tests.browser.test_phone import things, walk_of
from tests.conftest import PASSWORD
from tests.web.capture_phone import Phone

pytestmark = pytest.mark.usefixtures("squares")


@pytest.fixture
def pocket(playwright: Playwright, tmp_path: Path, way: Way) -> Iterator[Pocket]:
    made = Pocket(playwright, tmp_path / "phone", way.site)
    yield made
    made.kill()


class Browser:
    """What the browser itself does: it ends workers that idle, and wakes them when there is signal."""

    def __init__(self, pocket: Pocket, page: Page) -> None:
        self.site, self.page = pocket.site, page
        self.cdp: CDPSession = pocket.context.new_cdp_session(page)
        self.registrations: dict[str, Any] = {}
        self.cdp.on("ServiceWorker.workerRegistrationUpdated", self._registered)
        self.cdp.send("ServiceWorker.enable")

    def _registered(self, said: dict[str, Any]) -> None:
        for each in said["registrations"]:
            self.registrations[each["scopeURL"]] = each["registrationId"]

    def signal(self) -> None:
        """Say to a worker that was ended before that there is signal."""
        self.cdp.send("ServiceWorker.stopAllWorkers")
        scope = f"{self.site}/capture/"
        while scope not in self.registrations:
            self.page.wait_for_timeout(50)
        told = {"origin": self.site, "registrationId": self.registrations[scope], "tag": "send"}
        self.cdp.send("ServiceWorker.dispatchSyncEvent", told | {"lastChance": False})


def puts(way: Way) -> list[str]:
    return [path for method, path, what in way.log if method in {"PUT", "DELETE"} and what != "refuse"]


def until(page: Page, true: Callable[[], bool], *, seconds: int = 40) -> None:
    for _ in range(seconds * 10):
        if true():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not happen")


@pytest.fixture
def left(pocket: Pocket, way: Way, personas: dict[str, Any]) -> tuple[Page, str]:
    """A finished walk of two pins waits, the app is closed; a page of the same site, and the walk."""
    page = pocket.open("/login")
    sign_in(page, way.site, personas["brixton_officer"].email)
    kept_for_offline(page)
    begin(page)
    way.rule = lambda _method, path: "refuse" if path.startswith("/capture/api/") else "pass"
    pin(page, "Frightening")
    page.click("#pin")
    page.click("#sheet [data-do=crime]")
    expect(page.locator("#crime-word")).to_have_text("Take the mark off")
    page.click("#sheet .slab")
    end(page)
    walk = walk_of(page)
    assert {each["kind"] for each in things(page)} == {"walk", "concern", "chunk", "mark"}
    beside = pocket.context.new_page()
    beside.goto(f"{way.site}/walks")  # same store, and no app
    page.close()
    way.log.clear()
    return beside, walk


def states(page: Page) -> set[str]:
    """Which kinds of things lie on the phone."""
    return {each["key"] for each in things(page)}


def test_what_waits_is_sent_with_the_app_closed(
    left: tuple[Page, str], pocket: Pocket, way: Way, desk: Phone
) -> None:
    page, walk = left
    browser = Browser(pocket, page)
    kept = states(page)
    way.server.kill()  # the worker starts without any network, too
    way.calm()
    browser.signal()
    until(page, lambda: any(path == "/capture/me" for _, path, _ in way.log[-3:]))
    assert puts(way) == []
    way.server.start()
    lost: set[str] = set()

    def lose_each_once(method: str, path: str) -> str:
        if method == "PUT" and "/concerns/" in path and path not in lost:
            lost.add(path)
            return "drop"
        return "pass"

    way.rule = lose_each_once
    for _ in range(4):  # as often as the browser would: an answer that is lost asks for another time
        browser.signal()
        page.wait_for_timeout(1500)
    until(page, lambda: len(desk.get(f"/walks/{walk}/receipt").get_json()["crimes"]) == 1)
    receipt = desk.get(f"/walks/{walk}/receipt").get_json()
    assert len(receipt["concerns"]) == 2
    assert lost
    assert desk.get(f"/walks/{walk}").get_json()["ended_at"]
    assert states(page) == kept, "only a receipt that somebody sees clears the phone"
    way.calm()
    page.goto(f"{way.site}/capture/")
    ready(page)
    sent = len(puts(way))
    page.get_by_role("button", name="Tidy up").click()
    expect(page.locator("#receipt-count")).to_have_text("2 captured, 2 received", timeout=60_000)
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    assert len(puts(way)) - sent <= 1, "what the worker sent is not sent again"
    page.click("#finish")
    expect(page.locator("#start")).to_be_visible()
    assert things(page) == []
    assert pocket.errors == []


def test_an_ended_sign_in_leaves_everything_where_it_is(
    left: tuple[Page, str], pocket: Pocket, way: Way, desk: Phone
) -> None:
    page, walk = left
    browser = Browser(pocket, page)
    kept = states(page)
    cookies: list[Any] = list(pocket.context.cookies())
    pocket.context.clear_cookies()
    way.calm()
    way.log.clear()
    browser.signal()
    until(page, lambda: ("GET", "/capture/me", "401") in way.log)
    page.wait_for_timeout(1000)
    assert puts(way) == []
    assert states(page) == kept
    pocket.context.add_cookies(cookies)
    browser.signal()
    until(page, lambda: desk.get(f"/walks/{walk}/receipt").status_code == 200)
    until(page, lambda: len(desk.get(f"/walks/{walk}/receipt").get_json()["crimes"]) == 1)


def test_for_another_person_nothing_is_sent(
    left: tuple[Page, str], pocket: Pocket, way: Way, desk: Phone, personas: dict[str, Any]
) -> None:
    page, walk = left
    browser = Browser(pocket, page)
    kept = states(page)
    way.calm()
    pocket.context.clear_cookies()
    # At the door, without opening the app: the key of the first is still there.
    page.goto(f"{way.site}/login?next=/walks")
    page.fill("#email", personas["peckham_officer"].email)
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/walks")
    way.log.clear()
    browser.signal()
    until(page, lambda: ("GET", "/capture/me", "200") in way.log)
    page.wait_for_timeout(1000)
    assert puts(way) == []
    # In the app: locked, so that the worker opens nothing at all.
    page.goto(f"{way.site}/capture/")
    ready(page)
    expect(page.locator("#kept")).to_be_hidden()
    page.goto(f"{way.site}/walks")
    browser.signal()
    page.wait_for_timeout(1500)
    assert [path for path in puts(way) if walk in path] == []
    assert puts(way) == []
    assert states(page) == kept
    answer = desk.get(f"/walks/{walk}/receipt")  # the walk itself may have been sent when it was begun
    assert answer.status_code == 404 or answer.get_json()["concerns"] == []
    pocket.context.clear_cookies()
    sign_in(page, way.site, personas["brixton_officer"].email)
    page.get_by_role("button", name="Tidy up").click()
    expect(page.locator("#receipt-count")).to_have_text("2 captured, 2 received", timeout=60_000)


def test_an_app_that_is_open_sends_by_itself_and_once(
    pocket: Pocket, way: Way, desk: Phone, personas: dict[str, Any]
) -> None:
    page = pocket.open("/login")
    sign_in(page, way.site, personas["brixton_officer"].email)
    kept_for_offline(page)
    begin(page)
    browser = Browser(pocket, page)
    for _ in range(3):
        page.click("#pin")
        page.wait_for_selector("#sheet[open]")
        browser.signal()
        page.click("#sheet .slab")
        browser.signal()
    expect(page.locator("#tally")).to_have_text("All 3 received", timeout=60_000)
    walk = walk_of(page)
    stored = [("PUT", f"/concerns/{each['id']}") for each in receipt_of(desk, walk)]
    created = [(method, path.removeprefix("/capture/api")) for method, path, what in way.log if what == "201"]
    assert sorted(each for each in created if "/concerns/" in each[1]) == sorted(stored)
    assert wait_until(page, "navigator.serviceWorker.controller.scriptURL").endswith("?sends")


def receipt_of(desk: Phone, walk: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = desk.get(f"/walks/{walk}/receipt").get_json()["concerns"]
    return found


def test_somebody_else_who_signs_in_never_sees_it(
    left: tuple[Page, str], pocket: Pocket, way: Way, personas: dict[str, Any]
) -> None:
    """The first sign-in ended by itself, so that the key is still there when the next opens the app."""
    page, walk = left
    kept = states(page)
    way.calm()
    pocket.context.clear_cookies()
    pocket.context.add_init_script(
        """globalThis.seen = [];
        new MutationObserver(() => {
          const rows = document.querySelectorAll("#kept-list li, #pins li");
          for (const each of rows) seen.push(each.textContent);
          const who = document.getElementById("who")?.textContent;
          if (who?.includes("Brixton")) seen.push(who);
        }).observe(document, { childList: true, subtree: true, characterData: true });"""
    )
    way.log.clear()
    sign_in(page, way.site, personas["peckham_officer"].email)
    expect(page.locator("#who")).to_contain_text("Peckham")
    page.wait_for_timeout(2000)
    assert page.evaluate("seen") == []
    assert [path for path in puts(way) if "/capture/api" in path] == []
    assert states(page) == kept
    assert walk
