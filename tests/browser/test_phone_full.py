"""A phone whose storage runs out: it is said before it hurts, and what was not kept never looks kept."""

from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.conftest import Visit
from tests.browser.phones import LAT, LON, Way, begin, end, kept_for_offline, pin, wait_until
from tests.browser.test_phone import look, things, walk_of
from tests.browser.test_phone_beside import level, open_audit, open_pin
from tests.browser.test_phone_details import with_metadata
from tests.web.capture_phone import Phone

pytestmark = pytest.mark.usefixtures("squares")
Street = Callable[..., Visit]
# Chromium trusts for so long in what it last knew of the space that is left.
NOTICED_MS = 31_000
# The app looks no oftener, for the sake of the battery.
LOOKED_AT_MS = 10_500
NEARLY = "Storage is nearly full. End soon, or free some space."
FULL = "Storage is full. The last thing was not kept. Free some space, then try again."


@pytest.fixture
def site(way: Way) -> str:
    """Visits go by the way that can be made bad."""
    return way.site


class Storage:
    """How much this phone gives the app."""

    def __init__(self, opened: Visit) -> None:
        self.site, self.page = opened.site, opened.page
        self.cdp: CDPSession = self.page.context.new_cdp_session(self.page)

    def only(self, byte_count: int | None) -> None:
        """Give so many bytes in all; None is as much as there is."""
        asked = {"origin": self.site} | ({} if byte_count is None else {"quotaSize": byte_count})
        self.cdp.send("Storage.overrideQuotaForOrigin", asked)

    def used(self) -> int:
        """How much of it is used."""
        return int(self.page.evaluate("navigator.storage.estimate().then((each) => each.usage)"))


def step(page: Page) -> None:
    """Go a step on, so that the phone knows again where it is."""
    page.wait_for_timeout(NOTICED_MS)
    page.context.set_geolocation({"longitude": LON + 0.00005, "latitude": LAT, "accuracy": 6})
    page.wait_for_timeout(1000)


def pins(page: Page) -> list[str]:
    return [each["key"] for each in things(page) if each["kind"] == "concern"]


def test_little_space_is_said_while_everything_is_still_kept(street: Street) -> None:
    opened = street()
    page = opened.page
    kept_for_offline(page)
    begin(page)
    pin(page)
    expect(page.locator("#warning")).to_be_hidden()
    storage = Storage(opened)
    assert storage.used() > 4_000_000, "some space is set aside"
    storage.only(storage.used() - 1_000_000)
    step(page)
    pin(page)
    expect(page.locator("#warning span")).to_have_text(NEARLY)
    look(page, "nearly-full")
    opened.assert_accessible()
    expect(page.locator("#tally")).to_have_text("All 2 received", timeout=60_000)
    pin(page)
    expect(page.locator("#tally")).to_have_text("All 3 received", timeout=60_000)
    assert len(pins(page)) == 3
    storage.only(None)
    page.wait_for_timeout(LOOKED_AT_MS)
    pin(page)
    expect(page.locator("#warning")).to_be_hidden()
    assert storage.used() > 4_000_000


def pin_is_as_it_was(page: Page) -> None:
    """What is said of a pin cannot be kept, and none of it looks kept."""
    open_pin(page)
    page.locator("#sheet").get_by_label("Comfortable", exact=True).click()
    expect(page.locator("#sheet-why")).to_contain_text("This could not be kept")
    expect(page.locator("#sheet").get_by_label("Comfortable", exact=True)).not_to_be_checked()
    expect(page.locator("#sheet").get_by_label("Frightening", exact=True)).to_be_checked()
    page.locator("#sheet").get_by_label("Lighting", exact=True).click()
    expect(page.locator("#sheet").get_by_label("Lighting", exact=True)).not_to_be_checked()
    page.set_input_files("#photo", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": with_metadata()})
    expect(page.locator("#sheet-why")).to_contain_text("This photo could not be kept")
    expect(page.locator("#photo-field")).to_be_hidden()
    page.click("#sheet [data-do=crime]")
    expect(page.locator("#crime-words")).to_contain_text("This could not be kept")
    expect(page.locator("#crime-word")).to_have_text("Mark it: this may be a crime")
    page.click("#sheet .slab")


def test_what_was_not_kept_never_looks_kept(street: Street, desk: Phone) -> None:
    opened = street()
    page = opened.page
    kept_for_offline(page)
    begin(page)
    pin(page, "Frightening")
    expect(page.locator("#tally")).to_have_text("All 1 received", timeout=60_000)
    before = pins(page)
    storage = Storage(opened)
    storage.only(1)
    step(page)

    # A pin: no sheet that says it is kept, no mark, no count.
    page.click("#pin")
    expect(page.locator("#warning span")).to_have_text(FULL)
    look(page, "full")
    opened.assert_accessible()
    expect(page.locator("#sheet")).to_be_hidden()
    assert pins(page) == before
    expect(page.locator("#tally")).to_have_text("All 1 received")
    expect(page.locator("#toast-title")).not_to_have_text("Pin 2 kept")

    pin_is_as_it_was(page)
    # A stop, a stretch, and the end of the walk.
    open_audit(page)
    page.locator("#audit [name=lighting][value='1']").click()
    expect(page.locator("#audit-state")).to_contain_text("This could not be kept")
    expect(page.locator("#audit [name=lighting][value='1']")).not_to_be_checked()
    expect(page.locator("#audit-title")).to_have_text("Safety audit of this place")
    page.click("#audit .slab")
    page.click("[data-do=route]")
    expect(page.locator("#route-word")).to_have_text("Route")
    page.click("#walk [data-do=end]")
    page.click("#ask-yes")
    page.wait_for_timeout(3000)
    expect(page.locator("#warning span")).to_have_text(FULL)
    expect(page.locator("#walk")).to_be_visible()
    assert {each["kind"] for each in things(page)} <= {"walk", "concern", "chunk"}
    assert pins(page) == before

    # With space again all of it works, and what had failed is not there by half.
    storage.only(None)
    pin(page, "Comfortable")
    expect(page.locator("#warning")).to_be_hidden()
    expect(page.locator("#tally")).to_have_text("All 2 received", timeout=60_000)
    open_audit(page)
    level(page, "lighting", 1)
    page.click("#audit .slab")
    end(page)
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    walk = walk_of(page)
    receipt = desk.get(f"/walks/{walk}/receipt").get_json()
    assert [len(receipt[name]) for name in ("concerns", "photos", "audits", "crimes")] == [2, 0, 1, 0]
    numbers = sorted(each["number"] for each in things(page) if each["kind"] == "concern")
    assert numbers == [1, 2]


def test_a_full_phone_still_sends(street: Street, way: Way, desk: Phone) -> None:
    opened = street()
    page = opened.page
    kept_for_offline(page)
    begin(page)
    way.rule = lambda method, _path: "refuse" if method == "PUT" else "pass"
    pin(page, "Frightening")
    pin(page, "Comfortable")
    storage = Storage(opened)
    storage.only(1)
    page.wait_for_timeout(NOTICED_MS)
    way.calm()
    page.evaluate("dispatchEvent(new Event('online'))")
    walk = walk_of(page)
    for _ in range(300):
        answer = desk.get(f"/walks/{walk}/receipt")
        if answer.status_code == 200 and len(answer.get_json()["concerns"]) == 2:
            break
        page.wait_for_timeout(100)
    else:
        raise AssertionError("nothing was sent")
    storage.only(None)
    end(page)
    expect(page.locator("#receipt-count")).to_have_text("2 captured, 2 received", timeout=60_000)
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=60_000)
    assert wait_until(page, "true")
