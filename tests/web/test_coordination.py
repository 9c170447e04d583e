"""The coordinator's pages: publishing, matching, confirming, and what they refuse."""

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from geoapp import db
from geoapp.actions import scheme_requests, scheme_walks
from geoapp.actions.scheme_requests import reach_of_new
from geoapp.config import Settings
from geoapp.db import Reach, scheme_writing
from tests.scheme_world import DANA, INCOMPLETE, START, WALK, new_id, person

pytestmark = pytest.mark.usefixtures("squares", "personas")
Browser = tuple[FlaskClient, Callable[..., Any]]
DAY = (START + timedelta(days=1)).date().isoformat()
FORM = {
    "title": "Vauxhall station to Bonnington Square",
    "ward_code": "E05000001",
    "day": DAY,
    "start": "20:45",
    "end": "21:30",
    "kind": "group",
    "places": "4",
    "length_km": "1.8",
    "step_free": "yes",
    "details": "Lit streets.",
    "lat": "51.4634",
    "lon": "-0.1219",
    "meeting_words": "By the clock in the station hall",
    "getting_there": "",
    "officer_id": "",
    "officer_first_name": "Sam",
    "officer_number": "LX 201",
    "word": "linden",
    "listed": "yes",
}


def sql(statement: str, **values: object) -> Any:
    with db.current().app.connect() as connection, connection.begin():
        connection.execute(text("RESET ROLE"))
        done = connection.execute(text(statement), values)
        return done.fetchall() if done.returns_rows else None


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    yield
    sql("DELETE FROM participant.request")
    sql("DELETE FROM participant.asking")
    sql("DELETE FROM participant.feedback")
    sql("DELETE FROM joinable_walk")


@pytest.fixture
def browser(signed_in: Callable[[str], FlaskClient]) -> Browser:
    client = signed_in("coordinator")

    def post(path: str, **form: Any) -> Any:
        page = client.get("/coordinate/walks/new").get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token
        return client.post(path, data=form | {"csrf_token": token[1]}, headers={"Accept": "text/html"})

    return client, post


def ask(settings: Settings, walk_id: uuid.UUID | None = None, **said: Any) -> scheme_requests.Asked:
    request_id = new_id()
    new = replace(DANA, walk_id=walk_id, ward_code=None if walk_id else "E05000002", **said)
    with scheme_writing(reach_of_new(request_id)) as session:
        return scheme_requests.ask(session, request_id, new, address=None, settings=settings)


def publish(form: scheme_walks.WalkForm = WALK) -> uuid.UUID:
    by, walk_id = person("coordinator@lamplight.example"), new_id()
    with scheme_writing(Reach.team(by.team_id)) as session:
        scheme_walks.publish(session, walk_id, form, by=by)
    return walk_id


def test_a_walk_is_published_once_however_often_the_form_is_sent(browser: Browser) -> None:
    client, post = browser
    one = str(uuid.uuid4())
    for _ in range(2):
        answer = post("/coordinate/walks", walk_id=one, **FORM)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        assert answer.headers["Location"] == f"/coordinate/walks/{one}"
    rows = sql("SELECT title, length_m, places, ST_X(meeting_point), ST_Y(meeting_point) FROM joinable_walk")
    assert rows == [("Vauxhall station to Bonnington Square", 1800, 4, -0.1219, 51.4634)]
    page = client.get(f"/coordinate/walks/{one}").get_data(as_text=True)
    assert "20:45 to 21:30" in page
    assert 'value="20:45"' in page
    assert "Vauxhall station" in client.get("/coordinate/").get_data(as_text=True)


WRONG = [
    ({"title": " "}, "title"),
    ({"title": "x" * 121}, "title"),
    ({"ward_code": "E05999999"}, "ward_code"),
    ({"day": "tomorrow"}, "day"),
    ({"day": "2020-01-01"}, "start"),
    ({"start": ""}, "start"),
    ({"start": "25:00"}, "start"),
    ({"end": "20:00"}, "end"),
    ({"places": "0"}, "places"),
    ({"places": "99999999999999"}, "places"),
    ({"length_km": "nan"}, "length_km"),
    ({"lat": "", "lon": "1"}, "lat"),
    ({"lat": "inf"}, "lat"),
    ({"lat": "-0.12", "lon": "51.4"}, "lat"),
    ({"kind": "crowd"}, "kind"),
    ({"day": "2027-03-28", "start": "01:30", "end": ""}, "start"),
]


@pytest.mark.parametrize(("said", "field"), WRONG)
def test_mistakes_are_named_and_what_was_typed_stays(
    browser: Browser, said: dict[str, str], field: str
) -> None:
    answer = browser[1]("/coordinate/walks", walk_id=str(uuid.uuid4()), **(FORM | said))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'href="#{field}"' in page
    assert "By the clock in the station hall" in page
    assert sql("SELECT count(*) FROM joinable_walk") == [(0,)]


def test_a_request_is_offered_agreed_and_confirmed(browser: Browser, opened: Settings) -> None:
    client, post = browser
    walk_id, asked = publish(), ask(opened, preferred=("weekday_evening",))
    page = client.get("/coordinate/requests").get_data(as_text=True)
    for said in (
        DANA.first_name,
        "+447700900123",
        "weekday evenings",
        "I use a stick named Wobbleton",
        "Ward B",
    ):
        assert said in page, said
    assert post(f"/coordinate/requests/{asked.id}/offer", walk=str(walk_id)).status_code == 303
    refused = post(f"/coordinate/requests/{asked.id}/confirm")
    assert refused.status_code == 409
    assert "She has not agreed yet" in refused.get_data(as_text=True)
    with scheme_writing(scheme_requests.reach_of_token(asked.token)) as session:
        scheme_requests.agree(session, asked.token)
    assert post(f"/coordinate/requests/{asked.id}/confirm").status_code == 303
    assert sql("SELECT state FROM participant.request") == [("confirmed",)]
    assert DANA.first_name in client.get(f"/coordinate/walks/{walk_id}").get_data(as_text=True)
    assert "0 to answer" in client.get("/coordinate/requests").get_data(as_text=True)


@pytest.mark.parametrize("lacking", sorted(INCOMPLETE))
def test_an_incomplete_walk_is_not_confirmed_by_the_page(
    browser: Browser, opened: Settings, lacking: str
) -> None:
    asked = ask(opened, publish(INCOMPLETE[lacking]))
    answer = browser[1](f"/coordinate/requests/{asked.id}/confirm")
    assert answer.status_code == 422
    assert "cannot be confirmed yet" in answer.get_data(as_text=True)
    assert sql("SELECT state FROM participant.request") == [("asked",)]
    assert sql("SELECT count(*) FROM participant.message WHERE kind = 'confirmed'") == [(0,)]


@pytest.mark.parametrize("left_out", ["end", "lat", "meeting_words"])
def test_a_confirmed_walk_does_not_become_incomplete_by_its_form(
    browser: Browser, opened: Settings, left_out: str
) -> None:
    walk_id = publish()
    browser[1](f"/coordinate/requests/{ask(opened, walk_id).id}/confirm")
    form = FORM | {"lon" if left_out == "lat" else left_out: "", left_out: ""}
    answer = browser[1](f"/coordinate/walks/{walk_id}", **form)
    assert answer.status_code == 422
    assert sql("SELECT title FROM joinable_walk") == [(WALK.title,)]


def test_filters_by_ward_and_time(browser: Browser, opened: Settings) -> None:
    ask(opened, preferred=("weekday_evening",))
    count = lambda query: browser[0].get(f"/coordinate/requests?{query}").get_data(as_text=True)  # noqa: E731 (four uses, one line)
    assert "1 to answer" in count("ward=E05000002&time=weekday_evening")
    assert "0 to answer" in count("ward=E05000001")
    assert "0 to answer" in count("time=weekend_morning")
    assert "1 to answer" in count("time=%00&ward=%27--")


def test_calling_off_says_first_what_it_does(browser: Browser, opened: Settings) -> None:
    client, post = browser
    walk_id = publish()
    post(f"/coordinate/requests/{ask(opened, walk_id).id}/confirm")
    page = client.get(f"/coordinate/walks/{walk_id}/cancel").get_data(as_text=True)
    assert "1 person has a place" in page
    assert post(f"/coordinate/walks/{walk_id}/cancel").status_code == 303
    assert sql("SELECT state FROM participant.request") == [("cancelled",)]


def test_closing_a_walk_keeps_who_did_not_come(browser: Browser, opened: Settings) -> None:
    client, post = browser
    walk_id = publish()
    asked = ask(opened, walk_id)
    post(f"/coordinate/requests/{asked.id}/confirm")
    sql("UPDATE joinable_walk SET starts_at = now() - interval '2 h', ends_at = now() - interval '1 h'")
    assert "Did not come" in client.get(f"/coordinate/walks/{walk_id}").get_data(as_text=True)
    assert post(f"/coordinate/walks/{walk_id}/finish", no_show=str(asked.id)).status_code == 303
    assert sql("SELECT state, no_show FROM participant.request") == [("done", True)]


def test_figures_of_few_are_not_shown(browser: Browser, opened: Settings) -> None:
    team = person("coordinator@lamplight.example").team_id
    add = """INSERT INTO participant.feedback (team_id, month, felt_heard, felt_safer, walk_again)
        VALUES (:t, date_trunc('month', now())::date, 4, 3, true)"""
    for _ in range(opened.rules.feedback_min - 1):
        sql(add, t=team)
    assert "fewer than 5 have answered" in browser[0].get("/coordinate/").get_data(as_text=True)
    sql(add, t=team)
    page = browser[0].get("/coordinate/").get_data(as_text=True)
    assert "4.0 of 5" in page
    assert "100%" in page


def test_a_failed_message_is_seen_and_sent_again(browser: Browser, opened: Settings) -> None:
    client, post = browser
    ask(opened, publish(), phone=None)
    sql("UPDATE participant.message SET state = 'failed', failure = 'Refused (550).', ended_at = now()")
    page = client.get("/coordinate/messages").get_data(as_text=True)
    assert "(550)" in page
    assert DANA.email in page
    ((message_id,),) = sql("SELECT id FROM participant.message")
    assert post(f"/coordinate/messages/{message_id}/again").status_code == 303
    assert sql("SELECT state FROM participant.message") == [("queued",)]
    assert "Every message went out" in client.get("/coordinate/messages").get_data(as_text=True)


def test_another_teams_walks_and_requests_are_as_if_they_were_not(
    browser: Browser, opened: Settings, personas: Any
) -> None:
    assert personas
    walk_id = publish()
    asked = ask(opened, walk_id)
    sql("INSERT INTO team (name) VALUES ('Elsewhere') ON CONFLICT DO NOTHING")
    team = sql("SELECT id FROM team WHERE name = 'Elsewhere'")[0][0]
    own = person("coordinator@lamplight.example").team_id
    sql("UPDATE participant.request SET team_id = :t", t=team)
    sql("UPDATE joinable_walk SET team_id = :t", t=team)
    client, post = browser
    assert client.get(f"/coordinate/walks/{walk_id}").status_code == 404
    assert client.get(f"/coordinate/walks/{walk_id}/cancel").status_code == 404
    for path in (f"requests/{asked.id}/confirm", f"requests/{asked.id}/cancel", f"walks/{walk_id}/cancel"):
        assert post(f"/coordinate/{path}").status_code == 404, path
    assert DANA.first_name not in client.get("/coordinate/requests").get_data(as_text=True)
    assert own != team
