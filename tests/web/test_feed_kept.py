"""Answers asked for again come from memory, with the time of each, and never one that has changed."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from geoapp import db
from geoapp.actions import keys
from geoapp.feed import kept_answers, plain
from geoapp.feed.kept_answers import Kept, KeptAnswers, Place
from geoapp.feed.quick import EXTENSION
from geoapp.queries import feed_quick
from tests.web.feed_world import CONCERNS, LAMBETH, SOUTHWARK, World, build, raise_concern, sender

pytestmark = pytest.mark.usefixtures("squares", "world")
Ask = Callable[..., TestResponse]
BOX = f"{CONCERNS}?bbox=-0.13,51.46,-0.1,51.48"


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    return build(app.test_client(), personas["brixton_officer"].bearer)


@pytest.fixture(autouse=True)
def store(app: Flask, monkeypatch: pytest.MonkeyPatch) -> KeptAnswers:
    made = KeptAnswers()
    monkeypatch.setattr(app.extensions[EXTENSION], "kept", made)
    return made


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The collections of which a page was put together."""
    seen: list[str] = []
    page, pages = feed_quick.page, feed_quick.pages

    def one(connection: Any, key_hash: bytes, collection: str, *rest: Any, **more: Any) -> Any:
        seen.append(collection)
        return page(connection, key_hash, collection, *rest, **more)

    def several(connection: Any, asked: Any) -> Any:
        seen.extend(collection for _, collection, _ in asked)
        return pages(connection, asked)

    monkeypatch.setattr(feed_quick, "page", one)
    monkeypatch.setattr(feed_quick, "pages", several)
    return seen


def unpacked(answer: TestResponse) -> dict[str, Any]:
    packed = answer.headers.get("Content-Encoding") == "gzip"
    said: dict[str, Any] = json.loads(gzip.decompress(answer.data) if packed else answer.data)
    return said


def entries() -> int:
    with db.reading() as connection:
        return int(
            connection.execute(text("SELECT count(*) FROM audit WHERE action = 'feed read'")).scalar_one()
        )


@pytest.mark.parametrize("path", [CONCERNS, BOX, f"{CONCERNS}?limit=2&f=json"])
@pytest.mark.parametrize("packing", ["", "gzip"])
def test_the_third_time_it_comes_from_memory_and_is_written_down(
    client: FlaskClient, world: World, pages: list[str], path: str, packing: str
) -> None:
    headers = world.key(LAMBETH) | ({"Accept-Encoding": packing} if packing else {})
    before = entries()
    answers, told = [], []
    for _ in range(4):
        begun = datetime.now(UTC)
        answers.append(client.get(path, headers=headers))
        body = unpacked(answers[-1])
        assert begun <= datetime.fromisoformat(body.pop("timeStamp")) <= datetime.now(UTC)
        told.append(body)
    assert pages == ["concerns"] * 2
    assert {each.status_code for each in answers} == {200}
    assert told[0] == told[1] == told[2] == told[3]
    assert answers[3].headers["ETag"] == answers[0].headers["ETag"]
    assert answers[3].headers["Content-Length"] == str(len(answers[3].data))
    assert answers[3].headers.get("Content-Encoding", "") == packing
    assert entries() == before + 4


def test_what_has_changed_is_put_together_anew(
    client: FlaskClient, app: Flask, world: World, pages: list[str], personas: dict
) -> None:
    headers = world.key(LAMBETH)
    for _ in range(3):
        first = client.get(BOX, headers=headers).get_json()
    send = sender(app.test_client(), personas["brixton_officer"].bearer)
    new = raise_concern(send, world.walk, -0.1227, 51.4634, wording="Put here after it was kept")
    again = client.get(BOX, headers=headers).get_json()
    assert again["numberMatched"] == first["numberMatched"] + 1
    assert new in {each["id"] for each in again["features"]}
    send("DELETE", f"/concerns/{new}/share", {})
    send("PUT", f"/concerns/{new}/share", {"wording": "Other words"})
    assert b"Other words" in client.get(BOX, headers=headers).data
    assert b"after it was kept" not in client.get(BOX, headers=headers).data
    send("DELETE", f"/concerns/{new}/share", {})
    last = client.get(BOX, headers=headers)
    assert last.get_json()["numberMatched"] == first["numberMatched"]
    assert b"Other words" not in last.data
    assert len(pages) >= 5


def test_each_key_is_told_its_own_and_a_revoked_one_nothing(client: FlaskClient, world: World) -> None:
    with db.writing() as session:
        made = keys.create(session, "kept, revoked", [LAMBETH], by="tests")
    headers = {"X-API-Key": made.secret}
    for _ in range(3):
        assert client.get(BOX, headers=headers).get_json()["numberMatched"] == 6
        assert client.get(BOX, headers=world.key(SOUTHWARK)).get_json()["numberMatched"] == 6
    ours, theirs = (client.get(BOX, headers=world.key(each)).data for each in (LAMBETH, SOUTHWARK))
    assert b"ward A" in ours
    assert b"ward A" not in theirs
    with db.writing() as session:
        keys.revoke(session, "kept, revoked", by="tests")
    assert client.get(BOX, headers=headers).status_code == 401


def place(name: str) -> Place:
    return f"/{name}", (), b"key", "http://here"


def kept(tag: str, size: int) -> Kept:
    return Kept(tag, (), b"x" * size, 1)


def test_the_store_holds_no_more_than_it_may() -> None:
    store = KeptAnswers(most_bytes=1_000, again=1)
    for number in range(10):
        store.offer(place(f"{number}"), kept("t", 300))
    assert [number for number in range(10) if store.has(place(f"{number}"))] == [7, 8, 9]
    assert store.get(place("7"), "t") is not None
    store.offer(place("more"), kept("t", 300))
    assert [number for number in range(10) if store.has(place(f"{number}"))] == [7, 9]
    assert store.has_some("/7", ())
    assert not store.has_some("/8", ())


def test_an_answer_under_another_tag_is_let_go() -> None:
    store = KeptAnswers(again=1)
    store.offer(place("a"), kept("one", 10))
    assert store.get(place("a"), "two") is None
    assert not store.has(place("a"))
    assert not store.has_some("/a", ())


def test_only_what_is_asked_for_again_within_a_while_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    store, now = KeptAnswers(), [1_000.0]
    monkeypatch.setattr(kept_answers.time, "monotonic", lambda: now[0])
    store.offer(place("a"), kept("t", 10))
    assert not store.has(place("a"))
    now[0] += 100
    store.offer(place("a"), kept("t", 10))
    assert not store.has(place("a"))
    now[0] += 1
    store.offer(place("a"), kept("t", 10))
    assert store.has(place("a"))
    now[0] += 100
    store.offer(place("b"), kept("t", 10))
    assert store.get(place("b"), "t") is None
    assert not store.has(place("a"))


def test_what_nobody_asks_for_goes_without_anybody_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    store, now = KeptAnswers(again=1), [1_000.0]
    monkeypatch.setattr(kept_answers.time, "monotonic", lambda: now[0])
    store.offer(place("a"), kept("t", 10))
    now[0] += 59
    store.let_go()
    assert store.has(place("a"))
    now[0] += 1
    store.let_go()
    assert not store.has(place("a"))


def test_a_large_page_that_was_kept_and_has_changed_is_not_made_while_others_wait(
    client: FlaskClient, app: Flask, world: World, store: KeptAnswers
) -> None:
    path = f"{CONCERNS}?limit=5000"
    for _ in range(2):
        assert client.get(path, headers=world.key(LAMBETH)).status_code == 200
    reads = app.extensions[EXTENSION]
    wanted = plain.wanted(CONCERNS, "limit=5000", reads.settings.secret_key)
    environ = {"wsgi.url_scheme": "http", "HTTP_HOST": "localhost", "HTTP_X_API_KEY": world.keys[LAMBETH]}
    asked = plain.of(wanted, plain.caller(environ, reads.settings))
    assert wanted is not None
    assert reads.is_light(wanted)
    [outcome] = reads.answers([asked], light=True)
    assert outcome.answer is not None
    packed = plain.of(wanted, plain.caller(environ | {"HTTP_ACCEPT_ENCODING": "gzip"}, reads.settings))
    [outcome] = reads.answers([packed], light=True)
    assert outcome.answer is None
    [stale] = (each for each in store._kept)
    store._kept[stale] = store._kept[stale][0], kept("another tag", 10)
    [outcome] = reads.answers([asked], light=True)
    assert outcome.answer is None
    assert not reads.is_light(wanted)
    assert reads.answers([], light=True) == []
