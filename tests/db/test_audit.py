"""The audit log: chained without holes, also when many write at once, and never changed by anybody."""

import hashlib
import json
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from geoapp import db
from geoapp.actions import audit

Server = Any  # the class of the fixture lies in conftest.py, which tests cannot import


@pytest.fixture
def owner(server: Server, database: str) -> Iterator[psycopg.Connection[Any]]:
    url = make_url(server.url(database)).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("SET search_path = lamplight, public")
        connection.execute("SET ROLE owner")
        yield connection


def chain(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT id, previous, hash, (extract(epoch FROM happened_at) * 1000000)::bigint,"
        " actor, action, subject, detail::text FROM audit ORDER BY id"
    ).fetchall()


@pytest.mark.usefixtures("opened")
def test_entries_of_many_writers_make_one_chain_without_holes(owner: psycopg.Connection[Any]) -> None:
    def write(writer: int) -> None:
        for entry in range(5):
            with db.writing() as session:
                audit.note(session, actor=f"w{writer}", action="tried", subject="x", detail={"n": entry})

    writers = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for each in writers:
        each.start()
    for each in writers:
        each.join(60)
    rows = chain(owner)
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) == 30
    before = b"\x00"
    for number, previous, kept, moment, actor, action, subject, detail in rows:
        assert previous == before
        # The text that PostgreSQL's json_build_array makes of the entry, put together by hand.
        parts = [previous.hex(), number, moment, actor, action, subject]
        said = "[" + ", ".join([*(json.dumps(part, ensure_ascii=False) for part in parts), detail]) + "]"
        assert kept == hashlib.sha256(said.encode()).digest()
        before = kept


@pytest.mark.usefixtures("opened")
def test_an_entry_taken_back_with_its_change_leaves_no_hole(owner: psycopg.Connection[Any]) -> None:
    class Failed(Exception):
        pass

    def note_and_fail() -> None:
        with db.writing() as session:
            audit.note(session, actor="ana", action="tried", subject="x")
            raise Failed

    with pytest.raises(Failed):
        note_and_fail()
    with db.writing() as session:
        audit.note(session, actor="ana", action="did", subject="x")
    numbers = [row[0] for row in chain(owner)]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.usefixtures("opened")
def test_what_an_entry_claims_about_itself_is_not_believed(owner: psycopg.Connection[Any]) -> None:
    with db.writing() as session:
        session.execute(
            text(
                "INSERT INTO audit (id, happened_at, actor, action, subject, previous, hash)"
                r" VALUES (900, '2001-01-01', 'ana', 'did', 'x', '\x01', '\x02')"
            )
        )
    rows = chain(owner)
    assert rows[-1][0] == len(rows)
    assert rows[-1][2] != b"\x02"
    assert rows[-1][3] > 1_700_000_000_000_000


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", "TRUNCATE audit"]
)
def test_not_even_the_owner_changes_it(owner: psycopg.Connection[Any], statement: str) -> None:
    with pytest.raises(psycopg.errors.RaiseException, match="never changed or removed"):
        owner.execute(statement)
