"""The council feed as a council's program, a planner, a stranger and an attacker meet it."""

import base64
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from geoapp import db
from geoapp.actions import keys
from tests.web.feed_world import (
    CONCERNS,
    LAMBETH,
    MARKERS,
    MIDDLES,
    ROUTES,
    SOUTHWARK,
    WARDS,
    Get,
    World,
    build,
    getter,
    ids,
    raise_concern,
    sender,
)

pytestmark = pytest.mark.usefixtures("squares", "world")
SignIn = Callable[[str], FlaskClient]
PUBLIC = ["wards", "ward_figures", "actions", "walks"]
# The list of API.md, word by word.
PROPERTIES = [
    "id",
    "kind",
    "factors",
    "feeling",
    "applies",
    "light",
    "setting",
    "basis",
    "date",
    "status",
    "wording",
    "ward_code",
    "ward_name",
    "borough_code",
    "updated",
]


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    return build(app.test_client(), personas["brixton_officer"].bearer)


@pytest.fixture
def lambeth(client: FlaskClient, world: World) -> Get:
    return getter(client, world.key(LAMBETH))


def test_a_key_sees_shared_points_of_its_boroughs_and_nothing_else(lambeth: Get, world: World) -> None:
    assert set(ids(lambeth(CONCERNS))) == {*world.shared["A"], *world.shared["B"]}
    assert ids(lambeth(ROUTES)) == world.routes
    for ward in "CD":
        for one in world.shared[ward]:
            assert lambeth(f"{CONCERNS}/{one}").status_code == 404
    assert lambeth(f"{CONCERNS}/{world.unshared[0]}").status_code == 404
    assert lambeth(f"{CONCERNS}/{world.routes[0]}").status_code == 404
    assert ids(lambeth(f"{CONCERNS}?borough_code={SOUTHWARK}")) == []


@pytest.mark.parametrize(
    ("who", "wards"), [("lambeth_planner", "AB"), ("southwark_planner", "CD"), ("coordinator", "ABCD")]
)
def test_people_signed_in_see_their_boroughs(signed_in: SignIn, world: World, who: str, wards: str) -> None:
    expected = {one for ward in wards for one in world.shared[ward]}
    assert set(ids(signed_in(who).get(CONCERNS))) == expected


@pytest.mark.parametrize("who", ["analyst", "administrator"])
def test_other_roles_get_403_and_still_see_what_is_public(signed_in: SignIn, who: str) -> None:
    browser = signed_in(who)
    assert browser.get(CONCERNS).status_code == 403
    listed = browser.get("/feed/collections").get_json()["collections"]
    assert [each["id"] for each in listed] == PUBLIC


def test_without_a_key_there_is_401_and_what_is_public_is_listed(client: FlaskClient) -> None:
    for path in (CONCERNS, ROUTES, "/feed/collections/concerns", f"{CONCERNS}/x"):
        answer = client.get(path)
        assert answer.status_code == 401
        assert "Basic" in answer.headers["WWW-Authenticate"]
        assert "Bearer" in answer.headers["WWW-Authenticate"]
        assert answer.content_type == "application/problem+json"
    assert [each["id"] for each in client.get("/feed/collections").get_json()["collections"]] == PUBLIC
    assert len(ids(client.get(WARDS))) == 4


@pytest.mark.parametrize("way", ["bearer", "header", "basic"])
def test_the_key_can_be_sent_in_three_ways(client: FlaskClient, world: World, way: str) -> None:
    key = world.keys[LAMBETH]
    basic = base64.b64encode(f":{key}".encode()).decode()
    headers = {
        "bearer": {"Authorization": f"Bearer {key}"},
        "header": {"X-API-Key": key},
        "basic": {"Authorization": f"Basic {basic}"},
    }[way]
    assert len(ids(client.get(CONCERNS, headers=headers))) == 6
    listed = client.get("/feed/collections", headers=headers).get_json()["collections"]
    assert [each["id"] for each in listed] == ["concerns", "concern_routes", *PUBLIC]


@pytest.mark.parametrize("name", ["key", "token", "api_key", "access_token", "apikey"])
def test_a_key_in_the_address_is_an_unknown_parameter(client: FlaskClient, world: World, name: str) -> None:
    answer = client.get(f"{CONCERNS}?{name}={world.keys[LAMBETH]}")
    assert answer.status_code == 400
    assert answer.get_json()["errors"][0]["field"] == name
    assert world.keys[LAMBETH] not in answer.get_data(as_text=True)


def test_a_wrong_key_is_401_even_where_nothing_needs_one(client: FlaskClient) -> None:
    answer = client.get("/feed/collections", headers={"X-API-Key": "llk_no"})
    assert answer.status_code == 401


def test_a_feature_has_the_contract_s_properties_and_no_others(lambeth: Get, world: World) -> None:
    feature = lambeth(f"{CONCERNS}/{world.shared['A'][0]}").get_json()
    said = feature["properties"]
    assert list(said) == PROPERTIES
    assert said["factors"] == ["followed", "lighting"]
    assert said["applies"] == ["dark"]
    assert (said["date"], said["light"], said["status"]) == ("2026-02-10", "dark", "shared")
    assert (said["ward_code"], said["ward_name"], said["borough_code"]) == ("E05000001", "Ward A", LAMBETH)
    assert said["wording"] == "Words for ward A, 0"
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", said["updated"])
    assert feature["geometry"] == {"type": "Point", "coordinates": list(MIDDLES["A"])}
    assert {link["rel"] for link in feature["links"]} == {"self", "alternate", "collection"}


def test_no_byte_of_any_answer_has_a_marker(lambeth: Get, signed_in: SignIn, world: World) -> None:
    one = world.shared["A"][0]
    paths = ["/feed/", "/feed/collections", "/feed/collections/concerns", "/feed/collections/concern_routes"]
    paths += ["/feed/api", "/feed/conformance", CONCERNS, ROUTES, f"{CONCERNS}/{one}"]
    paths += [f"{ROUTES}/{world.routes[0]}"]
    planner = signed_in("lambeth_planner")
    for path in paths:
        for form in ("json", "html"):
            for answer in (lambeth(f"{path}?f={form}"), planner.get(f"{path}?f={form}")):
                assert answer.status_code == 200, path
                whole = answer.get_data(as_text=True) + str(answer.headers)
                whole = whole.replace("lambeth_planner", "")
                # The time of the answer and its nonce are not of the concern.
                whole = re.sub(r'"timeStamp":"[^"]*"|nonce[=-][^ ;>]*|Date: [^\n]*', "", whole)
                for marker in MARKERS:
                    assert marker not in whole, (path, form, marker)
                assert world.unshared[0] not in whole
                for ward in "CD":
                    assert not any(each in whole for each in world.shared[ward])


def audit_of_readings() -> list[tuple[str, str, dict]]:
    with db.reading() as connection:
        return [
            tuple(row)
            for row in connection.execute(
                text("SELECT actor, subject, detail FROM audit WHERE action = 'feed read' ORDER BY id")
            )
        ]


def test_every_reading_with_content_is_in_the_audit_log_and_the_key_is_marked_used(
    lambeth: Get, client: FlaskClient, world: World
) -> None:
    before = len(audit_of_readings())
    answer = lambeth(f"{CONCERNS}?limit=2&kind=concern")
    lambeth(f"{CONCERNS}?limit=2&kind=concern", If_None_Match=answer.headers["ETag"])
    client.head(CONCERNS, headers=world.key(LAMBETH))
    lambeth(f"{CONCERNS}?limit=0")
    client.get(WARDS)
    new = audit_of_readings()[before:]
    assert [(actor, subject) for actor, subject, _ in new] == [
        (f"key {LAMBETH} GIS nightly", "collection concerns")
    ]
    assert new[0][2]["features"] == 2
    assert new[0][2]["selection"] == {"limit": "2", "kind": "concern"}
    assert new[0][2]["key"] == str(world.key_ids[LAMBETH])
    with db.reading() as connection:
        used = connection.scalar(
            text("SELECT last_used_at > now() - interval '1 hour' FROM feed_key WHERE id = :id"),
            {"id": world.key_ids[LAMBETH]},
        )
    assert used


def test_a_planner_s_reading_is_noted_under_her_address(signed_in: SignIn, personas: dict) -> None:
    browser = signed_in("southwark_planner")
    before = len(audit_of_readings())
    browser.get("/feed/?f=html")
    browser.get(f"{CONCERNS}?f=html")
    new = audit_of_readings()[before:]
    assert [(actor, detail["features"]) for actor, _, detail in new] == [
        (personas["southwark_planner"].email, 6)
    ] * 2


def test_what_is_taken_back_is_gone_at_once(
    app: Flask, client: FlaskClient, personas: dict, lambeth: Get, world: World
) -> None:
    send = sender(app.test_client(), personas["brixton_officer"].bearer)
    one = raise_concern(send, world.walk, *MIDDLES["A"], wording="Soon gone")
    assert lambeth(f"{CONCERNS}/{one}").status_code == 200
    client.delete(f"/capture/api/concerns/{one}/share", headers=personas["brixton_officer"].bearer)
    assert lambeth(f"{CONCERNS}/{one}").status_code == 404
    assert one not in ids(lambeth(CONCERNS))


def test_a_revoked_key_opens_nothing(client: FlaskClient) -> None:
    with db.writing() as session:
        new = keys.create(session, "to be revoked", [LAMBETH], by="tests")
    headers = {"Authorization": f"Bearer {new.secret}"}
    assert client.get(CONCERNS, headers=headers).status_code == 200
    with db.writing() as session:
        keys.revoke(session, "to be revoked", by="tests")
    assert client.get(CONCERNS, headers=headers).status_code == 401
