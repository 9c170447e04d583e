"""The track on the phone: each gap is recorded with its reason and drawn as dots; the battery is spared."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, expect
from sqlalchemy import text

from geoapp import db
from tests.browser.conftest import Visit
from tests.browser.phones import LAT, LON, Pocket, Way, begin, end, pin, ready, sign_in, wait_until
from tests.browser.test_phone import look, walk_of

pytestmark = pytest.mark.usefixtures("squares")
Street = Callable[..., Visit]
HIDE = """(isHidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
  const state = isHidden ? "hidden" : "visible";
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def site(way: Way) -> str:
    """Visits go by the way that can be made bad."""
    return way.site


class Legs:
    """Somebody who walks north, a step at a time, with the time that a test lets pass."""

    def __init__(self, page: Page, way: Way) -> None:
        self.page, self.way, self.lat = page, way, LAT

    def wait(self, seconds: float) -> None:
        """Let time pass on the phone, and for the server as the phone hears of it."""
        self.way.later_s += seconds
        self.page.clock.fast_forward(round(seconds * 1000))

    def step(self, accuracy: float = 6) -> None:
        """Be 6.7 m farther north, five seconds later."""
        self.wait(5)
        self.lat = round(self.lat + 0.00006, 7)
        self.page.context.set_geolocation({"longitude": LON, "latitude": self.lat, "accuracy": accuracy})
        self.page.wait_for_timeout(250)


@pytest.fixture
def legs(street: Street, way: Way) -> Legs:
    page = street().page
    page.clock.install()
    page.reload()
    ready(page)
    begin(page)
    return Legs(page, way)


def chunks(walk: str) -> list[dict[str, Any]]:
    """The parts of a track as the server keeps them, in order."""
    with db.reading() as connection:
        found = connection.execute(
            text("SELECT body FROM track_chunk WHERE walk_id = :walk ORDER BY chunk"), {"walk": walk}
        )
        return [json.loads(body) for body in found.scalars()]


def why(walk: str) -> list[str | None]:
    """The reasons of the gaps, None where a part goes on from the one before."""
    found = chunks(walk)
    assert found[0]["gap_before"]
    assert all(each["gap_before"] == ("gap_reason" in each) for each in found[1:])
    return [each.get("gap_reason") for each in found[1:]]


def test_every_gap_has_its_reason_and_none_is_bridged(legs: Legs) -> None:
    page = legs.page
    for _ in range(2):
        legs.step()
    page.evaluate(HIDE, True)
    legs.wait(120)
    page.evaluate(HIDE, False)
    legs.step()
    legs.step()
    for words in ("Pause the walk", "Go on with the walk"):
        page.click("#walk [data-do=settings]")
        page.get_by_role("button", name=words).click()
        legs.wait(40)
    legs.step()
    legs.step()
    legs.wait(90)
    legs.step()
    legs.step()
    for _ in range(14):
        legs.step(accuracy=80)
    legs.step()
    legs.step()
    page.reload()
    ready(page)
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("position: good").wait_for()
    legs.step()
    legs.step()
    wait_until(page, "document.querySelectorAll('#map path[stroke-dasharray]').length === 5")
    look(page, "gaps")
    walk = walk_of(page)
    end(page)
    expect(page.locator("#fact-gaps")).to_have_text("5 gaps")
    words = "screen off or another app open, paused, no position, poor position, the app was closed"
    expect(page.locator("#fact-gap")).to_contain_text(words)
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    assert why(walk) == ["hidden", "paused", "no_position", "poor_accuracy", "restarted"]
    # Nothing of a gap's way counts: six pieces, of which each has steps of 6.7 m alone.
    with db.reading() as connection:
        pieces, longest = connection.execute(
            text(
                """SELECT ST_NumGeometries(geom),
                    (SELECT max(ST_Length(s.geom)) FROM ST_DumpSegments(geom_bng) s)
                FROM track WHERE walk_id = :walk"""
            ),
            {"walk": walk},
        ).one()
    assert pieces == 6
    assert longest < 7
    page.click("#finish")
    expect(page.locator("#start")).to_be_visible()


def test_a_phone_that_stopped_the_browser_leaves_a_gap(
    playwright: Playwright, tmp_path: Path, way: Way, personas: dict[str, Any]
) -> None:
    """As phones do it: the page is hidden, nothing of the browser runs for a while, and then it goes on."""
    pocket = Pocket(playwright, tmp_path / "phone", way.site)
    try:
        page = pocket.open("/login")
        sign_in(page, way.site, personas["brixton_officer"].email)
        begin(page)
        page.wait_for_timeout(1_000)
        page.evaluate(HIDE, True)
        page.wait_for_timeout(500)
        assert pocket.process
        os.killpg(pocket.process.pid, signal.SIGSTOP)
        time.sleep(22)
        os.killpg(pocket.process.pid, signal.SIGCONT)
        page.evaluate(HIDE, False)
        pocket.stand(LON, LAT + 0.0006)
        page.wait_for_timeout(1_000)
        walk = walk_of(page)
        end(page)
        expect(page.locator("#fact-gap")).to_contain_text("screen off or another app open")
        expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    finally:
        pocket.kill()
    assert why(walk) == ["hidden"]


def test_a_hidden_page_that_still_hears_has_no_gap(legs: Legs) -> None:
    page = legs.page
    legs.step()
    page.evaluate(HIDE, True)
    for _ in range(8):
        legs.step()
    page.evaluate(HIDE, False)
    legs.step()
    walk = walk_of(page)
    end(page)
    expect(page.locator("#fact-gaps")).to_have_text("No gap")
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    found = chunks(walk)
    assert [each["gap_before"] for each in found] == [True] + [False] * (len(found) - 1)
    assert len([fix for each in found for fix in each["fixes"]]) >= 10


COUNT = """() => {
  globalThis.count = { drawn: 0, batches: 0, timers: 0 };
  new MutationObserver((found) => {
    count.batches += 1;
    if (found.some((each) => each.target.closest?.(".leaflet-pane"))) count.drawn += 1;
  }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  const { setTimeout } = globalThis;
  const counted = (does) => (...given) => { count.timers += 1; does(...given); };
  globalThis.setTimeout = (does, ...rest) => setTimeout(counted(does), ...rest);
}"""


def hour(legs: Legs, *, stands: bool) -> dict[str, int]:
    """What an hour of recording takes: how often page and map were drawn, timers, requests."""
    page, way = legs.page, legs.way
    page.wait_for_timeout(500)
    page.evaluate(COUNT)
    way.log.clear()
    for _ in range(60):
        way.later_s += 60
        page.clock.run_for(60_000)
        if stands:
            page.context.set_geolocation({"longitude": LON, "latitude": LAT, "accuracy": 6})
    found: dict[str, int] = page.evaluate("count")
    return found | {"requests": len(way.log)}


def test_an_hour_with_nothing_to_send_asks_nothing_of_the_phone(legs: Legs) -> None:
    page = legs.page
    pin(page, "Frightening")
    expect(page.locator("#tally")).to_have_text("All 1 received", timeout=60_000)
    page.click("#walk [data-do=settings]")
    page.get_by_role("button", name="Pause the walk").click()
    page.wait_for_timeout(4_000)
    expect(page.locator("#tally")).to_have_text("All 1 received")
    seen = hour(legs, stands=False)
    assert seen["requests"] == 0
    assert seen["drawn"] <= 2
    assert seen["batches"] <= 3_610  # the clock on the screen
    assert seen["timers"] <= 3_620
    page.evaluate(HIDE, True)
    hidden = hour(legs, stands=True)
    assert hidden["requests"] == 0
    assert (hidden["drawn"], hidden["batches"]) == (0, 0)
    assert hidden["timers"] <= 2


def test_standing_still_for_an_hour_draws_once_a_second_at_most(legs: Legs) -> None:
    page = legs.page
    page.wait_for_timeout(4_000)
    seen = hour(legs, stands=True)
    assert seen["requests"] <= 62  # the track alone, a part for each fix of this hour's sixty
    assert all("/track/" in path or path == "/capture/me" for _method, path, _what in legs.way.log)
    assert seen["drawn"] <= 3_600
    walk = walk_of(page)
    end(page)
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    assert chunks(walk)


BATTERY = """(() => {
  const battery = Object.assign(new EventTarget(), { level: 0.5, charging: false });
  navigator.getBattery = async () => battery;
  globalThis.drain = (level, charging = false) => {
    Object.assign(battery, { level, charging });
    battery.dispatchEvent(new Event("levelchange"));
  };
})();"""


def test_the_map_sleeps_by_hand_and_under_15_percent(street: Street) -> None:
    opened = street()
    page = opened.page
    page.add_init_script(BATTERY)
    page.reload()
    ready(page)
    begin(page)
    page.wait_for_selector("#map .leaflet-map-pane", state="attached")
    page.click("#walk [data-do=settings]")
    page.get_by_role("button", name="Put the map to sleep").click()
    expect(page.locator("#rest-words")).to_have_text("The map is asleep.")
    expect(page.locator("#map")).to_be_hidden()
    opened.assert_accessible()
    look(page, "asleep")
    page.wait_for_timeout(1_500)
    page.evaluate(COUNT)
    opened.requests.clear()
    for step in range(1, 5):
        page.context.set_geolocation({"longitude": LON, "latitude": LAT + step * 0.0001, "accuracy": 5})
        page.wait_for_timeout(600)
    assert page.evaluate("count.drawn") == 0
    assert not [url for url in opened.requests if "/ground/" in url]
    pin(page, "Frightening")
    expect(page.locator("#tally")).to_have_text("All 1 received", timeout=60_000)
    page.get_by_role("button", name="Wake the map").click()
    expect(page.locator("#map .mark")).to_be_visible()

    page.evaluate("drain(0.14)")
    expect(page.locator("#rest-words")).to_have_text("Battery under 15%: the map is asleep.")
    page.get_by_role("button", name="Wake the map").click()
    page.evaluate("drain(0.13)")
    expect(page.locator("#map")).to_be_visible()  # who has woken it wants it
    page.evaluate("drain(0.2)")
    page.evaluate("drain(0.14)")
    expect(page.locator("#map")).to_be_hidden()
    page.evaluate("drain(0.14, true)")
    expect(page.locator("#map")).to_be_visible()
    opened.assert_clean()
