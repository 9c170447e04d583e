"""Keys of the feed: where they go, how they end, and how much one of them may ask for."""

import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from geoapp import create_app, db
from geoapp.actions import keys
from geoapp.config import Settings
from geoapp.errors import NotFound, Refused
from geoapp.feed import disclosure
from geoapp.feed.limit_store import SharedCounts
from tests.db.command_line import CommandLine
from tests.web.feed_world import CONCERNS, LAMBETH, SOUTHWARK, WARDS, World, build, getter

pytestmark = pytest.mark.usefixtures("squares", "world")


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    return build(app.test_client(), personas["brixton_officer"].bearer)


def change(statement: str, **said: object) -> None:
    with db.writing() as session:
        session.execute(text(statement), said)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        *((path, "key={}") for path in ("/feed/", "/feed/api", f"{CONCERNS}/x", WARDS, "/feed/collections")),
        *((CONCERNS, query) for query in ("apikey={}", "X-API-Key={}", "bbox={}", "{}=1", "f=json&f={}")),
    ],
)
def test_a_key_in_an_address_is_400_and_is_not_repeated(
    client: FlaskClient, world: World, path: str, query: str
) -> None:
    key = world.keys[LAMBETH]
    for accept in ("application/json", "text/html"):
        answer = client.get(f"{path}?{query.format(key)}", headers={"Accept": accept})
        assert answer.status_code == 400
        whole = answer.get_data(as_text=True) + str(answer.headers)
        assert "A key never goes into an address" in whole
        assert key not in whole


def test_no_line_of_the_log_has_a_key(
    client: FlaskClient, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    key = world.keys[LAMBETH]
    client.get(CONCERNS, headers={"X-API-Key": key})
    client.get(f"{CONCERNS}?key={key}")
    client.get(CONCERNS, headers={"Authorization": f"Bearer {key}x"})
    said = capsys.readouterr()
    assert "feed.items" in said.err
    assert key not in said.err + said.out


def test_a_key_that_ended_says_when_to_its_holder_alone(client: FlaskClient) -> None:
    with db.writing() as session:
        revoked = keys.create(session, "revoked", [LAMBETH], by="tests")
        expired = keys.create(session, "expired", [LAMBETH], by="tests", lasts=timedelta(days=1))
    change("UPDATE feed_key SET revoked_at = '2026-04-20T23:30Z' WHERE id = :id", id=revoked.id)
    change("UPDATE feed_key SET expires_at = '2026-04-21T12:00Z' WHERE id = :id", id=expired.id)
    for key in (revoked.secret, expired.secret):
        answer = client.get(CONCERNS, headers={"X-API-Key": key})
        assert answer.status_code == 401
        assert answer.get_json()["detail"] == (
            "This key ended on 21 April 2026. Ask your administrator for a new one."
        )
        assert "WWW-Authenticate" in answer.headers
    wrong = client.get(CONCERNS, headers={"X-API-Key": revoked.secret[:-1] + "~"})
    assert wrong.get_json()["detail"] == "This key is not valid. Ask your administrator for a new one."


def test_a_revoked_key_is_refused_also_with_a_tag_that_still_fits(client: FlaskClient) -> None:
    with db.writing() as session:
        new = keys.create(session, "short-lived", [LAMBETH], by="tests")
    get = getter(client, {"X-API-Key": new.secret})
    first = get(CONCERNS)
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert get(CONCERNS, If_None_Match=first.headers["ETag"]).status_code == 304
    with db.writing() as session:
        keys.revoke(session, "short-lived", by="tests")
    assert get(CONCERNS, If_None_Match=first.headers["ETag"]).status_code == 401
    assert get(CONCERNS).status_code == 401


def test_a_change_over_has_two_living_keys_and_ends_the_older(client: FlaskClient) -> None:
    with db.writing() as session:
        old = keys.create(session, "change-over", [LAMBETH], by="tests")
    with db.writing() as session:
        new = keys.create(session, "change-over", [LAMBETH], by="tests")

    def opens() -> list[int]:
        sent = ({"X-API-Key": key.secret} for key in (old, new))
        return [client.get(CONCERNS, headers=each).status_code for each in sent]

    assert opens() == [200, 200]
    with db.writing() as session:
        assert keys.revoke(session, "change-over", by="tests", keep_newest=True) == 1
    assert opens() == [401, 200]
    with pytest.raises(NotFound, match="no older living key"), db.writing() as session:
        keys.revoke(session, "change-over", by="tests", keep_newest=True)


def test_a_borough_that_nobody_knows_is_refused_in_words() -> None:
    with (
        pytest.raises(
            Refused, match=r"There is no borough E09000099\. There are E09000022 Lambeth, E09000028"
        ),
        db.writing() as session,
    ):
        keys.create(session, "nowhere", [LAMBETH, "E09000099"], by="tests")
    with db.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM feed_key WHERE name = 'nowhere'")) == 0
        assert connection.scalar(text("SELECT count(*) FROM borough WHERE code = 'E09000099'")) == 0


def test_the_command_line_makes_lists_and_ends_keys(opened: Settings, client: FlaskClient) -> None:
    run = CommandLine(opened)
    made = run.json("keys", "create", "By command", "--borough", LAMBETH, SOUTHWARK, "--write")
    assert client.get(CONCERNS, headers={"X-API-Key": made["key"]}).status_code == 200
    (listed,) = [each for each in run.json("keys", "list")["keys"] if each["id"] == made["id"]]
    assert (listed["boroughs"], listed["may_write"]) == ([LAMBETH, SOUTHWARK], True)
    assert listed["last_used_at"] is not None
    assert made["key"] not in str(listed)
    assert "reads and writes back, working, last used" in run("keys", "list").output
    assert run.json("keys", "revoke", "By command") == {"revoked": 1}
    assert "ended 20" in run("keys", "list").output
    refused = run("keys", "create", "Nowhere", "--borough", "E09000099")
    assert refused.exit_code == 1
    assert "There is no borough E09000099" in refused.output


def test_use_is_written_once_a_minute_at_most(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disclosure, "_touched", {})
    written = []
    used = keys.used
    monkeypatch.setattr(keys, "used", lambda session, key: (written.append(key), used(session, key)))
    for _ in range(4):
        client.get(CONCERNS, headers=world.key(LAMBETH))
    assert written == [world.key_ids[LAMBETH]]
    monkeypatch.setattr(disclosure, "_SELDOM_S", 0.0)
    client.get(CONCERNS, headers=world.key(LAMBETH))
    assert len(written) == 2


@pytest.fixture
def strict(opened: Settings, tmp_path: Path) -> Iterator[Flask]:
    limits = replace(opened.limits, feed_requests_key=3, feed_requests_address=2, feed_window_seconds=30)
    made = create_app(replace(opened, limits=limits, var=tmp_path))
    made.testing = True
    yield made
    db.connect(opened, pooled=False)


def test_over_the_limit_is_429_with_the_time_to_come_back(strict: Flask, world: World) -> None:
    get = getter(strict.test_client(), world.key(LAMBETH))
    answers = [get(f"{CONCERNS}?limit=1") for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert [each.headers["RateLimit-Remaining"] for each in answers] == ["2", "1", "0", "0"]
    last = answers[-1]
    assert (last.headers["RateLimit-Limit"], last.headers["RateLimit-Policy"]) == ("3", "3;w=30")
    seconds = int(last.headers["Retry-After"])
    assert 25 <= seconds <= 30
    assert last.headers["RateLimit-Reset"] == str(seconds)
    assert last.get_json()["detail"] == f"Too many requests. Try again in {seconds} seconds."
    # Other keys and people without one have limits of their own; a wrong key is counted by address.
    client = strict.test_client()
    assert client.get(CONCERNS, headers=world.key(SOUTHWARK)).status_code == 200
    assert client.get(CONCERNS, headers={"X-API-Key": "wrong"}).status_code == 401
    assert [client.get(WARDS).status_code for _ in range(2)] == [200, 429]
    assert client.options(WARDS).status_code == 200


def test_the_window_ends(opened: Settings, tmp_path: Path) -> None:
    limits = replace(opened.limits, feed_requests_address=1, feed_window_seconds=1)
    made = create_app(replace(opened, limits=limits, var=tmp_path))
    client = made.test_client()
    assert client.get("/feed/conformance").status_code == 200
    refused = client.get("/feed/conformance")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    time.sleep(1.1)
    assert client.get("/feed/conformance").status_code == 200


def add(file: Path, times: int) -> None:
    counts = SharedCounts(file)
    for _ in range(times):
        counts.add("somebody", 600)
    counts.close()


def test_processes_count_together_and_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "counts"
    start = multiprocessing.get_context("spawn")
    processes = [start.Process(target=add, args=(file, 500)) for _ in range(3)]
    for each in processes:
        each.start()
    for each in processes:
        each.join(60)
    counts = SharedCounts(file)
    assert counts.get("somebody") == 1500
    assert counts.get("somebody else") == 0
    count, ends = counts.add("somebody", 600)
    assert count == 1501
    assert 500 < ends - time.time() <= 600
    counts.close()


def test_many_readers_at_once_each_have_their_own_count(tmp_path: Path) -> None:
    counts = SharedCounts(tmp_path / "counts")
    for round_ in range(1, 4):
        assert {counts.add(f"reader {number}", 600)[0] for number in range(800)} == {round_}
    counts.close()
