"""Entries of readings: many together, each on the disk before its reader is answered, and one chain."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from geoapp import db, direct
from geoapp.actions import readings
from geoapp.actions.readings import Together
from geoapp.config import Settings
from geoapp.errors import DatabaseAway
from geoapp.queries.verify import audit_differences


def in_threads(number: int, do: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=do, args=(each,)) for each in range(number)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
        assert not each.is_alive()


def test_who_comes_while_a_group_is_done_makes_the_next() -> None:
    groups: list[list[int]] = []
    under_way = threading.Event()

    def do(group: Sequence[int]) -> None:
        under_way.set()
        time.sleep(0.1)
        groups.append(list(group))

    together = Together(do)
    first = threading.Thread(target=together.wait_for, args=(0,))
    first.start()
    assert under_way.wait(10)
    in_threads(5, lambda number: together.wait_for(number + 1))
    first.join(10)
    assert groups[0] == [0]
    assert sorted(each for group in groups for each in group) == [0, 1, 2, 3, 4, 5]
    assert len(groups) <= 3  # those that came meanwhile went together


def test_what_goes_wrong_is_told_to_everybody_of_the_group_and_to_nobody_else() -> None:
    def do(group: Sequence[int]) -> None:
        time.sleep(0.05)
        if 3 in group:
            raise ValueError(f"with {len(group)}")

    together = Together(do)
    came: dict[int, str] = {}

    def wait(number: int) -> None:
        try:
            together.wait_for(number)
            came[number] = "done"
        except ValueError as error:
            came[number] = str(error)

    in_threads(6, wait)
    assert len(came) == 6
    assert sum(said != "done" for said in came.values()) == int(came[3].rpartition(" ")[2])
    together.wait_for(7)  # and it goes on


def test_a_stop_in_the_middle_leaves_nobody_believing_that_it_was_done() -> None:
    def do(_group: Sequence[int]) -> None:
        time.sleep(0.05)
        raise SystemExit(1)

    together = Together(do)
    came: list[type[BaseException]] = []

    def wait(number: int) -> None:
        try:
            together.wait_for(number)
        except (SystemExit, RuntimeError) as error:
            came.append(type(error))

    in_threads(4, wait)
    assert len(came) == 4


ENTRY = {"actor": "key a", "action": "feed read", "subject": "mishaps", "detail": {}}


def kept() -> int:
    with db.reading() as connection:
        return int(
            connection.execute(text("SELECT count(*) FROM audit WHERE subject = 'mishaps'")).scalar_one()
        )


def test_a_connection_that_the_server_has_ended_loses_no_entry(settings: Settings, opened: Settings) -> None:
    db.connect(settings, pooled=True)
    try:
        readings.keep(ENTRY)
        # As after a restart of the server: every connection that waits is dead.
        url = make_url(settings.database_url or "").set(drivername="postgresql")
        with psycopg.connect(url.render_as_string(hide_password=False)) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        readings.keep(ENTRY)
        readings.keep(ENTRY)
        assert kept() == 3
    finally:
        db.disconnect()
        db.connect(opened, pooled=False)


def test_without_a_database_nobody_believes_that_an_entry_is_kept(
    settings: Settings, opened: Settings
) -> None:
    nowhere = "postgresql+psycopg://app@127.0.0.1:1/none"
    db.connect(replace(settings, database_url=nowhere, database_feed_url=nowhere))
    try:
        with pytest.raises(DatabaseAway):
            readings.keep(ENTRY)
        with pytest.raises(psycopg.OperationalError), db.reading_feed_quickly():
            pass
    finally:
        db.disconnect()
        db.connect(opened, pooled=False)


@pytest.mark.usefixtures("opened")
def test_many_readers_make_one_chain_of_all_their_entries() -> None:
    def read(reader: int) -> None:
        for number in range(12):
            detail = {"reader": reader, "number": number, "said": "a \"quote\", a \\ and a % and 'é'"}
            entry = {"actor": f"key {reader}", "action": "feed read", "subject": "tests", "detail": detail}
            readings.keep(entry)

    in_threads(6, read)
    with db.reading() as connection:
        rows = connection.execute(
            text("SELECT actor, detail FROM audit WHERE subject = 'tests' ORDER BY id")
        ).all()
        last = connection.execute(text("SELECT max(id) FROM audit")).scalar_one()
        wrong = [each for _, found in audit_differences(connection, last) for each in found]
    assert wrong == []
    assert len(rows) == 72
    for reader in range(6):
        own = [detail for actor, detail in rows if actor == f"key {reader}"]
        assert [each["number"] for each in own] == list(range(12))
    assert rows[0].detail["said"] == "a \"quote\", a \\ and a % and 'é'"


def lsn(place: str) -> int:
    with db.reading() as connection:
        asked = text(f"SELECT pg_wal_lsn_diff(pg_current_wal_{place}_lsn(), '0/0')")
        return int(connection.execute(asked).scalar_one())


@pytest.mark.usefixtures("opened")
def test_an_entry_is_on_the_disk_when_keep_returns(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is flushed, by PostgreSQL's own figures, up to the message that was written after the entry."""
    messages: list[int] = []

    def watched(connection: psycopg.Connection[Any], *questions: direct.Question) -> list[list[direct.Row]]:
        before = lsn("insert")
        _, [(_, place)] = rows = direct.ask(connection, *questions)
        high, _, low = (place or b"").decode().partition("/")
        messages.append((int(high, 16) << 32) + int(low, 16))
        assert messages[-1] > before  # after the entry, which is more than nothing
        return rows

    monkeypatch.setattr(readings, "ask", watched)
    for number in range(20):
        detail = {"n": number}
        readings.keep({"actor": "key a", "action": "feed read", "subject": "flushed", "detail": detail})
        assert lsn("flush") >= messages[-1]
    assert len(messages) == 20
    with db.reading() as connection:
        stored = connection.execute(text("SELECT count(*) FROM audit WHERE subject = 'flushed'"))
        assert stored.scalar_one() == 20
