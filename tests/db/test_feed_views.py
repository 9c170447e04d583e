"""What the role behind the feed can see, whatever the program asks."""

import hashlib
import re
import uuid
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.orm import Session

from geoapp import db, schema
from geoapp.feed import collections, properties

Server = Any  # the class of the fixture lies in conftest.py, which tests cannot import
pytestmark = pytest.mark.usefixtures("squares")
LAMBETH = "E09000022"


@pytest.mark.parametrize(
    "table", ["concern", "walk", "track", "person", "status_event", "audit", "feed_key", "area", "borough"]
)
def test_the_role_reads_no_table(table: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), db.feed_reading([LAMBETH]) as connection:
        connection.execute(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 (the names above)


def test_the_role_writes_nothing() -> None:
    with (
        pytest.raises(DBAPIError, match=r"permission denied|read-only"),
        db.feed_reading([LAMBETH]) as connection,
    ):
        connection.execute(text("UPDATE concern SET note = 'x'"))


def test_the_view_has_no_column_beyond_the_contract() -> None:
    with db.feed_reading([LAMBETH]) as connection:
        columns = set(connection.execute(text("SELECT * FROM feed_concern")).keys())
    assert columns - {"geom", "geom_bng"} == set(collections.find("concerns").properties)


@pytest.mark.parametrize(
    ("view", "name"),
    [("feed_walk", "walks"), ("feed_action", "actions"), ("feed_ward_figure", "ward_figures")],
)
def test_views_for_anyone_have_what_is_told_and_what_tells_it(view: str, name: str) -> None:
    with db.feed_reading([]) as connection:
        columns = list(connection.execute(text(f"SELECT * FROM {view}")).keys())  # noqa: S608 (constants)
    beside = ["geom", "geom_bng", "told", "feature"]
    assert columns == ["seq", *collections.find(name).properties, *beside]


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("ck_concern_kind", properties.KINDS),
        ("ck_concern_light", properties.LIGHTS),
        ("ck_concern_feeling", properties.FEELINGS),
        ("ck_concern_setting", properties.SETTINGS),
        ("ck_concern_basis", properties.BASES),
        ("ck_concern_status", ("raised", *properties.STATUSES)),
    ],
)
def test_the_values_that_are_told_are_those_that_can_be_stored(
    constraint: str, values: tuple[str, ...]
) -> None:
    with db.reading() as connection:
        rule = connection.scalar(
            text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
            {"name": constraint},
        )
    assert set(re.findall(r"'([a-z_]+)'", rule)) == set(values)


@pytest.mark.parametrize(
    ("kept", "outside"),
    [
        # 2026-02-10T19:30:00.123Z as a UUIDv7, and noon of that day in its place.
        ("019c4908-333b-7abc-8def-0123456789ab", "019c476c-3600-7abc-8def-0123456789ab"),
        ("9f0d3c52-5d3e-4c1a-9a55-0a2b3c4d5e6f", "9f0d3c52-5d3e-4c1a-9a55-0a2b3c4d5e6f"),
    ],
)
def test_an_identifier_that_leaves_says_the_day_and_not_the_time(
    session: Session, kept: str, outside: str
) -> None:
    asked = text("SELECT outside_id(CAST(:id AS uuid), '2026-02-10T19:30:00.123Z')::text")
    assert session.scalar(asked, {"id": kept}) == outside


@pytest.mark.parametrize("version", [3, 5])
def test_an_identifier_made_of_what_was_said_cannot_be_made_again_outside(
    session: Session, version: int
) -> None:
    asked = text("SELECT outside_id(CAST(:id AS uuid), CAST(:at AS timestamptz))")
    make = {3: uuid.uuid3, 5: uuid.uuid5}[version]
    one, other = (make(uuid.NAMESPACE_URL, said) for said in ("at half past seven", "at eight"))
    outside = session.scalar(asked, {"id": one, "at": "2026-02-10T19:30:00Z"})
    assert outside == session.scalar(asked, {"id": one, "at": "2026-03-11T08:00:00Z"})
    assert outside != session.scalar(asked, {"id": other, "at": "2026-02-10T19:30:00Z"})
    assert (outside.version, outside.variant) == (8, uuid.RFC_4122)
    # Neither a part of the identifier nor a hash of it that anybody could make.
    assert outside.hex[:12] not in one.hex
    assert hashlib.sha256(one.bytes).hexdigest()[:12] != outside.hex[:12]


def test_two_databases_give_the_same_identifier_different_ones(server: Server) -> None:
    asked = "SELECT prosrc FROM pg_proc WHERE proname = 'unguessable_id'"
    found = []
    for _ in range(2):
        name = f"empty_{uuid.uuid4().hex[:12]}"
        server._run(f"CREATE DATABASE {name}")
        try:
            schema.upgrade(server.url(name))
            engine = create_engine(server.url(name), poolclass=NullPool)
            with engine.connect() as connection:
                found.append(connection.scalar(text(asked)))
        finally:
            server.drop(name)
    assert found[0] != found[1]
