"""The feed as OGC API - Features and HTTP want it: formats, links, headers, tags, definition."""

import json
import re
from itertools import pairwise

import pytest
from flask import Flask
from flask.testing import FlaskClient

from geoapp.feed import openapi, present
from tests.web.feed_world import (
    CONCERNS,
    LAMBETH,
    MIDDLES,
    ROUTES,
    WARDS,
    Get,
    World,
    build,
    getter,
    ids,
    raise_concern,
    relation,
    sender,
)

pytestmark = pytest.mark.usefixtures("squares", "world")


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    return build(app.test_client(), personas["brixton_officer"].bearer)


@pytest.fixture
def lambeth(client: FlaskClient, world: World) -> Get:
    return getter(client, world.key(LAMBETH))


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
    "path", [CONCERNS, ROUTES, WARDS, f"{WARDS}/squares:E05000001", "/feed/", "/feed/api"]
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
    newer = lambeth(CONCERNS).headers["ETag"]
    client.delete(f"/capture/api/concerns/{one}", headers=personas["brixton_officer"].bearer)
    assert lambeth(CONCERNS, If_None_Match=newer).status_code == 200


@pytest.mark.parametrize("path", [f"{CONCERNS}/x", f"{CONCERNS}/0199c2e4-0000-7000-8000-000000000000"])
def test_unknown_features_are_404(lambeth: Get, path: str) -> None:
    assert lambeth(path).status_code == 404
    assert lambeth(f"{WARDS}/squares:E05999999").status_code == 404
    assert lambeth(f"{WARDS}/%00").status_code == 404
    assert lambeth("/feed/collections/tracks/items").status_code == 404


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


def test_the_definition_and_the_routes_tell_of_the_same_resources(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/feed/api")
    assert answer.content_type == "application/vnd.oai.openapi+json;version=3.0"
    definition = answer.get_json()
    routes = {
        rule.rule.removeprefix("/feed")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("feed.")
    }
    named = {
        "featureId": "identifier",
        "tileMatrixSetId": "grid",
        "tileMatrix": "z",
        "tileRow": "row",
        "tileCol": "col",
        "kind": "any(json, xml):kind",
    }
    told = {
        re.sub(
            "{([A-Za-z]+)}",
            lambda found: f"<{named[found[1]]}>",
            re.sub(r"/collections/[a-z_]+", "/collections/<name>", path),
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
    for name in ("concerns", "concern_routes", "wards", "ward_figures", "actions", "walks"):
        for each in definition["paths"][f"/collections/{name}/items"]["get"]["parameters"]:
            answer = lambeth(f"/feed/collections/{name}/items?{each['name']}=%01")
            assert "There is no parameter" not in answer.get_data(as_text=True)
        told = definition["components"]["schemas"][name]["properties"]["properties"]
        for feature in lambeth(f"/feed/collections/{name}/items?limit=1").get_json()["features"]:
            assert list(feature["properties"]) == list(told["properties"])
    assert world.keys


def test_conformance_is_declared(client: FlaskClient) -> None:
    declared = client.get("/feed/conformance").get_json()["conformsTo"]
    base = "http://www.opengis.net/spec/ogcapi-features"
    assert {f"{base}-1/1.0/conf/{name}" for name in ("core", "oas30", "html", "geojson")} < set(declared)
    assert {f"{base}-2/1.0/conf/crs", f"{base}-3/1.0/conf/filter", f"{base}-5/1.0/conf/schemas"} < set(
        declared
    )
    assert len(declared) == len(set(declared)) == len(present.CONFORMANCE)


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
