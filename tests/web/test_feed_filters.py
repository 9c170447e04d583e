"""Filters in CQL2, and what else narrows, orders and shows features."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

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
LON, LAT = MIDDLES["A"]
_W, _E, _S, _N = LON - 0.001, LON + 0.001, LAT - 0.001, LAT + 0.001
NEAR_A = f"POLYGON(({_W} {_S},{_E} {_S},{LON} {_N},{_W} {_S}))"


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    made = build(app.test_client(), personas["brixton_officer"].bearer)
    send = sender(app.test_client(), personas["brixton_officer"].bearer)
    made.shared["B"].append(
        raise_concern(send, made.walk, *MIDDLES["B"], wording="Près du CAFÉ, 100% dunkel_x")
    )
    return made


@pytest.fixture
def lambeth(client: FlaskClient, world: World) -> Get:
    return getter(client, world.key(LAMBETH))


# What Lambeth sees: three points in ward A, four in ward B, all of 2026-02-10, dark, park, with two factors.
TEXTS = [
    ("ward_code = 'E05000001'", 3),
    ("ward_code <> 'E05000001'", 4),
    ("ward_name > 'Ward A'", 4),
    ("kind = 'positive' OR ward_code = 'E05000001'", 3),
    ("NOT (ward_code = 'E05000001' AND light = 'dark')", 4),
    ("wording IS NULL", 0),
    ("wording IS NOT NULL", 7),
    ("true", 7),
    ("wording = 'Words for ward A, 0'", 1),
    ("wording LIKE 'Words for ward _, 1'", 2),
    ("wording LIKE '%100\\% dunkel\\_x'", 1),
    ("wording NOT LIKE 'Words%'", 1),
    ("ward_code IN ('E05000001','E05000009')", 3),
    ("ward_code NOT IN ('E05000001')", 4),
    ("ward_code BETWEEN 'E05000001' AND 'E050000015'", 3),
    ("northing BETWEEN 175000 AND 176000", 7),
    ("CASEI(wording) LIKE casei('%WORDS FOR WARD a%')", 3),
    ("CASEI(wording) LIKE casei('%café%')", 1),
    ("ACCENTI(wording) LIKE accenti('Pres du CAFE%')", 1),
    ("CASEI(ACCENTI(wording)) LIKE casei(accenti('près du cafe%'))", 1),
    ("CASEI(ward_name) IN (casei('WARD a'), casei('nowhere'))", 3),
    ("date = DATE('2026-02-10')", 7),
    ("date = '2026-02-10'", 7),
    ("date < DATE('2026-02-10')", 0),
    ("date <= TIMESTAMP('2026-02-10T12:00:00Z')", 7),
    ("T_AFTER(date, DATE('2026-02-09'))", 7),
    ("T_AFTER(date, DATE('2026-02-10'))", 0),
    ("T_BEFORE(date, TIMESTAMP('2026-02-11T00:00:00Z'))", 7),
    ("T_DURING(date, INTERVAL('2026-02-09','2026-02-11'))", 7),
    ("T_DURING(date, INTERVAL('2026-02-10','2026-02-11'))", 0),
    ("T_INTERSECTS(date, INTERVAL('2026-02-10','..'))", 7),
    ("T_DISJOINT(date, INTERVAL('..','2026-02-09'))", 7),
    ("T_EQUALS(date, DATE('2026-02-10'))", 7),
    ("T_CONTAINS(INTERVAL('2026-01-01','..'), INTERVAL(date, updated))", 7),
    ("T_MEETS(INTERVAL('2026-01-01',date), INTERVAL(date,'..'))", 7),
    ("T_STARTS(INTERVAL(date,date), INTERVAL('2026-02-10','2026-02-12'))", 7),
    ("T_FINISHES(INTERVAL(date,date), INTERVAL('2026-02-01','2026-02-10'))", 7),
    ("T_OVERLAPS(INTERVAL('2026-02-01',date), INTERVAL('2026-02-05','2026-02-20'))", 7),
    ("T_STARTEDBY(INTERVAL(date,'2026-02-20'), INTERVAL('2026-02-10','2026-02-12'))", 7),
    ("T_FINISHEDBY(INTERVAL('2026-02-01',date), INTERVAL('2026-02-05','2026-02-10'))", 7),
    ("T_METBY(INTERVAL(date,'..'), INTERVAL('2026-02-01',date))", 7),
    ("T_OVERLAPPEDBY(INTERVAL('2026-02-05','2026-02-20'), INTERVAL('2026-02-01',date))", 7),
    ("date <= updated", 7),
    ("kind = light", 0),
    ("A_CONTAINS(factors, ('lighting'))", 7),
    ("A_CONTAINS(factors, ('lighting','signage'))", 0),
    ("A_OVERLAPS(factors, ('lighting','signage'))", 7),
    ("A_EQUALS(factors, ('lighting','followed'))", 7),
    ("A_CONTAINEDBY(applies, ('dark','day'))", 7),
    ("easting + 1 > easting", 7),
    ("easting / 0 = 1", 0),
    ("(northing - easting) * 2 < 0", 7),
    ("easting div 1000 = 530", 3),
    ("7 % 3 = 1 AND easting % 1000 < 1000", 7),
    ("2 ^ 3 = 8", 7),
    (f"S_INTERSECTS(geometry, POINT({LON} {LAT}))", 1),
    (f"S_INTERSECTS(geometry, BBOX({LON - 0.001},{LAT - 0.001},{LON + 0.001},{LAT + 0.001}))", 3),
    (f"S_INTERSECTS(geometry, {NEAR_A})", 3),
    (f"S_WITHIN(geometry, {NEAR_A}) AND wording LIKE '%0'", 1),
    (f"S_DISJOINT(geometry, {NEAR_A})", 4),
    (f"S_EQUALS(geometry, POINT({LON} {LAT}))", 1),
    (f"S_CONTAINS({NEAR_A}, geometry)", 3),
    (f"S_INTERSECTS(geometry, MULTIPOINT(({LON} {LAT}),(0 0)))", 1),
    (f"NOT S_INTERSECTS(geometry, {NEAR_A})", 4),
    (f"S_INTERSECTS(geometry, {NEAR_A}) OR ward_code = 'E05000002'", 7),
    ("S_TOUCHES(geometry, POINT(0 0)) OR S_CROSSES(geometry, LINESTRING(0 0,1 1))", 0),
    ("S_OVERLAPS(geometry, POINT(0 0))", 0),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_filters_in_text_choose_what_they_say(lambeth: Get, text: str, expected: int) -> None:
    answer = lambeth(f"{CONCERNS}?filter={quote(text)}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert len(ids(answer)) == answer.get_json()["numberMatched"] == expected


JSONS: list[tuple[Any, int]] = [
    ({"op": "=", "args": [{"property": "ward_code"}, "E05000001"]}, 3),
    ({"op": "and", "args": [{"op": ">", "args": [{"property": "date"}, {"date": "2026-02-09"}]}, True]}, 7),
    ({"op": "in", "args": [{"property": "ward_code"}, ["E05000002"]]}, 4),
    (
        {
            "op": "s_intersects",
            "args": [{"property": "geometry"}, {"type": "Point", "coordinates": [LON, LAT]}],
        },
        1,
    ),
    ({"op": "t_after", "args": [{"property": "date"}, {"timestamp": "2026-02-09T00:00:00Z"}]}, 7),
]


@pytest.mark.parametrize(("tree", "expected"), JSONS)
def test_filters_in_json_choose_the_same(lambeth: Get, tree: object, expected: int) -> None:
    said = quote(json.dumps(tree))
    assert len(ids(lambeth(f"{CONCERNS}?filter-lang=cql2-json&filter={said}"))) == expected


WRONG = [
    "note = 'x'", "seq = 1", "recorded_at > DATE('2026-01-01')", "team_id = 1", "kind = 1", "date > 5",
    "kind", "'x'",
    "kind =", "kind = 'a' AND", "pg_sleep(10) = 1", "S_DWITHIN(geometry, POINT(0 0), 1)", "geometry = 'x'",
    "date = 'yesterday'", "date = DATE('2026-02-30')", "id = 'x'", "kind + 1 = 2", "factors = 'x'",
    "S_INTERSECTS(kind, POINT(0 0))", "S_INTERSECTS(geometry, POINT(500 0))", "S_INTERSECTS(geometry, 'x')",
    "S_INTERSECTS(geometry, POLYGON((0 0,1 1,1 0,0 1,0 0)))", "T_AFTER(kind, DATE('2026-01-01'))",
    "9 ^ 999 = easting ^ 900",
    "wording LIKE 'x\\'", "kind IN (1,2)", "casei(easting) = 'x'", "a_contains(factors, (1,2))",
    "S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(0 0)))", "wording LIKE easting", "feed_key.name = 'x'",
    "\"kind\"\"; DROP TABLE concern; --\" = 'x'", "easting BETWEEN 1 AND 'x'", "x" * 17_000,
    "(" * 5_000, "easting = " + "-" * 5_000 + "1", "NOT " * 3_000 + "true", "easting = " + "1+" * 3_000 + "1",
]  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_filter_is_400_and_named(lambeth: Get, text: str) -> None:
    answer = lambeth(f"{CONCERNS}?filter={quote(text)}")
    assert answer.status_code == 400, answer.get_data(as_text=True)
    assert answer.get_json()["errors"][0]["field"] == "filter"


def test_dividing_by_what_others_have_tells_nothing(lambeth: Get) -> None:
    answer = lambeth(f"{CONCERNS}?filter={quote('1 / (easting - easting) = 1')}")
    assert ids(answer) == []


def test_the_filter_s_own_system_is_used(lambeth: Get) -> None:
    bng = quote("S_INTERSECTS(geometry, BBOX(530000,175000,531000,176000))")
    system = "http://www.opengis.net/def/crs/EPSG/0/27700"
    assert len(ids(lambeth(f"{CONCERNS}?filter={bng}&filter-crs={system}"))) == 3
    swapped = quote(f"S_INTERSECTS(geometry, POINT({LAT} {LON}))")
    assert (
        len(
            ids(lambeth(f"{CONCERNS}?filter={swapped}&filter-crs=http://www.opengis.net/def/crs/EPSG/0/4326"))
        )
        == 1
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("factors=lighting,signage", 7),
        ("factors=signage", 0),
        ("applies=dark", 7),
        ("date=2026-02-10", 7),
        ("date=2026-02-11,2026-02-12", 0),
        ("ward_name=Ward%20A", 3),
        ("wording=Words%20for%20ward%20A,%200", 1),
        ("easting=1,2", 0),
    ],
)
def test_every_queryable_is_a_parameter(lambeth: Get, query: str, expected: int) -> None:
    answer = lambeth(f"{CONCERNS}?{query}")
    assert len(ids(answer)) == answer.get_json()["numberMatched"] == expected


def test_an_identifier_is_a_parameter_too(lambeth: Get, world: World) -> None:
    one, other = world.shared["A"][:2]
    assert set(ids(lambeth(f"{CONCERNS}?id={one},{other},{world.shared['C'][0]}"))) == {one, other}


@pytest.mark.parametrize(
    "order", ["wording", "-wording", "-ward_code,wording", "date,-id", "easting", "feeling,-northing"]
)
def test_pages_of_any_order_hold_each_feature_once(lambeth: Get, order: str) -> None:
    whole = lambeth(f"{CONCERNS}?sortby={order}").get_json()["features"]
    assert len(whole) == 7
    for name in reversed(order.split(",")):
        values = [each["properties"].get(name.lstrip("-")) for each in whole]
        if name == order and values[0] is not None:
            assert values == sorted(values, reverse=name.startswith("-"))
    seen, answer = [], lambeth(f"{CONCERNS}?sortby={order}&limit=2")
    pages = [ids(answer)]
    while following := relation(answer, "next"):
        answer = lambeth(following)
        pages.append(ids(answer))
    seen = [one for page in pages for one in page]
    assert seen == [each["id"] for each in whole]
    assert ids(lambeth(relation(answer, "prev"))) == pages[-2]


def test_a_cursor_holds_for_its_own_order_alone(lambeth: Get) -> None:
    following = relation(lambeth(f"{CONCERNS}?sortby=date&limit=2"), "next")
    assert lambeth(following.replace("sortby=date", "sortby=-date")).status_code == 400


def test_only_the_properties_asked_for_are_told(lambeth: Get) -> None:
    [feature] = lambeth(f"{CONCERNS}?limit=1&properties=date,kind").get_json()["features"]
    assert list(feature["properties"]) == ["date", "kind"]
    assert feature["geometry"]["type"] == "Point"
    assert lambeth(f"{CONCERNS}/{feature['id']}?properties=kind").get_json()["properties"] == {
        "kind": "concern"
    }


def test_filters_work_on_routes_and_wards(lambeth: Get, client: FlaskClient) -> None:
    assert len(ids(lambeth(f"{ROUTES}?filter={quote(f'S_INTERSECTS(geometry, {NEAR_A})')}"))) == 1
    assert len(ids(client.get(f"{WARDS}?filter={quote(f'S_CONTAINS(geometry, POINT({LON} {LAT}))')}"))) == 1
    assert len(ids(client.get(f"{WARDS}?filter={quote('valid_from IS NULL')}&sortby=-ward_code"))) == 4
    assert ids(client.get(f"{WARDS}?sortby=-ward_code&limit=1")) == ["squares:E05000004"]


@pytest.mark.parametrize("name", ["concerns", "concern_routes", "wards"])
def test_schemas_name_what_can_be_asked(lambeth: Get, name: str) -> None:
    root = f"/feed/collections/{name}"
    queryables, sortables, schema = (
        lambeth(f"{root}/{what}") for what in ("queryables", "sortables", "schema")
    )
    assert queryables.content_type == "application/schema+json"
    asked = queryables.get_json()
    assert asked["$id"] == f"http://localhost{root}/queryables"
    assert asked["properties"]["geometry"]["format"].startswith("geometry-")
    shown = lambeth(f"{root}/items?limit=1").get_json()["features"][0]["properties"]
    assert set(shown) == set(schema.get_json()["properties"]) - {"geometry"} <= set(asked["properties"])
    for each in sortables.get_json()["properties"]:
        assert lambeth(f"{root}/items?sortby={each}&limit=1").status_code == 200
    for each in set(asked["properties"]) - {"geometry"}:
        assert lambeth(f"{root}/items?filter={each}%20IS%20NULL").status_code == 200
    assert lambeth(f"{root}/queryables?f=html").content_type.startswith("text/html")
