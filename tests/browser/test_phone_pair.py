"""Two phones with one account: two browsers of their own, a bad network; nothing lost, nothing doubled."""

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
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
from tests.browser.test_phone import things
from tests.browser.test_phone_beside import level, open_audit
from tests.web.capture_phone import Phone

pytestmark = pytest.mark.usefixtures("squares")
DAYS = 2 * 86_400_000


@pytest.fixture
def another(playwright: Playwright, tmp_path: Path, way: Way) -> Iterator[Callable[[str], Pocket]]:
    """Take a phone out of the pocket, by a name of its own."""
    made: list[Pocket] = []

    def taken(name: str) -> Pocket:
        made.append(Pocket(playwright, tmp_path / name, way.site))
        return made[-1]

    yield taken
    for each in made:
        each.kill()


def keys(page: Page, kind: str) -> set[str]:
    """Identifiers of what a phone keeps of a kind."""
    return {each["key"].split()[1] for each in things(page) if each["kind"] == kind}


def finished(page: Page, count: int) -> None:
    """The phone's own receipt is whole, with so many pins."""
    expect(page.locator("#receipt-count")).to_have_text(f"{count} captured, {count} received", timeout=90_000)
    expect(page.locator("#finish")).to_have_text("Finish and clear this phone", timeout=90_000)


def cleared(page: Page) -> None:
    page.click("#finish")
    expect(page.locator("#start")).to_be_visible()
    assert things(page) == []


def test_two_walks_at_once(
    another: Callable[[str], Pocket], way: Way, desk: Phone, personas: dict[str, Any]
) -> None:
    rng = random.Random(23)  # noqa: S311 (chance that can be repeated, not a secret)
    phones = [another("first"), another("second")]
    pages = [phones[0].open("/login"), phones[1].open("/login", clock_ms=-DAYS)]
    for page in pages:
        sign_in(page, way.site, personas["brixton_officer"].email)
        kept_for_offline(page)
        begin(page)
    way.flap(rng, 0.4)
    for turn in range(4):
        for phone, page in zip(phones, pages, strict=True):
            pin(page, rng.choice(["Frightening", "Acceptable"]))
            phone.stand(LON + 0.0001 * turn, LAT + 0.0001 * turn)
            page.context.set_offline(rng.random() < 0.4)
    open_audit(pages[1])
    level(pages[1], "lighting", 2)
    pages[1].click("#audit .slab")
    for page in pages:
        page.context.set_offline(False)
        end(page)
    way.calm()
    walks = []
    for page in pages:
        finished(page, 4)
        (walk,) = keys(page, "walk")
        receipt = desk.get(f"/walks/{walk}/receipt").get_json()
        assert {each["id"] for each in receipt["concerns"]} == keys(page, "concern")
        assert {each["id"] for each in receipt["audits"]} == keys(page, "audit")
        assert len(receipt["chunks"]) == len(keys(page, "chunk"))
        for each in receipt["concerns"]:
            said = desk.get(f"/concerns/{each['id']}").get_json()["properties"]["recorded_at"]
            right = pages[0].evaluate(f"Date.now() - Date.parse('{said}')")
            assert -5_000 <= right < 300_000, "times are right by whichever phone"
        walks.append(walk)
    assert walks[0] != walks[1]
    for page, phone in zip(pages, phones, strict=True):
        cleared(page)
        assert phone.errors == []


def test_one_walk_gone_on_with_on_a_second_phone(
    another: Callable[[str], Pocket], way: Way, desk: Phone, personas: dict[str, Any]
) -> None:
    """What lay on the first phone was taken over by the second; then both go on, each with its own pins."""
    rng = random.Random(24)  # noqa: S311 (as above)
    first = another("first")
    page = first.open("/login")
    sign_in(page, way.site, personas["brixton_officer"].email)
    kept_for_offline(page)
    begin(page)
    pin(page, "Frightening")
    expect(page.locator("#tally")).to_have_text("All 1 received", timeout=60_000)
    first.kill()
    second = another("second")
    shutil.copytree(first.folder, second.folder, ignore=shutil.ignore_patterns("Singleton*"))
    second.cookies = first.cookies
    pages = [first.open(), second.open(clock_ms=DAYS)]
    for one in pages:
        ready(one)
        one.get_by_role("button", name="Go on").click()
        one.get_by_text("position: good").wait_for()
    way.flap(rng, 0.3)
    for turn in range(3):
        for phone, one in zip((first, second), pages, strict=True):
            phone.stand(LON + 0.0002 * turn, LAT)
            pin(one, "Acceptable")
    for one in pages:  # one after the other: the later end is the walk's
        end(one)
        one.wait_for_timeout(1500)
    way.calm()
    kept = set()
    for one in pages:
        finished(one, 4)
        kept |= keys(one, "concern")
    assert len(kept) == 7, "one that both have, and three of each"
    (walk,) = keys(pages[0], "walk") | keys(pages[1], "walk")
    receipt = desk.get(f"/walks/{walk}/receipt").get_json()
    assert sorted(each["id"] for each in receipt["concerns"]) == sorted(kept)
    numbers = [each["chunk"] for each in receipt["chunks"]]
    assert len(numbers) == len(set(numbers)) == len(keys(pages[0], "chunk") | keys(pages[1], "chunk"))
    ended = desk.get(f"/walks/{walk}").get_json()["ended_at"]
    assert 0 <= pages[0].evaluate(f"Date.now() - Date.parse('{ended}')") < 120_000
    for one in pages:
        cleared(one)
