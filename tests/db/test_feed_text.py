"""Texts and totals kept for councils follow every change that partners see, in the same transaction."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from shapely import MultiPolygon, box
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.orm import Session

from geoapp.actions import wards
from geoapp.queries.verify_feed import text_differences
from spatial.crs import geometry_to_wgs84
from spatial.wards import WardShape

Server = Any  # the class of the fixture lies in conftest.py, which tests cannot import
pytestmark = pytest.mark.usefixtures("squares", "personas")
LAMBETH, SOUTHWARK = "E09000022", "E09000028"
# The middle of ward A (Lambeth); see square_wards().
A = ("POINT(-0.12279 51.4634365)", "POINT(530440 175499)")
OFF = "SET LOCAL session_replication_role = replica;"


def put(session: Session, place: tuple[str, str] = A, **said: object) -> uuid.UUID:
    """Store a concern as the owner would, with a factor, and return its identifier."""
    identifier = uuid.uuid4()
    values = {"status": "shared", "wording": 'Said "dark" \\ here', "recorded_at": "2026-02-10T19:30Z"} | said
    session.execute(
        text(
            "INSERT INTO concern (id, team_id, kind, geom, geom_bng, recorded_at, light, status, wording,"
            " body, body_hash) SELECT :id, min(id), 'concern', ST_GeomFromText(:geom, 4326),"
            " ST_GeomFromText(:geom_bng, 27700), :recorded_at, 'dark', :status, :wording, '{}', '' FROM team"
        ),
        {"id": identifier, "geom": place[0], "geom_bng": place[1]} | values,
    )
    session.execute(text("INSERT INTO concern_factor VALUES (:id, 'lighting')"), {"id": identifier})
    return identifier


def seen(session: Session, identifier: uuid.UUID) -> list[dict[str, Any]]:
    """What is kept of a concern."""
    rows = session.execute(
        text("SELECT feature FROM feed_feature WHERE concern_id = :id"), {"id": identifier}
    )
    return [json.loads(row.feature) for row in rows]


def state(session: Session, borough: str) -> tuple[int, int]:
    """How many points there are in a borough, and the number of the last change."""
    asked = "SELECT n, change FROM feed_scope WHERE collection = 'concerns' AND borough_code = :borough"
    row = session.execute(text(asked), {"borough": borough}).one_or_none()
    return (0, 0) if row is None else (row.n, row.change)


def whole(session: Session) -> None:
    """Nothing of what is kept differs from a recount."""
    assert list(text_differences(session.connection())) == []


def test_a_shared_concern_is_kept_as_partners_see_it(session: Session) -> None:
    identifier = put(session)
    [feature] = seen(session, identifier)
    assert feature["geometry"] == {"type": "Point", "coordinates": [-0.12279, 51.4634365]}
    assert feature["properties"]["wording"] == 'Said "dark" \\ here'
    assert feature["properties"]["factors"] == ["lighting"]
    assert (feature["properties"]["date"], feature["properties"]["ward_code"]) == ("2026-02-10", "E05000001")
    whole(session)


@pytest.mark.parametrize("status", ["shared", "in_hand", "done", "no_action"])
def test_every_status_but_raised_is_kept(session: Session, status: str) -> None:
    assert len(seen(session, put(session, status=status))) == 1
    assert seen(session, put(session, status="raised")) == []
    whole(session)


# To the middle of ward C.
MOVED = """UPDATE concern SET geom = ST_GeomFromText('POINT(-0.1224214 51.4724233)', 4326),
    geom_bng = ST_GeomFromText('POINT(530440 176498)', 27700) WHERE id = :id"""
CHANGES: list[tuple[str, Callable[[dict[str, Any]], object], object]] = [
    ("UPDATE concern SET status = 'done' WHERE id = :id", lambda p: p["status"], "done"),
    ("UPDATE concern SET wording = NULL WHERE id = :id", lambda p: p["wording"], None),
    ("UPDATE concern SET kind = 'positive' WHERE id = :id", lambda p: p["kind"], "positive"),
    ("UPDATE concern SET applies = '{dark,day}' WHERE id = :id", lambda p: p["applies"], ["dark", "day"]),
    (
        "UPDATE concern SET recorded_at = '2026-06-30T23:30Z' WHERE id = :id",
        lambda p: p["date"],
        "2026-07-01",
    ),
    ("DELETE FROM concern_factor WHERE concern_id = :id", lambda p: p["factors"], []),
    (
        "INSERT INTO concern_factor VALUES (:id, 'followed')",
        lambda p: p["factors"],
        ["followed", "lighting"],
    ),
    (
        MOVED,
        lambda p: (p["ward_code"], p["borough_code"]),
        ("E05000003", SOUTHWARK),
    ),
]


@pytest.mark.parametrize(("change", "part", "expected"), CHANGES)
def test_each_change_is_in_the_text_and_has_a_number(
    session: Session, change: str, part: Callable[[dict[str, Any]], object], expected: object
) -> None:
    identifier = put(session)
    before = state(session, LAMBETH)
    session.execute(text(change), {"id": identifier})
    [feature] = seen(session, identifier)
    assert part(feature["properties"]) == expected
    assert state(session, LAMBETH)[1] > before[1]
    whole(session)


def test_what_leaves_takes_its_text_and_its_place_in_the_totals_along(session: Session) -> None:
    before = state(session, LAMBETH)[0]
    one, other = put(session), put(session)
    assert state(session, LAMBETH)[0] == before + 2
    session.execute(text("UPDATE concern SET status = 'raised' WHERE id = :id"), {"id": one})
    assert seen(session, one) == []
    session.execute(text("DELETE FROM concern WHERE id = :id"), {"id": other})
    assert state(session, LAMBETH)[0] == before
    whole(session)


def test_a_note_alone_changes_nothing_that_a_council_is_told(session: Session) -> None:
    identifier = put(session)
    before = state(session, LAMBETH)
    session.execute(text("UPDATE concern SET note = 'MARKER' WHERE id = :id"), {"id": identifier})
    assert state(session, LAMBETH) == before
    whole(session)


def test_places_in_the_order_stay_and_come_with_sharing(session: Session) -> None:
    one, other = put(session), put(session)
    asked = text("SELECT seq FROM feed_feature WHERE concern_id = :id")
    first = session.scalar(asked, {"id": one})
    assert session.scalar(asked, {"id": other}) > first
    session.execute(text("UPDATE concern SET wording = 'Other words' WHERE id = :id"), {"id": one})
    assert session.scalar(asked, {"id": one}) == first


def test_wards_of_another_edition_stand_beside_and_count_from_their_day(session: Session) -> None:
    identifier = put(session)
    bng = MultiPolygon([box(530_000, 175_000, 532_000, 177_000)])
    shape = WardShape(1, "E05000009", "All of it", SOUTHWARK, "Southwark", geometry_to_wgs84(bng), bng)
    today = session.scalar(text("SELECT current_date"))
    for name, day, borough in (
        ("later", today.replace(year=today.year + 1), LAMBETH),
        ("now", today, SOUTHWARK),
    ):
        wards.import_edition(session, wards.NewEdition(name, (shape,), day), by="tests")
        whole(session)
        codes = {each["properties"]["borough_code"] for each in seen(session, identifier)}
        assert borough in codes
    session.execute(text("DELETE FROM edition WHERE name = 'now'"))
    whole(session)


SPOILED = {
    "UPDATE feed_feature SET feature = replace(feature, 'shared', 'done')": "feed_feature",
    "UPDATE feed_feature SET light = 'day'": "feed_feature",
    "DELETE FROM feed_feature": "feed_feature",
    "UPDATE concern SET status = 'raised'": "feed_feature",
    "UPDATE feed_day SET n = n + 1": "feed_day",
    "UPDATE feed_day SET west = west - 1": "feed_day",
    "UPDATE feed_scope SET n = n + 1": "feed_scope",
}


@pytest.mark.parametrize("spoil", SPOILED)
def test_verify_finds_what_was_spoiled_behind_the_triggers(server: Server, database: str, spoil: str) -> None:
    engine = create_engine(server.url(database), poolclass=NullPool)
    with engine.connect() as connection, connection.begin() as held:
        connection.execute(text("SET LOCAL search_path = lamplight, public"))
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            put(session)
            session.flush()
            session.commit()
        assert list(text_differences(connection)) == []
        connection.execute(text(OFF + spoil))
        assert SPOILED[spoil] in {each.check for each in text_differences(connection)}
        held.rollback()
