"""After erasure she is nowhere: not in a dump, not on the disk of the database, not in files, not in logs."""

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.engine import make_url

from geoapp import db
from geoapp.actions import scheme_erasing, scheme_matching, scheme_requests, scheme_walks
from geoapp.actions.scheme_requests import reach_of_new, reach_of_token
from geoapp.config import Settings
from geoapp.db import Reach, scheme_writing
from geoapp.jobs import clockwork
from geoapp.jobs.post import mail_folder
from geoapp.jobs.queue import make_queue
from tests.db.command_line import CommandLine
from tests.scheme_world import DANA, WALK, new_id, person
from tests.workers import work

pytestmark = pytest.mark.usefixtures("squares", "personas")
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Her:
    """Somebody whose every detail is a word that is nowhere else."""

    marks: tuple[str, ...]
    new: scheme_requests.NewRequest


@pytest.fixture
def her() -> Her:
    name, mail, needs, ease, note = (
        f"{word}{secrets.token_hex(5)}" for word in ("Zia", "mail", "stick", "calm", "mon")
    )
    digits = "".join(secrets.choice("123456789") for _ in range(7))
    new = replace(
        DANA,
        first_name=name,
        email=f"{mail}@post.example",
        phone=f"07700 {digits[:6]}",
        access_needs=needs,
        ease=ease,
        times_note=note,
    )
    return Her((name, mail, digits[:6], needs, ease, note), new)


@pytest.fixture
def journey(opened: Settings, tmp_path: Path, her: Her) -> Iterator[tuple[Settings, scheme_requests.Asked]]:
    """She asked, was confirmed, the walk was changed, and every message went out."""
    settings = replace(opened, var=tmp_path)
    by, walk_id, request_id = person("coordinator@lamplight.example"), new_id(), new_id()
    with scheme_writing(Reach.team(by.team_id)) as session:
        scheme_walks.publish(session, walk_id, WALK, by=by)
    with scheme_writing(reach_of_new(request_id)) as session:
        new = replace(her.new, walk_id=walk_id)
        asked = scheme_requests.ask(session, request_id, new, address="203.0.113.7", settings=settings)
    _work(settings)
    with scheme_writing(Reach.team(by.team_id)) as session:
        scheme_matching.confirm(session, asked.id, by=by)
    _work(settings)
    with scheme_writing(Reach.team(by.team_id)) as session:
        scheme_walks.change(session, walk_id, replace(WALK, word="linden"), by=by)
    _work(settings)
    yield settings, asked
    with db.current().app.connect() as connection, connection.begin():
        connection.execute(text("RESET ROLE"))
        for table in ("participant.request", "participant.asking", "joinable_walk", "procrastinate_jobs"):
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 (constants above)


def _work(settings: Settings) -> None:
    with make_queue(settings).open() as queue:
        work(queue)


def _dump(settings: Settings) -> bytes:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))
    program = shutil.which("pg_dump") or (str(programs[-1]) if programs else "")
    if not program:
        pytest.skip("pg_dump is not installed")
    url = make_url(str(settings.database_url)).set(drivername="postgresql")
    done = subprocess.run(
        [program, "--inserts", url.render_as_string(hide_password=False)],
        capture_output=True,
        check=True,
        timeout=120,
    )
    return done.stdout


def _found(marks: tuple[str, ...], data: bytes) -> list[str]:
    """Marks that are in the data, also as the dump writes bytes: in hexadecimal."""
    lower = data.lower()
    return [mark for mark in marks if mark.lower().encode() in lower or mark.encode().hex().encode() in lower]


def _in_files(marks: tuple[str, ...], folder: Path) -> list[str]:
    words = [argument for mark in marks for argument in ("-e", mark)]
    done = subprocess.run(
        ["grep", "-rliaF", *words, str(folder)], capture_output=True, text=True, check=False, timeout=300
    )
    return done.stdout.splitlines()


def test_before_erasing_the_marks_are_where_they_are_looked_for(journey: Any, her: Her) -> None:
    settings, asked = journey
    assert len(_in_files(her.marks[:2], mail_folder(settings))) == 3  # received, confirmed, changed
    assert asked.reference.encode() in _dump(settings)


def test_after_erasing_nothing_of_her_is_left_anywhere(
    journey: Any, her: Her, capfd: pytest.CaptureFixture[str]
) -> None:
    settings, asked = journey
    with scheme_writing(reach_of_token(asked.token)) as session:
        receipt = scheme_erasing.erase(session, asked.token, mail=mail_folder(settings))
    marks = (*her.marks, asked.token, asked.reference)
    dump = _dump(settings)
    assert _found(marks, dump) == []
    assert str(receipt.id).encode() in dump
    assert _in_files(marks, settings.var) == []
    logged = capfd.readouterr()
    assert _found(marks, (logged.out + logged.err).encode()) == []


def test_the_disk_of_the_database_never_held_her_in_the_clear(journey: Any, her: Her) -> None:
    settings, _ = journey
    assert _found(her.marks, _dump(settings)) == []
    data = ROOT / "var" / "test" / "pg"
    if "TEST_DATABASE_URL" in os.environ or not data.is_dir():
        pytest.skip("the database's own files are not at hand")
    with db.current().app.connect() as connection, connection.begin():
        connection.execute(text("RESET ROLE"))
        connection.execute(text("CHECKPOINT"))
    assert _in_files(her.marks[:2], data) == []  # tables and write-ahead log alike


def test_the_command_erases_with_a_receipt_and_says_the_same_again(journey: Any, her: Her) -> None:
    settings, asked = journey
    command = CommandLine(settings)
    first = command.json("erase", "participant", asked.reference)
    assert re.fullmatch(r"[0-9a-f-]{36}", first["id"])
    assert first["cause"] == "command"
    assert command.json("erase", "participant", asked.reference.lower()) == first
    assert _in_files(her.marks, settings.var) == []
    assert command("erase", "participant", "R-00000000").exit_code == 1


def test_retention_lists_first_and_then_erases(journey: Any) -> None:
    settings, asked = journey
    command = CommandLine(settings)
    assert command.json("retention", "run", "--dry-run")["due"] == []
    move = (
        "UPDATE lamplight.joinable_walk SET starts_at = now() - interval '29 days',"
        " ends_at = now() - interval '29 days' + interval '1 hour'"
    )
    with command.superuser() as connection:
        connection.execute(text(move))
    assert command.json("retention", "run", "--dry-run")["due"] == [asked.reference]
    assert command.one("SELECT count(*) FROM participant.request") == 1
    assert len(command.json("retention", "run")["erased"]) == 1
    assert command.one("SELECT count(*) FROM participant.request") == 0
    assert clockwork.run_retention(settings) == []


def test_maps_and_feed_name_nobody(journey: Any, her: Her, app: Flask) -> None:
    assert journey
    client = app.test_client()
    for path in ("/feed/", "/feed/collections", "/feed/collections/wards/items", "/readyz", "/"):
        assert _found(her.marks, client.get(path).data) == []


def test_a_bounced_mail_is_shown_to_the_coordinator(journey: Any) -> None:
    settings, _ = journey
    command = CommandLine(settings)
    sent = command.one("SELECT id FROM participant.message WHERE kind = 'confirmed' AND way = 'email'")
    from click.testing import CliRunner  # noqa: PLC0415 (input from a pipe)

    from geoapp.cli import main  # noqa: PLC0415 (likewise)

    bounce = f"Subject: Undelivered\r\n\r\nMessage-ID: <{sent}@lamplight.example>\r\n"
    runner = CliRunner(env={**os.environ, **command.environment})
    done = runner.invoke(main, ["messages", "bounced"], input=bounce)
    db.connect(settings, pooled=False)
    assert done.exit_code == 0, done.output
    state = command.rows("SELECT state, failure FROM participant.message WHERE id = :id", {"id": sent})
    assert state == [("failed", "It came back: the address does not take mail.")]
