"""Pages of features: what is selected, how pages follow each other, and what is refused."""

import re
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

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
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", answer["timeStamp"])
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
    ("ward_code", "%00"), ("ward_code", "a b"), ("feeling", ""), ("nonsense", "1"), ("filter", ""),
    ("filter", "nonsense='x'"), ("filter", "kind="), ("filter", "note='x'"),
    ("sortby", "note"), ("properties", "note"),
    ("crs", "EPSG:1"), ("bbox-crs", "x"), ("filter-crs", "x"), ("filter-lang", "sql"),
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
    if answer.status_code == 303:  # a page's form, without its empty fields
        assert ("f", "html") in pairs
        return
    assert answer.status_code in {200, 400}, answer.get_data(as_text=True)
    if answer.status_code == 400:
        assert answer.get_json()["errors"][0]["field"] in {name[:60] for name, _ in pairs}
