"""Requests that mean harm, and answers that others could keep."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from geoapp import db
from geoapp.errors import DatabaseAway
from geoapp.pages import asset_url
from tests.web.capture_phone import concern, new_id


@pytest.mark.parametrize("path", ["/static/%00?v=1", "/static/css/%00?v=x", "/static/../pyproject.toml?v=1"])
def test_a_name_that_no_file_can_have_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_what_any_cache_may_keep_carries_nobodys_cookie(signed_in: Callable[[str], FlaskClient]) -> None:
    browser = signed_in("brixton_officer")
    with browser.application.test_request_context():
        address = asset_url("css/tokens.css")
    with browser.get(address) as answer:
        assert "public" in answer.headers["Cache-Control"]
        assert "Set-Cookie" not in answer.headers


def _wait_beyond_the_limit(transaction: Callable[[], Any]) -> None:
    with transaction() as opened:
        opened.execute(text("SET LOCAL statement_timeout = 20"))
        opened.execute(text("SELECT pg_sleep(2)"))


@pytest.mark.parametrize("transaction", [db.reading, db.writing, partial(db.feed_reading, ["E09000022"])])
def test_what_takes_too_long_is_said_and_can_be_tried_again(
    client: FlaskClient, transaction: Callable[[], Any]
) -> None:
    with pytest.raises(DatabaseAway, match="longer"):
        _wait_beyond_the_limit(transaction)
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("who", ["brixton_officer", "peckham_officer"])
def test_an_identifier_that_means_another_concern_outside_is_taken(
    client: FlaskClient, personas: dict[str, Any], who: str
) -> None:
    # 2026-02-10T19:30:00.123Z as a UUIDv7, and under which it leaves: noon of that day, the rest as it was.
    tail = new_id()[24:]
    kept, outside = (f"{begin}-7abc-8def-{tail}" for begin in ("019c4908-333b", "019c476c-3600"))
    mine, theirs = personas["brixton_officer"].bearer, personas[who].bearer
    assert client.put(f"/capture/api/concerns/{kept}", json=concern(), headers=mine).status_code == 201
    answer = client.put(f"/capture/api/concerns/{outside}", json=concern(), headers=theirs)
    assert answer.status_code == 409
    assert "concern" in answer.get_json()["detail"]
    assert client.get(f"/capture/api/concerns/{outside}", headers=theirs).status_code == 404
