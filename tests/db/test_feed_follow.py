"""Readers who follow only changes while others write: identical in the end, nothing lost, no ghosts.

FEED_FOLLOW_RUNS says how many randomised runs there are; the seed of a run is its number.
"""

import json
import os
import random
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from geoapp import db
from geoapp.errors import DatabaseAway
from geoapp.queries import feed
from geoapp.queries.feed_changes import Position, changes
from geoapp.queries.feed_sources import SOURCES

pytestmark = pytest.mark.usefixtures("squares")
RUNS = int(os.environ.get("FEED_FOLLOW_RUNS", "6"))
LAMBETH, SOUTHWARK = "E09000022", "E09000028"
SCOPES = ([LAMBETH], [SOUTHWARK], [LAMBETH, SOUTHWARK])
# The middles of the square wards, and a place outside all of them.
PLACES = ((530_500, 175_500), (531_500, 175_500), (530_500, 176_500), (531_500, 176_500), (540_500, 176_500))


class Reader:
    """Follows one collection in one scope, and complains of every departure of what it never had."""

    def __init__(self, collection: str, boroughs: Sequence[str], chance: random.Random) -> None:
        self.collection, self.boroughs, self.chance = collection, boroughs, chance
        self.position: Position | None = None
        self.copy: dict[str, object] = {}
        self.had: set[str] = set()
        self.pages = 0

    def page(self) -> bool:
        with db.feed_reading(self.boroughs) as connection:
            page = changes(connection, self.collection, self.position, self.chance.randint(1, 5))
        for step in page.steps:
            if step.feature is None:
                assert step.id in self.had, "an identifier that this reader never had"
                self.copy.pop(step.id, None)
            else:
                self.had.add(step.id)
                self.copy[step.id] = json.loads(step.feature.text)
        self.position = page.position
        self.pages += 1
        return page.more

    def follow(self, writing: threading.Event) -> None:
        time.sleep(self.chance.random() * 0.2)
        while writing.is_set():
            self.page()
        while self.page():
            pass

    def items(self) -> dict[str, object]:
        with db.feed_reading(self.boroughs) as connection:
            page = feed.page(connection, SOURCES[self.collection], feed.Selection(limit=10_000))
        return {each["id"]: each for each in page.features}


def place_of(chance: random.Random) -> dict[str, object]:
    """A point or a short line somewhere near the middle of a ward; the two systems need not agree here."""
    x, y = chance.choice(PLACES)
    x, y = x + chance.randint(-90, 90), y + chance.randint(-90, 90)
    at = f"{x} {y}" if chance.random() < 0.7 else f"{x} {y}, {x + 5} {y + 5}"
    kind = "LINESTRING" if "," in at else "POINT"
    degrees = ", ".join(
        f"{-0.1 + (float(one) - 530_000) * 1e-5:.6f} {51.4 + (float(two) - 175_000) * 1e-5:.6f}"
        for one, two in (pair.split() for pair in at.split(","))
    )
    return {"bng": f"{kind}({at})", "wgs84": f"{kind}({degrees})"}


def add(session: Session, chance: random.Random, known: list[str]) -> None:
    one = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    session.execute(
        text(
            "INSERT INTO concern"
            " (id, team_id, kind, geom, geom_bng, recorded_at, light, status, body, body_hash)"
            " SELECT :id, min(id), 'concern', ST_GeomFromText(:wgs84, 4326), ST_GeomFromText(:bng, 27700),"
            " '2026-02-10T19:30Z', 'dark', :status, '{}', '' FROM team"
        ),
        place_of(chance) | {"id": one, "status": chance.choice(["raised", "shared", "shared"])},
    )
    known.append(one)


def move(session: Session, chance: random.Random, known: list[str]) -> None:
    session.execute(
        text(
            "UPDATE concern SET geom = ST_GeomFromText(:wgs84, 4326), geom_bng = ST_GeomFromText(:bng, 27700)"
            " WHERE id = :id"
        ),
        place_of(chance) | {"id": chance.choice(known)},
    )


def status(session: Session, chance: random.Random, known: list[str]) -> None:
    said = {"id": chance.choice(known), "status": chance.choice(["raised", "shared", "shared", "done"])}
    session.execute(text("UPDATE concern SET status = :status WHERE id = :id"), said)


def edit(session: Session, chance: random.Random, known: list[str]) -> None:
    said = {"id": chance.choice(known), "wording": f"Words {chance.random()}"}
    session.execute(text("UPDATE concern SET wording = :wording WHERE id = :id"), said)


def factor(session: Session, chance: random.Random, known: list[str]) -> None:
    said = {"id": chance.choice(known), "code": chance.choice(["lighting", "followed"])}
    session.execute(text("SELECT FROM concern WHERE id = :id FOR UPDATE"), said)
    session.execute(text("DELETE FROM concern_factor WHERE concern_id = :id AND factor_code = :code"), said)
    if chance.random() < 0.6:
        session.execute(
            text("INSERT INTO concern_factor SELECT id, :code FROM concern WHERE id = :id"),
            said,
        )


def remove(session: Session, chance: random.Random, known: list[str]) -> None:
    session.execute(text("DELETE FROM concern WHERE id = :id"), {"id": chance.choice(known)})


class TakenBack(Exception):
    """A transaction that ends without a trace."""


Step = Callable[[Session, random.Random, list[str]], None]


def write(chance: random.Random, known: list[str]) -> None:
    """Short transactions of one to three changes each, some of them taken back."""
    steps: list[Step] = [add, add, move, move, status, status, status, edit, factor, remove]
    for _ in range(14):
        try:
            with db.writing() as session:
                for _ in range(chance.randint(1, 3)):
                    chance.choice(steps)(session, chance, known)
                if chance.random() < 0.1:
                    raise TakenBack  # noqa: TRY301 (the block that is left is the transaction)
        except (TakenBack, DatabaseAway):  # two that wait for each other: one of them is ended
            continue


def write_slowly(chance: random.Random, known: list[str]) -> None:
    """Transactions that stay open while others come and go, with their rows of the log already numbered."""
    for _ in range(4):
        try:
            with db.writing() as session:
                session.execute(text("SET LOCAL lock_timeout = '200ms'"))
                for _ in range(2):
                    chance.choice([status, edit])(session, chance, known)
                    if chance.random() < 0.7:
                        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
                    time.sleep(chance.random() * 0.15)
        except DatabaseAway:
            continue


@pytest.mark.parametrize("seed", range(RUNS))
def test_following_changes_ends_where_items_are(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (a run has to be repeatable)
    known: list[str] = []
    with db.writing() as session:
        session.execute(text("INSERT INTO team (name) VALUES ('Brixton') ON CONFLICT DO NOTHING"))
        session.execute(text("DELETE FROM concern"))
        for _ in range(8):
            add(session, chance, known)
    readers = [
        Reader(collection, boroughs, random.Random(chance.random()))  # noqa: S311 (a run has to be repeatable)
        for collection in ("concerns", "concern_routes")
        for boroughs in SCOPES
    ]
    writing = threading.Event()
    writing.set()
    with ThreadPoolExecutor(12) as pool:
        following = [pool.submit(reader.follow, writing) for reader in readers]
        writers = [
            pool.submit(work, random.Random(chance.random()), known)  # noqa: S311 (a run has to be repeatable)
            for work in (write, write, write, write_slowly, write_slowly)
        ]
        try:
            for each in writers:
                each.result(60)
        finally:
            writing.clear()
        for each in following:
            each.result(60)
    for reader in readers:
        assert reader.copy == reader.items()
        assert not reader.page()
    assert sum(reader.pages for reader in readers) > 20
