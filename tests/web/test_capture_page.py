"""The officer's page without a browser: whose walks it shows, what it escapes, and what is written down."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from geoapp import db
from geoapp.access import Role
from geoapp.actions import people
from tests.conftest import PASSWORD, Persona
from tests.web.capture_phone import LAT, LON, Phone, concern, new_id

pytestmark = pytest.mark.usefixtures("squares")
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>${7*7}{{7*7}}"


@pytest.fixture
def phone(client: FlaskClient, personas: dict[str, Any]) -> Phone:
    return Phone(client, personas)


def data(page: str) -> dict[str, Any]:
    """What the page gives to its map."""
    found = re.search(r'<script type="application/json" id="walk-data"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found
    read: dict[str, Any] = json.loads(found[1])
    return read


def notes_read(walk: str) -> list[tuple[str, int]]:
    with db.reading() as connection:
        found = connection.execute(
            text("SELECT actor, detail FROM audit WHERE action = 'notes read' AND subject = :s ORDER BY id"),
            {"s": f"walk {walk}"},
        )
        return [(row.actor, row.detail["notes"]) for row in found]


def test_it_shows_the_chosen_walk_of_the_own_team(
    phone: Phone, signed_in: Callable[[str], FlaskClient], personas: dict[str, Any]
) -> None:
    early, late, theirs = new_id(), new_id(), new_id()
    phone.put(f"/walks/{early}", {"started_at": "2026-02-10T19:00:00Z"})
    phone.put(f"/walks/{late}", {"started_at": "2026-07-11T19:00:00Z"})
    phone.put(f"/walks/{theirs}", {"started_at": "2026-07-12T19:00:00Z"}, who="peckham_officer")
    first, second = new_id(), new_id()
    phone.put(f"/concerns/{second}", concern(early, note="Second", recorded_at="2026-02-10T19:40:00Z"))
    phone.put(f"/concerns/{first}", concern(early, note=HOSTILE, factors=["lighting"], feeling="frightening"))
    phone.put(f"/concerns/{new_id()}", concern(late, kind="positive"))
    phone.put(f"/concerns/{new_id()}", concern(theirs, note="Not for Brixton"), who="peckham_officer")
    browser = signed_in("brixton_officer")

    page = browser.get("/capture/desk").get_data(as_text=True)
    assert "Walk of 11 July 2026, 20:00" in page  # London, in summer
    assert "Works well here" in page
    assert theirs not in page
    assert notes_read(late) == []

    answer = browser.get(f"/capture/desk?walk={early}")
    page = answer.get_data(as_text=True)
    assert "Walk of 10 February 2026, 19:00" in page
    assert [each["id"] for each in data(page)["concerns"]] == [first, second]
    assert data(page)["concerns"][0]["place"] == {"type": "Point", "coordinates": [LON, LAT]}
    assert "Not for Brixton" not in page
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
    assert "49" not in page.split("capture-note")[1][:200]
    assert "no-store" in answer.headers["Cache-Control"]
    assert notes_read(early) == [(personas["brixton_officer"].email, 2)]
    for unknown in (theirs, new_id(), "7", "' OR 1=1"):
        assert browser.get("/capture/desk", query_string={"walk": unknown}).status_code == 404
    assert notes_read(theirs) == []


def test_it_carries_no_inline_handler_or_style(phone: Phone, signed_in: Callable[[str], FlaskClient]) -> None:
    walk = new_id()
    phone.put(f"/concerns/{new_id()}", concern(walk, note="x"))
    answer = signed_in("brixton_officer").get(f"/capture/desk?walk={walk}")
    page = answer.get_data(as_text=True)
    assert not re.search(r"<[^>]+\s(on[a-z]+|style)=", page)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("who", "status"), [("coordinator", 200), ("analyst", 403), ("lambeth_planner", 403)]
)
def test_it_is_for_those_who_record(signed_in: Callable[[str], FlaskClient], who: str, status: int) -> None:
    assert signed_in(who).get("/capture/desk").status_code == status


def test_nobody_signed_in_is_sent_to_sign_in(client: FlaskClient) -> None:
    answer = client.get("/capture/desk?walk=x", headers={"Accept": "text/html"})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login?next=/capture/desk")


def test_a_team_without_walks_is_told_how_to_start(
    signed_in: Callable[[str], FlaskClient], personas: dict[str, Any]
) -> None:
    email = "new.cross@lamplight.example"
    with db.writing() as session:
        new = people.NewPerson(email, Role.OFFICER, "New Cross")
        people.create(session, new, by="tests", password=PASSWORD)
    personas["new_cross_officer"] = Persona(email, Role.OFFICER, "")
    page = signed_in("new_cross_officer").get("/capture/desk").get_data(as_text=True)
    assert "There are no walks of your team yet." in page
    assert data(page)["walk"] is None
    assert "Adding to a walk needs JavaScript." in page
