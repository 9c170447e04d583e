"""Asking again: tags before the page is made, 304, small bodies, and the poll answered at once."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zstandard
from flask import Flask
from flask.testing import FlaskClient

from geoapp import db
from geoapp.config import Settings
from geoapp.feed import limits, poll
from geoapp.queries import feed as queries
from tests.web.feed_world import (
    CONCERNS,
    LAMBETH,
    MIDDLES,
    SOUTHWARK,
    WARDS,
    Get,
    World,
    build,
    getter,
    raise_concern,
    sender,
)

pytestmark = pytest.mark.usefixtures("squares", "world")


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    return build(app.test_client(), personas["brixton_officer"].bearer)


@pytest.fixture
def lambeth(client: FlaskClient, world: World) -> Get:
    return getter(client, world.key(LAMBETH))


def test_a_tag_is_of_what_is_asked_by_whom(lambeth: Get, client: FlaskClient, world: World) -> None:
    asked = [
        "",
        "?limit=1",
        "?limit=2",
        "?kind=concern",
        "?sortby=date",
        "?properties=kind",
        "?bbox=-1,51,1,52",
    ]
    tags = [lambeth(f"{CONCERNS}{each}").headers["ETag"] for each in asked]
    tags.append(client.get(CONCERNS, headers=world.key(SOUTHWARK)).headers["ETag"])
    assert len(set(tags)) == len(tags)
    assert all(each.startswith('W/"') for each in tags)
    assert lambeth(CONCERNS).headers["ETag"] == tags[0]


def test_a_page_that_is_known_is_not_made(lambeth: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = lambeth(f"{CONCERNS}?limit=3").headers["ETag"]

    def made(*_said: object) -> None:
        raise AssertionError("the page was made")

    monkeypatch.setattr(queries, "page", made)
    assert lambeth(f"{CONCERNS}?limit=3", If_None_Match=tag).status_code == 304
    assert lambeth(f"{CONCERNS}?limit=3", If_None_Match=f'"x", {tag}').status_code == 304


def test_what_changes_elsewhere_leaves_the_tag(
    app: Flask, client: FlaskClient, lambeth: Get, personas: dict, world: World
) -> None:
    tag = lambeth(CONCERNS).headers["ETag"]
    send = sender(app.test_client(), personas["brixton_officer"].bearer)
    one = raise_concern(send, world.walk, *MIDDLES["C"], wording="In Southwark")
    assert lambeth(CONCERNS, If_None_Match=tag).status_code == 304
    client.delete(f"/capture/api/concerns/{one}", headers=personas["brixton_officer"].bearer)


def test_when_it_changed_last_is_told_by_the_day_where_it_could_betray_an_hour(
    lambeth: Get, client: FlaskClient
) -> None:
    assert lambeth(CONCERNS).last_modified.strftime("%H:%M:%S") == "00:00:00"
    assert client.get(WARDS).last_modified is not None


UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompress(data),
}


@pytest.mark.parametrize(
    ("liked", "way"),
    [
        ("gzip", "gzip"),
        ("zstd", "zstd"),
        ("gzip, zstd", "zstd"),
        ("gzip;q=1.0, zstd;q=0.5", "gzip"),
        ("gzip;q=0, zstd;q=0", None),
        ("br", None),
        ("identity", None),
    ],
)
def test_answers_are_packed_as_the_reader_likes(lambeth: Get, liked: str, way: str | None) -> None:
    for path in (CONCERNS, "/feed/api"):
        plain, packed = lambeth(path), lambeth(path, Accept_Encoding=liked)
        assert packed.headers.get("Content-Encoding") == way
        assert "Accept-Encoding" in packed.headers["Vary"]
        body = UNPACK[way](packed.data) if way else packed.data
        assert _without_time(body) == _without_time(plain.data)
        assert lambeth(path, Accept_Encoding=liked, If_None_Match=packed.headers["ETag"]).status_code == 304
    assert (
        lambeth("/feed/api", Accept_Encoding="gzip").headers["ETag"] != lambeth("/feed/api").headers["ETag"]
    )


def _without_time(body: bytes) -> dict[str, Any]:
    return {name: value for name, value in json.loads(body).items() if name != "timeStamp"}


def test_a_poll_just_answered_is_answered_alike_and_soon_anew(
    monkeypatch: pytest.MonkeyPatch, opened: Settings, tmp_path: Path
) -> None:
    now, asked = [100.0], []
    monkeypatch.setattr(poll.time, "monotonic", lambda: now[0])
    limiter = limits.Limiter(replace(opened, var=tmp_path))

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        asked.append(environ["PATH_INFO"])
        reader = environ[limits.READER] = ("address 127.0.0.1", 9)
        allowance = environ.get(limits.COUNTED) or limiter.take(*reader)
        if not allowance.within:
            start_response("429 TOO MANY REQUESTS", allowance.headers())
            return []
        start_response("304 NOT MODIFIED", [("ETag", 'W/"a"'), *allowance.headers()])
        return []

    stands = poll.UnchangedPolls(application, limiter)
    told: list[tuple[Any, ...]] = []

    def ask(**said: str) -> None:
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/feed/collections/wards/items", "QUERY_STRING": ""}
        list(stands(environ | {"HTTP_IF_NONE_MATCH": 'W/"a"'} | said, lambda *said: told.append(said)))

    ask()
    ask()
    assert len(asked) == 1
    assert [(status, dict(headers)["ETag"]) for status, headers in told] == [
        ("304 NOT MODIFIED", 'W/"a"')
    ] * 2
    assert [dict(headers)["RateLimit-Remaining"] for _, headers in told] == ["8", "7"]
    for other in (
        {"HTTP_X_API_KEY": "k"},
        {"QUERY_STRING": "limit=1"},
        {"HTTP_IF_NONE_MATCH": 'W/"b"'},
        {"HTTP_COOKIE": "x"},
    ):
        ask(**other)
    assert len(asked) == 5
    now[0] += 0.25
    ask()
    assert len(asked) == 6
    for _ in range(3):
        ask()
    assert [status[:3] for status, _ in told[-2:]] == ["304", "429"]  # the ninth and the tenth


def test_changes_are_seen_at_once_by_who_has_not_polled(
    app: Flask, client: FlaskClient, lambeth: Get, personas: dict, world: World
) -> None:
    tag = lambeth(CONCERNS).headers["ETag"]
    send = sender(app.test_client(), personas["brixton_officer"].bearer)
    one = raise_concern(send, world.walk, *MIDDLES["A"], wording="New")
    assert lambeth(CONCERNS, If_None_Match=tag).status_code == 200
    client.delete(f"/capture/api/concerns/{one}", headers=personas["brixton_officer"].bearer)


def test_a_filter_that_takes_too_long_is_let_go(lambeth: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_FILTER_MS", 1)
    slow = " AND ".join(["S_INTERSECTS(geometry, POINT(0 0)) OR CASEI(wording) LIKE casei('%a%b%c%d%')"] * 20)
    answer = lambeth(f"{CONCERNS}?filter={slow}".replace("%", "%25").replace(" ", "%20"))
    assert answer.status_code in {200, 503}
    if answer.status_code == 503:
        assert "longer than it may" in answer.get_json()["detail"]
        assert answer.headers["Retry-After"] == "5"


def test_a_count_that_takes_too_long_is_left_out(lambeth: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    def counted(*_said: object) -> None:
        return None

    monkeypatch.setattr(queries, "_counted", counted)
    answer = lambeth(f"{CONCERNS}?kind=concern&limit=2").get_json()
    assert "numberMatched" not in answer
    assert answer["numberReturned"] == 2
    with db.feed_reading([LAMBETH]) as connection:
        assert queries.state(connection, queries.SOURCES["concerns"]).total == 6
