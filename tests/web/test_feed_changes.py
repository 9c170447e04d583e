"""What changed since a cursor: order, departures, scope, and what is refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from geoapp import db
from geoapp.actions import feed_log, keys, wards
from tests.conftest import square_wards
from tests.web.feed_world import (
    CONCERNS,
    LAMBETH,
    MARKERS,
    MIDDLES,
    ROUTES,
    SOUTHWARK,
    Get,
    World,
    build,
    getter,
    raise_concern,
    sender,
)

pytestmark = pytest.mark.usefixtures("squares", "world")
CHANGES = CONCERNS.replace("items", "changes")


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    return build(app.test_client(), personas["brixton_officer"].bearer)


@pytest.fixture
def lambeth(client: FlaskClient, world: World) -> Get:
    return getter(client, world.key(LAMBETH))


@pytest.fixture
def southwark(client: FlaskClient, world: World) -> Get:
    return getter(client, world.key(SOUTHWARK))


@pytest.fixture
def officer(app: Flask, personas: dict):
    return sender(app.test_client(), personas["brixton_officer"].bearer)


class Reader:
    """Follows changes page by page and keeps a copy."""

    def __init__(self, get: Get, path: str = CHANGES, limit: int = 100) -> None:
        self.get, self.path, self.limit = get, path, limit
        self.cursor: str | None = None
        self.copy: dict[str, dict] = {}
        self.seen: set[str] = set()

    def page(self) -> dict:
        since = f"&since={self.cursor}" if self.cursor else ""
        answer = self.get(f"{self.path}?limit={self.limit}{since}")
        assert answer.status_code == 200, answer.get_data(as_text=True)
        page = answer.get_json()
        assert len(page["features"]) <= self.limit
        assert len({each["id"] for each in page["features"]}) == len(page["features"])
        for each in page["features"]:
            if each.get("deleted"):
                assert set(each) == {"type", "id", "geometry", "properties", "deleted"}
                assert (each["geometry"], each["properties"]) == (None, None)
                assert each["id"] in self.seen, "told of something that the reader never had"
                self.copy.pop(each["id"], None)
            else:
                self.seen.add(each["id"])
                self.copy[each["id"]] = each
        self.cursor = page["cursor"]
        return page

    def follow(self) -> list[dict]:
        told, page = [], {"more": True}
        while page["more"]:
            page = self.page()
            told += page["features"]
        return told


def all_items(get: Get, path: str = CONCERNS) -> dict[str, dict]:
    return {each["id"]: each for each in get(f"{path}?limit=10000").get_json()["features"]}


def move(identifier: str, ward: str) -> None:
    """Move a concern, as a corrected pin does."""
    lon, lat = MIDDLES[ward]
    with db.writing() as session:
        session.execute(
            text(
                "UPDATE concern SET geom = o.geom, geom_bng = o.geom_bng FROM concern o"
                " WHERE concern.id = CAST(:id AS uuid) AND o.id = (SELECT id FROM concern"
                " WHERE GeometryType(geom) = 'POINT' "
                " AND ST_DWithin(geom, ST_SetSRID(ST_MakePoint(:x, :y), 4326), 0.005)"
                " AND id <> CAST(:id AS uuid) LIMIT 1)"
            ),
            {"id": identifier, "x": lon, "y": lat},
        )


def test_the_full_set_comes_first_and_then_nothing(lambeth: Get) -> None:
    for limit in (1, 4, 100):
        reader = Reader(lambeth, limit=limit)
        reader.follow()
        assert reader.copy == all_items(lambeth)
        assert len(reader.copy) == 6
        assert reader.page()["features"] == []


def test_routes_are_a_collection_of_their_own(lambeth: Get) -> None:
    reader = Reader(lambeth, ROUTES.replace("items", "changes"))
    reader.follow()
    assert reader.copy == all_items(lambeth, ROUTES)
    assert len(reader.copy) == 1


def test_a_quiet_poll_keeps_its_cursor_and_is_304(lambeth: Get, officer, world: World) -> None:
    reader = Reader(lambeth)
    reader.follow()
    kept = reader.cursor
    one = raise_concern(officer, world.walk, *MIDDLES["A"], wording=None)  # others write, unseen here
    answer = lambeth(f"{CHANGES}?since={kept}")
    assert (answer.get_json()["features"], answer.get_json()["cursor"]) == ([], kept)
    again = lambeth(f"{CHANGES}?since={kept}", If_None_Match=answer.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    officer("DELETE", f"/concerns/{one}", None)


def test_sharing_editing_and_unsharing_are_told(lambeth: Get, officer, world: World) -> None:
    reader = Reader(lambeth)
    reader.follow()
    one = raise_concern(officer, world.walk, *MIDDLES["B"], wording="Now shared")
    (told,) = reader.follow()
    assert (told["id"], told["properties"]["wording"]) == (one, "Now shared")
    assert told == all_items(lambeth)[one]
    officer("DELETE", f"/concerns/{one}/share", None)
    assert reader.follow() == [
        {"type": "Feature", "id": one, "geometry": None, "properties": None, "deleted": True}
    ]
    assert reader.copy == all_items(lambeth)


def test_what_came_and_went_between_two_polls_is_never_told(lambeth: Get, officer, world: World) -> None:
    reader = Reader(lambeth)
    reader.follow()
    one = raise_concern(officer, world.walk, *MIDDLES["A"], wording="Briefly")
    officer("DELETE", f"/concerns/{one}", None)
    assert reader.follow() == []
    assert all(one not in str(step) for step in reader.follow())


def test_what_came_and_went_between_two_pages_of_a_round_is_never_told(
    lambeth: Get, officer, world: World
) -> None:
    reader = Reader(lambeth, limit=1)
    reader.follow()
    came = [
        raise_concern(officer, world.walk, *MIDDLES["A"], wording=f"Number {number}") for number in range(4)
    ]
    (first,) = reader.page()["features"]
    officer("DELETE", f"/concerns/{came[2]}", None)  # not told yet: not to be told at all
    officer("DELETE", f"/concerns/{came[0]}", None)  # told: has to be taken back
    told = [each["id"] for each in reader.follow()]
    assert first["id"] == came[0]
    assert came[2] not in told
    assert reader.copy == all_items(lambeth)
    for each in (came[1], came[3]):
        officer("DELETE", f"/concerns/{each}", None)


def test_listing_while_others_write_tells_nothing_that_was_not_there(
    lambeth: Get, officer, world: World
) -> None:
    reader = Reader(lambeth, limit=1)
    reader.page()
    brief = [raise_concern(officer, world.walk, *MIDDLES["A"], wording="Brief") for _ in range(8)]
    reader.page()
    for each in brief:
        officer("DELETE", f"/concerns/{each}", None)
    told = {each["id"] for each in reader.follow()}
    assert not told & set(brief)
    assert reader.copy == all_items(lambeth)


def test_many_departures_come_in_pages(lambeth: Get, officer, world: World) -> None:
    reader = Reader(lambeth, limit=2)
    many = [raise_concern(officer, world.walk, *MIDDLES["A"], wording="Many") for _ in range(7)]
    reader.follow()
    assert set(many) <= set(reader.copy)
    for each in many:
        officer("DELETE", f"/concerns/{each}", None)
    assert {each["id"] for each in reader.follow()} == set(many)
    assert reader.copy == all_items(lambeth)


def test_moving_to_another_borough_is_a_tombstone_for_one_and_an_arrival_for_the_other(
    lambeth: Get, southwark: Get, officer, world: World
) -> None:
    one = raise_concern(officer, world.walk, *MIDDLES["A"], wording="It moves")
    readers = Reader(lambeth), Reader(southwark)
    for reader in readers:
        reader.follow()
    move(one, "D")
    left, came = (reader.follow() for reader in readers)
    assert left == [{"type": "Feature", "id": one, "geometry": None, "properties": None, "deleted": True}]
    assert [(each["id"], each["properties"]["borough_code"]) for each in came] == [(one, SOUTHWARK)]
    officer("DELETE", f"/concerns/{one}", None)
    assert readers[0].follow() == []
    assert [each["deleted"] for each in readers[1].follow()] == [True]


def test_other_boundaries_move_concerns_between_boroughs(lambeth: Get, southwark: Get) -> None:
    readers = Reader(lambeth), Reader(southwark)
    for reader in readers:
        reader.follow()
    before = [set(reader.copy) for reader in readers]
    other = {LAMBETH: SOUTHWARK, SOUTHWARK: LAMBETH}
    swapped = [replace(shape, borough_code=other[shape.borough_code]) for shape in square_wards()]
    with db.writing() as session:
        wards.import_edition(
            session, wards.NewEdition("swapped", tuple(swapped), date(2020, 1, 1)), by="tests"
        )
    for reader in readers:
        reader.follow()
    assert [set(reader.copy) for reader in readers] == before[::-1]
    with db.writing() as session:
        session.execute(
            text("DELETE FROM area WHERE edition_id = (SELECT id FROM edition WHERE name = 'swapped')")
        )
        session.execute(text("DELETE FROM edition WHERE name = 'swapped'"))
    for reader in readers:
        reader.follow()
    assert [set(reader.copy) for reader in readers] == before
    assert readers[0].copy == all_items(lambeth)


def test_an_edition_that_begins_with_the_day_is_taken_over_when_changes_are_asked_for(
    lambeth: Get, world: World
) -> None:
    reader = Reader(lambeth)
    reader.follow()
    with db.writing() as session:
        wards.import_edition(
            session, wards.NewEdition("later", square_wards()[2:], date(2999, 1, 1)), by="tests"
        )
    assert reader.follow() == []
    with as_owner() as connection:  # the day has come, and no trigger has been told
        connection.execute(text("ALTER TABLE edition DISABLE TRIGGER tr_change_edition"))
        connection.execute(text("UPDATE edition SET valid_from = '2020-01-01' WHERE name = 'later'"))
        connection.execute(text("ALTER TABLE edition ENABLE TRIGGER tr_change_edition"))
    reader.follow()
    assert reader.copy == all_items(lambeth) == {}
    with db.writing() as session:
        session.execute(
            text("DELETE FROM area WHERE edition_id = (SELECT id FROM edition WHERE name = 'later')")
        )
        session.execute(text("DELETE FROM edition WHERE name = 'later'"))
    reader.follow()
    assert reader.copy == all_items(lambeth)
    assert set(reader.copy) == {each for ward in "AB" for each in world.shared[ward]}


@contextmanager
def as_owner() -> Iterator:
    with db.current().app.connect() as connection:
        connection.execute(text("RESET ROLE"))
        yield connection
        connection.commit()


def test_a_transaction_that_was_long_open_is_not_skipped(lambeth: Get, officer, world: World) -> None:
    reader = Reader(lambeth)
    reader.follow()
    slow = world.shared["A"][0]
    with as_owner() as connection:
        # Its number and its row of the log are there, and nobody sees them before it ends.
        connection.execute(
            text(
                "INSERT INTO feed_change (collection, outside_id, from_borough, to_borough)"
                " SELECT collection, outside_id, borough_code, borough_code FROM feed_presence"
                " WHERE concern_id = :id"
            ),
            {"id": slow},
        )
        quick = raise_concern(officer, world.walk, *MIDDLES["A"], wording="Quick")
        assert [each["id"] for each in reader.follow()] == [quick]
        assert reader.follow() == []
    (told,) = reader.follow()
    assert told["id"] == slow
    officer("DELETE", f"/concerns/{quick}", None)


def test_nothing_that_must_not_leave_is_in_any_page(lambeth: Get, world: World) -> None:
    answer = lambeth(CHANGES)
    whole = answer.get_data(as_text=True) + str(answer.headers)
    assert not [marker for marker in MARKERS if marker in whole]
    assert world.unshared[0] not in whole


def test_the_order_of_members_and_headers(lambeth: Get) -> None:
    answer = lambeth(f"{CHANGES}?limit=2")
    page = answer.get_json()
    assert set(page) == {"type", "links", "cursor", "more", "features"}
    assert (page["type"], page["more"], len(page["features"])) == ("FeatureCollection", True, 2)
    assert answer.content_type == "application/geo+json"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert {link["rel"] for link in page["links"]} == {"self", "next", "items", "collection"}
    following = next(link["href"] for link in page["links"] if link["rel"] == "next")
    assert lambeth(following).get_json()["features"] != page["features"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=", "since"),
        ("since=x", "since"),
        ("since=WyJjb25jZXJucyJd.AAAA", "since"),
        ("since=" + "a" * 7000, "since"),
        ("since=%00", "since"),
        ("limit=0", "limit"),
        ("f=csv", "f"),
        ("bbox=0,0,1,1", "bbox"),
    ],
)
def test_what_cannot_be_read_is_400(lambeth: Get, query: str, field: str) -> None:
    answer = lambeth(f"{CHANGES}?{query}")
    assert answer.status_code == 400
    assert answer.get_json()["errors"][0]["field"] == field


def test_a_cursor_of_another_scope_or_collection_is_410_and_names_items(lambeth: Get, southwark: Get) -> None:
    cursor = lambeth(CHANGES).get_json()["cursor"]
    for answer in (
        southwark(f"{CHANGES}?since={cursor}"),
        lambeth(f"{ROUTES.replace('items', 'changes')}?since={cursor}"),
    ):
        assert answer.status_code == 410
        assert "/items" in answer.get_json()["detail"]
    changed = cursor[:20] + ("A" if cursor[20] != "A" else "B") + cursor[21:]
    assert lambeth(f"{CHANGES}?since={changed}").status_code == 400


def test_changes_need_a_key_and_public_collections_have_none(client: FlaskClient, lambeth: Get) -> None:
    assert client.get(CHANGES).status_code == 401
    assert lambeth("/feed/collections/wards/changes").status_code == 404
    assert lambeth("/feed/collections/nothing/changes").status_code == 404


def test_readings_are_written_down_and_quiet_polls_are_not(lambeth: Get) -> None:
    def entries() -> list:
        with db.reading() as connection:
            asked = text("SELECT detail FROM audit WHERE action = 'feed read' ORDER BY id")
            return list(connection.scalars(asked))

    before = len(entries())
    cursor = lambeth(CHANGES).get_json()["cursor"]
    for _ in range(3):
        lambeth(f"{CHANGES}?since={cursor}")
    new = entries()[before:]
    assert [each["features"] for each in new] == [6]
    assert new[0]["path"] == CHANGES


def test_a_cursor_ends_with_what_is_kept(lambeth: Get, officer, world: World) -> None:
    reader = Reader(lambeth)
    reader.follow()
    one = raise_concern(officer, world.walk, *MIDDLES["A"], wording="Before")
    with db.writing() as session:
        assert feed_log.prune(session, 90) == 0
    assert len(reader.follow()) == 1
    late = reader.cursor
    officer("DELETE", f"/concerns/{one}", None)
    with as_owner() as connection:
        connection.execute(text("UPDATE feed_change SET happened_at = happened_at - interval '91 days'"))
    with db.writing() as session:
        assert feed_log.prune(session, 90) > 0
    answer = lambeth(f"{CHANGES}?since={late}")
    assert answer.status_code == 410
    assert CONCERNS in answer.get_json()["detail"]
    fresh = Reader(lambeth)
    fresh.follow()
    assert fresh.copy == all_items(lambeth)
    assert fresh.follow() == []


def test_a_copy_of_the_database_on_another_server_begins_anew(lambeth: Get) -> None:
    reader = Reader(lambeth)
    reader.follow()
    with as_owner() as connection:
        connection.execute(text("UPDATE feed_log SET home = 'another server'"))
    assert lambeth(f"{CHANGES}?since={reader.cursor}").status_code == 410
    fresh = Reader(lambeth)
    fresh.follow()
    assert fresh.copy == all_items(lambeth)


def test_an_identifier_that_changes_leaves_under_the_old_and_comes_under_the_new(
    lambeth: Get, officer, world: World
) -> None:
    one = "019c4908-333b-7abc-8def-0123456789ab"
    body = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": list(MIDDLES["A"])},
        "properties": {"walk": world.walk, "kind": "concern", "recorded_at": "2026-02-10T19:30:00.123Z"},
    }
    officer("PUT", f"/concerns/{one}", body)
    officer("PUT", f"/concerns/{one}/share", {"wording": "On the tenth"})
    reader = Reader(lambeth)
    reader.follow()
    assert "019c476c-3600-7abc-8def-0123456789ab" in reader.copy
    with db.writing() as session:  # the same minute a day later
        session.execute(
            text("UPDATE concern SET recorded_at = recorded_at + interval '1 day' WHERE id = :id"),
            {"id": one},
        )
    told = {each["id"]: each.get("deleted", False) for each in reader.follow()}
    assert told == {
        "019c476c-3600-7abc-8def-0123456789ab": True,
        "019c4c92-9200-7abc-8def-0123456789ab": False,
    }
    officer("DELETE", f"/concerns/{one}", None)
    reader.follow()
    assert reader.copy == all_items(lambeth)


def test_a_key_of_both_boroughs_is_told_of_a_move_once(client: FlaskClient, officer, world: World) -> None:
    with db.writing() as session:
        both = keys.create(session, "both", [LAMBETH, SOUTHWARK], by="tests")
    reader = Reader(getter(client, {"X-API-Key": both.secret}))
    one = raise_concern(officer, world.walk, *MIDDLES["A"], wording="Within")
    reader.follow()
    move(one, "D")
    (told,) = reader.follow()
    assert (told["id"], told["properties"]["borough_code"]) == (one, SOUTHWARK)
    officer("DELETE", f"/concerns/{one}", None)
