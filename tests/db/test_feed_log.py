"""What the feed holds is kept by triggers, and `geoapp verify` finds where it is not."""

from typing import Any

import pytest
from sqlalchemy import text

from geoapp import db
from geoapp.config import Settings
from tests.db.command_line import CommandLine

pytestmark = pytest.mark.usefixtures("squares")
ONE = "9f0d3c52-5d3e-4c1a-9a55-0a2b3c4d5e6f"


@pytest.fixture
def geoapp(opened: Settings) -> CommandLine:
    with db.writing() as session:
        session.execute(text("INSERT INTO team (name) VALUES ('Brixton') ON CONFLICT DO NOTHING"))
        session.execute(text("DELETE FROM concern"))
        session.execute(
            text(
                "INSERT INTO concern"
                " (id, team_id, kind, geom, geom_bng, recorded_at, light, status, body, body_hash)"
                " SELECT :id, min(id), 'concern', ST_SetSRID(ST_MakePoint(-0.12279, 51.46343), 4326),"
                " ST_SetSRID(ST_MakePoint(530500, 175500), 27700), '2026-02-10T19:30Z',"
                " 'dark', 'shared', '{}', '' FROM team"
            ),
            {"id": ONE},
        )
    return CommandLine(opened)


def of_the_feed(geoapp: CommandLine) -> list[tuple[str, str]]:
    # The concern of this test has no real body, which verify finds too.
    answer: dict[str, Any] = geoapp.json("verify", code=1)
    found = (each["first"] for each in answer["differences"] if each["check"] == "feed_presence")
    return [(each["subject"], each["what"]) for first in found for each in first]


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        ("DELETE FROM feed_presence", "is shared and missing from the feed"),
        ("UPDATE feed_presence SET digest = 'x'", "is told otherwise than it is"),
        ("UPDATE feed_presence SET borough_code = 'E09000028'", "is told otherwise than it is"),
    ],
)
def test_verify_finds_what_the_feed_should_not_hold_or_lacks(
    geoapp: CommandLine, spoil: str, what: str
) -> None:
    assert of_the_feed(geoapp) == []
    with geoapp.superuser() as connection:
        connection.execute(text(f"SET search_path = lamplight, public; {spoil}"))
    assert of_the_feed(geoapp) == [(f"concern {ONE}", what)]


def test_nothing_is_left_unsettled_and_no_change_is_kept_of_what_nobody_may_see(geoapp: CommandLine) -> None:
    before = geoapp.one("SELECT count(*) FROM lamplight.feed_change")
    with db.writing() as session:  # taken back and shared again in one transaction: nothing changed
        session.execute(text("UPDATE concern SET status = 'raised'"))
        session.execute(text("UPDATE concern SET status = 'shared'"))
    assert geoapp.one("SELECT count(*) FROM lamplight.feed_change") == before
    with db.writing() as session:
        session.execute(text("UPDATE concern SET status = 'raised', note = 'Only for the team'"))
        session.execute(text("UPDATE concern SET note = 'Another'"))
    asked = "SELECT from_borough, to_borough FROM lamplight.feed_change ORDER BY seq DESC LIMIT 1"
    assert geoapp.rows(asked) == [("E09000022", None)]
    with db.writing() as session:
        session.execute(text("UPDATE concern SET note = 'A third'"))
    assert geoapp.one("SELECT count(*) FROM lamplight.feed_change") == before + 1
    for table in ("feed_unsettled", "feed_settling", "feed_presence"):
        assert geoapp.one(f"SELECT count(*) FROM lamplight.{table}") == 0  # noqa: S608 (the names above)
