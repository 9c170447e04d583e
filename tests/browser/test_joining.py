"""Joining a walk in a real browser: a phone without scripts, spoken names, near me, and no network."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from geoapp import create_app, db
from geoapp.access import Person
from geoapp.config import Settings
from tests.joining_world import confirm, publish
from tests.scheme_world import WALK, person

pytestmark = pytest.mark.usefixtures("squares", "personas")
Visitor = Callable[..., Any]
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def app(opened: Settings) -> Flask:
    made = create_app(replace(opened, limits=replace(opened.limits, ask_seconds=0.0, asks_contact=100)))
    made.testing = True
    return made


@pytest.fixture
def coordinator(personas: Any) -> Person:  # noqa: ARG001 (they have to be there)
    return person("coordinator@lamplight.example")


def run(statement: str, **values: object) -> Any:
    with db.current().app.connect() as connection, connection.begin():
        connection.execute(text("RESET ROLE"))
        done = connection.execute(text(statement), values)
        return done.fetchall() if done.returns_rows else None


@pytest.fixture(autouse=True)
def clean(opened: Settings) -> Iterator[None]:  # noqa: ARG001 (the database has to be open)
    yield
    for table in ("participant.request", "participant.asking", "joinable_walk"):
        run(f"DELETE FROM {table}")  # noqa: S608 (constants of this test)


def ask(there: Any, walk_id: object) -> str:
    """Ask to join by the form as Dana; the path of her own page."""
    there.open(f"/walks/{walk_id}/ask")
    there.page.get_by_label("First name").fill("Dana")
    there.page.get_by_label("Email").fill("dana@post.example")
    there.page.get_by_label("I am 18 or over").check()
    there.page.get_by_role("button", name="Send the request").click()
    there.settle()
    path: str = there.page.url.removeprefix(there.site)
    assert path.startswith("/requests/")
    return path


def confirmed(there: Any, coordinator: Person) -> str:
    path = ask(there, publish(coordinator))
    confirm(coordinator, run("SELECT id FROM participant.request")[0][0])
    there.open(path)
    return path


def test_on_a_phone_without_scripts_from_the_front_page_to_confirmed_and_cancelled(
    visit: Visitor, coordinator: Person
) -> None:
    publish(coordinator)
    there = visit(**PHONE, scripts=False)
    there.open("/")
    there.page.get_by_role("link", name="Ask to join a walk").click()
    there.page.get_by_role("link", name=re.compile(rf"^Ask to join\s*: {WALK.title}")).click()
    there.page.get_by_label("First name").fill("Dana")
    there.page.get_by_role("button", name="Send the request").click()
    assert there.page.get_by_role("link", name="Give an e-mail address or a telephone number.").is_visible()
    assert there.page.get_by_label("First name").input_value() == "Dana"
    assert all("422" in each for each in there.complaints)  # the browser's own word on a refused form
    there.complaints.clear()
    there.page.get_by_label("Mobile number").fill("07700 900123")
    there.page.get_by_label("I am 18 or over").check()
    there.page.get_by_role("button", name="Send the request").click()
    assert there.page.get_by_text("This is a request, not yet a booking.").is_visible()
    confirm(coordinator, run("SELECT id FROM participant.request")[0][0])
    there.page.reload()
    assert there.page.get_by_text(str(WALK.meeting_words)).is_visible()
    assert there.page.get_by_role("link", name="Add to calendar").is_visible()
    there.page.get_by_role("link", name="Change or cancel").click()
    there.page.get_by_role("button", name="Cancel my request").click()
    assert there.page.get_by_role("heading", level=1, name="Cancelled").is_visible()
    there.assert_clean()


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_every_page_is_accessible_and_fits_and_stays_here(
    visit: Visitor, coordinator: Person, width: int
) -> None:
    there = visit(width=width, height=844)
    walk_id = publish(coordinator)
    mine = confirmed(there, coordinator)
    pages = [
        "/",
        "/walks",
        f"/walks/{walk_id}",
        f"/walks/{walk_id}/ask",
        "/walks/ask",
        mine,
        f"{mine}/change",
    ]
    for path in [*pages, "/said-and-did", "/said-and-did/E05000001", "/walks?lang=qps", "/?lang=qps"]:
        there.open(path)
        there.assert_accessible()
        assert there.page.locator("h1").count() == 1, path
        assert not there.page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
    there.assert_clean()


def test_what_a_screen_reader_says_tells_walks_apart(visit: Visitor, coordinator: Person) -> None:
    publish(coordinator)
    publish(coordinator, title="Oval station and the park")
    there = visit(**PHONE)
    there.open("/walks")
    names = [
        each.evaluate("link => link.textContent.replace(/\\s+/g, ' ').trim()")
        for each in there.page.get_by_role("link", name="Ask to join").all()
    ]
    assert len(names) == len(set(names)) == 2
    assert any(name.startswith("Ask to join: Oval station and the park, ") for name in names)
    assert there.page.get_by_role("img", name="Map of the wards of these walks: Ward A").count() == 1
    assert there.page.get_by_role("search", name="Find walks").count() == 1


def test_near_me_is_worked_out_here_and_nothing_is_sent_after_the_position(
    visit: Visitor, coordinator: Person
) -> None:
    publish(coordinator, title="Soon, in Ward A")
    publish(
        coordinator,
        title="Later, in Ward D",
        ward_code="E05000004",
        starts_at=WALK.starts_at + timedelta(minutes=9),
    )
    where = {"latitude": 51.4750, "longitude": -0.1075}  # in Ward D
    there = visit(**PHONE, geolocation=where, permissions=["geolocation"])
    there.open("/walks")
    assert there.page.locator("#walks h3").all_inner_texts() == ["Soon, in Ward A", "Later, in Ward D"]
    before = len(there.requests)
    there.page.get_by_role("button", name="Walks near me").click()
    there.wait_until(
        "document.querySelector('#near-me [role=status]').textContent.startsWith('Nearest first')"
    )
    assert "Ward D" in there.page.locator("#near-me [role=status]").inner_text()
    assert there.page.locator("#walks h3").all_inner_texts() == ["Later, in Ward D", "Soon, in Ward A"]
    asked = [url.removeprefix(there.site) for url in there.requests[before:]]
    assert asked == ["/walks/wards.json"]
    there.assert_clean()


def test_a_position_that_is_refused_is_said(visit: Visitor) -> None:
    there = visit(**PHONE, permissions=[])
    there.open("/walks#near-me")
    there.wait_until("document.querySelector('#near-me [role=status]').textContent.includes('did not say')")
    there.assert_accessible()


def test_the_confirmed_page_is_readable_without_a_network_until_it_is_cancelled(
    visit: Visitor, coordinator: Person
) -> None:
    there = visit(**PHONE)
    path = confirmed(there, coordinator)
    kept = "caches.open('lamplight-confirmed').then(async (c) => Boolean(await c.match(location.pathname)))"
    there.wait_until(kept)
    there.page.context.set_offline(True)
    there.page.reload()
    assert there.page.get_by_text(str(WALK.meeting_words)).is_visible()
    assert there.page.get_by_text("heron").is_visible()
    there.page.context.set_offline(False)
    there.open(f"{path}/change")
    there.page.get_by_role("button", name="Cancel my request").click()
    there.settle()
    there.wait_until("caches.has('lamplight-confirmed').then((held) => !held)")


def test_erasing_takes_the_kept_page_along(visit: Visitor, coordinator: Person) -> None:
    there = visit(**PHONE)
    path = confirmed(there, coordinator)
    there.wait_until("caches.has('lamplight-confirmed')")
    there.open(f"{path}/change")
    there.page.get_by_role("button", name="Erase everything now").click()
    there.settle()
    assert there.page.get_by_role("heading", level=1, name="Your details are erased").is_visible()
    there.wait_until("caches.has('lamplight-confirmed').then((held) => !held)")


def test_the_desk_of_answers_is_accessible(visit: Visitor) -> None:
    there = visit()
    there.sign_in("coordinator@lamplight.example")
    there.open("/coordinate/answers/")
    there.assert_accessible()
    there.assert_clean()
