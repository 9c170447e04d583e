"""What the role behind the feed can see, whatever the program asks."""

import re

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.orm import Session

from geoapp import db
from geoapp.feed import collections

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
    ("constraint", "values"),
    [
        ("ck_concern_kind", collections.KINDS),
        ("ck_concern_light", collections.LIGHTS),
        ("ck_concern_feeling", collections.FEELINGS),
        ("ck_concern_setting", collections.SETTINGS),
        ("ck_concern_basis", collections.BASES),
        ("ck_concern_status", ("raised", *collections.STATUSES)),
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
