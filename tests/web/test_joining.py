"""From the front page to a confirmed walk and to being erased, without scripts; and what must not be seen."""

import json
import logging
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import text

from geoapp import create_app, db
from geoapp.access import Person
from geoapp.config import Settings
from tests.joining_world import DANA, ask, confirm, link, offer, publish, send
from tests.scheme_world import START, WALK, person

pytestmark = pytest.mark.usefixtures("squares", "personas")
PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def app(opened: Settings) -> Flask:
    made = create_app(replace(opened, limits=replace(opened.limits, ask_seconds=0.0)))
    made.testing = True
    return made


@pytest.fixture
def coordinator(personas: Any) -> Person:  # noqa: ARG001 (they have to be there)
    return person("coordinator@lamplight.example")


def superuser(statement: str, **values: object) -> Any:
    with db.current().app.connect() as connection, connection.begin():
        connection.execute(text("RESET ROLE"))
        done = connection.execute(text(statement), values)
        return done.fetchall() if done.returns_rows else None


@pytest.fixture(autouse=True)
def clean(opened: Settings) -> Iterator[None]:  # noqa: ARG001 (the database has to be open)
    yield
    for table in ("participant.request", "participant.asking", "participant.feedback", "joinable_walk"):
        superuser(f"DELETE FROM {table}")  # noqa: S608 (constants of this test)


def page_of(browser: FlaskClient, path: str) -> str:
    answer = browser.get(path, headers=PAGE)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def request_id() -> uuid.UUID:
    return uuid.UUID(str(superuser("SELECT id FROM participant.request")[0][0]))


def test_the_whole_way_from_the_front_page_to_being_erased(client: FlaskClient, coordinator: Person) -> None:
    walk_id = publish(coordinator)
    front = page_of(client, "/")
    assert front.index("Ask to join a walk") < front.index("What happens")
    assert f"/walks/{walk_id}/ask" in front
    mine = link(ask(client, walk_id))
    assert client.get(f"{mine}/calendar.ics").status_code == 404
    first = page_of(client, mine)
    assert "This is a request, not yet a booking." in first
    assert "This is what happens next" in first
    assert re.search(r"You will hear from us by \w+day \d+ \w+ 20\d\d\.", first)
    for secret in (WALK.meeting_words, WALK.word, WALK.officer_number):
        assert str(secret) not in first
    confirm(coordinator, request_id())
    confirmed = page_of(client, mine)
    assert re.search(r"<h1>\w+day \d+ \w+ 20\d\d, \d+:\d\d[ap]m</h1>", confirmed)
    for told in (
        WALK.meeting_words,
        WALK.word,
        WALK.officer_number,
        "LW-",
        "101",
        "Priya",
        "geo:51.46340,-0.12190",
    ):
        assert str(told) in confirmed
    calendar = client.get(f"{mine}/calendar.ics")
    assert calendar.mimetype == "text/calendar"
    event = Calendar.from_ical(calendar.data).walk("VEVENT")[0]
    assert event["DTSTART"].dt == START
    assert mine.rsplit("/", 1)[1].encode() not in calendar.data
    receipt = send(client, f"{mine}/change", f"{mine}/erase")
    assert receipt.status_code == 200
    assert "Your details are erased" in receipt.get_data(as_text=True)
    assert client.get(mine, headers=PAGE).status_code == 404
    assert superuser("SELECT count(*) FROM participant.request")[0][0] == 0


def test_the_meeting_point_is_drawn_from_our_own_streets_after_confirming(
    client: FlaskClient, coordinator: Person
) -> None:
    # 200 m to the west and 100 m to the east of the meeting point, written from east to west.
    street = "INSERT INTO ground (source, layer, class, name, geom) VALUES ('tests', 'street', 'main', "
    superuser(
        street + "'Lark Lane', ST_GeomFromText('LINESTRING(-0.12046 51.4634, -0.12478 51.4634)', 4326))"
    )
    mine = link(ask(client, publish(coordinator)))
    assert "meeting-map" not in page_of(client, mine)
    confirm(coordinator, request_id())
    page = page_of(client, mine)
    superuser("DELETE FROM ground")
    found = re.search(
        r'class="ground ground--street ground--main" d="M (-?[\d.]+) (-?[\d.]+) L (-?[\d.]+) ', page
    )
    assert found
    # From west to east, in metres from the point: degrees of 111,320 m times cos(51.4634).
    assert float(found[1]) == pytest.approx(-199.7, abs=0.5)
    assert float(found[3]) == pytest.approx(99.9, abs=0.5)
    assert ">Lark Lane</textPath>" in page
    assert "Map: tests" in page


def test_another_time_is_offered_agreed_declined_and_cancelled(
    client: FlaskClient, coordinator: Person
) -> None:
    mine = link(ask(client, None, ward_code="E05000001", kind="group", preferred=["weekday_evening"]))
    assert "A walk in Ward A. Weekday evenings." in page_of(client, mine)
    walk_id = publish(coordinator)
    offer(coordinator, request_id(), walk_id)
    offered = page_of(client, mine)
    assert "Yes, this suits me" in offered
    assert str(WALK.meeting_words) not in offered
    assert send(client, mine, f"{mine}/decline").status_code == 303
    assert "not yet a booking" in page_of(client, mine)
    offer(coordinator, request_id(), walk_id)
    assert send(client, mine, f"{mine}/agree").status_code == 303
    assert "You have agreed" in page_of(client, mine)
    assert send(client, f"{mine}/change", f"{mine}/cancel").status_code == 303
    cancelled = page_of(client, mine)
    assert "Cancelled" in cancelled
    assert "<textarea" not in cancelled  # nobody asks why


def test_a_step_that_does_not_fit_is_said_and_changes_nothing(
    client: FlaskClient, coordinator: Person
) -> None:
    mine = link(ask(client, publish(coordinator)))
    shown = client.get(mine).get_data(as_text=True)
    token = re.search(r'name="csrf-token" content="([^"]+)"', shown)
    assert token
    answer = client.post(f"{mine}/agree", data={"csrf_token": token[1]}, headers=PAGE)
    assert answer.status_code == 409
    assert "There is no walk on offer" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"first_name": " "}, "first_name"),
        ({"email": "", "phone": ""}, "email"),
        ({"email": "nobody"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"adult": ""}, "adult"),
        ({"preferred": ["at midnight"]}, "preferred"),
        ({"ease": "x" * 3_000}, "ease"),
    ],
)
def test_what_is_wrong_is_named_and_what_was_typed_is_kept(
    client: FlaskClient, coordinator: Person, changed: dict[str, Any], field: str
) -> None:
    answer = ask(client, publish(coordinator), **changed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'href="#{field}"' in page
    assert f'id="{field}"' in page
    assert "I use a stick" in page
    assert answer.headers["Cache-Control"] == "no-store"
    assert superuser("SELECT count(*) FROM participant.request")[0][0] == 0


def test_markup_in_what_she_writes_stays_words(client: FlaskClient, coordinator: Person) -> None:
    mine = link(ask(client, publish(coordinator), ease="<script>alert(1)</script>{{ 7*7 }}"))
    page = page_of(client, mine)
    assert "<script>alert" not in page
    assert "{{ 7*7 }}" in page


def test_a_program_that_fills_every_field_stores_nothing(client: FlaskClient, coordinator: Person) -> None:
    answer = ask(client, publish(coordinator), website="https://spam.example")
    assert answer.status_code == 200
    assert "Not sent yet" in answer.get_data(as_text=True)
    assert superuser("SELECT count(*) FROM participant.request")[0][0] == 0


def test_too_many_requests_are_refused_with_the_time_to_wait(
    client: FlaskClient, coordinator: Person, opened: Settings
) -> None:
    walk_id = publish(coordinator, places=10)
    for _ in range(opened.limits.asks_contact):
        link(ask(client, walk_id))
    answer = ask(client, walk_id)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_a_form_without_its_token_or_pass_is_refused(client: FlaskClient, coordinator: Person) -> None:
    path = f"/walks/{publish(coordinator)}/ask"
    assert client.post(path, data=DANA, headers=PAGE).status_code == 400
    assert ask(client, uuid.UUID(path.split("/")[2]), **{"pass": "made-up"}).status_code == 422
    assert superuser("SELECT count(*) FROM participant.request")[0][0] == 0


def test_pages_of_a_link_are_for_nobody_else(
    client: FlaskClient,
    coordinator: Person,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    mine = link(ask(client, publish(coordinator)))
    for path in (mine, f"{mine}/change", "/requests/" + "x" * 43, "/requests/" + "y" * 4_000):
        answer = client.get(path, headers=PAGE)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    page = page_of(client, mine)
    token = mine.rsplit("/", 1)[1]
    assert "og:url" not in page
    assert "canonical" not in page
    outside = re.findall(r'(?:href|src|action|content)="(https?:[^"]*)"', page)
    assert [each for each in outside if token in each] == []
    said = capsys.readouterr()
    assert token not in said.out + said.err + caplog.text
    assert DANA["email"] not in said.out + said.err + caplog.text


def test_an_unknown_link_and_a_hostile_one_are_not_told_apart(client: FlaskClient) -> None:
    for token in ("x" * 43, "\u00e9" * 20, "%00", "..", "a" * 5_000, "' OR 1=1 --"):
        assert client.get(f"/requests/{token}", headers=PAGE).status_code == 404, token


def test_a_full_walk_leads_to_the_waiting_list(client: FlaskClient, coordinator: Person) -> None:
    walk_id = publish(coordinator, places=1)
    link(ask(client, walk_id))
    confirm(coordinator, request_id())
    assert "Ask to be told of the next" in page_of(client, f"/walks/{walk_id}")
    mine = link(ask(client, walk_id, email="eve@post.example", phone="07700 900124"))
    assert "You are on the waiting list" in page_of(client, mine)


def test_after_the_walk_she_says_how_it_was_once(client: FlaskClient, coordinator: Person) -> None:
    mine = link(ask(client, publish(coordinator)))
    confirm(coordinator, request_id())
    superuser("UPDATE participant.request SET state = 'done', no_show = false")
    assert "How was it?" in page_of(client, mine)
    assert send(client, mine, f"{mine}/feedback", felt_heard="5").status_code == 422
    sent = send(client, mine, f"{mine}/feedback", felt_heard="5", felt_safer="3", walk_again="yes")
    assert sent.status_code == 303
    assert "Thank you for telling us how it was" in page_of(client, mine)
    assert superuser("SELECT felt_heard, felt_safer, walk_again FROM participant.feedback") == [(5, 3, True)]


def test_public_pages_never_show_where_to_meet(client: FlaskClient, coordinator: Person) -> None:
    walk_id = publish(coordinator)
    for path in (
        "/",
        "/walks",
        f"/walks/{walk_id}",
        f"/walks/{walk_id}/ask",
        "/walks/wards.json",
        "/sitemap.xml",
    ):
        body = page_of(client, path)
        for secret in (WALK.meeting_words, WALK.word, WALK.officer_number, "51.4634", "-0.1219"):
            assert str(secret) not in body, (path, secret)


def test_walks_are_found_by_ward_and_by_district_and_distances_are_coarse(
    client: FlaskClient, coordinator: Person
) -> None:
    publish(coordinator)
    publish(coordinator, title="Far away", ward_code="E05000004")
    superuser("INSERT INTO postcode_district VALUES ('SW8', 'E05000001') ON CONFLICT DO NOTHING")
    for words in ("Ward A", "ward a", "SW8", "sw8 2dy"):
        found = client.get("/walks", query_string={"near": words, "within": "1"}).get_data(as_text=True)
        assert WALK.title in found, words
        assert "in this ward or next to it" in found
    lost = page_of(client, "/walks?near=Atlantis")
    assert "We do not know" in lost
    assert "Far away" in page_of(client, "/walks?ward=E05000004")
    for hostile in ("%25", "'", "<b>", "a" * 5_000, "\u202e"):
        assert client.get("/walks", query_string={"near": hostile, "within": "9e9"}).status_code == 200


def test_search_engines_are_told_of_walks_and_not_of_links(
    client: FlaskClient, coordinator: Person, opened: Settings
) -> None:
    walk_id = publish(coordinator)
    page = page_of(client, f"/walks/{walk_id}")
    policy = client.get(f"/walks/{walk_id}").headers["Content-Security-Policy"]
    found = re.search(r'<script type="application/ld\+json" nonce="([^"]+)">(.*?)</script>', page)
    assert found
    assert "nonce-" in policy
    event = json.loads(found[2])
    assert event["@type"] == "Event"
    assert event["startDate"].startswith(START.strftime("%Y-%m-%dT"))
    assert event["location"]["name"] == "Ward A"
    tree = ET.fromstring(client.get("/sitemap.xml").data)  # noqa: S314 (our own text)
    places = [each.text for each in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert f"{opened.public_url}/walks/{walk_id}" in places
    assert f"{opened.public_url}/said-and-did/E05000001" in places
    robots = client.get("/robots.txt").get_data(as_text=True)
    for path in ("/requests/", "/capture/", "/planning/", "/coordinate/", "/admin/", "/login"):
        assert f"Disallow: {path}\n" in robots


def test_a_walk_that_is_over_or_unlisted_is_not_there(client: FlaskClient, coordinator: Person) -> None:
    hidden = publish(coordinator, listed=False)
    gone = publish(coordinator)
    superuser(
        "UPDATE joinable_walk SET starts_at = now() - interval '1 hour', ends_at = now() WHERE id = :id",
        id=gone,
    )
    for walk_id in (hidden, gone, uuid.uuid4()):
        assert client.get(f"/walks/{walk_id}", headers=PAGE).status_code == 404
        assert client.get(f"/walks/{walk_id}/ask", headers=PAGE).status_code == 404


def test_the_page_says_until_when_a_phone_may_keep_it(client: FlaskClient, coordinator: Person) -> None:
    mine = link(ask(client, publish(coordinator)))
    assert "X-Keep-Until" not in client.get(mine).headers
    confirm(coordinator, request_id())
    until = int(client.get(mine).headers["X-Keep-Until"])
    assert until == int((START + timedelta(minutes=45, days=1)).timestamp())


def test_staff_are_led_on_from_the_front_page(
    client: FlaskClient, signed_in: Callable[[str], FlaskClient]
) -> None:
    assert "Go to your walks" in signed_in("brixton_officer").get("/").get_data(as_text=True)
    assert "Go to" not in page_of(client, "/")
