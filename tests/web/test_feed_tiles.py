"""Vector tiles of the feed, decoded by another program's reader and held against the features."""

import math

import mapbox_vector_tile
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from geoapp import db
from tests.web.feed_world import CONCERNS, LAMBETH, MARKERS, SOUTHWARK, Get, World, build, getter

pytestmark = pytest.mark.usefixtures("squares", "world")
TILES = "/feed/collections/{}/tiles/WebMercatorQuad"
EXTENT = 4096


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    return build(app.test_client(), personas["brixton_officer"].bearer)


@pytest.fixture
def lambeth(client: FlaskClient, world: World) -> Get:
    return getter(client, world.key(LAMBETH))


def place(lon: float, lat: float, z: int) -> tuple[float, float]:
    """Column and row of a place at a zoom, with the part inside the tile (the usual web map formula)."""
    x = (lon + 180) / 360 * 2**z
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z
    return x, y


def layer(data: bytes, name: str) -> dict:
    return mapbox_vector_tile.decode(data, default_options={"y_coord_down": True})[name]


@pytest.mark.parametrize("z", [9, 13, 17])
def test_points_lie_in_the_tile_of_row_and_column_where_they_should(
    lambeth: Get, world: World, z: int
) -> None:
    features = {each["id"]: each for each in lambeth(f"{CONCERNS}?f=json").get_json()["features"]}
    one = features[world.shared["A"][0]]
    x, y = place(*one["geometry"]["coordinates"], z)
    answer = lambeth(f"{TILES.format('concerns')}/{z}/{int(y)}/{int(x)}")
    assert answer.status_code == 200
    assert answer.content_type == "application/vnd.mapbox-vector-tile"
    shown = {each["properties"]["id"]: each for each in layer(answer.data, "concerns")["features"]}
    assert one["id"] in shown
    drawn = shown[one["id"]]["geometry"]["coordinates"]
    assert drawn == pytest.approx([(x % 1) * EXTENT, (y % 1) * EXTENT], abs=1)
    expected = {
        name
        for name, each in features.items()
        for px, py in [place(*each["geometry"]["coordinates"], z)]
        if (int(px), int(py)) == (int(x), int(y))
    }
    assert expected <= set(shown)
    assert shown[one["id"]]["properties"] == {
        name: ";".join(value) if isinstance(value, list) else value
        for name, value in one["properties"].items()
        if name != "wording" and value is not None
    }


def test_nothing_but_the_readers_own_is_in_a_tile(lambeth: Get, client: FlaskClient, world: World) -> None:
    mine = lambeth(f"{TILES.format('concerns')}/0/0/0").data
    for hidden in (*MARKERS, *world.unshared, *world.shared["C"], *world.shared["D"], "Words for ward"):
        assert hidden.encode() not in mine, hidden
    assert world.shared["A"][0].encode() in mine
    theirs = getter(client, world.key(SOUTHWARK))
    assert theirs(f"{TILES.format('concern_routes')}/0/0/0").status_code == 204
    assert client.get(f"{TILES.format('concerns')}/0/0/0").status_code == 401


def test_where_nothing_lies_there_is_no_content(lambeth: Get, client: FlaskClient) -> None:
    answer = lambeth(f"{TILES.format('concerns')}/5/0/0")
    assert (answer.status_code, answer.data) == (204, b"")
    assert client.get(f"{TILES.format('wards')}/5/0/0").status_code == 204


def test_wards_are_for_anyone_and_cover_what_they_should(client: FlaskClient) -> None:
    x, y = place(-0.1155, 51.4678, 14)
    answer = client.get(f"{TILES.format('wards')}/14/{int(y)}/{int(x)}")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    codes = {each["properties"]["ward_code"] for each in layer(answer.data, "wards")["features"]}
    assert codes <= {f"E0500000{n}" for n in range(1, 5)}
    assert codes


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("2/4/0", 404),
        ("2/0/4", 404),
        ("21/0/0", 404),
        ("2/0/x", 400),
        ("-1/0/0", 400),
        ("2/1.5/0", 400),
        ("99999999999/0/0", 400),
        ("0/0/0?f=png", 400),
        ("0/0/0?limit=1", 400),
    ],
)
def test_bad_tile_numbers_are_told_in_words(client: FlaskClient, path: str, status: int) -> None:
    answer = client.get(f"{TILES.format('wards')}/{path}", headers={"Accept": "*/*"})
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["detail"]
    if status == 400:
        assert answer.get_json()["errors"][0]["field"] in {"z", "row", "col", "f", "limit"}


def test_other_grids_and_collections_do_not_exist(client: FlaskClient) -> None:
    assert client.get("/feed/collections/wards/tiles/WorldCRS84Quad/0/0/0").status_code == 404
    assert client.get("/feed/collections/nothing/tiles").status_code == 404
    assert client.get("/feed/tileMatrixSets/WorldCRS84Quad").status_code == 404


def test_an_unchanged_tile_is_304_and_a_changed_one_is_not(lambeth: Get, world: World) -> None:
    path = f"{TILES.format('concerns')}/0/0/0"
    tag = lambeth(path).headers["ETag"]
    with db.writing() as session:
        session.execute(
            text("UPDATE concern SET status = 'in_hand' WHERE id = CAST(:id AS uuid)"),
            {"id": world.shared["B"][2]},
        )
    changed = lambeth(path, If_None_Match=tag)
    assert changed.status_code == 200
    assert lambeth(path, If_None_Match=changed.headers["ETag"]).status_code == 304


def test_readings_of_tiles_are_in_the_audit_log(lambeth: Get) -> None:
    lambeth(f"{TILES.format('concerns')}/0/0/0")
    with db.reading() as connection:
        noted = connection.execute(
            text("SELECT detail FROM audit WHERE action = 'feed read' ORDER BY id DESC LIMIT 1")
        ).scalar_one()
    assert noted["features"] == 6
    assert noted["path"].endswith("/0/0/0")


def test_metadata_leads_from_collection_to_tile(client: FlaskClient) -> None:
    described = client.get("/feed/collections/wards").get_json()
    to = {link["rel"]: link["href"] for link in described["links"]}
    found = client.get(_path(to["http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"])).get_json()
    assert found["tilesets"][0]["dataType"] == "vector"
    inside = {link["rel"]: link["href"] for link in found["tilesets"][0]["links"]}
    tileset = client.get(_path(inside["self"])).get_json()
    assert tileset["tileMatrixSetURI"].endswith("/WebMercatorQuad")
    assert tileset["crs"] == "http://www.opengis.net/def/crs/EPSG/0/3857"
    x, y = map(int, place(-0.1155, 51.4678, 14))
    template = next(link for link in tileset["links"] if link["rel"] == "item")
    assert template["templated"] is True
    path = _path(template["href"]).format(tileMatrix=14, tileRow=y, tileCol=x)
    assert client.get(path).status_code == 200
    grid = client.get(_path(inside["http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"])).get_json()
    # Values of OGC 17-083r4, annex D.1.
    assert grid["tileMatrices"][0]["scaleDenominator"] == pytest.approx(559082264.028717, rel=1e-9)
    assert grid["tileMatrices"][18]["matrixWidth"] == 262144
    assert grid["tileMatrices"][10]["cellSize"] == pytest.approx(152.874056570353, rel=1e-9)


def _path(address: str) -> str:
    return "/feed" + address.partition("/feed")[2]


def test_tilejson_has_rows_and_columns_in_their_places(lambeth: Get) -> None:
    made = lambeth(f"{TILES.format('concerns')}?f=tilejson").get_json()
    assert made["tilejson"] == "3.0.0"
    assert made["tiles"][0].endswith("/WebMercatorQuad/{z}/{y}/{x}")
    assert "wording" not in made["vector_layers"][0]["fields"]
    assert made["bounds"][0] < made["bounds"][2]


def test_a_full_tile_keeps_the_newest_of_each_place(lambeth: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geoapp.queries.feed_tile.MOST_FEATURES", 4)
    shown = layer(lambeth(f"{TILES.format('concerns')}/0/0/0").data, "concerns")["features"]
    assert len(shown) == 1  # at this zoom all six lie in one place
