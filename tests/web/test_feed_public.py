"""Collections for anyone: walks to join, what came of concerns, released figures; and nothing beside them."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import geopandas
import h3
import jsonschema_rs
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient
from pyproj import Transformer

from tests.scheme_world import START
from tests.web.feed_public_world import (
    ACTIONS,
    FIGURES,
    FOR_COUNCILS,
    PUBLIC,
    PUBLIC_MARKERS,
    WALKS,
    PublicWorld,
    build_public,
    superuser,
)
from tests.web.feed_world import LAMBETH, WARDS, ids, relation

pytestmark = pytest.mark.usefixtures("squares", "personas", "world")
BNG = "http://www.opengis.net/def/crs/EPSG/0/27700"
SQUARE_A = (530_000, 175_000, 531_000, 176_000)
_SECOND, _DAY = "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"
TIMES = {
    "<start>": START.strftime(_SECOND),
    "<just before>": (START - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S.5Z"),
    "<during>": (START + timedelta(minutes=9)).strftime(_SECOND),
    "<two days on>": (START + timedelta(days=2)).strftime(_SECOND),
    "<day before>": (START - timedelta(days=1)).strftime(_DAY),
    "<day>": START.strftime(_DAY),
    "<next day>": (START + timedelta(days=1)).strftime(_DAY),
    "<five days on>": (START + timedelta(days=5)).strftime(_DAY),
}


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> PublicWorld:  # noqa: ARG001 (the wards have to be there)
    return build_public(figures=True)


def at(said: str) -> str:
    """The text with the times that it names."""
    for name, time in TIMES.items():
        said = said.replace(name, time)
    return said


def get(client: FlaskClient, path: str) -> dict:
    answer = client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def test_a_walk_says_what_its_card_says_and_no_more(client: FlaskClient, world: PublicWorld) -> None:
    first, second, *_ = get(client, WALKS)["features"]
    assert first["properties"] == {
        "id": world.walks[0],
        "title": "Larkhall Park, north side",
        "ward_code": "E05000001",
        "ward_name": "Ward A",
        "date": f"{START:%Y-%m-%d}",
        "starts_at": f"{START:%Y-%m-%dT%H:%M:%SZ}",
        "ends_at": f"{START + timedelta(minutes=45):%Y-%m-%dT%H:%M:%SZ}",
        "length_m": 2000,
        "step_free": True,
        "details": "Slow pace, benches on the way.",
        "officer": "Priya",
        "kind": "group",
        "places_left": 2,
    }
    said = second["properties"]
    assert (said["ends_at"], said["length_m"], said["officer"]) == (None, None, None)
    assert (said["title"], said["kind"], said["step_free"]) == ("Älder Street", "one_to_one", False)


def test_walks_are_those_of_the_public_list_in_its_order(client: FlaskClient, world: PublicWorld) -> None:
    assert ids(client.get(WALKS)) == world.walks
    page = client.get("/walks").get_data(as_text=True)
    assert [page.index(each) for each in world.walks] == sorted(page.index(each) for each in world.walks)
    assert not [each for each in world.hidden if each in page]


def test_the_place_of_a_walk_is_its_ward_and_never_where_to_meet(
    client: FlaskClient, world: PublicWorld
) -> None:
    wards = {each["properties"]["ward_code"]: each["geometry"] for each in get(client, WARDS)["features"]}
    found = get(client, WALKS)["features"]
    assert [each["geometry"] for each in found] == [
        wards["E05000001"],
        wards["E05000004"],
        wards["E05000001"],
        None,
    ]
    assert found[3]["id"] == world.placeless


def test_actions_are_the_words_that_were_read_over_newest_first(
    client: FlaskClient, world: PublicWorld
) -> None:
    assert ids(client.get(ACTIONS)) == world.actions
    newest = get(client, f"{ACTIONS}/{world.actions[0]}")
    assert newest["properties"] == {
        "id": world.actions[0],
        "ward_code": "E05000003",
        "ward_name": "Ward C",
        "borough_code": "E09000028",
        "borough_name": "Southwark",
        "status": "done",
        "date": "2026-05-09",
        "you_said": "The path is too dark, Cut the hedge back; £300.",
        "answer": "Cut the hedge back; £300.",
    }
    assert newest["geometry"]["type"] == "MultiPolygon"


def test_an_answer_that_is_withdrawn_leaves_with_a_new_tag(client: FlaskClient, world: PublicWorld) -> None:
    before = client.get(ACTIONS)
    assert client.get(ACTIONS, headers={"If-None-Match": before.headers["ETag"]}).status_code == 304
    held = "UPDATE public_answer SET reviewed_at = {}, reviewed_by = {} WHERE id = :id"
    kept = superuser("SELECT reviewed_by FROM public_answer WHERE id = :id", id=int(world.actions[0]))
    superuser(held.format("NULL", "NULL"), id=int(world.actions[0]))
    try:
        after = client.get(ACTIONS, headers={"If-None-Match": before.headers["ETag"], "X-Other": "1"})
        assert ids(after) == world.actions[1:]
        assert after.headers["ETag"] != before.headers["ETag"]
        assert client.get(f"{ACTIONS}/{world.actions[0]}").status_code == 404
    finally:
        superuser(held.format("now()", ":by"), id=int(world.actions[0]), by=kept[0][0])
    assert ids(client.get(ACTIONS)) == world.actions


def test_a_place_that_is_taken_changes_the_tag(client: FlaskClient, world: PublicWorld) -> None:
    before = client.get(WALKS).headers["ETag"]
    taken = "UPDATE joinable_walk SET places_taken = :n WHERE id = :id"
    superuser(taken, n=2, id=world.walks[0])
    try:
        answer = client.get(WALKS, headers={"If-None-Match": before})
        assert answer.status_code == 200
        assert answer.get_json()["features"][0]["properties"]["places_left"] == 0
    finally:
        superuser(taken, n=0, id=world.walks[0])
    assert client.get(WALKS).headers["ETag"] == before


def test_figures_have_the_columns_of_the_contract_and_hide_what_is_hidden(client: FlaskClient) -> None:
    found = {each["properties"]["ward_code"]: each for each in get(client, FIGURES)["features"]}
    assert list(found["E05000001"]["properties"]) == [
        *("id", "ward_code", "ward_name", "borough_code", "edition", "release", "version", "period_start"),
        *("period_end", "concerns", "walks", "km", "suppressed"),
    ]
    hidden = found["E05000003"]["properties"]
    assert (hidden["concerns"], hidden["walks"], hidden["km"], hidden["suppressed"]) == (
        None,
        None,
        None,
        True,
    )


@pytest.mark.parametrize(
    "condition",
    [
        "concerns=27",
        "filter=concerns >= 0",
        "filter=concerns < 1000",
        "filter=NOT concerns = 9",
        "filter=concerns * 0 = 0",
        "filter=concerns BETWEEN 26 AND 28",
        "filter=concerns IN (27)",
    ],
)
def test_a_hidden_count_cannot_be_filtered_on(client: FlaskClient, condition: str) -> None:
    name, _, value = condition.partition("=")
    answer = client.get(FIGURES, query_string={name: value}).get_json()
    assert "E05000003" not in {each["properties"]["ward_code"] for each in answer["features"]}
    for order in ("concerns", "-concerns"):
        last = get(client, f"{FIGURES}?sortby={order}")["features"][-1]
        assert last["properties"]["suppressed"] is True


@pytest.mark.parametrize(
    ("path", "condition", "expected"),
    [
        (WALKS, "step_free = true", 3),
        (WALKS, "step_free = FALSE AND places_left >= 1", 1),
        (WALKS, "NOT step_free = true", 1),
        (WALKS, "starts_at = TIMESTAMP('<start>')", 1),
        (WALKS, "starts_at > TIMESTAMP('<start>')", 3),
        (WALKS, "starts_at > TIMESTAMP('<just before>')", 4),
        (WALKS, "starts_at < DATE('<next day>')", 1),
        (WALKS, "starts_at < DATE('<day>')", 0),
        (WALKS, "starts_at <= '<start>'", 1),
        (WALKS, "T_AFTER(starts_at, TIMESTAMP('<two days on>'))", 2),
        (WALKS, "T_INTERSECTS(INTERVAL(starts_at, ends_at), TIMESTAMP('<during>'))", 1),
        (WALKS, "T_DURING(starts_at, INTERVAL('<day before>', '..'))", 4),
        (WALKS, "T_AFTER(date, starts_at)", 0),
        (WALKS, "T_BEFORE(date, starts_at)", 4),
        (WALKS, "ends_at IS NULL", 2),
        (WALKS, "length_m / 2 = 1000", 3),
        (WALKS, "ACCENTI(CASEI(title)) = ACCENTI(CASEI('alder street'))", 1),
        (WALKS, "S_INTERSECTS(geometry, POINT(-0.1227900 51.4634365))", 2),
        (WALKS, "S_DISJOINT(geometry, POINT(-0.1227900 51.4634365))", 1),
        (ACTIONS, "answer LIKE '%lamps%'", 1),
        (ACTIONS, "T_DURING(date, INTERVAL('2026-03-01', '2026-04-01'))", 1),
        (ACTIONS, "borough_name = 'Southwark'", 1),
        (FIGURES, "concerns > 9 AND suppressed = false", 2),
        (FIGURES, "period_start = DATE('2026-01-01') AND km < 13", 3),
        (FIGURES, "T_INTERSECTS(INTERVAL(period_start, period_end), DATE('2026-02-10'))", 4),
    ],
)
def test_filters_of_every_kind(client: FlaskClient, path: str, condition: str, expected: int) -> None:
    answer = client.get(path, query_string={"filter": at(condition)})
    assert answer.status_code == 200, answer.get_json()
    body = answer.get_json()
    assert (len(body["features"]), body["numberMatched"]) == (expected, expected)


@pytest.mark.parametrize(
    ("path", "condition"),
    [
        (WALKS, "step_free = 1"),
        (WALKS, "step_free = 'true'"),
        (WALKS, "starts_at = 'tomorrow'"),
        (WALKS, "starts_at = 5"),
        (WALKS, "T_AFTER(title, DATE('2026-01-01'))"),
        (WALKS, "meeting_words = 'x'"),
        (WALKS, "officer_number = 'x'"),
        (WALKS, "told LIKE '%'"),
        (ACTIONS, "concern_id = 1"),
        (ACTIONS, "reviewed_at IS NULL"),
    ],
)
def test_what_is_no_queryable_or_of_another_kind_is_400(
    client: FlaskClient, path: str, condition: str
) -> None:
    answer = client.get(path, query_string={"filter": condition})
    assert answer.status_code == 400
    assert answer.get_json()["errors"][0]["field"] == "filter"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"{WALKS}?step_free=true", 3),
        (f"{WALKS}?step_free=false&kind=one_to_one", 1),
        (f"{WALKS}?starts_at=<start>", 1),
        (f"{WALKS}?places_left=1,2", 4),
        (f"{WALKS}?ward_code=E05000001", 2),
        (f"{WALKS}?datetime=<day>/..", 4),
        (f"{WALKS}?datetime=../<five days on>", 2),
        (f"{WALKS}?bbox=-0.13,51.46,-0.1160,51.467", 2),
        (f"{WALKS}?bbox=530400,175400,530600,175600&bbox-crs={BNG}", 2),
        (f"{ACTIONS}?status=done", 2),
        (f"{ACTIONS}?status=no_action", 0),
        (f"{ACTIONS}?datetime=2026-05-09T12:00:00Z", 1),
        (f"{FIGURES}?datetime=2026-03-01T00:00:00Z", 4),
        (f"{FIGURES}?datetime=2026-06-30T00:00:00Z/2026-12-31T00:00:00Z", 4),
        (f"{FIGURES}?datetime=2026-07-01T00:00:00Z/..", 0),
        (f"{FIGURES}?datetime=../2025-12-31T00:00:00Z", 0),
        (f"{FIGURES}?suppressed=true", 1),
        (f"{FIGURES}?release=2026-H1&borough_code=E09000022", 2),
    ],
)
def test_parameters_choose(client: FlaskClient, query: str, expected: int) -> None:
    body = get(client, at(query))
    assert (len(body["features"]), body["numberMatched"]) == (expected, expected)


@pytest.mark.parametrize("path", [WALKS, ACTIONS, FIGURES])
def test_pages_follow_each_other_in_every_order(client: FlaskClient, path: str) -> None:
    names = get(client, path.replace("/items", "/sortables"))["properties"]
    assert names
    for order in ("", *names, *(f"-{name}" for name in names)):
        asked = f"{path}?limit=1" + (f"&sortby={order}" if order else "")
        whole = ids(client.get(asked.replace("limit=1", "limit=100")))
        answer = client.get(asked)
        seen = ids(answer)
        while following := relation(answer, "next"):
            answer = client.get(following)
            seen += ids(answer)
        assert seen == whole, order
        back = relation(answer, "prev")
        assert ids(client.get(back)) == whole[-2:-1], order


@pytest.mark.parametrize("path", [WALKS, ACTIONS, FIGURES])
def test_each_system_and_chosen_properties(client: FlaskClient, path: str) -> None:
    degrees = [each for each in get(client, path)["features"] if each["geometry"]]
    metres = {each["id"]: each for each in get(client, f"{path}?crs={BNG}&properties=ward_code")["features"]}
    to_grid = Transformer.from_crs("OGC:CRS84", "EPSG:27700", always_xy=True)
    for each in degrees:
        lon, lat = each["geometry"]["coordinates"][0][0][0]
        east, north = metres[each["id"]]["geometry"]["coordinates"][0][0][0]
        assert (east % 1000, north % 1000) == (0.0, 0.0)  # the squares' corners are whole kilometres
        # Without the OSTN15 grid PROJ is off by some metres; it tells axes and place apart.
        assert shapely.Point(to_grid.transform(lon, lat)).distance(shapely.Point(east, north)) < 10
        assert metres[each["id"]]["properties"] == {"ward_code": each["properties"]["ward_code"]}


def test_chosen_moments_read_as_in_the_whole_feature(client: FlaskClient) -> None:
    whole = get(client, WALKS)["features"]
    names = "starts_at,ends_at,step_free,length_m,date"
    for chosen, each in zip(get(client, f"{WALKS}?properties={names}")["features"], whole, strict=True):
        assert chosen["properties"] == {name: each["properties"][name] for name in names.split(",")}


@pytest.mark.parametrize("path", [WALKS, ACTIONS, FIGURES])
@pytest.mark.parametrize("form", ["geojson", "geojsonseq", "fgb", "gpkg", "parquet"])
def test_geopandas_reads_the_same(client: FlaskClient, tmp_path: Path, path: str, form: str) -> None:
    expected = {each["id"]: each for each in get(client, path)["features"]}
    answer = client.get(f"{path}?f={form}")
    assert answer.status_code == 200
    file = tmp_path / f"whole.{form}"
    file.write_bytes(answer.data)
    frame = geopandas.read_parquet(file) if form == "parquet" else geopandas.read_file(file)
    assert set(frame["id"]) == set(expected)
    for row in frame.to_dict("records"):
        said = expected[row["id"]]
        if said["geometry"] is None:
            assert row["geometry"] is None
        else:
            assert row["geometry"].equals(shapely.geometry.shape(said["geometry"]))
        if "starts_at" in said["properties"] and form != "geojsonseq":
            assert row["starts_at"].to_pydatetime().astimezone(UTC) == datetime.fromisoformat(
                said["properties"]["starts_at"]
            )


def test_parquet_has_a_cell_of_a_point_inside(client: FlaskClient, tmp_path: Path) -> None:
    file = tmp_path / "wards.parquet"
    for path in (WARDS, WALKS):
        file.write_bytes(client.get(f"{path}?f=parquet").data)
        for row in geopandas.read_parquet(file).to_dict("records"):
            if row["geometry"] is None:
                assert not isinstance(row["h3"], str)
                continue
            assert h3.get_resolution(row["h3"]) == 9
            cell = shapely.Polygon([(lon, lat) for lat, lon in h3.cell_to_boundary(row["h3"])])
            assert cell.intersects(row["geometry"])


def test_texts_have_times_and_truths_as_words(client: FlaskClient, world: PublicWorld) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get(f"{WALKS}?f=csv").text, newline="")))
    assert [row["id"] for row in rows] == world.walks
    assert rows[0]["starts_at"] == f"{START:%Y-%m-%dT%H:%M:%SZ}"
    assert [row["step_free"] for row in rows] == ["true", "false", "true", "true"]
    assert rows[3]["wkt"] == ""
    fg = get(client, f"{WALKS}?f=jsonfg&crs={BNG}")["features"]
    assert fg[0]["time"]["interval"][0] == f"{START:%Y-%m-%dT%H:%M:%SZ}"
    assert fg[1]["time"]["interval"][1] == ".."
    assert shapely.geometry.shape(fg[0]["place"]).bounds == pytest.approx(SQUARE_A, abs=0.01)
    assert fg[3]["place"] is None
    figures = get(client, f"{FIGURES}?f=jsonfg")["features"]
    assert figures[0]["time"] == {"interval": ["2026-01-01", "2026-06-30"]}


@pytest.mark.parametrize("name", PUBLIC)
def test_features_are_as_definition_and_schema_say(client: FlaskClient, name: str) -> None:
    definition = get(client, "/feed/api")["components"]["schemas"][name]
    base = f"/feed/collections/{name}"
    features = get(client, f"{base}/items")["features"]
    assert features
    for each in features:
        said = definition["properties"]["properties"]["properties"]
        assert list(each["properties"]) == list(said)
        assert list(each["properties"]) == list(get(client, f"{base}/schema")["properties"])[:-1]
        jsonschema_rs.validate(as_schema(get(client, f"{base}/schema")), each["properties"])
        one = get(client, f"{base}/items/{each['id']}")
        assert {**one, "links": 0} == {**each, "links": 0}


def as_schema(told: dict) -> dict:
    """A schema of properties alone, which has to know every one of them."""
    properties = {name: said for name, said in told["properties"].items() if name != "geometry"}
    return {"type": "object", "properties": properties, "additionalProperties": False}


@pytest.mark.parametrize("name", PUBLIC)
def test_anyone_reads_them_from_any_page(client: FlaskClient, name: str) -> None:
    listed = {each["id"]: each for each in get(client, "/feed/collections")["collections"]}
    assert "no list of changes" in listed[name]["description"]
    assert not [each for each in listed[name]["links"] if each["rel"] == "monitor"]
    assert client.get(f"/feed/collections/{name}/changes").status_code == 404
    for path in ("", "/items", "/queryables", "/sortables", "/schema"):
        answer = client.get(f"/feed/collections/{name}{path}")
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = client.open(f"/feed/collections/{name}/items", method=method, json={})
        assert answer.status_code in {400, 405}


def everything(client: FlaskClient, world: PublicWorld) -> Iterator[tuple[str, bytes]]:
    """Every kind of answer that tells of these collections."""
    forms = ("json", "html", "geojson", "geojsonseq", "jsonfg", "csv", "fgb", "gpkg", "parquet")
    one = {"walks": world.walks[0], "actions": world.actions[0], "ward_figures": "2026-H1:E05000001"}
    for name in PUBLIC[1:]:
        base = f"/feed/collections/{name}"
        yield from ((path, client.get(path).data) for path in (f"{base}/items?f={form}" for form in forms))
        for path in (base, f"{base}/queryables", f"{base}/schema", f"{base}/items/{one[name]}"):
            for form in ("json", "html"):
                yield path, client.get(f"{path}?f={form}").data
        for query in ("filter=x", "filter=meeting_words = 'a'", "datetime=x", "bbox=1", "nothing=1", "crs=x"):
            yield query, client.get(f"{base}/items?{query}").data
        yield name, client.get(f"{base}/items/{uuid_of(world)}").data
    for path in ("/feed/", "/feed/collections", "/feed/api"):
        for form in ("json", "html"):
            yield path, client.get(f"{path}?f={form}").data


def uuid_of(world: PublicWorld) -> str:
    return world.hidden[0]


def test_nothing_hidden_is_in_any_byte(client: FlaskClient, world: PublicWorld) -> None:
    met = 0
    for path, body in everything(client, world):
        met += 1
        for marker in (*PUBLIC_MARKERS, FOR_COUNCILS, *world.hidden):
            assert marker.encode() not in body, (path, marker)
            assert json.dumps(marker)[1:-1].encode() not in body, (path, marker)
    assert met > 50


def test_hidden_walks_and_answers_are_404(client: FlaskClient, world: PublicWorld) -> None:
    for one in world.hidden:
        assert client.get(f"{WALKS}/{one}").status_code == 404
    there = {int(each) for each in world.actions}
    for number in range(1, max(there) + 3):
        assert client.get(f"{ACTIONS}/{number}").status_code == (200 if number in there else 404)
    for path in (f"{WALKS}/1", f"{WALKS}/%00", f"{ACTIONS}/x", f"{ACTIONS}/%00", f"{FIGURES}/x"):
        assert client.get(path).status_code == 404


def test_pages_show_them_in_words(client: FlaskClient, world: PublicWorld) -> None:
    page = client.get(f"{WALKS}?f=html").get_data(as_text=True)
    for words in ("Larkhall Park, north side", "Step-free", "Älder Street", "1 to 4 of 4."):
        assert words in page
    page = client.get(f"{ACTIONS}?f=html").get_data(as_text=True)
    assert "Cut the hedge back; £300." in page
    assert page.index("9 May") < page.index("2 March") if "9 May" in page else "2026-05-09" in page
    assert "Not shown, too few" in client.get(f"{FIGURES}?f=html").get_data(as_text=True)
    shown = client.get(f"{WALKS}/{world.placeless}?f=html")
    assert shown.status_code == 200
    assert LAMBETH not in shown.get_data(as_text=True)
