"""Who gets in where: every route has its mark, and every persona meets every route."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from geoapp import create_app, db
from geoapp.access import ALLOWED, Permission, Role, needs, public
from geoapp.actions import keys
from geoapp.config import Settings

pytestmark = pytest.mark.usefixtures("squares")
ONE = "018f0000-0000-7000-8000-000000000001"
FILL = {
    "uuid": ONE,
    "int": "1",
    "float": "1.5",
    "string": "E05000001",
    "path": "css/lamplight.css",
    "any": "json",
}
STATES = ["stranger", "brixton_officer", "coordinator", "analyst", "lambeth_planner", "administrator"]

# What each permission opens, and to whom: the table of the design, written by hand.
OPENS = {
    Permission.CAPTURE: {"brixton_officer", "coordinator"},
    Permission.READ_NOTES: {"brixton_officer", "coordinator", "analyst"},
    Permission.READ_FIGURES: {"brixton_officer", "coordinator", "analyst", "lambeth_planner"},
    Permission.READ_SHARED: {"brixton_officer", "coordinator", "lambeth_planner"},
    Permission.READ_EVERY_TEAM: {"analyst"},
    Permission.ANSWER: {"coordinator"},
    Permission.RUN_SCHEME: {"coordinator"},
    Permission.ADMINISTER: {"administrator"},
}
ROOMS = {
    "capture": {Permission.CAPTURE, Permission.READ_NOTES},
    "planning": {Permission.READ_FIGURES, Permission.READ_SHARED},
    "admin": {Permission.ADMINISTER},
    "answers": {Permission.ANSWER},
    "coordination": {Permission.RUN_SCHEME},
}
# Of those rooms, what browsers fetch without a cookie: the files of the phone's app, the same for everybody.
IN_THE_OPEN = {"capture.app.file", "capture.app.worker", "capture.app.manifest"}


def routes(app: Flask) -> list[tuple[str, str, str]]:
    """Endpoint, method and an address with something in the place of each variable."""
    found = []
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:(\w+)(?:\([^)]*\))?:)?\w+>", lambda m: FILL[m[1] or "string"], rule.rule)
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        found += [(rule.endpoint, method, path) for method in methods]
    return sorted(found)


def test_every_route_states_whom_it_is_for(app: Flask) -> None:
    marks = {name: getattr(view, "needs", "missing") for name, view in app.view_functions.items()}
    missing = [name for name, mark in marks.items() if mark == "missing" and name != "static"]
    assert missing == []
    assert all(mark is None or isinstance(mark, Permission) for mark in marks.values() if mark != "missing")


def test_every_room_asks_for_its_own_permission(app: Flask) -> None:
    wrong = {
        name
        for name, view in app.view_functions.items()
        if name.split(".")[0] in ROOMS and view.needs not in ROOMS[name.split(".")[0]]
    }
    assert wrong == IN_THE_OPEN
    assert all(app.view_functions[name].needs is None for name in wrong)


def test_the_table_of_permissions_is_the_one_of_the_design(personas: dict[str, Any]) -> None:
    for permission in Permission:
        roles = {role for role in Role if permission in ALLOWED[role]}
        assert roles == {personas[name].role for name in OPENS[permission]}, permission


def test_a_route_without_a_mark_lets_nobody_in(opened: Settings, personas: dict[str, Any]) -> None:
    app = create_app(opened)
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret", methods=["GET", "POST"])
    for headers in ({}, personas["administrator"].bearer, personas["brixton_officer"].bearer):
        for method in ("GET", "POST", "HEAD"):
            answer = app.test_client().open("/forgotten", method=method, headers=headers)
            assert answer.status_code == 403
            assert b"secret" not in answer.data


@pytest.mark.parametrize("who", STATES)
def test_every_persona_at_every_route(
    app: Flask, client: FlaskClient, personas: dict[str, Any], who: str
) -> None:
    headers = {} if who == "stranger" else personas[who].bearer
    met = 0
    for endpoint, method, path in routes(app):
        permission = getattr(app.view_functions[endpoint], "needs", None)
        if permission is None:
            continue
        met += 1
        answer = client.open(path, method=method, headers={"Accept": "application/json"} | headers)
        if who == "stranger":
            assert answer.status_code == 401, (method, path)
            assert answer.headers["WWW-Authenticate"]
            assert answer.mimetype == "application/problem+json"
        elif who in OPENS[permission]:
            assert answer.status_code not in {401, 403, 500, 503}, (method, path, answer.status_code)
        else:
            assert answer.status_code == 403, (method, path)
            assert answer.mimetype == "application/problem+json"
    assert met > 8


def test_a_browser_that_nobody_signed_in_to_is_led_to_the_door(app: Flask, client: FlaskClient) -> None:
    for endpoint, method, path in routes(app):
        view = app.view_functions[endpoint]
        if method != "GET" or getattr(view, "needs", None) is None or "/api/" in path or "/data/" in path:
            continue
        answer = client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 302, path
        assert answer.headers["Location"].startswith("/login?next="), path


@pytest.mark.parametrize("who", ["", "nobody", "llt_" + "x" * 43])
def test_a_token_that_opens_nothing_is_refused(client: FlaskClient, who: str) -> None:
    answer = client.get(f"/capture/api/walks/{ONE}", headers={"Authorization": f"Bearer {who}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("change", ["revoked_at = now()", "expires_at = now() - interval '1 second'"])
def test_a_token_ends(client: FlaskClient, personas: dict[str, Any], change: str) -> None:
    headers = personas["peckham_officer"].bearer
    assert client.get(f"/capture/api/walks/{ONE}", headers=headers).status_code == 404
    before = "SELECT id FROM person WHERE email = 'peckham_officer@lamplight.example'"
    with db.writing() as session:
        kept = session.execute(
            text(f"SELECT expires_at FROM api_token WHERE person_id = ({before})")  # noqa: S608 (constants of this file)
        ).scalar()
        session.execute(text(f"UPDATE api_token SET {change} WHERE person_id = ({before})"))  # noqa: S608 (constants of this file)
    try:
        assert client.get(f"/capture/api/walks/{ONE}", headers=headers).status_code == 401
    finally:
        with db.writing() as session:
            back = f"UPDATE api_token SET revoked_at = NULL, expires_at = :kept WHERE person_id = ({before})"  # noqa: S608 (constants of this file)
            session.execute(text(back), {"kept": kept})


def test_a_token_is_stronger_than_a_cookie(
    signed_in: Callable[[str], FlaskClient], personas: dict[str, Any]
) -> None:
    browser = signed_in("brixton_officer")
    path = "/planning/data/areas.json"
    assert browser.get(path).status_code == 200
    assert browser.get(path, headers=personas["administrator"].bearer).status_code == 403
    assert browser.get(path, headers={"Authorization": "Bearer llt_nothing"}).status_code == 401


WRITES = [
    ("PUT", f"/capture/api/walks/{ONE}"),
    ("PUT", f"/capture/api/concerns/{ONE}"),
    ("DELETE", f"/capture/api/concerns/{ONE}"),
]


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize(
    "headers",
    [{}, {"X-CSRFToken": "x"}, {"X-API-Key": "x"}, {"Authorization": "Basic eDp4"}],
    ids=["nothing", "a wrong token", "some key", "some password"],
)
def test_another_site_cannot_write_with_the_cookie_of_somebody_signed_in(
    signed_in: Callable[[str], FlaskClient], method: str, path: str, headers: dict[str, str]
) -> None:
    answer = signed_in("brixton_officer").open(path, method=method, json={}, headers=headers)
    assert answer.status_code == 400
    assert "CSRF" in answer.get_json()["detail"]


def test_the_page_itself_can_write_with_its_token(signed_in: Callable[[str], FlaskClient]) -> None:
    browser = signed_in("brixton_officer")
    page = browser.get("/login").get_data(as_text=True)
    token = re.search(r'name="csrf(?:_|-)token" (?:value|content)="([^"]+)"', page)
    assert token
    answer = browser.put(
        f"/capture/api/walks/{ONE}",
        json={"started_at": "2026-02-10T19:00:00Z"},
        headers={"X-CSRF-Token": token[1]},
    )
    assert answer.status_code in {200, 201}, answer.get_json()


def test_another_teams_walk_is_as_if_it_were_not(client: FlaskClient, personas: dict[str, Any]) -> None:
    body = {"started_at": "2026-02-10T19:00:00Z"}
    one = "018f0000-0000-7000-8000-0000000000aa"
    path = f"/capture/api/walks/{one}"
    assert client.put(path, json=body, headers=personas["brixton_officer"].bearer).status_code == 201
    theirs = client.get(path, headers=personas["peckham_officer"].bearer)
    nobodys = client.get(path[:-2] + "bb", headers=personas["peckham_officer"].bearer)
    assert (theirs.status_code, theirs.data) == (nobodys.status_code, nobodys.data)
    assert client.put(path, json=body, headers=personas["peckham_officer"].bearer).status_code == 404
    assert client.get(path, headers=personas["coordinator"].bearer).status_code == 200


def test_a_feed_key_opens_the_feed_and_nothing_else(client: FlaskClient) -> None:
    with db.writing() as session:
        new = keys.create(session, "GIS", ["E09000022"], by="tests")
    ways = [
        {"Authorization": f"Bearer {new.secret}"},
        {"X-API-Key": new.secret},
    ]
    for headers in ways:
        assert client.get("/feed/collections/concerns/items", headers=headers).status_code == 200
        assert client.get("/planning/data/areas.json", headers=headers).status_code == 401
        assert client.put(f"/capture/api/walks/{ONE}", json={}, headers=headers).status_code == 401
    assert client.get(f"/feed/collections/concerns/items?key={new.secret}").status_code in {400, 401}
    with db.writing() as session:
        keys.revoke(session, "GIS", by="tests")
    for headers in ways:
        assert client.get("/feed/collections/concerns/items", headers=headers).status_code == 401


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO team (name) VALUES ('New')",
        "UPDATE person SET name = 'x'",
        "DELETE FROM concern",
        "SELECT nextval('procrastinate_jobs_id_seq')",
        "CREATE TEMP TABLE kept (id integer)",
    ],
)
def test_reading_cannot_write(statement: str) -> None:
    with pytest.raises(DBAPIError, match="read-only transaction"), db.reading() as connection:
        connection.execute(text(statement))
    with pytest.raises(DBAPIError), db.feed_reading(["E09000022"]) as connection:
        connection.execute(text(statement))


def test_reading_holds_one_picture_of_the_data() -> None:
    with db.reading() as connection:
        before = connection.scalar(text("SELECT count(*) FROM team"))
        with db.writing() as session:
            session.execute(text("INSERT INTO team (name) VALUES ('Come later')"))
        assert connection.scalar(text("SELECT count(*) FROM team")) == before


def test_marks_hold_what_was_asked() -> None:
    @needs(Permission.CAPTURE)
    def inside() -> str:
        return "in"

    @public
    def outside() -> str:
        return "out"

    assert (inside.needs, outside.needs) == (Permission.CAPTURE, None)  # type: ignore[attr-defined]
    assert (inside(), outside()) == ("in", "out")
