"""Signing in and out, and everything that somebody may try at that door."""

import datetime as dt
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import argon2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import NullPool, create_engine, text
from werkzeug.test import TestResponse

from geoapp import create_app, db
from geoapp.actions import people
from geoapp.config import Settings

Server = Any  # the class of the fixture lies in conftest.py, which tests cannot import
PASSWORD = "lamp-post-in-the-rain"  # noqa: S105 (of people who exist in tests alone)
ANA = "brixton_officer@lamplight.example"
pytestmark = pytest.mark.usefixtures("quick_hashing", "personas", "no_failures")
ORDINARY = people._NOBODY


@pytest.fixture(scope="module")
def quick_hashing() -> Iterator[None]:
    """Hash with as little work as possible, because hundreds of tries are made here."""
    quick = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "_hasher", quick)
        patch.setattr(people, "_NOBODY", quick.hash("nobody"))
        yield


@pytest.fixture
def no_failures(opened: Settings) -> Iterator[None]:
    """Begin and end with nobody having failed."""
    assert opened
    _forget_failures()
    yield
    _forget_failures()


def _forget_failures() -> None:
    with db.writing() as session:
        session.execute(text("DELETE FROM sign_in_failure"))


def csrf_of(client: FlaskClient) -> str:
    return client.get("/login").get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]


def sign_in(client: FlaskClient, email: str = ANA, password: str = PASSWORD, **more: Any) -> TestResponse:
    form = {"email": email, "password": password, "csrf_token": csrf_of(client)} | more.pop("form", {})
    return client.post("/login", data=form, **more)


def is_in(client: FlaskClient) -> bool:
    status = client.get("/planning/data/areas.json").status_code
    assert status in {200, 401}
    return status == 200


def test_the_right_password_opens_and_leads_home(client: FlaskClient) -> None:
    assert not is_in(client)
    answer = sign_in(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/capture/")
    assert is_in(client)


def test_the_address_is_read_as_people_write_it(client: FlaskClient) -> None:
    assert sign_in(client, "  Brixton_Officer@LAMPLIGHT.example ").status_code == 303


@pytest.mark.parametrize(
    "email", [ANA, "nobody@lamplight.example", "", "a\x00b@x.example", "'; --", "é" * 300]
)
def test_a_wrong_one_is_told_the_same_whoever_it_is(client: FlaskClient, email: str) -> None:
    answer = sign_in(client, email, "wrong")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"]
    assert "do not go together" in answer.get_data(as_text=True)
    assert not is_in(client)


@pytest.mark.parametrize("email", [ANA, "nobody@lamplight.example"])
def test_a_password_is_checked_as_slowly_for_an_account_that_does_not_exist(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, email: str
) -> None:
    checked: list[str] = []
    hasher = people._hasher

    class Watching:
        def verify(self, kept: str, password: str) -> bool:
            checked.append(kept)
            return hasher.verify(kept, password)

    monkeypatch.setattr(people, "_hasher", Watching())
    assert sign_in(client, email, "wrong").status_code == 401
    assert len(checked) == 1
    assert checked[0].startswith("$argon2id$v=19$m=8,t=1,p=1$")


def test_passwords_are_hashed_as_rfc_9106_says_for_machines_like_these() -> None:
    assert argon2.extract_parameters(ORDINARY) == argon2.profiles.RFC_9106_LOW_MEMORY


# ---- Too many tries


@pytest.mark.parametrize("email", [ANA, "nobody@lamplight.example"])
def test_after_five_failures_an_account_waits_alike_whether_it_exists(
    client: FlaskClient, email: str
) -> None:
    assert [sign_in(client, email, "wrong").status_code for _ in range(5)] == [401] * 5
    for password in ("wrong", PASSWORD):  # not even the right one is tried
        answer = sign_in(client, email, password, headers={"Accept": "text/html"})
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60 + 1
        assert "Too many tries" in answer.get_data(as_text=True)


def test_a_success_takes_the_failures_off(client: FlaskClient) -> None:
    for _ in range(3):
        assert [sign_in(client, ANA, "wrong").status_code for _ in range(4)] == [401] * 4
        assert sign_in(client).status_code == 303


def test_after_a_quarter_of_an_hour_it_can_be_tried_again(
    server: Server, database: str, client: FlaskClient
) -> None:
    for _ in range(5):
        sign_in(client, ANA, "wrong")
    assert sign_in(client).status_code == 429
    administrator = create_engine(server.url(database), poolclass=NullPool)
    with administrator.begin() as connection:  # the service itself may not change what it has counted
        connection.execute(
            text("UPDATE lamplight.sign_in_failure SET failed_at = failed_at - interval '15 minutes'")
        )
    assert sign_in(client).status_code == 303


def test_twenty_failures_from_one_address_close_it_for_every_account(client: FlaskClient) -> None:
    for number in range(20):
        assert sign_in(client, f"n{number}@lamplight.example", "wrong").status_code == 401
    assert sign_in(client).status_code == 429
    elsewhere = {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}}
    assert sign_in(client, **elsewhere).status_code == 303


def test_addresses_of_one_ipv6_network_are_one(client: FlaskClient) -> None:
    for number in range(20):
        origin = {"REMOTE_ADDR": f"2001:db8:0:1::{number:x}"}
        answer = sign_in(client, f"n{number}@lamplight.example", "wrong", environ_base=origin)
        assert answer.status_code == 401
    assert sign_in(client, environ_base={"REMOTE_ADDR": "2001:db8:0:1:ffff::1"}).status_code == 429
    assert sign_in(client, environ_base={"REMOTE_ADDR": "2001:db8:0:2::1"}).status_code == 303


@pytest.mark.parametrize("proxies", [0, 1])
def test_behind_a_proxy_the_clients_own_address_counts_and_otherwise_what_it_claims_does_not(
    opened: Settings, proxies: int
) -> None:
    app = create_app(replace(opened, proxies=proxies))
    client = app.test_client()
    answers = [
        sign_in(client, f"n{number}@x.example", "wrong", headers={"X-Forwarded-For": f"192.0.2.{number}"})
        for number in range(22)
    ]
    expected = [401] * 22 if proxies else [401] * 20 + [429] * 2
    assert [answer.status_code for answer in answers] == expected


def test_an_address_that_is_none_is_counted_too(opened: Settings) -> None:
    client = create_app(replace(opened, proxies=1)).test_client()
    answers = [
        sign_in(client, f"n{number}@x.example", "wrong", headers={"X-Forwarded-For": "<script>"})
        for number in range(21)
    ]
    assert [answer.status_code for answer in answers] == [401] * 20 + [429]


def test_a_crowd_of_tries_at_once_does_not_pass_the_limit(app: Flask) -> None:
    clients = [app.test_client() for _ in range(30)]
    tokens = [csrf_of(client) for client in clients]
    answers: list[int] = []
    ready = threading.Barrier(30)

    def attack(client: FlaskClient, token: str) -> None:
        ready.wait(20)
        form = {"email": ANA, "password": "wrong", "csrf_token": token}
        answers.append(client.post("/login", data=form).status_code)

    crowd = [threading.Thread(target=attack, args=pair) for pair in zip(clients, tokens, strict=True)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join(60)
    assert sorted(answers) == [401] * 5 + [429] * 25


# ---- Sessions


def cookie_of(answer: TestResponse) -> str:
    return next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("lamplight="))


def test_a_session_that_somebody_planted_is_not_the_one_signed_in(client: FlaskClient) -> None:
    token = csrf_of(client)
    planted = client.get_cookie("lamplight")
    with client.session_transaction() as session:
        session["planted"] = "yes"
    sign_in(client)
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session.get("csrf_token") is None or session["csrf_token"] != token
    kept = client.get_cookie("lamplight")
    assert kept
    assert planted
    assert kept.value != planted.value


def test_every_sign_in_has_a_secret_of_its_own_and_signing_in_again_ends_the_one_before(app: Flask) -> None:
    client, old = app.test_client(), app.test_client()
    sign_in(client)
    first = client.get_cookie("lamplight")
    assert first
    old.set_cookie("lamplight", first.value)
    assert is_in(old)
    sign_in(client)
    assert is_in(client)
    assert not is_in(old)


def test_the_cookie_is_for_this_site_alone(opened: Settings) -> None:
    for public_url, secure in (("http://127.0.0.1:8000", False), ("https://lamplight.example", True)):
        client = create_app(replace(opened, public_url=public_url)).test_client()
        base = {"base_url": "https://localhost"} if secure else {}
        page = client.get("/login", **base).get_data(as_text=True)
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        answer = client.post("/login", data={"email": ANA, "password": PASSWORD, "csrf_token": token}, **base)
        assert answer.status_code == 303
        flags = {part.strip().partition("=")[0] for part in cookie_of(answer).split(";")[1:]}
        assert {"HttpOnly", "SameSite", "Path"} <= flags
        assert "SameSite=Lax" in cookie_of(answer)
        assert ("Secure" in flags) is secure
        assert "Domain" not in flags


def test_signing_out_ends_the_sign_in_on_the_server(app: Flask) -> None:
    client, thief = app.test_client(), app.test_client()
    sign_in(client)
    stolen = client.get_cookie("lamplight")
    assert stolen
    thief.set_cookie("lamplight", stolen.value)
    assert is_in(thief)
    page = client.get("/login").get_data(as_text=True)
    token = re.findall(r'name="csrf(?:_|-)token" (?:value|content)="([^"]+)"', page)[0]
    assert client.post("/logout", data={"csrf_token": token}).status_code == 303
    assert not is_in(client)
    assert not is_in(thief)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE person SET active = false WHERE email = :email",
        "DELETE FROM sign_in WHERE person_id = (SELECT id FROM person WHERE email = :email)",
    ],
)
def test_who_is_closed_out_is_out_at_once(client: FlaskClient, change: str) -> None:
    sign_in(client)
    with db.writing() as session:
        session.execute(text(change), {"email": ANA})
    try:
        assert not is_in(client)
        if "active" in change:
            assert sign_in(client).status_code == 401
    finally:
        with db.writing() as session:
            session.execute(text("UPDATE person SET active = true WHERE email = :email"), {"email": ANA})


def test_a_sign_in_ends_by_itself(client: FlaskClient) -> None:
    with db.writing() as session:
        account = people.Account(
            session.scalar(text("SELECT id FROM person WHERE email = :email"), {"email": ANA}), ""
        )
        secret = people.sign_in(session, account, ANA, lasts=dt.timedelta(seconds=1))
    with client.session_transaction() as kept:
        kept["_user_id"] = secret
    assert is_in(client)
    with db.current().app.connect() as connection:
        connection.execute(text("SELECT pg_sleep(1.1)"))
    assert not is_in(client)


def test_a_cookie_that_somebody_changed_is_nobodys(client: FlaskClient) -> None:
    sign_in(client)
    kept = client.get_cookie("lamplight")
    assert kept
    client.set_cookie("lamplight", kept.value[:-3] + "AAA")
    assert not is_in(client)


def test_secrets_are_kept_as_hashes(client: FlaskClient) -> None:
    sign_in(client)
    with client.session_transaction() as kept:
        secret = kept["_user_id"]
    with db.reading() as connection:
        rows = connection.execute(
            text("SELECT s::text FROM sign_in s UNION ALL SELECT p::text FROM person p")
        )
        assert not any(secret in row or PASSWORD in row for row in rows.scalars())


# ---- Where it leads, and what is slipped in


INSIDE = ["/planning/", "/planning/?from=2026-01-01&light=dark", "/capture/#x"]
OUTSIDE = [
    *("//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "https:evil.example"),
    *("javascript:alert(1)", "/\t/evil.example", "\t//evil.example", " //evil.example", "/\n/evil.example"),
    *("/%0d%0aSet-Cookie:x=1\r\nX: y", "/\r\nSet-Cookie: x=1", "evil.example", "///evil.example", "", "?x=1"),
]


@pytest.mark.parametrize("goal", INSIDE)
def test_it_leads_on_to_where_one_wanted_to_go(client: FlaskClient, goal: str) -> None:
    assert sign_in(client, form={"next": goal}).headers["Location"] == goal


@pytest.mark.parametrize("goal", OUTSIDE)
def test_it_never_leads_out(client: FlaskClient, goal: str) -> None:
    answer = sign_in(client, form={"next": goal})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/capture/"
    assert "x=1" not in str(answer.headers)
    shown = client.get("/login", query_string={"next": goal}).get_data(as_text=True)
    assert "evil.example" not in shown


def test_an_encoded_line_end_stays_encoded(client: FlaskClient) -> None:
    answer = sign_in(client, form={"next": "/planning/%0d%0aSet-Cookie:x=1"})
    assert answer.headers["Location"] == "/planning/%0d%0aSet-Cookie:x=1"
    assert len(answer.headers.getlist("Set-Cookie")) == 1


def test_what_was_typed_comes_back_as_text(client: FlaskClient) -> None:
    page = sign_in(client, '"><script>alert(1)</script>', "wrong").get_data(as_text=True)
    assert "<script>alert(1)" not in page
    assert "lamp-post" not in sign_in(client, password=PASSWORD + "x").get_data(as_text=True)


@pytest.mark.parametrize("path", ["/login", "/logout"])
@pytest.mark.parametrize("token", [None, "", "x", "ImFiYyI.aaaa.bbbb"])
def test_another_site_can_neither_sign_in_nor_out(client: FlaskClient, path: str, token: str | None) -> None:
    sign_in(client)
    form = {"email": ANA, "password": PASSWORD} | ({} if token is None else {"csrf_token": token})
    assert client.post(path, data=form).status_code == 400
    assert is_in(client)


def test_a_token_of_another_browser_does_not_do(app: Flask) -> None:
    mine, other = app.test_client(), app.test_client()
    stolen = csrf_of(other)
    csrf_of(mine)
    form = {"email": ANA, "password": PASSWORD, "csrf_token": stolen}
    assert mine.post("/login", data=form).status_code == 400
