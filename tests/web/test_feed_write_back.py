"""What councils write back: which members, by whom, in which order, and never over somebody else's change."""

import json
import threading
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from geoapp import db
from geoapp.actions import keys
from tests.web.feed_world import (
    CONCERNS,
    LAMBETH,
    MIDDLES,
    SOUTHWARK,
    WARDS,
    World,
    build,
    raise_concern,
    sender,
)

pytestmark = pytest.mark.usefixtures("squares", "world")
Patch = Callable[..., TestResponse]


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    return build(app.test_client(), personas["brixton_officer"].bearer)


@pytest.fixture(scope="module")
def writer(world: World) -> dict[str, str]:
    assert world.keys
    with db.writing() as session:
        return {
            "X-API-Key": keys.create(session, "Lambeth assets", [LAMBETH], by="tests", may_write=True).secret
        }


@pytest.fixture
def one(app: Flask, personas: dict, world: World) -> str:
    send = sender(app.test_client(), personas["brixton_officer"].bearer)
    return raise_concern(send, world.walk, *MIDDLES["A"], wording="Her words")


@pytest.fixture
def patch(client: FlaskClient, writer: dict[str, str]) -> Patch:
    def send(one: str, said: object, *, tag: str | None = "now", **more: object) -> TestResponse:
        headers = dict(more.pop("headers", writer))
        if tag == "now":
            headers["If-Match"] = client.get(f"{CONCERNS}/{one}", headers=writer).headers["ETag"]
        elif tag is not None:
            headers["If-Match"] = tag
        data = said if isinstance(said, str) else json.dumps(said)
        kind = str(more.pop("content_type", "application/merge-patch+json"))
        return client.patch(f"{CONCERNS}/{one}", data=data, content_type=kind, headers=headers)

    return send


def events(one: str) -> list[tuple]:
    with db.reading() as connection:
        asked = text(
            "SELECT status, public_wording, reason, actor FROM status_event"
            " WHERE concern_id = :id ORDER BY id"
        )
        return [tuple(row) for row in connection.execute(asked, {"id": one})]


def row(one: str) -> tuple:
    with db.reading() as connection:
        asked = text("SELECT status, wording, owner, owner_reference FROM concern WHERE id = :id")
        return tuple(connection.execute(asked, {"id": one}).one())


KEY = "key Lambeth assets"


def test_a_council_takes_up_a_concern_and_says_what_was_done(
    patch: Patch, client: FlaskClient, one: str, writer
) -> None:
    cursor = client.get(CONCERNS.replace("items", "changes"), headers=writer).get_json()["cursor"]
    answer = patch(
        one,
        {
            "properties": {
                "status": "in_hand",
                "owner_reference": " LBL-4711 ",
                "wording": "Lamps are ordered.",
            }
        },
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.get_json()["properties"]["status"] == "in_hand"
    assert answer.get_json()["properties"]["wording"] == "Her words"
    assert answer.headers["ETag"] == client.get(f"{CONCERNS}/{one}", headers=writer).headers["ETag"]
    assert row(one) == ("in_hand", "Her words", "Lambeth", "LBL-4711")
    assert patch(one, {"properties": {"status": "done", "wording": "New lamps."}}).status_code == 200
    assert events(one)[2:] == [
        ("in_hand", "Lamps are ordered.", None, KEY),
        ("done", "New lamps.", None, KEY),
    ]
    told = client.get(f"{CONCERNS.replace('items', 'changes')}?since={cursor}", headers=writer).get_json()
    assert [(each["id"], each["properties"]["status"]) for each in told["features"]] == [(one, "done")]
    with db.reading() as connection:
        asked = text(
            "SELECT actor, subject, detail->>'status' FROM audit"
            " WHERE action = 'concern answered' ORDER BY id"
        )
        assert connection.execute(asked).all()[-2:] == [
            (KEY, f"concern {one}", "in_hand"),
            (KEY, f"concern {one}", "done"),
        ]


@pytest.mark.parametrize(
    ("steps", "said", "status", "field"),
    [
        ([], {"status": "done"}, 422, "status"),
        ([], {"status": "shared", "wording": "x"}, 422, "wording"),
        ([], {"wording": "Nothing yet"}, 422, "wording"),
        ([], {"status": "raised"}, 422, "status"),
        ([], {"status": None}, 422, "status"),
        ([], {"status": "no_action"}, 422, "reason"),
        ([], {"status": "no_action", "reason": "  "}, 422, "reason"),
        ([], {"status": "in_hand", "reason": "x"}, 422, "reason"),
        (["in_hand", "done"], {"status": "in_hand"}, 422, "status"),
        (["in_hand", "done"], {"status": "no_action", "reason": "x"}, 422, "status"),
        ([], {"status": "in_hand", "wording": "x" * 4001}, 422, "wording"),
        ([], {"owner_reference": "x" * 81}, 422, "owner_reference"),
        ([], {"owner_reference": "two\nlines"}, 422, "owner_reference"),
        ([], {"note": "x"}, 400, "note"),
        ([], {"status": 1}, 400, "status"),
        ([], {}, 400, "body"),
        ([], [], 400, "body"),
        ([], '{"status": "in_hand", "status": "done"}', 400, "status"),
        ([], "{", 400, "body"),
        ([], {"status": "in_hand", "wording": "\x00"}, 400, "wording"),
        ([], {"properties": {"status": "in_hand"}, "geometry": None}, 400, "geometry"),
        ([], {"properties": {"kind": "positive"}}, 400, "properties.kind"),
        ([], {"properties": []}, 400, "properties"),
    ],
)
def test_what_does_not_follow_or_may_not_be_written_is_refused_and_named(  # noqa: PLR0917 (a table)
    patch: Patch, one: str, steps: list[str], said: object, status: int, field: str
) -> None:
    for step in steps:
        assert patch(one, {"status": step}).status_code == 200
    before = row(one), events(one)
    answer = patch(one, said)
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.get_json()["errors"][0]["field"] == field
    assert (row(one), events(one)) == before


def test_no_action_is_a_step_with_its_reason(patch: Patch, one: str) -> None:
    said = {"status": "no_action", "reason": "The path is private.", "wording": "We cannot light it."}
    assert patch(one, said).status_code == 200
    assert events(one)[-1] == ("no_action", "We cannot light it.", "The path is private.", KEY)


def test_words_can_be_changed_at_the_same_status_and_each_change_is_a_step(patch: Patch, one: str) -> None:
    patch(one, {"status": "in_hand", "wording": "In May."})
    patch(one, {"wording": "In June."})
    patch(one, {"wording": "In June."})
    assert [each[:2] for each in events(one)[2:]] == [("in_hand", "In May."), ("in_hand", "In June.")]
    patch(one, {"owner_reference": "R1"})
    assert row(one)[3] == "R1"
    patch(one, {"owner_reference": None})
    assert row(one)[3] is None
    assert len(events(one)) == 4


def test_a_change_needs_the_tag_of_what_is_there(patch: Patch, client: FlaskClient, writer, one: str) -> None:
    missing = patch(one, {"status": "in_hand"}, tag=None)
    assert (missing.status_code, missing.get_json()["title"]) == (428, "Say what is to be changed")
    tag = client.get(f"{CONCERNS}/{one}", headers=writer).headers["ETag"]
    assert patch(one, {"status": "in_hand"}, tag='"other"').status_code == 412
    assert patch(one, {"status": "in_hand"}, tag=f"W/{tag}").status_code == 412
    assert patch(one, {"status": "in_hand"}, tag=f'"other", {tag}').status_code == 200
    # The same again after a lost reply is no second step; something else on the old tag is refused.
    assert patch(one, {"status": "in_hand"}, tag=tag).status_code == 200
    assert patch(one, {"status": "done"}, tag=tag).status_code == 412
    assert [each[0] for each in events(one)] == ["raised", "shared", "in_hand"]


def test_of_two_changes_at_once_one_is_stored(app: Flask, client: FlaskClient, writer, one: str) -> None:
    tag = client.get(f"{CONCERNS}/{one}", headers=writer).headers["ETag"]
    answers: list[int] = []

    def send(said: dict[str, str]) -> None:
        answer = app.test_client().patch(f"{CONCERNS}/{one}", json=said, headers=writer | {"If-Match": tag})
        answers.append(answer.status_code)

    bodies = ({"status": "in_hand"}, {"status": "no_action", "reason": "Private land."})
    threads = [threading.Thread(target=send, args=(said,)) for said in bodies]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(answers) == [200, 412]
    assert len(events(one)) == 3


def test_only_keys_and_planners_who_may_write_do(
    patch: Patch, client: FlaskClient, world: World, personas: dict, one: str
) -> None:
    said = {"status": "in_hand"}
    assert patch(one, said, tag="*", headers=world.key(LAMBETH)).status_code == 403
    assert patch(one, said, tag="*", headers=world.key(SOUTHWARK)).status_code == 403
    assert patch(one, said, tag="*", headers={}).status_code == 401
    assert patch(one, said, tag="*", headers={"X-API-Key": "llk_no"}).status_code == 401
    for name, status in (("brixton_officer", 403), ("analyst", 403), ("southwark_planner", 404)):
        assert patch(one, said, tag="*", headers=personas[name].bearer).status_code == status, name
    assert len(events(one)) == 2
    assert patch(one, said, tag="*", headers=personas["lambeth_planner"].bearer).status_code == 200
    assert events(one)[-1] == ("in_hand", None, None, personas["lambeth_planner"].email)
    assert (
        client.patch(f"{WARDS}/squares:E05000001", json=said, headers=world.key(LAMBETH)).status_code == 405
    )


def test_a_planner_s_browser_needs_its_csrf_token(
    signed_in: Callable[[str], FlaskClient], writer, client: FlaskClient, one: str
) -> None:
    browser = signed_in("lambeth_planner")
    tag = client.get(f"{CONCERNS}/{one}", headers=writer).headers["ETag"]
    said = {"data": json.dumps({"status": "in_hand"}), "content_type": "application/merge-patch+json"}
    assert browser.patch(f"{CONCERNS}/{one}", headers={"If-Match": tag}, **said).status_code == 400
    page = browser.get("/planning/").get_data(as_text=True)
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    headers = {"If-Match": tag, "X-CSRF-Token": token}
    assert browser.patch(f"{CONCERNS}/{one}", headers=headers, **said).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_other_media_are_415(patch: Patch, one: str, kind: str) -> None:
    assert patch(one, {"status": "in_hand"}, content_type=kind).status_code == 415


def test_what_is_not_there_or_not_shared_is_404(
    patch: Patch, client: FlaskClient, writer, world: World
) -> None:
    for one in (world.unshared[0], world.shared["C"][0], "nonsense"):
        assert patch(one, {"status": "in_hand"}, tag="*").status_code == 404
    taken = patch(world.shared["B"][0], {"status": "in_hand"})
    assert taken.status_code == 200
    assert client.get(f"{CONCERNS}?status=in_hand", headers=writer).get_json()["numberMatched"] >= 1
