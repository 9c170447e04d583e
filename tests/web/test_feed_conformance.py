"""The abstract tests of OGC API - Features Part 1 (17-069r4, Annex A) and Part 2 (18-058r1), strictly.

Requirement by requirement, for every collection, without a key and with one. What is compared with is worked
out here from the features themselves (shapely, PROJ), never by the service.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient
from pyproj import Transformer
from schemathesis.specs.openapi.definitions import OPENAPI_30
from werkzeug.test import TestResponse

from spatial.crs import to_bng
from tests.web.feed_public_world import PUBLIC, build_public
from tests.web.feed_world import LAMBETH, World, build

pytestmark = pytest.mark.usefixtures("squares", "world")
KEYED = ("concerns", "concern_routes")
READERS = [("anyone", name) for name in PUBLIC] + [("key", name) for name in (*KEYED, *PUBLIC)]
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
SYSTEMS = (CRS84, f"{EPSG}4326", f"{EPSG}27700", f"{EPSG}3857")
TIMED = {"concerns", "concern_routes", "actions", "walks", "ward_figures"}
BOXES = [
    (-0.1240, 51.4620, -0.1215, 51.4650),
    (-0.2, 51.4, 0.0, 51.6),
    (-0.1160, 51.4600, -0.1000, 51.4680),
    (1.0, 52.0, 1.1, 52.1),
]
Ask = Callable[..., TestResponse]


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    made = build(app.test_client(), personas["brixton_officer"].bearer)
    build_public(figures=True)
    return made


@pytest.fixture
def ask(client: FlaskClient, world: World) -> Callable[[str], Ask]:
    """A reader by name: asks for an address with parameters."""

    def reader(who: str) -> Ask:
        headers = world.key(LAMBETH) if who == "key" else {}

        def get(path: str, **asked: object) -> TestResponse:
            more = asked.pop("headers", {})
            named = {name.replace("_", "-"): value for name, value in asked.items()}
            # Buffered: a download that nobody reads to its end holds its place.
            return client.get(path, query_string=named or None, headers=headers | dict(more), buffered=True)  # type: ignore[call-overload]

        return get

    return reader


def body(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    return found


def links(said: dict[str, Any], relation: str) -> list[dict[str, str]]:
    return [each for each in said["links"] if each["rel"] == relation]


def items(name: str) -> str:
    return f"/feed/collections/{name}/items"


def path_of(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def shape(feature: dict[str, Any]) -> Any:
    return None if feature["geometry"] is None else shapely.geometry.shape(feature["geometry"])


# A.2.1 and A.2.2: the landing page, the definition, the declaration of conformance.
@pytest.mark.parametrize("who", ["anyone", "key"])
def test_1_to_8_landing_page_definition_and_conformance(ask: Callable[[str], Ask], who: str) -> None:
    get = ask(who)
    landing = body(get("/feed/"))
    assert links(landing, "self")
    assert {each["type"] for each in links(landing, "alternate")} == {"text/html"}
    [description] = links(landing, "service-desc")
    assert description["type"] == "application/vnd.oai.openapi+json;version=3.0"
    assert links(landing, "service-doc")
    [declared] = links(landing, "conformance")
    [data] = links(landing, "data")
    definition = body(get(path_of(description["href"])))
    jsonschema_rs.Draft4Validator(OPENAPI_30).validate(definition)
    assert get(path_of(links(landing, "service-doc")[0]["href"])).mimetype == "text/html"
    classes = body(get(path_of(declared["href"])))["conformsTo"]
    assert len(classes) == len(set(classes)) > 20
    assert all(each.startswith("http://www.opengis.net/spec/") for each in classes)
    assert body(get(path_of(data["href"])))["collections"]


@pytest.mark.parametrize("who", ["anyone", "key"])
def test_9_to_12_collections(ask: Callable[[str], Ask], who: str) -> None:
    get = ask(who)
    said = body(get("/feed/collections"))
    assert links(said, "self")
    assert all(each["rel"] and each["type"] for each in said["links"])
    names = [each["id"] for each in said["collections"]]
    assert names == [name for reader, name in READERS if reader == who]
    for each in said["collections"]:
        found = links(each, "items")
        assert {link["type"] for link in found} == {"application/geo+json", "text/html"}
        assert all(get(path_of(link["href"])).mimetype == link["type"] for link in found)
        assert each["itemType"] == "feature"
        for box in each.get("extent", {}).get("spatial", {}).get("bbox", []):
            assert len(box) == 4
        for first, last in each.get("extent", {}).get("temporal", {}).get("interval", []):
            assert first <= last


@pytest.mark.parametrize(("who", "name"), READERS)
def test_13_a_collection_is_as_the_list_has_it(ask: Callable[[str], Ask], who: str, name: str) -> None:
    get = ask(who)
    listed = {each["id"]: each for each in body(get("/feed/collections"))["collections"]}[name]
    said = body(get(f"/feed/collections/{name}"))
    assert said == listed
    assert {"id", "title", "description", "extent", "links", "itemType", "crs", "storageCrs"} <= set(said)
    for link in said["links"]:
        answer = get(path_of(link["href"]))
        assert answer.status_code == 200, link
        assert answer.mimetype == link["type"].partition(";")[0], link


# A.2.3: features.
@pytest.mark.parametrize(("who", "name"), READERS)
def test_14_parameters_are_defined_as_asked(ask: Callable[[str], Ask], who: str, name: str) -> None:
    operation = body(ask(who)("/feed/api"))["paths"][f"/collections/{name}/items"]["get"]
    defined = {each["name"]: each for each in operation["parameters"]}
    for parameter in ("bbox", "limit", "datetime", "crs", "bbox-crs", "filter", "filter-lang", "filter-crs"):
        assert defined[parameter]["in"] == "query"
        assert not defined[parameter]["required"]
        assert (defined[parameter]["style"], defined[parameter]["explode"]) == ("form", False)
    schema = defined["bbox"]["schema"]
    assert (schema["type"], schema["items"]) == ("array", {"type": "number"})
    assert schema["oneOf"] == [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}]
    assert defined["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 10000, "default": 100}
    assert defined["datetime"]["schema"] == {"type": "string"}
    assert {"200", "400"} <= set(operation["responses"])
    assert "application/geo+json" in operation["responses"]["200"]["content"]
    assert ("security" in operation) == (name in KEYED)


@pytest.mark.parametrize(("who", "name"), READERS)
def test_15_to_22_a_page_of_features(ask: Callable[[str], Ask], who: str, name: str) -> None:
    get = ask(who)
    answer = get(items(name))
    assert answer.mimetype == "application/geo+json"
    said = body(answer)
    assert said["type"] == "FeatureCollection"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", said["timeStamp"])
    assert said["numberReturned"] == len(said["features"]) == said["numberMatched"] > 0
    [own] = links(said, "self")
    assert own["type"] == "application/geo+json"
    assert {each["type"] for each in links(said, "alternate")} >= {"text/html"}
    assert not links(said, "next")
    again = body(get(path_of(own["href"])))
    assert again["features"] == said["features"]
    for each in said["features"]:
        assert set(each) == {"type", "id", "geometry", "properties"}
        assert each["type"] == "Feature"
        if each["geometry"] is not None:
            assert shape(each).is_valid
            west, south, east, north = shape(each).bounds
            assert -180 <= west <= east <= 180
            assert -90 <= south <= north <= 90
    for number in re.findall(r"-?\d+\.(\d+)", answer.get_data(as_text=True).split('"features"')[1]):
        assert len(number) <= 7 or name == "ward_figures"


@pytest.mark.parametrize(("who", "name"), READERS)
def test_limit_and_pages(ask: Callable[[str], Ask], who: str, name: str) -> None:
    get = ask(who)
    whole = [each["id"] for each in body(get(items(name)))["features"]]
    for limit in (1, 2, 3, 10_000, 20_000):
        said = body(get(items(name), limit=limit))
        seen = [each["id"] for each in said["features"]]
        assert len(seen) == min(limit, len(whole))
        while links(said, "next"):
            [following] = links(said, "next")
            assert following["type"] == "application/geo+json"
            said = body(get(path_of(following["href"])))
            assert said["numberMatched"] == len(whole)
            assert links(said, "prev")
            seen += [each["id"] for each in said["features"]]
        assert seen == whole


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize(("who", "name"), READERS)
def test_bbox(ask: Callable[[str], Ask], who: str, name: str, box: tuple[float, float, float, float]) -> None:
    get = ask(who)
    place = shapely.box(*box)
    expected = {
        each["id"]
        for each in body(get(items(name)))["features"]
        if each["geometry"] is not None and shape(each).intersects(place)
    }
    west, south, east, north = box
    for asked in (f"{west},{south},{east},{north}", f"{west},{south},-10,{east},{north},900"):
        said = body(get(items(name), bbox=asked))
        assert {each["id"] for each in said["features"]} == expected
        assert said["numberMatched"] == len(expected)
    # Across the antimeridian, and so round the whole world but for this.
    said = body(get(items(name), bbox=f"170,{south},-170,{north}"))
    assert said["features"] == []


@pytest.mark.parametrize(("who", "name"), READERS)
def test_datetime(ask: Callable[[str], Ask], who: str, name: str) -> None:
    get = ask(who)
    features = body(get(items(name)))["features"]
    days = sorted({day for each in features for day in span(each["properties"]) if day})
    asked = ["1999-01-01T00:00:00Z", "../2015-01-01T00:00:00Z", "2090-01-01T00:00:00Z/.."]
    for day in days:
        asked += [f"{day}T00:00:00Z", f"{day}T23:59:59Z/..", f"../{day}T00:00:00Z", f"/{day}T00:00:00Z"]
        asked += [f"{days[0]}T00:00:00Z/{day}T12:00:00.5Z", day]
    for each in asked:
        first, _, last = each.partition("/")
        low = "" if first in {"", ".."} else first[:10]
        high = low if "/" not in each else ("9999" if last in {"", ".."} else last[:10])
        expected = [one["id"] for one in features if touches(one["properties"], low, high)]
        said = body(get(items(name), datetime=each))
        assert [one["id"] for one in said["features"]] == expected, each
        assert said["numberMatched"] == len(expected)


def span(said: dict[str, Any]) -> tuple[str | None, str | None]:
    """The first and last day of a feature; None where it has no time."""
    day = said.get("date")
    return said.get("period_start", day), said.get("period_end", day)


def touches(said: dict[str, Any], low: str, high: str) -> bool:
    first, last = span(said)
    return first is None or last is None or (first <= high and last >= low)


@pytest.mark.parametrize(("who", "name"), READERS)
def test_23_what_is_unknown_or_wrong_is_400(ask: Callable[[str], Ask], who: str, name: str) -> None:
    get = ask(who)
    wrong = {
        "bbox": ["1,2,3", "a,b,c,d", "0,1,0", "-0.1,52,0.1,51", "1,2,3,4,5", "0,-91,1,0"],
        "limit": ["0", "-1", "x", "1.5", ""],
        "datetime": [
            "x",
            "2026-13-01",
            "2026-02-30T00:00:00Z",
            "2026-01-02T00:00:00Z/2026-01-01T00:00:00Z",
            "../..",
        ],
        "crs": ["EPSG:1", f"{EPSG}9999", ""],
        "bbox-crs": ["x", f"{EPSG}9999"],
        "filter": ["nonsense", "no_such = 1", "("],
        "filter-lang": ["sql"],
        "filter-crs": ["x"],
        "unknown-parameter": ["1"],
        "token": ["1"],
    }
    for parameter, values in wrong.items():
        for value in values:
            answer = get(f"{items(name)}?{parameter}={value}")
            assert answer.status_code == 400, (parameter, value)
            assert answer.mimetype == "application/problem+json"
            assert answer.get_json()["errors"][0]["field"] == parameter


@pytest.mark.parametrize(("who", "name"), READERS)
def test_24_25_one_feature(ask: Callable[[str], Ask], who: str, name: str) -> None:
    get = ask(who)
    for each in body(get(items(name)))["features"]:
        answer = get(f"{items(name)}/{each['id']}")
        assert answer.mimetype == "application/geo+json"
        said = body(answer)
        assert {one: said[one] for one in each} == each
        assert path_of(links(said, "self")[0]["href"]).startswith(f"{items(name)}/")
        assert [one["type"] for one in links(said, "alternate")] == ["text/html"]
        assert path_of(links(said, "collection")[0]["href"]) == f"/feed/collections/{name}"
    assert get(f"{items(name)}/no-such-feature").status_code == 404


@pytest.mark.parametrize(("who", "name"), READERS)
def test_html_says_the_same(ask: Callable[[str], Ask], who: str, name: str) -> None:
    get = ask(who)
    browser = {"Accept": "text/html"}
    said = body(get(items(name)))
    page = get(items(name), headers=browser)
    assert page.mimetype == "text/html"
    for each in said["features"]:
        assert each["id"] in page.get_data(as_text=True)
    one = get(f"{items(name)}/{said['features'][0]['id']}", headers=browser)
    assert one.mimetype == "text/html"
    for member in said["features"][0]["properties"]:
        assert f"<dt>{member}</dt>" in one.get_data(as_text=True)
    for path in (
        f"/feed/collections/{name}",
        "/feed/collections",
        "/feed/",
        "/feed/conformance",
        "/feed/api",
    ):
        assert get(path, headers=browser).mimetype == "text/html"


# Part 2: coordinate reference systems by reference.
@pytest.mark.parametrize(("who", "name"), READERS)
def test_crs_is_listed_taken_and_told(ask: Callable[[str], Ask], who: str, name: str) -> None:
    get = ask(who)
    said = body(get(f"/feed/collections/{name}"))
    assert said["crs"] == list(SYSTEMS)
    assert said["storageCrs"] in said["crs"]
    assert get(items(name)).headers["Content-Crs"] == f"<{CRS84}>"
    plain = {each["id"]: each for each in body(get(items(name)))["features"]}
    for system in SYSTEMS:
        answer = get(items(name), crs=system)
        assert answer.headers["Content-Crs"] == f"<{system}>"
        found = body(answer)
        assert "crs" not in found
        for each in found["features"]:
            one = get(f"{items(name)}/{each['id']}", crs=system)
            assert one.headers["Content-Crs"] == f"<{system}>"
            assert one.get_json()["geometry"] == each["geometry"]
            if each["geometry"] is not None:
                check_moved(shape(plain[each["id"]]), shape(each), system)
        assert get(f"{items(name)}/{next(iter(plain))}", crs=f"{EPSG}1").status_code == 400


def check_moved(degrees: Any, moved: Any, system: str) -> None:
    """A geometry against the same worked out by PROJ, and by OSTN15 for National Grid."""
    for before, after in zip(shapely.get_coordinates(degrees), shapely.get_coordinates(moved), strict=True):
        expected, within = in_system(before, system)
        assert tuple(after) == pytest.approx(expected, abs=within)


def in_system(lonlat: Any, system: str) -> tuple[tuple[float, float], float]:
    lon, lat = float(lonlat[0]), float(lonlat[1])
    if system == CRS84:
        return (lon, lat), 1e-9
    if system.endswith("4326"):
        return (lat, lon), 1e-9
    if system.endswith("27700"):
        east, north = to_bng([lon], [lat])
        return (float(east[0]), float(north[0])), 0.015  # seven decimals of a degree are a centimetre
    return Transformer.from_crs("OGC:CRS84", "EPSG:3857", always_xy=True).transform(lon, lat), 0.02


@pytest.mark.parametrize(("who", "name"), READERS)
def test_bbox_crs(ask: Callable[[str], Ask], who: str, name: str) -> None:
    get = ask(who)
    for box in BOXES[:3]:
        expected = {each["id"] for each in body(get(items(name), bbox=",".join(map(str, box))))["features"]}
        for system in SYSTEMS:
            corners = [in_system(corner, system)[0] for corner in (box[:2], box[2:])]
            edges = ",".join(f"{each:.9f}" for each in itertools.chain(*corners))
            said = body(get(items(name), bbox=edges, bbox_crs=system))
            assert {each["id"] for each in said["features"]} == expected, (system, box)


# What /req/core/http asks of every resource.
def resources(name: str) -> Iterator[str]:
    yield from (
        f"/feed/collections/{name}{rest}" for rest in ("", "/items", "/queryables", "/sortables", "/schema")
    )


@pytest.mark.parametrize(("who", "name"), READERS)
def test_http(ask: Callable[[str], Ask], client: FlaskClient, world: World, who: str, name: str) -> None:
    headers = world.key(LAMBETH) if who == "key" else {}
    for path in resources(name):
        whole = ask(who)(path)
        head = client.head(path, headers=headers)
        assert (head.status_code, head.data, head.mimetype) == (200, b"", whole.mimetype)
        tag = whole.headers["ETag"]
        assert client.get(path, headers=headers | {"If-None-Match": tag}).status_code == 304
        assert client.get(path, headers=headers | {"Accept": "image/png"}).status_code == 406
        refused = client.delete(path, headers=headers)
        assert refused.status_code in {400, 405}
        if refused.status_code == 405:
            assert "GET" in refused.headers["Allow"]
        assert ("Access-Control-Allow-Origin" in whole.headers) == (name not in KEYED)
    assert client.get(f"/feed/collections/{name}", headers={"X-API-Key": "llk_wrong"}).status_code in {
        200,
        401,
    }
