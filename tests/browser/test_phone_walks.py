"""Walks at random, with everything that happens to phones: nothing is lost, nothing is there twice.

How many walks and from which seed on are settings: PHONE_WALKS (3) and PHONE_SEED (1).
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page, Playwright, expect

from tests.browser.phones import (
    LAT,
    LON,
    Pocket,
    Way,
    begin,
    end,
    kept_for_offline,
    pin,
    ready,
    sign_in,
)
from tests.browser.test_phone_track import HIDE
from tests.web.capture_phone import Phone

pytestmark = pytest.mark.usefixtures("squares")
WALKS = int(os.environ.get("PHONE_WALKS", "3"))
FIRST_SEED = int(os.environ.get("PHONE_SEED", "1"))
STEPS = 7
FEELINGS = ("Frightening", "Uncomfortable", "Acceptable", "Comfortable")
FACTORS = ("Lighting", "Isolation", "Overgrown", "Followed")


@pytest.fixture
def pocket(playwright: Playwright, tmp_path: Path, way: Way) -> Iterator[Pocket]:
    made = Pocket(playwright, tmp_path / "phone", way.site)
    yield made
    made.kill()


class RandomWalk:
    """One officer's walk: what was said to be kept is remembered, and looked for at the end."""

    def __init__(self, pocket: Pocket, way: Way, email: str, rng: random.Random) -> None:
        self.pocket, self.way, self.email, self.rng = pocket, way, email, rng
        self.said: dict[int, str] = {}  # number of each pin that the screen said was kept -> feeling
        self.removed: set[int] = set()
        self.clock_ms = rng.choice([0, 0, -2 * 86_400_000, 2 * 86_400_000])
        self.page = pocket.open("/capture/", clock_ms=self.clock_ms)

    def begin(self) -> None:
        sign_in(self.page, self.pocket.site, self.email)
        kept_for_offline(self.page)
        begin(self.page)
        self.walk = ""

    def step(self) -> str:
        """Do one thing at random; its name."""
        does = self.rng.choice(
            [
                "pin",
                "pin",
                "pin",
                "change",
                "undo",
                "move",
                "flap",
                "calm",
                "offline",
                "reload",
                "kill",
                "server",
                "tab",
                "stretch",
                "hide",
            ]
        )
        getattr(self, f"_{does}")()
        return does

    def _pin(self) -> None:
        feeling = self.rng.choice(FEELINGS)
        self.page.click("#pin")
        self.page.wait_for_selector("#sheet[open]")
        number = int((self.page.locator("#sheet-title").text_content() or "").split()[1])
        self.said[number] = ""
        self.page.locator("#sheet").get_by_label(feeling, exact=True).check()
        if self.rng.random() < 0.5:
            self.page.locator("#sheet").get_by_label(self.rng.choice(FACTORS), exact=True).check()
        self.page.click("#sheet .slab")
        self.page.wait_for_selector("#sheet", state="hidden")
        self.page.wait_for_timeout(self.rng.randrange(0, 300))
        self.said[number] = feeling.lower()

    def _change(self) -> None:
        mark = self.page.locator("#map .mark").last
        if not mark.count():
            return
        number = int(mark.text_content() or "0")
        if number in self.removed:  # the map is drawn once a second: it is on its way out
            return
        feeling = self.rng.choice(FEELINGS)
        mark.dispatch_event("click")
        self.page.wait_for_selector("#sheet[open]")
        chip = self.page.locator("#sheet").get_by_label(feeling, exact=True)
        if not chip.is_checked():
            chip.check()
        self.page.click("#sheet .slab")
        self.page.wait_for_selector("#sheet", state="hidden")
        self.page.wait_for_timeout(200)
        self.said[number] = feeling.lower()

    def _undo(self) -> None:
        self._pin()
        number = max(self.said)
        self.page.click("[data-do=undo]")
        self.page.wait_for_timeout(150)
        self.removed.add(number)

    def _move(self) -> None:
        for _ in range(self.rng.randrange(1, 4)):
            self.pocket.stand(LON + self.rng.uniform(0, 0.0003), LAT + self.rng.uniform(0, 0.0002))
            self.page.wait_for_timeout(700)

    def _flap(self) -> None:
        self.way.flap(self.rng, self.rng.choice([0.2, 0.5, 0.9]))

    def _calm(self) -> None:
        self.way.calm()
        self.page.context.set_offline(False)

    def _offline(self) -> None:
        self.page.context.set_offline(self.rng.random() < 0.6)

    def _server(self) -> None:
        if self.rng.random() < 0.5:
            self.way.server.kill()
        else:
            self.way.server.start()

    def _reload(self) -> None:
        self.page.reload()
        self._go_on()

    def _kill(self) -> None:
        if self.rng.random() < 0.5:  # in the middle of keeping a pin, or of sending it
            self.page.evaluate("document.getElementById('pin').click()")
            self.page.wait_for_timeout(self.rng.randrange(0, 120))
        self.pocket.kill()
        self.page = self.pocket.open("/capture/", clock_ms=self.clock_ms)
        self._go_on()

    def _tab(self) -> None:
        """The same walk in a second tab, which keeps a pin as the first does; closed amid another."""
        first = self.page
        self.page = first.context.new_page()
        try:
            self.page.goto(f"{self.pocket.site}/capture/")
            self._go_on()
            self._pin()
        finally:
            second, self.page = self.page, first
            first.bring_to_front()
        self._pin()
        if self.rng.random() < 0.5:
            second.evaluate("document.getElementById('pin').click()")
        second.close()

    def _stretch(self) -> None:
        self.page.click("[data-do=route]")
        self._move()
        self.page.click("[data-do=route]")
        self.page.wait_for_selector("#sheet[open]")
        number = int((self.page.locator("#sheet-title").text_content() or "").split()[1])
        self.said[number] = ""
        self.page.click("#sheet .slab")
        self.page.wait_for_selector("#sheet", state="hidden")

    def _hide(self) -> None:
        self.page.evaluate(HIDE, True)
        self._move()
        self.page.evaluate(HIDE, False)

    def _go_on(self) -> None:
        ready(self.page)
        self.page.get_by_role("button", name="Go on").click()
        self.page.get_by_text("position: good").wait_for()
        self.page.wait_for_selector("#map .leaflet-map-pane", state="attached")

    def finish(self) -> tuple[int, int]:
        """End the walk with everything well again; how many the receipt says were captured and received."""
        self.way.server.start()
        self._calm()
        end(self.page)
        expect(self.page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=45_000)
        words = (self.page.locator("#receipt-count").text_content() or "").replace(",", "").split()
        return int(words[0]), int(words[2])


def kept(page: Page) -> dict[int, tuple[str, str]]:
    """Number, id and state of each pin on the phone."""
    found = page.evaluate(
        """new Promise((resolve) => { const opening = indexedDB.open("lamplight-capture");
        opening.onsuccess = () => { const store = opening.result.transaction("things").objectStore("things");
        const all = store.getAll();
        all.onsuccess = () => { opening.result.close();
          resolve(all.result.filter((each) => each.kind === "concern")
            .map((each) => [each.number, each.key, each.walk])); }; }; })"""
    )
    return {number: (key.split()[1], walk) for number, key, walk in found}


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + WALKS))
def test_nothing_is_lost_and_nothing_is_there_twice(
    pocket: Pocket, way: Way, desk: Phone, personas: dict[str, Any], seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 (chance that can be repeated, not a secret)
    walk = RandomWalk(pocket, way, personas["brixton_officer"].email, rng)
    walk.begin()
    done: list[str] = []
    try:
        for _ in range(STEPS):
            done += [walk.step()]
        captured, received = walk.finish()
    except (BrowserError, AssertionError) as error:
        state = walk.page.evaluate("document.body.innerText")
        log = [each for each in way.log if "/api/" in each[1] or each[1] == "/capture/me"][-12:]
        raise AssertionError(
            f"seed {seed}, after {done}: {error}, {pocket.errors}, {state}, {log}"
        ) from error
    assert captured == received, done
    on_phone = kept(walk.page)
    wanted = {number for number in walk.said if number not in walk.removed}
    assert wanted <= set(on_phone), (seed, done)
    assert walk.removed.isdisjoint(on_phone), (seed, done)
    (walk_id,) = {found[1] for found in on_phone.values()} or {""}
    if not walk_id:
        return
    stored = [each["id"] for each in desk.get(f"/walks/{walk_id}/receipt").get_json()["concerns"]]
    assert sorted(stored) == sorted(found[0] for found in on_phone.values()), (seed, done)
    assert len(stored) == len(set(stored)) == captured
    for number in wanted:
        said = desk.get(f"/concerns/{on_phone[number][0]}").get_json()["properties"]
        if walk.said[number]:
            assert said["feeling"] == walk.said[number], (seed, done, number)
    assert pocket.errors == []
    walk.page.click("#finish")
    expect(walk.page.locator("#start")).to_be_visible()
    assert kept(walk.page) == {}


def test_killed_right_after_the_tap(pocket: Pocket, way: Way, desk: Phone, personas: dict[str, Any]) -> None:
    """What the screen called kept is there after kill -9, and its details are too."""
    page = pocket.open("/login")
    sign_in(page, way.site, personas["brixton_officer"].email)
    kept_for_offline(page)
    begin(page)
    page.context.set_offline(True)
    pin(page, "Frightening", "Lighting")
    page.click("#pin")
    expect(page.locator("#sheet-title")).to_have_text("Pin 2 is kept")
    pocket.kill()
    page = pocket.open()
    ready(page)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#tally")).to_have_text("All 2 received", timeout=60_000)
    on_phone = kept(page)
    first = desk.get(f"/concerns/{on_phone[1][0]}").get_json()["properties"]
    assert (first["feeling"], first["factors"]) == ("frightening", ["lighting"])
