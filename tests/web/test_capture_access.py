"""Who gets in to the capture API, and what those who do not can find out."""

import gzip
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import text
from werkzeug.test import TestResponse

from geoapp import db
from geoapp.actions import people
from tests.web.capture_phone import Phone, concern, new_id, problem, rows

pytestmark = pytest.mark.usefixtures("squares")
START = "2026-02-10T19:00:00Z"
ROUTES = [
    ("PUT", "/walks/{}", {"started_at": START}),
    ("GET", "/walks/{}", None),
    ("GET", "/walks/{}/receipt", None),
    ("PUT", "/walks/{}/track/0", {"fixes": []}),
    ("PUT", "/concerns/{}", concern()),
    ("GET", "/concerns/{}", None),
    ("DELETE", "/concerns/{}", None),
    ("PUT", "/concerns/{}/photo", b"x"),
    ("GET", "/concerns/{}/photo", None),
    ("PUT", "/concerns/{}/share", {}),
    ("DELETE", "/concerns/{}/share", None),
    ("PUT", "/concerns/{}/crime", {}),
    ("DELETE", "/concerns/{}/crime", None),
    ("PUT", "/audits/{}", {}),
    ("GET", "/audits/{}", None),
    ("DELETE", "/audits/{}", None),
]


@pytest.fixture
def phone(client: FlaskClient, personas: dict[str, Any]) -> Phone:
    return Phone(client, personas)


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_without_a_token_it_is_401(phone: Phone, method: str, path: str, body: object) -> None:
    before = rows()
    for headers in (
        {},
        {"Authorization": "Bearer llt_wrong"},
        {"Authorization": "Bearer"},
        {"X_API_Key": "x"},
    ):
        answer = phone(method, path.format(new_id()), body, who=None, **headers)
        problem(answer, 401)
        assert "Bearer" in answer.headers["WWW-Authenticate"]
    assert rows() == before


@pytest.mark.parametrize("who", ["lambeth_planner", "administrator"])
@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_planners_and_administrators_get_403(
    phone: Phone, who: str, method: str, path: str, body: object
) -> None:
    before = rows()
    problem(phone(method, path.format(new_id()), body, who=who), 403)
    assert rows() == before


def test_a_token_ends(phone: Phone, personas: dict[str, Any]) -> None:
    with db.writing() as session:
        token = people.create_token(
            session, personas["brixton_officer"].email, lasts=timedelta(hours=1), by="tests"
        )
    sent = {"Authorization": f"Bearer {token}"}
    path = f"/walks/{new_id()}"
    assert phone.put(path, {"started_at": START}, who=None, **sent).status_code == 201
    for ended in ("revoked_at = now()", "revoked_at = NULL, expires_at = now() - interval '1 second'"):
        with db.writing() as session:
            session.execute(
                text(f"UPDATE api_token SET {ended} WHERE token_hash = sha256(convert_to(:token, 'UTF8'))"),  # noqa: S608 (constants)
                {"token": token},
            )
        problem(phone.put(path, {"started_at": START}, who=None, **sent), 401)


def test_a_browser_needs_its_csrf_token(signed_in: Callable[[str], FlaskClient]) -> None:
    browser = signed_in("brixton_officer")
    path = f"/capture/api/walks/{new_id()}"
    before = rows()
    problem(browser.put(path, json={"started_at": START}), 400)
    problem(browser.put(path, json={"started_at": START}, headers={"X-CSRF-Token": "wrong"}), 400)
    problem(browser.delete(f"/capture/api/concerns/{new_id()}"), 400)
    assert rows() == before
    page = browser.get("/").get_data(as_text=True)
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    assert browser.put(path, json={"started_at": START}, headers={"X-CSRF-Token": token}).status_code == 201
    assert browser.get(path).status_code == 200


def test_a_coordinator_of_the_team_works_on_the_same_walk(phone: Phone) -> None:
    walk, one = new_id(), new_id()
    assert phone.put(f"/walks/{walk}", {"started_at": START}).status_code == 201
    assert phone.put(f"/concerns/{one}", concern(walk), who="coordinator").status_code == 201
    assert phone.get(f"/concerns/{one}").status_code == 200
    assert phone("DELETE", f"/concerns/{one}", who="coordinator").status_code == 204


def strip(answer: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All of an answer that its reader could compare."""
    headers = sorted(
        (k, v) for k, v in answer.headers.items() if k not in {"Content-Security-Policy", "Date"}
    )
    return answer.status_code, answer.data, headers


@pytest.mark.parametrize(
    ("method", "path", "body"), [each for each in ROUTES if each[0] == "GET" or "share" in each[1]]
)
def test_not_yours_answers_like_unknown(phone: Phone, method: str, path: str, body: object) -> None:
    mine = new_id()
    phone.put(f"/walks/{mine}", {"started_at": START})
    phone.put(f"/concerns/{mine}", concern(mine, note="A secret"))
    phone.put(f"/concerns/{mine}/photo", _png())
    theirs = phone(method, path.format(mine), body, who="peckham_officer")
    unknown = phone(method, path.format(new_id()), body, who="peckham_officer")
    problem(theirs, 404)
    assert strip(theirs) == strip(unknown)


def test_nothing_is_written_over_another_team(phone: Phone) -> None:
    walk, one = new_id(), new_id()
    phone.put(f"/walks/{walk}", {"started_at": START})
    tag = phone.put(f"/concerns/{one}", concern(walk, note="A secret")).headers["ETag"]
    phone.put(f"/concerns/{one}/photo", _png())
    before = rows()
    for path, body in (
        (f"/walks/{walk}", {"started_at": START}),
        (f"/walks/{walk}", {"started_at": START, "participants": 5}),
        (f"/walks/{walk}/track/0", {"fixes": []}),
        (f"/concerns/{one}", concern(walk, note="A secret")),
        (f"/concerns/{one}", concern(new_id())),
        (f"/concerns/{one}/photo", _png()),
        (f"/concerns/{one}/share", {"wording": "x"}),
    ):
        for headers in ({}, {"If_Match": tag}, {"If_Match": "*"}):
            answer = phone.put(path, body, who="peckham_officer", **headers)
            assert problem(answer, 404)["detail"] in {"There is no such walk.", "There is no such concern."}
    problem(phone.put(f"/concerns/{new_id()}", concern(walk), who="peckham_officer"), 404)
    assert rows() == before
    assert phone("DELETE", f"/concerns/{one}", who="peckham_officer").status_code == 204
    assert phone("DELETE", f"/concerns/{new_id()}", who="peckham_officer").status_code == 204
    assert phone.get(f"/concerns/{one}").status_code == 200
    assert phone.get(f"/concerns/{one}/photo").status_code == 200
    # What they removed for themselves is theirs to have removed, and nobody else's.
    assert phone.put(f"/concerns/{one}", concern(walk, note="A secret")).status_code == 200


def test_an_identifier_that_both_teams_use_for_a_photo(phone: Phone) -> None:
    one = new_id()
    assert phone.put(f"/concerns/{one}/photo", _png()).status_code == 201
    problem(phone.put(f"/concerns/{one}/photo", _png(), who="peckham_officer"), 404)
    problem(phone.get(f"/concerns/{one}/photo", who="peckham_officer"), 404)


def entries(subject: str) -> list[tuple[str, str]]:
    with db.reading() as connection:
        found = connection.execute(
            text("SELECT actor, action FROM audit WHERE subject = :subject ORDER BY id"), {"subject": subject}
        )
        return [(row.actor, row.action) for row in found]


def test_analysts_read_every_team_and_each_read_is_written_down(
    phone: Phone, personas: dict[str, Any]
) -> None:
    walk, one = new_id(), new_id()
    phone.put(f"/walks/{walk}", {"started_at": START}, who="peckham_officer")
    phone.put(f"/concerns/{one}", concern(walk, note="By the gate"), who="peckham_officer")
    phone.put(f"/concerns/{one}/photo", _png(), who="peckham_officer")
    said = phone.get(f"/concerns/{one}", who="analyst")
    assert (said.status_code, said.get_json()["properties"]["note"]) == (200, "By the gate")
    assert phone.get(f"/walks/{walk}", who="analyst").status_code == 200
    assert phone.get(f"/concerns/{one}/photo", who="analyst").status_code == 200
    phone.get(f"/concerns/{one}", who="peckham_officer")
    phone.get(f"/concerns/{one}", who="brixton_officer")
    analyst, officer = personas["analyst"].email, personas["peckham_officer"].email
    assert entries(f"concern {one}") == [
        (officer, "concern created"),
        (officer, "photo created"),
        (analyst, "note read"),
        (analyst, "photo seen"),
        (officer, "note read"),
    ]
    assert entries(f"walk {walk}") == [(officer, "walk created"), (analyst, "walk read")]


@pytest.mark.parametrize(("method", "path", "body"), [r for r in ROUTES if r[0] != "GET"])
def test_analysts_write_nothing(phone: Phone, method: str, path: str, body: object) -> None:
    before = rows()
    problem(phone(method, path.format(new_id()), body, who="analyst"), 403)
    assert rows() == before


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/walks/{}", {"GET", "HEAD", "OPTIONS", "PUT"}),
        ("DELETE", "/walks/{}", {"GET", "HEAD", "OPTIONS", "PUT"}),
        ("PUT", "/walks/{}/receipt", {"GET", "HEAD", "OPTIONS"}),
        ("PATCH", "/concerns/{}", {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}),
        ("POST", "/concerns/{}/share", {"OPTIONS", "PUT", "DELETE"}),
    ],
)
def test_405_says_what_is_allowed(phone: Phone, method: str, path: str, allowed: set[str]) -> None:
    answer = phone(method, path.format(new_id()), {})
    problem(answer, 405)
    assert {each.strip() for each in answer.headers["Allow"].split(",")} == allowed


@pytest.mark.parametrize(
    "identifier", ["1", "not-a-uuid", "0190b7c2d4e67f8091a2b3c4d5e6f708", "%00", "'--", "{}/../{}"]
)
def test_a_path_without_a_uuid_is_404(phone: Phone, identifier: str) -> None:
    for kind in ("walks", "concerns"):
        problem(phone.get(f"/{kind}/{identifier}"), 404)
        problem(phone.put(f"/{kind}/{identifier}", {}), 404)


def test_gzip_is_read(phone: Phone) -> None:
    path, sent = f"/walks/{new_id()}", {"started_at": START}
    packed = gzip.compress(json.dumps(sent).encode())
    assert phone.put(path, packed, Content_Encoding="gzip").status_code == 201
    assert phone.put(path, sent).status_code == 200


def _png() -> bytes:
    """The smallest picture there is: one grey pixel."""
    out = io.BytesIO()
    Image.new("L", (1, 1), 128).save(out, "PNG")
    return out.getvalue()
