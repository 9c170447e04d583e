"""The council feed as a council's program, a planner, a stranger and an attacker meet it."""

import base64
import json
import re
from collections.abc import Callable
from itertools import pairwise
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text
from werkzeug.test import TestResponse

from geoapp import db
from geoapp.feed import openapi, present
from tests.web.feed_world import LAMBETH, MARKERS, MIDDLES, SOUTHWARK, World, build, raise_concern, sender

pytestmark = pytest.mark.usefixtures("squares", "world")
Get = Callable[..., TestResponse]
SignIn = Callable[[str], FlaskClient]
CONCERNS, ROUTES, WARDS = (
    f"/feed/collections/{name}/items" for name in ("concerns", "concern_routes", "wards")
)
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
    def get(path: str, **headers: str) -> TestResponse:
        sent = world.key(LAMBETH) | {name.replace("_", "-"): value for name, value in headers.items()}
        return client.get(path, headers=sent)

    return get


def ids(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return [feature["id"] for feature in answer.get_json()["features"]]


def relation(answer: TestResponse, name: str) -> str | None:
    return next((link["href"] for link in answer.get_json()["links"] if link["rel"] == name), None)


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
    assert [each["id"] for each in listed] == ["wards"]


def test_without_a_key_there_is_401_and_only_wards_are_listed(client: FlaskClient) -> None:
    for path in (CONCERNS, ROUTES, "/feed/collections/concerns", f"{CONCERNS}/x"):
        answer = client.get(path)
        assert answer.status_code == 401
        assert "Basic" in answer.headers["WWW-Authenticate"]
        assert "Bearer" in answer.headers["WWW-Authenticate"]
        assert answer.content_type == "application/problem+json"
    assert [each["id"] for each in client.get("/feed/collections").get_json()["collections"]] == ["wards"]
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
    assert [each["id"] for each in listed] == ["concerns", "concern_routes", "wards"]


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


def test_pages_visit_each_feature_once_while_others_are_added(
    app: Flask, client: FlaskClient, lambeth: Get, personas: dict, world: World
) -> None:
    send = sender(app.test_client(), personas["brixton_officer"].bearer)
    there = set(ids(lambeth(CONCERNS)))
    added = []
    answer = lambeth(f"{CONCERNS}?limit=1&kind=concern")
    seen = ids(answer)
    while following := relation(answer, "next"):
        lon, lat = MIDDLES["B"]
        added.append(raise_concern(send, world.walk, lon, lat, wording="Later"))
        assert "limit=1" in following
        assert "kind=concern" in following
        answer = lambeth(following)
        seen += ids(answer)
    assert len(seen) == len(set(seen))
    assert there <= set(seen) <= there | set(added)
    for one in added:
        client.delete(f"/capture/api/concerns/{one}", headers=personas["brixton_officer"].bearer)
    assert set(ids(lambeth(CONCERNS))) == there


def test_prev_leads_back_to_where_next_came_from(lambeth: Get) -> None:
    first = lambeth(f"{CONCERNS}?limit=2")
    second = lambeth(relation(first, "next"))
    third = lambeth(relation(second, "next"))
    assert relation(first, "prev") is None
    assert relation(third, "next") is None
    assert ids(lambeth(relation(third, "prev"))) == ids(second)
    assert ids(lambeth(relation(second, "prev"))) == ids(first)
    assert ids(first) + ids(second) + ids(third) == ids(lambeth(CONCERNS))


def test_counts_are_of_the_whole_selection(lambeth: Get) -> None:
    answer = lambeth(f"{CONCERNS}?limit=2&offset=3&ward_code=E05000001,E05000002").get_json()
    assert (answer["numberMatched"], answer["numberReturned"], len(answer["features"])) == (6, 2, 2)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer["timeStamp"])
    far = lambeth(f"{CONCERNS}?offset=900").get_json()
    assert (far["numberMatched"], far["numberReturned"]) == (6, 0)


def test_offset_pages_agree_with_links(lambeth: Get) -> None:
    whole = ids(lambeth(CONCERNS))
    assert [one for start in (0, 2, 4) for one in ids(lambeth(f"{CONCERNS}?limit=2&offset={start}"))] == whole
    assert ids(lambeth(relation(lambeth(f"{CONCERNS}?limit=2&offset=1"), "next"))) == whole[3:5]


def test_a_limit_over_the_maximum_is_clipped(lambeth: Get) -> None:
    assert len(ids(lambeth(f"{CONCERNS}?limit=99999999999"))) == 6


LON_A, LAT_A = MIDDLES["A"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"bbox={LON_A - 0.001},{LAT_A - 0.001},{LON_A + 0.001},{LAT_A + 0.001}", 3),
        (f"bbox={LON_A - 0.001},{LAT_A - 0.001},-5,{LON_A + 0.001},{LAT_A + 0.001},900", 3),
        (f"bbox={LON_A},{LAT_A},{LON_A},{LAT_A}", 1),
        (f"bbox={LON_A},{LAT_A},{LON_A + 0.00015},{LAT_A}", 2),
        (f"bbox=170,-90,{LON_A + 0.001},90", 3),
        ("bbox=170,-90,-170,90", 0),
        ("bbox=-180,-90,180,90", 6),
        ("datetime=2026-02-10T00:00:00Z", 6),
        ("datetime=2026-02-11T00:00:00Z/..", 0),
        ("datetime=2026-02-10T23:59:60Z/", 6),
        ("datetime=../2026-02-09T23:59:59.999Z", 0),
        ("datetime=/2026-02-10T02:00:00%2B03:00", 0),
        ("datetime=2026-02-10", 6),
        ("datetime=2026-02-01T00:00:00Z/2026-03-01T00:00:00Z", 6),
        ("status=in_hand,done", 0),
        ("status=shared,done", 6),
        ("kind=positive", 0),
        ("light=dark&feeling=frightening&setting=park&basis=felt_here&kind=concern", 6),
        ("light=day", 0),
        ("feeling=comfortable", 0),
        ("setting=other", 0),
        ("basis=experienced_here", 0),
        ("ward_code=E05000001", 3),
        (f"borough_code={LAMBETH}", 6),
    ],
)
def test_selections(lambeth: Get, query: str, expected: int) -> None:
    answer = lambeth(f"{CONCERNS}?{query}")
    assert len(ids(answer)) == answer.get_json()["numberMatched"] == expected


def test_a_route_is_found_where_it_runs_and_not_only_by_its_box(lambeth: Get) -> None:
    corner = f"{LON_A + 0.0004},{LAT_A + 0.0005},{LON_A + 0.0006},{LAT_A + 0.0006}"
    assert ids(lambeth(f"{ROUTES}?bbox={corner}")) == []
    edge = f"{LON_A + 0.0009},{LAT_A + 0.0005},{LON_A + 0.0011},{LAT_A + 0.0006}"
    assert len(ids(lambeth(f"{ROUTES}?bbox={edge}"))) == 1


WRONG = [
    ("limit", value) for value in ("0", "-1", "1.5", "ten", "", "+3", "%D9%A3", "1e3", "9" * 40)
] + [
    ("offset", value) for value in ("-1", "x", "")
] + [
    ("bbox", value)
    for value in ("", "1,2,3", "1,2,3,4,5", "a,b,c,d", "0,50,1,40", "nan,1,2,3", "inf,0,1,1", "-181,0,1,1")
] + [
    ("bbox", value) for value in ("0,0,1,91", "0,0,9,1,1,1", "1,2,3,4,", "1e999,0,1,1")
] + [
    ("datetime", value)
    for value in ("", "yesterday", "2026-02-30T00:00:00Z", "2026-02-10T10:00:00", "..", "../..", "/", "a/b")
] + [
    ("datetime", value)
    for value in ("2026-03-02T00:00:00Z/2026-03-01T00:00:00Z", "2026-01-01T00:00:00Z/2026-01-02T00:00:00Z/..")
] + [
    ("cursor", value) for value in ("", "x", "WyI-IiwieCJd.AAAA", "%00", "\N{SNOWMAN}")
] + [
    ("f", "xml"), ("status", "raised"), ("status", "shared,"), ("kind", "%00"), ("light", "night"),
    ("ward_code", "%00"), ("ward_code", "a b"), ("feeling", ""), ("nonsense", "1"), ("filter", "kind='x'"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_bad_values_are_400_and_name_the_parameter(lambeth: Get, name: str, value: str) -> None:
    answer = lambeth(f"{CONCERNS}?{name}={value}")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    problem = answer.get_json()
    assert problem["errors"][0]["field"] == name
    assert name in problem["detail"]


def test_a_parameter_twice_and_a_cursor_with_an_offset_are_400(lambeth: Get) -> None:
    assert lambeth(f"{CONCERNS}?limit=1&limit=2").get_json()["errors"][0]["field"] == "limit"
    following = relation(lambeth(f"{CONCERNS}?limit=1"), "next")
    assert lambeth(f"{following}&offset=2").get_json()["errors"][0]["field"] == "offset"


def test_a_cursor_cannot_be_altered_or_used_elsewhere(lambeth: Get) -> None:
    following = relation(lambeth(f"{CONCERNS}?limit=1"), "next")
    cursor = following.split("cursor=")[1].split("&")[0]
    flipped = cursor[:4] + ("A" if cursor[4] != "A" else "B") + cursor[5:]
    assert lambeth(f"{CONCERNS}?cursor={flipped}").status_code == 400
    assert lambeth(f"{ROUTES}?cursor={cursor}").status_code == 400
    assert lambeth(f"{CONCERNS}?cursor={cursor}").status_code == 200


NAMES = st.sampled_from(
    ["limit", "offset", "bbox", "datetime", "cursor", "f", "status", "kind", "ward_code", "edition", "x"]
)
VALUES = st.text(max_size=40) | st.sampled_from(["1", "0,0,1,1", "2026-01-01T00:00:00Z", "html", "shared"])


@given(pairs=st.lists(st.tuples(NAMES | st.text(max_size=8), VALUES), max_size=4), wards=st.booleans())
@hypothesis_settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_asked_is_answered_or_refused_in_one_shape(
    lambeth: Get, pairs: list[tuple[str, str]], wards: bool
) -> None:
    answer = lambeth(f"{WARDS if wards else CONCERNS}?{urlencode(pairs)}")
    assert answer.status_code in {200, 400}, answer.get_data(as_text=True)
    if answer.status_code == 400:
        assert answer.get_json()["errors"][0]["field"] in {name[:60] for name, _ in pairs}


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/geo+json"),
        ("*/*", "application/geo+json"),
        ("text/plain, application/json", "application/geo+json"),
        ("application/geo+json, application/json", "application/geo+json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
    ],
)
def test_the_accept_header_decides(client: FlaskClient, accept: str | None, kind: str) -> None:
    headers = {} if accept is None else {"Accept": accept}
    assert client.get(WARDS, headers=headers).content_type == kind
    assert client.get(f"{WARDS}?f=json", headers=headers).content_type == "application/geo+json"
    assert client.get(f"{WARDS}?f=html", headers=headers).content_type == "text/html; charset=utf-8"


def test_a_format_that_does_not_exist_is_406(client: FlaskClient) -> None:
    assert client.get(WARDS, headers={"Accept": "application/gml+xml"}).status_code == 406


@pytest.mark.parametrize("path", ["/feed/", "/feed/conformance", "/feed/api", "/feed/collections", WARDS])
def test_public_resources_can_be_read_by_any_page_and_carry_links(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert 'rel="self"' in answer.headers["Link"]
    assert 'rel="alternate"' in answer.headers["Link"]
    assert client.head(path).status_code == 200
    assert client.head(path).data == b""
    options = client.options(path)
    assert options.status_code == 200
    assert {"GET", "HEAD", "OPTIONS"} <= set(options.headers["Allow"].split(", "))
    assert options.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"


def test_keyed_resources_have_no_cors_and_are_not_kept_by_caches(lambeth: Get, client: FlaskClient) -> None:
    answer = lambeth(CONCERNS)
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "private" in answer.headers["Cache-Control"]
    assert {"Authorization", "X-API-Key", "Cookie", "Accept"} <= set(answer.headers["Vary"].split(", "))
    assert "Access-Control-Allow-Origin" not in client.options(CONCERNS).headers
    assert "Access-Control-Allow-Origin" not in lambeth("/feed/collections").headers


def test_nothing_but_reading(client: FlaskClient, world: World) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = client.open(CONCERNS, method=method, headers=world.key(LAMBETH))
        assert answer.status_code == 405
        assert {"GET", "HEAD"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize(
    "path", [CONCERNS, ROUTES, WARDS, f"{WARDS}/squares%2FE05000001", "/feed/", "/feed/api"]
)
def test_what_has_not_changed_is_not_sent_again(lambeth: Get, path: str) -> None:
    tag = lambeth(path).headers["ETag"]
    again = lambeth(path, If_None_Match=tag)
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    assert lambeth(path, If_None_Match='"other"').status_code == 200


def test_the_tag_changes_with_the_content(
    app: Flask, client: FlaskClient, lambeth: Get, personas: dict, world: World
) -> None:
    tag = lambeth(CONCERNS).headers["ETag"]
    send = sender(app.test_client(), personas["brixton_officer"].bearer)
    one = raise_concern(send, world.walk, *MIDDLES["A"], wording="New")
    assert lambeth(CONCERNS, If_None_Match=tag).status_code == 200
    client.delete(f"/capture/api/concerns/{one}", headers=personas["brixton_officer"].bearer)
    assert lambeth(CONCERNS, If_None_Match=tag).status_code == 304


@pytest.mark.parametrize("path", [f"{CONCERNS}/x", f"{CONCERNS}/0199c2e4-0000-7000-8000-000000000000"])
def test_unknown_features_are_404(lambeth: Get, path: str) -> None:
    assert lambeth(path).status_code == 404
    assert lambeth(f"{WARDS}/squares/E05999999").status_code == 404
    assert lambeth(f"{WARDS}/%00").status_code == 404
    assert lambeth("/feed/collections/walks/items").status_code == 404


def test_wards_are_right_handed_and_found_by_their_own_links(client: FlaskClient) -> None:
    answer = client.get(f"{WARDS}?borough_code={LAMBETH}&edition=squares&limit=1")
    [ward] = answer.get_json()["features"]
    assert ward["geometry"]["type"] == "MultiPolygon"
    ring = ward["geometry"]["coordinates"][0][0]
    twice_area = sum(
        x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)
    )  # the shoelace formula is positive anticlockwise
    assert twice_area > 0
    assert "crs" not in answer.get_json()
    numbers = re.findall(r"-?\d+\.(\d+)", json.dumps(ward["geometry"]))
    assert max(map(len, numbers)) <= 7
    own = f"{WARDS}/{ward['id'].replace('/', '%2F')}"
    assert client.get(own).get_json()["properties"] == ward["properties"]
    assert client.get(f"{WARDS}/{ward['id']}").get_json()["id"] == ward["id"]


def test_links_stay_on_the_address_by_which_the_reader_came(lambeth: Get) -> None:
    following = relation(lambeth(f"{CONCERNS}?limit=1", Host="feed.lambeth.example:8443"), "next")
    assert following.startswith("http://feed.lambeth.example:8443/feed/")


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


def test_the_definition_and_the_routes_tell_of_the_same_resources(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/feed/api")
    assert answer.content_type == "application/vnd.oai.openapi+json;version=3.0"
    definition = answer.get_json()
    routes = {
        rule.rule.removeprefix("/feed")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("feed.")
    }
    told = {
        re.sub(r"/collections/[a-z_]+", "/collections/<name>", path).replace(
            "{featureId}", "<path:identifier>"
        )
        for path in definition["paths"]
    }
    assert told == routes
    limit = next(
        each
        for each in definition["paths"]["/collections/concerns/items"]["get"]["parameters"]
        if each["name"] == "limit"
    )
    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 10000, "default": 100}
    for path in re.findall(r'"\$ref": ?"#/([^"]+)"', json.dumps(definition)):
        found = definition
        for part in path.split("/"):
            found = found[part]


def test_every_parameter_that_is_told_is_taken_and_every_property_is_told(lambeth: Get, world: World) -> None:
    definition = openapi.document("http://localhost/feed")
    for name in ("concerns", "concern_routes", "wards"):
        for each in definition["paths"][f"/collections/{name}/items"]["get"]["parameters"]:
            answer = lambeth(f"/feed/collections/{name}/items?{each['name']}=%01")
            message = answer.get_json()["errors"][0]["message"]
            assert "There is no parameter" not in message
        feature = lambeth(f"/feed/collections/{name}/items?limit=1").get_json()["features"][0]
        told = definition["components"]["schemas"][name]["properties"]["properties"]
        assert list(feature["properties"]) == told["required"] == list(told["properties"])
    assert world.keys


def test_conformance_is_declared(client: FlaskClient) -> None:
    assert client.get("/feed/conformance").get_json() == {
        "conformsTo": [
            f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}"
            for name in ("core", "oas30", "html", "geojson")
        ]
    }
    assert len(present.CONFORMANCE) == 4


def test_the_landing_page_leads_everywhere(client: FlaskClient) -> None:
    for link in client.get("/feed/").get_json()["links"]:
        answer = client.get(link["href"], headers={"Accept": link["type"]})
        assert answer.status_code == 200, link
        assert answer.content_type.split(";")[0] == link["type"].split(";")[0]


def test_the_extent_holds_what_the_reader_sees(lambeth: Get) -> None:
    described = lambeth("/feed/collections/concerns").get_json()
    [box] = described["extent"]["spatial"]["bbox"]
    assert len(ids(lambeth(f"{CONCERNS}?bbox={','.join(map(str, box))}"))) == 6
    assert described["extent"]["temporal"]["interval"] == [["2026-02-10T00:00:00Z", "2026-02-10T23:59:59Z"]]
    [[start, end]] = described["extent"]["temporal"]["interval"]
    assert len(ids(lambeth(f"{CONCERNS}?datetime={start}/{end}"))) == 6


def test_what_is_taken_back_or_revoked_is_gone_at_once(
    app: Flask, client: FlaskClient, personas: dict, lambeth: Get, world: World
) -> None:
    send = sender(app.test_client(), personas["brixton_officer"].bearer)
    one = raise_concern(send, world.walk, *MIDDLES["A"], wording="Soon gone")
    assert lambeth(f"{CONCERNS}/{one}").status_code == 200
    client.delete(f"/capture/api/concerns/{one}/share", headers=personas["brixton_officer"].bearer)
    assert lambeth(f"{CONCERNS}/{one}").status_code == 404
    assert one not in ids(lambeth(CONCERNS))
