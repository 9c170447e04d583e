"""Asking again: tags before the page is made, 304, small bodies, and changes that are seen at once."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
import zstandard
from flask import Flask
from flask.testing import FlaskClient

from geoapp import db
from geoapp.actions import keys
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


@pytest.mark.parametrize("query", ["", "?kind=concern", "?f=csv"])
def test_changes_are_seen_at_once_by_who_polls_and_a_revoked_key_sees_nothing(
    client: FlaskClient, personas: dict, world: World, query: str
) -> None:
    with db.writing() as session:
        made = keys.create(session, f"polls{query}", [LAMBETH], by="tests")
    ask = getter(client, {"X-API-Key": made.secret})
    tag = ask(f"{CONCERNS}{query}").headers["ETag"]
    for _ in range(3):
        assert ask(f"{CONCERNS}{query}", If_None_Match=tag).status_code == 304
    send = sender(client, personas["brixton_officer"].bearer)
    one = raise_concern(send, world.walk, *MIDDLES["A"], wording="New")
    new = ask(f"{CONCERNS}{query}", If_None_Match=tag)
    assert new.status_code == 200
    assert ask(f"{CONCERNS}{query}", If_None_Match=new.headers["ETag"]).status_code == 304
    with db.writing() as session:
        keys.revoke(session, f"polls{query}", by="tests")
    assert ask(f"{CONCERNS}{query}", If_None_Match=new.headers["ETag"]).status_code == 401
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
