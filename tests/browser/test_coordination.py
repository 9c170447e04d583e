"""The coordinator's pages in Chromium: accessible, as wide as the screen, and the map that gives a place."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from geoapp import db
from geoapp.actions import scheme_matching, scheme_requests, scheme_walks
from geoapp.actions.scheme_requests import reach_of_new
from geoapp.config import Settings
from geoapp.db import Reach, scheme_writing
from tests.browser.conftest import Visit
from tests.scheme_world import DANA, WALK, new_id, person

pytestmark = pytest.mark.usefixtures("squares", "world")


@pytest.fixture(scope="module")
def world(app: Flask, opened: Settings, personas: Any, squares: str) -> str:  # noqa: ARG001 (they have to be there)
    """A walk with somebody on it, somebody who asks for another time, and a message that failed."""
    by, walk_id = person("coordinator@lamplight.example"), new_id()
    with scheme_writing(Reach.team(by.team_id)) as session:
        scheme_walks.publish(session, walk_id, WALK, by=by)
        scheme_walks.publish(session, new_id(), replace(WALK, title="Not whole yet", ends_at=None), by=by)
    for walk, name in ((walk_id, "Dana"), (None, "Ruth"), (walk_id, "Amira")):
        request_id = new_id()
        new = replace(
            DANA, first_name=name, walk_id=walk, ward_code="E05000002", email=f"{name}@post.example"
        )
        with scheme_writing(reach_of_new(request_id)) as session:
            new = replace(new, phone=None, preferred=("weekday_evening",))
            scheme_requests.ask(session, request_id, new, address=None, settings=opened)
        if name == "Dana":
            with scheme_writing(Reach.team(by.team_id)) as session:
                scheme_matching.confirm(session, request_id, by=by)
    with db.current().app.connect() as connection, connection.begin():
        connection.execute(text("RESET ROLE"))
        connection.execute(
            text("UPDATE participant.message SET state = 'failed', failure = '550', ended_at = now()")
        )
    return str(walk_id)


@pytest.fixture
def coordinator(visit: Callable[..., Visit], personas: Any) -> Callable[..., Visit]:
    def signed_in(width: int, **options: Any) -> Visit:
        made = visit(width=width, **options)
        made.sign_in(personas["coordinator"].email)
        return made

    return signed_in


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_every_page_is_clean_accessible_and_as_wide_as_the_screen(
    coordinator: Callable[..., Visit], world: str, width: int
) -> None:
    visit = coordinator(width)
    for path in ("", "walks/new", f"walks/{world}", f"walks/{world}/cancel", "requests", "messages"):
        visit.open(f"/coordinate/{path}")
        visit.assert_clean()
        visit.assert_accessible()
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_click_on_the_map_gives_the_meeting_point_and_typing_moves_it(
    coordinator: Callable[..., Visit],
) -> None:
    visit = coordinator(1280)
    visit.open("/coordinate/walks/new")
    page = visit.page
    page.locator("#meeting-map").scroll_into_view_if_needed()
    page.locator("#meeting-map").click(position={"x": 120, "y": 120})
    lat, lon = float(page.input_value("#lat")), float(page.input_value("#lon"))
    assert 51.4 < lat < 51.5
    assert -0.2 < lon < 0
    assert page.locator(".coordinate__pin").count() == 1
    before = page.locator(".coordinate__pin").bounding_box()
    page.fill("#lat", f"{lat + 0.002:.6f}")
    page.press("#lat", "Tab")
    visit.page.wait_for_timeout(400)
    assert page.locator(".coordinate__pin").bounding_box() != before
    page.fill("#lat", "nowhere")
    page.press("#lat", "Tab")
    visit.wait_until("document.querySelectorAll('.coordinate__pin').length === 0")
    visit.assert_clean()


def test_mistakes_are_read_first_and_lead_to_their_fields(coordinator: Callable[..., Visit]) -> None:
    visit = coordinator(390)
    visit.open("/coordinate/walks/new")
    visit.page.fill("#title", "Typed and kept")
    visit.page.click("main form.coordinate__form > button")
    visit.settle()
    assert visit.page.title().startswith("Error: ")
    assert visit.page.evaluate("document.activeElement.className").startswith("govuk-error-summary")
    assert visit.page.input_value("#title") == "Typed and kept"
    visit.page.click(".govuk-error-summary a[href='#day']")
    assert visit.page.evaluate("document.activeElement.id") == "day"
    visit.assert_accessible()


def test_without_scripts_a_walk_can_be_published(coordinator: Callable[..., Visit]) -> None:
    visit = coordinator(1280, scripts=False)
    visit.open("/coordinate/walks/new")
    assert not visit.page.locator("#meeting-map").is_visible()
    assert visit.page.locator("#lat").is_visible()
