"""Open311: the same concerns as the feed, in the words of GeoReport v2, and nothing beside them."""

import json

import pytest
from defusedxml import ElementTree
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from geoapp import db
from geoapp.actions import keys
from tests.web.feed_world import CONCERNS, LAMBETH, MARKERS, MIDDLES, SOUTHWARK, Get, World, build, getter

pytestmark = pytest.mark.usefixtures("squares", "world")
ROOT = "/feed/open311/v2"
ALL = f"{ROOT}/requests.json?start_date=2026-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    return build(app.test_client(), personas["brixton_officer"].bearer)


@pytest.fixture
def lambeth(client: FlaskClient, world: World) -> Get:
    return getter(client, world.key(LAMBETH))


def test_services_are_the_factors(lambeth: Get) -> None:
    found = lambeth(f"{ROOT}/services.json").get_json()
    assert len(found) == 21
    assert found[0] == {
        "service_code": "lighting",
        "service_name": "Lighting",
        "description": "Raised on a walk: Lighting",
        "metadata": False,
        "type": "realtime",
        "keywords": "",
        "group": "environment",
    }
    root = ElementTree.fromstring(lambeth(f"{ROOT}/services.xml").data)
    assert (root.tag, len(root), root[0].findtext("metadata")) == ("services", 21, "false")


def test_requests_are_the_shared_concerns_of_the_key(lambeth: Get, world: World) -> None:
    found = {each["service_request_id"]: each for each in lambeth(ALL).get_json()}
    assert set(found) == {each for ward in "AB" for each in world.shared[ward]} | set(world.routes)
    first = dict(found[world.shared["A"][0]])
    lat, lon = first.pop("lat"), first.pop("long")
    assert (lon, lat) == pytest.approx(MIDDLES["A"], abs=1e-7)
    assert first.pop("updated_datetime").endswith("T00:00:00Z")
    assert first == {
        "service_request_id": world.shared["A"][0],
        "status": "open",
        "status_notes": "",
        "service_name": "Lighting",
        "service_code": "lighting",
        "description": "Words for ward A, 0",
        "agency_responsible": "",
        "service_notice": "",
        "requested_datetime": "2026-02-10T00:00:00Z",
        "expected_datetime": "",
        "address": "Ward A",
        "address_id": "",
        "zipcode": "",
        "media_url": "",
    }


def test_status_follows_what_the_council_writes_back(client: FlaskClient, lambeth: Get, world: World) -> None:
    with db.writing() as session:
        new = keys.create(session, "Lambeth assets", [LAMBETH], by="tests", may_write=True)
    headers = {"X-API-Key": new.secret, "If-Match": "*"}
    one = world.shared["B"][0]
    steps = [
        ({"status": "in_hand", "wording": "Lamps <ordered> & paid."}, "open", "Lamps <ordered> & paid."),
        ({"status": "no_action", "reason": "Private land."}, "closed", "Private land."),
    ]
    for said, status, notes in steps:
        assert client.patch(f"{CONCERNS}/{one}", json=said, headers=headers).status_code == 200
        (told,) = lambeth(f"{ROOT}/requests/{one}.json").get_json()
        assert (told["status"], told["status_notes"], told["agency_responsible"]) == (
            status,
            notes,
            "Lambeth",
        )
        (element,) = ElementTree.fromstring(lambeth(f"{ROOT}/requests/{one}.xml").data)
        assert element.tag == "request"
        assert (element.findtext("status"), element.findtext("status_notes")) == (status, notes)
    closed = lambeth(f"{ALL}&status=closed").get_json()
    assert [each["service_request_id"] for each in closed] == [one]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 0),
        ("start_date=2026-02-10T23:00:00Z&end_date=2026-02-10T23:00:00Z", 7),
        ("end_date=2026-02-09T23:00:00Z", 0),
        ("updated_after=2020-01-01T00:00:00Z", 7),
        ("start_date=2026-01-01T00:00:00Z&service_code=lighting", 7),
        ("start_date=2026-01-01T00:00:00Z&service_code=followed,general", 0),
        (f"start_date=2026-01-01T00:00:00Z&jurisdiction_id={LAMBETH}", 7),
        ("start_date=2026-01-01T00:00:00Z&page_size=5", 5),
        ("start_date=2026-01-01T00:00:00Z&page_size=5&page=2", 2),
        ("start_date=2026-01-01T00:00:00Z&status=open,closed", 7),
    ],
)
def test_selections(lambeth: Get, query: str, expected: int) -> None:
    assert len(lambeth(f"{ROOT}/requests.json?{query}").get_json()) == expected


def test_identifiers_select_whatever_their_day(lambeth: Get, world: World) -> None:
    wanted = [world.shared["A"][1], world.routes[0], world.shared["C"][0], world.unshared[0]]
    found = lambeth(f"{ROOT}/requests.json?service_request_id={','.join(wanted)}").get_json()
    assert {each["service_request_id"] for each in found} == set(wanted[:2])


def test_nothing_beyond_the_feed_is_told(lambeth: Get, client: FlaskClient, world: World) -> None:
    for kind in ("json", "xml"):
        whole = lambeth(ALL.replace("json", kind)).get_data(as_text=True)
        assert not [marker for marker in MARKERS if marker in whole]
    for one in (world.unshared[0], world.shared["C"][0], "nonsense"):
        assert lambeth(f"{ROOT}/requests/{one}.json").status_code == 404
    assert lambeth(f"{ROOT}/services.json?jurisdiction_id={SOUTHWARK}").status_code == 404
    assert client.get(f"{ROOT}/services.json").status_code == 401
    assert client.get(ALL).status_code == 401
    assert client.post(f"{ROOT}/requests.json", headers=world.key(LAMBETH)).status_code == 405


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=broken", "status"),
        ("page=0", "page"),
        ("page_size=1001", "page_size"),
        ("service_request_id=x", "service_request_id"),
        ("start_date=yesterday", "start_date"),
        ("start_date=2026-01-01/2026-02-01", "start_date"),
        ("lat=1", "lat"),
        ("api_key=llk_something", "api_key"),
    ],
)
def test_bad_values_are_400_and_named(lambeth: Get, query: str, field: str) -> None:
    answer = lambeth(f"{ROOT}/requests.json?{query}")
    assert answer.status_code == 400
    assert answer.get_json()["errors"][0]["field"] == field


def test_unchanged_is_304_and_readings_are_written_down(lambeth: Get) -> None:
    def entries() -> list[dict]:
        with db.reading() as connection:
            asked = text("SELECT detail FROM audit WHERE action = 'feed read' ORDER BY id")
            return list(connection.scalars(asked))

    before = len(entries())
    first = lambeth(ALL)
    again = lambeth(ALL, If_None_Match=first.headers["ETag"])
    assert (first.status_code, again.status_code) == (200, 304)
    (entry,) = entries()[before:]
    assert entry["features"] == len(json.loads(first.data))
    assert entry["path"] == f"{ROOT}/requests.json"
