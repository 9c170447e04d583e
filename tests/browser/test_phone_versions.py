"""A new version of the app: it waits while a walk is recorded, is there when next opened, loses nothing."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from geoapp.capture import files
from tests.browser.conftest import Visit
from tests.browser.phones import Way, begin, kept_for_offline, pin, ready, wait_until

pytestmark = pytest.mark.usefixtures("squares")
Street = Callable[..., Visit]
MODULE = "document.querySelector('script[type=module]').src"
WAITING = "navigator.serviceWorker.getRegistration().then((found) => Boolean(found.waiting))"
KEPT = "caches.keys().then((all) => all.filter((name) => name.startsWith('lamplight-app')).length)"


@pytest.fixture
def site(way: Way) -> str:
    """Visits go by the way that can be made bad."""
    return way.site


@pytest.fixture
def another_version(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Change what the app consists of, and so its version."""
    return lambda: monkeypatch.setattr(files, "_NAMED", files._NAMED[:-1])


def newer(before: str) -> str:
    """A selector of a page of another version than `before`."""
    return f"script[type=module]:not([src='{before[before.index('/capture/') :]}'])"


def find(page: Page, way: Way, before: str) -> None:
    """Open the app until the new version is there and waits."""
    page.goto(f"{way.site}/capture/")
    ready(page)
    assert page.evaluate(MODULE) == before
    wait_until(page, WAITING)


def test_a_new_version_waits_for_a_walk_and_takes_over_at_the_next_opening(
    street: Street, way: Way, another_version: Callable[[], None]
) -> None:
    page = street().page
    kept_for_offline(page)
    begin(page)
    way.rule = lambda method, _path: "refuse" if method == "PUT" else "pass"
    pin(page, "Frightening")
    before = page.evaluate(MODULE)
    another_version()
    find(page, way, before)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#hud-time-word")).to_have_text("walking")
    other = page.context.new_page()
    other.goto(f"{way.site}/capture/")
    ready(other)
    other.wait_for_timeout(4_000)  # longer than it tries
    assert other.evaluate(MODULE) == before
    assert other.evaluate(WAITING)
    other.close()
    page.goto(f"{way.site}/capture/")
    expect(page.locator(newer(before))).to_be_attached(timeout=30_000)
    ready(page)
    wait_until(page, f"{KEPT}.then((count) => count === 1)")
    page.context.set_offline(True)
    page.reload()
    expect(page.locator(newer(before))).to_be_attached()
    ready(page)
    page.context.set_offline(False)
    way.calm()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#tally")).to_have_text("All 1 received", timeout=60_000)


def test_a_page_of_the_version_before_goes_on_working(
    street: Street, way: Way, another_version: Callable[[], None]
) -> None:
    page = street().page
    kept_for_offline(page)
    before = page.evaluate(MODULE)
    another_version()
    find(page, way, before)
    page.click("#start [data-do=settings]")  # somebody is in the middle of something
    other = page.context.new_page()
    other.goto(f"{way.site}/capture/")
    expect(other.locator(newer(before))).to_be_attached(timeout=30_000)
    ready(other)
    page.bring_to_front()
    page.keyboard.press("Escape")
    assert page.evaluate(MODULE) == before
    begin(page)
    page.wait_for_selector("#map .leaflet-map-pane", state="attached")  # of its own version
    pin(page, "Frightening")
    expect(page.locator("#tally")).to_have_text("All 1 received", timeout=60_000)
    other.close()
    page.goto(f"{way.site}/capture/")
    expect(page.locator(newer(before))).to_be_attached()
    wait_until(page, f"{KEPT}.then((count) => count === 1)")
