"""Plain readings with a key go a shorter way: the same answers, notes and limits as on the long one."""

import base64
import json
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from geoapp import create_app, db
from geoapp.actions import keys
from geoapp.config import Settings
from geoapp.feed.quick import QuickReads
from geoapp.queries import feed
from tests.web.feed_world import CONCERNS, LAMBETH, MIDDLES, ROUTES, SOUTHWARK, WARDS, World, build

pytestmark = pytest.mark.usefixtures("squares", "world")
Ask = Callable[..., TestResponse]


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    return build(app.test_client(), personas["brixton_officer"].bearer)


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each request, whether it was answered on the short way."""
    seen: list[bool] = []
    quick = QuickReads._answer_or_none

    def watched(self: QuickReads, environ: dict[str, Any]) -> Any:
        answer = quick(self, environ)
        seen.append(answer is not None)
        return answer

    monkeypatch.setattr(QuickReads, "_answer_or_none", watched)
    return seen


@pytest.fixture
def ask(client: FlaskClient, world: World) -> Ask:
    def asked(path: str, borough: str = LAMBETH, *, long: bool = False, **headers: str) -> TestResponse:
        if long:  # which is taken with any cookie; it says nothing else about the request
            client.set_cookie("a", "b")
        answer = client.get(path, headers=world.key(borough) | headers)
        client.delete_cookie("a")
        return answer

    return asked


def told(answer: TestResponse) -> tuple[int, dict[str, str], str]:
    """What must be the same on both ways: all but the moment, the nonce and how many requests are left."""
    headers = {name: value for name, value in answer.headers if not name.startswith("RateLimit-")}
    policy = re.sub(r"nonce-[\w-]+", "nonce", headers.pop("Content-Security-Policy"))
    body = answer.data if "Content-Encoding" in headers else answer.get_data(as_text=True)
    said = re.sub(r'"timeStamp":"[^"]*"', "", str(body))
    return answer.status_code, headers | {"policy": policy}, said


def both(ask: Ask, path: str, **said: str) -> tuple[TestResponse, TestResponse]:
    return ask(path, **said), ask(path, **said, long=True)


PLAIN = [
    "",
    "?f=json",
    "?limit=2",
    "?limit=1&f=json",
    "?f=json&limit=2",
    "?limit=100000",
    "?bbox=-0.13,51.46,-0.1,51.465",
    "?limit=1&bbox=-0.13,51.46,-0.1,51.48",
    "?bbox=-1,51,0,1,52,9",
    "?bbox=170,51,-170,52",
    "?bbox=2,51,3,52",
]


@pytest.mark.parametrize("query", PLAIN)
@pytest.mark.parametrize("items", [CONCERNS, ROUTES])
def test_pages_are_the_same_on_both_ways(ask: Ask, answered: list[bool], items: str, query: str) -> None:
    quick, long = both(ask, f"{items}{query}")
    assert answered == [True, False]
    assert told(quick) == told(long)
    assert quick.status_code == 200
    json.loads(quick.data)
    known, known_long = both(ask, f"{items}{query}", If_None_Match=quick.headers["ETag"])
    assert known.status_code == 304
    assert told(known) == told(known_long)


def test_next_links_lead_through_all_of_it_on_both_ways(ask: Ask, answered: list[bool]) -> None:
    path: str | None = f"{CONCERNS}?limit=2"
    seen = []
    while path:
        quick, long = both(ask, path)
        assert told(quick) == told(long)
        page = quick.get_json()
        seen += [each["id"] for each in page["features"]]
        found = [each["href"] for each in page["links"] if each["rel"] == "next"]
        path = found[0].partition("://")[2].partition("/")[2] if found else None
        path = f"/{path}" if path else None
    assert answered == [True, False] * 3
    assert len(seen) == len(set(seen)) == 6


@pytest.mark.parametrize("few", [4, 1])
@pytest.mark.parametrize("query", PLAIN)
def test_keys_of_several_boroughs_read_the_same_on_both_ways(
    client: FlaskClient, answered: list[bool], monkeypatch: pytest.MonkeyPatch, query: str, few: int
) -> None:
    """Each of the statements for one, a few and many boroughs, also when a key has come to see fewer."""
    monkeypatch.setattr(feed, "FEW", few)
    with db.writing() as session:
        made = keys.create(session, f"both {few} {query}", [LAMBETH, SOUTHWARK], by="tests")
    headers = {"X-API-Key": made.secret}
    quick = client.get(f"{CONCERNS}{query}", headers=headers)
    client.set_cookie("a", "b")
    long = client.get(f"{CONCERNS}{query}", headers=headers)
    client.delete_cookie("a")
    assert answered == [True, False]
    assert told(quick) == told(long)
    said = quick.get_json()
    if "bbox" not in query:
        assert said["numberMatched"] == 12
    seen = {each["properties"]["borough_code"] for each in said["features"]}
    assert seen <= {LAMBETH, SOUTHWARK}
    if query in {"", "?f=json"}:
        assert seen == {LAMBETH, SOUTHWARK}
    # Taken from it again, a borough is out of sight with the next request, whatever was seen before.
    with db.writing() as session:
        session.execute(
            text("DELETE FROM feed_key_borough WHERE feed_key_id = :key AND borough_code = :borough"),
            {"key": made.id, "borough": SOUTHWARK},
        )
    ours = client.get(CONCERNS, headers=headers).get_json()
    assert {each["properties"]["borough_code"] for each in ours["features"]} == {LAMBETH}
    assert ours["numberMatched"] == len(ours["features"]) == 6


@pytest.mark.parametrize("more", ["", "?f=json"])
def test_one_feature_is_the_same_on_both_ways(
    ask: Ask, answered: list[bool], world: World, more: str
) -> None:
    [one] = {each["id"] for each in ask(f"{CONCERNS}?limit=1").get_json()["features"]}
    # Its identifier outside, and the one that the phone made, of which it was made.
    for path in (f"{CONCERNS}/{one}", f"{CONCERNS}/{world.shared['A'][0]}", f"{ROUTES}/{world.routes[0]}"):
        answered.clear()
        quick, long = both(ask, f"{path}{more}")
        assert answered == [True, False]
        assert told(quick) == told(long)
        assert quick.status_code == 200
        known, known_long = both(ask, f"{path}{more}", If_None_Match=quick.headers["ETag"])
        assert known.status_code == 304
        assert told(known) == told(known_long)


@pytest.mark.parametrize(
    "liked", ["gzip", "gzip, deflate, br, zstd", "zstd;q=0.5, gzip;q=0.1", "identity", "br"]
)
def test_answers_are_packed_alike_on_both_ways(ask: Ask, answered: list[bool], liked: str) -> None:
    quick, long = both(ask, CONCERNS, Accept_Encoding=liked)
    assert answered == [True, False]
    assert quick.headers.get("Content-Encoding") == long.headers.get("Content-Encoding")
    known, known_long = both(ask, CONCERNS, Accept_Encoding=liked, If_None_Match=quick.headers["ETag"])
    assert (known.status_code, told(known)) == (304, told(known_long))


@pytest.mark.parametrize("accepted", ["*/*", "application/geo+json", "application/json"])
def test_what_is_accepted_is_the_same_on_both_ways(ask: Ask, answered: list[bool], accepted: str) -> None:
    quick, long = both(ask, f"{CONCERNS}?limit=1", Accept=accepted)
    assert answered == [True, False]
    assert told(quick) == told(long)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{CONCERNS}?f=html", 200),
        (f"{CONCERNS}?f=csv", 200),
        (f"{CONCERNS}?kind=concern", 200),
        (f"{CONCERNS}?offset=1", 200),
        (f"{CONCERNS}?bbox=-1%2C51%2C1%2C52", 200),
        (f"{CONCERNS}?limit=0", 400),
        (f"{CONCERNS}?limit=2&limit=3", 400),
        (f"{CONCERNS}?limit=", 400),
        (f"{CONCERNS}?bbox=1,2,3", 400),
        (f"{CONCERNS}?cursor=abc", 400),
        (f"{CONCERNS}?nothing=1", 400),
        (f"{CONCERNS}/{uuid.UUID(int=7)}", 404),
        (f"{CONCERNS}/{'-' * 36}", 404),
        (f"{CONCERNS}/{uuid.UUID(int=7)}?limit=1", 400),
        (f"{WARDS}?limit=1", 200),
        ("/feed/collections/nothing/items", 404),
    ],
)
def test_everything_else_takes_the_long_way(ask: Ask, answered: list[bool], path: str, status: int) -> None:
    assert ask(path).status_code == status
    assert answered == [False]


def test_a_feature_of_another_borough_is_not_there(ask: Ask, answered: list[bool], world: World) -> None:
    for one in (world.shared["C"][0], world.unshared[0]):
        assert ask(f"{CONCERNS}/{one}").status_code == 404
    assert not any(answered)
    assert ask(f"{CONCERNS}/{world.shared['C'][0]}", SOUTHWARK).status_code == 200
    lon, lat = MIDDLES["C"]
    box = f"{lon - 0.001},{lat - 0.001},{lon + 0.001},{lat + 0.001}"
    assert ask(f"{CONCERNS}?bbox={box}").get_json()["numberMatched"] == 0
    assert ask(f"{CONCERNS}?bbox={box}", SOUTHWARK).get_json()["numberMatched"] == 3


def test_a_key_may_come_in_each_of_its_headers(
    client: FlaskClient, world: World, answered: list[bool]
) -> None:
    key = world.keys[LAMBETH]
    basic = base64.b64encode(f"anybody:{key}".encode()).decode()
    for headers in (
        {"X-API-Key": key},
        {"Authorization": f"Bearer {key}"},
        {"Authorization": f"Basic {basic}"},
    ):
        assert client.get(CONCERNS, headers=headers).get_json()["numberMatched"] == 6
    assert answered == [True] * 3


def test_a_revoked_key_opens_nothing_at_once(client: FlaskClient) -> None:
    with db.writing() as session:
        made = keys.create(session, "quick, revoked", [LAMBETH], by="tests")
    headers = {"X-API-Key": made.secret}
    assert client.get(CONCERNS, headers=headers).status_code == 200
    with db.writing() as session:
        keys.revoke(session, "quick, revoked", by="tests")
    assert client.get(CONCERNS, headers=headers).status_code == 401
    assert client.get(CONCERNS, headers={"X-API-Key": "wrong"}).status_code == 401


def last_notes(number: int) -> list[tuple[Any, ...]]:
    with db.reading() as connection:
        rows = connection.execute(
            text("SELECT actor, action, subject, detail FROM audit ORDER BY id DESC LIMIT :n"), {"n": number}
        ).all()
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("path", [CONCERNS, f"{CONCERNS}?limit=2&f=json", f"{ROUTES}?bbox=-1,51,1,52"])
def test_readings_are_written_down_alike_and_304_is_not(ask: Ask, answered: list[bool], path: str) -> None:
    quick, _ = both(ask, path)
    assert answered == [True, False]
    first, second = last_notes(2)
    assert first == second
    assert first[1:3] == ("feed read", f"collection {path.split('/')[3]}")
    assert first[3]["features"] == quick.get_json()["numberReturned"]
    ask(path, If_None_Match=quick.headers["ETag"])
    assert last_notes(2) == [first, second]
    with db.reading() as connection:
        count = connection.execute(text("SELECT count(*) FROM audit")).scalar_one()
    ask(path, If_None_Match=quick.headers["ETag"])
    with db.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit")).scalar_one() == count


def test_nothing_is_told_that_cannot_be_written_down(
    ask: Ask, answered: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    from geoapp.actions import readings  # noqa: PLC0415 (for this test alone)
    from geoapp.errors import DatabaseAway  # noqa: PLC0415 (likewise)

    def away(_entry: object) -> None:
        raise DatabaseAway("It cannot be reached.")

    monkeypatch.setattr(readings, "keep", away)
    answer = ask(CONCERNS)
    assert (answer.status_code, answered) == (503, [False])
    assert b"wording" not in answer.data


@pytest.fixture
def strict(opened: Settings, tmp_path: Path) -> Iterator[FlaskClient]:
    limits = replace(opened.limits, feed_requests_key=4, feed_window_seconds=60)
    made = create_app(replace(opened, limits=limits, var=tmp_path))
    made.testing = True
    yield made.test_client()
    db.connect(opened, pooled=False)


def test_both_ways_and_known_answers_count_towards_one_limit(strict: FlaskClient, world: World) -> None:
    headers = world.key(LAMBETH)
    first = strict.get(CONCERNS, headers=headers)
    strict.set_cookie("a", "b")
    second = strict.get(CONCERNS, headers=headers)
    strict.delete_cookie("a")
    known = headers | {"If-None-Match": first.headers["ETag"]}
    answers = [first, second, *(strict.get(CONCERNS, headers=known) for _ in range(3))]
    answers.append(strict.get(CONCERNS, headers=headers))
    assert [each.status_code for each in answers] == [200, 200, 304, 304, 429, 429]
    assert [each.headers["RateLimit-Remaining"] for each in answers] == ["3", "2", "1", "0", "0", "0"]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
