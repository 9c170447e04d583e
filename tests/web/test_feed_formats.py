"""The feed's formats, each read by a program that councils have, against the GeoJSON pages."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas
import h3
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from geoapp import db
from geoapp.feed.formats import texts
from tests.web.feed_world import (
    CONCERNS,
    LAMBETH,
    MARKERS,
    ROUTES,
    SOUTHWARK,
    WARDS,
    Get,
    World,
    build,
    getter,
)

pytestmark = pytest.mark.usefixtures("squares", "world")
FILES = ["geojson", "geojsonseq", "csv", "fgb", "gpkg", "parquet"]
# OSTN15 of ward A's middle as tests/conftest.py draws the square: easting 530500, northing 175500.
MIDDLE_OF_A = 530_500.0, 175_500.0


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    made = build(app.test_client(), personas["brixton_officer"].bearer)
    with db.writing() as session:
        session.execute(
            text("UPDATE concern SET wording = :words WHERE id = CAST(:id AS uuid)"),
            {"words": '=1+1 "so", she\\said\nfür \U0001f319', "id": made.shared["A"][0]},
        )
    return made


@pytest.fixture
def lambeth(client: FlaskClient, world: World) -> Get:
    return getter(client, world.key(LAMBETH))


def pages(get: Get, path: str) -> dict[str, dict]:
    return {each["id"]: each for each in get(f"{path}?f=json&limit=1000").get_json()["features"]}


def read(get: Get, path: str, form: str, folder: Path) -> geopandas.GeoDataFrame:
    answer = get(f"{path}?f={form}")
    assert answer.status_code == 200, answer.data[:500]
    name = re.search(r'filename="(.+)"', answer.headers["Content-Disposition"])[1]
    file = folder / name
    file.write_bytes(answer.data)
    return geopandas.read_parquet(file) if form == "parquet" else geopandas.read_file(file)


def readings() -> int:
    with db.reading() as connection:
        return connection.execute(text("SELECT count(*) FROM audit WHERE action = 'feed read'")).scalar_one()


@pytest.mark.parametrize("path", [CONCERNS, ROUTES, WARDS])
@pytest.mark.parametrize("form", ["geojson", "geojsonseq", "fgb", "gpkg", "parquet"])
def test_geopandas_reads_the_same_features_in_every_format(
    lambeth: Get, tmp_path: Path, path: str, form: str
) -> None:
    expected = pages(lambeth, path)
    frame = read(lambeth, path, form, tmp_path)
    assert frame.crs.to_epsg() == 4326 or frame.crs.to_authority() == ("OGC", "CRS84")
    assert set(frame["id"]) == set(expected)
    assert len(frame) == len(expected)
    for row in frame.to_dict("records"):
        said = expected[row["id"]]
        assert row["geometry"].equals(shapely.geometry.shape(said["geometry"]))
        assert row["ward_name"] == said["properties"]["ward_name"]
        if "date" in said["properties"]:
            assert str(row["date"])[:10] == said["properties"]["date"]
            assert row["wording"] == said["properties"]["wording"]


def test_csv_has_places_both_ways_and_no_formula(lambeth: Get, world: World) -> None:
    answer = lambeth(f"{CONCERNS}?f=csv")
    assert answer.content_type == "text/csv; charset=utf-8; header=present"
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(answer.text, newline=""))}
    expected = pages(lambeth, CONCERNS)
    assert set(rows) == set(expected)
    row = rows[world.shared["A"][0]]
    assert row["wording"] == "'" + '=1+1 "so", she\\said\nfür \U0001f319'
    assert row["factors"] == "followed;lighting"
    lon, lat = expected[row["id"]]["geometry"]["coordinates"]
    assert (float(row["longitude"]), float(row["latitude"])) == (lon, lat)
    assert shapely.from_wkt(row["wkt"]).equals(shapely.Point(lon, lat))
    with db.reading() as connection:
        x, y = connection.execute(
            text("SELECT ST_X(geom_bng), ST_Y(geom_bng) FROM concern WHERE id = CAST(:id AS uuid)"),
            {"id": row["id"]},
        ).one()
    assert float(row["easting"]) == pytest.approx(x, abs=0.01)
    assert float(row["northing"]) == pytest.approx(y, abs=0.01)
    assert (float(row["easting"]), float(row["northing"])) == pytest.approx(MIDDLE_OF_A, abs=0.02)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=A1", "'=A1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("a=b", "a=b"),
        ("", ""),
        (None, ""),
        (-3, "-3"),
        (True, "true"),
        (date(2026, 3, 1), "2026-03-01"),
    ],
)
def test_cells_that_a_spreadsheet_would_run_are_guarded(value: object, shown: str) -> None:
    assert texts.cell(value) == shown


def test_a_text_sequence_is_of_rfc_8142(lambeth: Get, world: World) -> None:
    answer = lambeth(f"{CONCERNS}?f=geojsonseq")
    assert answer.content_type == "application/geo+json-seq"
    records = answer.data.split(b"\x1e")
    assert records[0] == b""
    assert all(record.endswith(b"\n") for record in records[1:])
    read_back = {each["id"]: each for each in map(json.loads, records[1:])}
    assert read_back == pages(lambeth, CONCERNS)
    assert read_back[world.shared["A"][0]]["properties"]["wording"].endswith("she\\said\nfür \U0001f319")


def test_a_whole_file_is_a_feature_collection_with_its_count(lambeth: Get) -> None:
    answer = lambeth(f"{CONCERNS}?f=geojson")
    body = answer.get_json()
    assert answer.content_type == "application/geo+json"
    assert body["numberReturned"] == body["numberMatched"] == len(body["features"]) == 6
    assert {each["id"]: each for each in body["features"]} == pages(lambeth, CONCERNS)


@pytest.mark.parametrize("form", FILES)
def test_an_empty_selection_is_an_empty_file_and_not_an_error(
    lambeth: Get, tmp_path: Path, form: str
) -> None:
    answer = lambeth(f"{CONCERNS}?f={form}&status=done")
    assert answer.status_code == 200
    if form == "geojson":
        assert answer.get_json()["features"] == []
    elif form == "csv":
        assert len(answer.text.splitlines()) == 1
    elif form == "geojsonseq":
        assert answer.data == b""
    else:
        file = tmp_path / f"empty.{form}"
        file.write_bytes(answer.data)
        frame = geopandas.read_parquet(file) if form == "parquet" else geopandas.read_file(file)
        assert len(frame) == 0
        assert "wording" in frame.columns


@pytest.mark.parametrize("form", [*FILES, "jsonfg"])
def test_limit_filters_and_scope_hold_in_every_format(
    lambeth: Get, client: FlaskClient, world: World, form: str
) -> None:
    one = lambeth(f"{CONCERNS}?f={form}&limit=1&ward_code=E05000002").data
    assert sum(each.encode() in one for ward in "ABCD" for each in world.shared[ward]) == 1
    assert any(each.encode() in one for each in world.shared["B"]) or form in {"parquet", "fgb"}
    whole = lambeth(f"{CONCERNS}?f={form}").data
    if form == "parquet":  # compressed
        whole = str(pq.read_table(io.BytesIO(whole)).to_pylist()).encode()
    for hidden in (*MARKERS, *world.unshared, *world.shared["C"], *world.shared["D"]):
        assert hidden.encode() not in whole, hidden
    assert client.get(f"{CONCERNS}?f={form}").status_code == 401
    other = getter(client, world.key(SOUTHWARK))(f"{ROUTES}?f={form}").data
    assert world.routes[0].encode() not in other
    assert lambeth(f"{CONCERNS}?f={form}&nonsense=1").status_code == 400
    assert lambeth(f"{CONCERNS}?f={form}&f=csv").status_code == 400


def test_jsonfg_is_a_page_with_days(lambeth: Get) -> None:
    answer = lambeth(f"{CONCERNS}?f=jsonfg&limit=4")
    assert answer.content_type == "application/vnd.ogc.fg+json"
    body = json.loads(answer.data)
    assert body["conformsTo"] == ["http://www.opengis.net/spec/json-fg-1/1.0/conf/core"]
    assert body["featureType"] == "concerns"
    assert (body["numberMatched"], body["numberReturned"]) == (6, 4)
    assert all(each["time"] == {"date": "2026-02-10"} and each["place"] is None for each in body["features"])
    assert all(each["geometry"]["type"] == "Point" for each in body["features"])
    found = {link["rel"]: link for link in body["links"]}
    assert found["self"]["href"].endswith("f=jsonfg")
    assert found["next"]["type"] == "application/vnd.ogc.fg+json"
    assert found["next"]["href"].count("f=jsonfg") == 1


def test_geoparquet_says_where_and_has_cells(lambeth: Get, tmp_path: Path) -> None:
    file = tmp_path / "concerns.parquet"
    file.write_bytes(lambeth(f"{CONCERNS}?f=parquet").data)
    geo = json.loads(pq.read_metadata(file).metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert geo["columns"]["geometry"]["encoding"] == "WKB"
    assert geo["columns"]["geometry"]["geometry_types"] == ["Point"]
    rows = pq.read_table(file).to_pylist()
    west = min(row["bbox"]["xmin"] for row in rows)
    assert (
        geo["columns"]["geometry"]["bbox"][0]
        == west
        == min(shapely.from_wkb(row["geometry"]).x for row in rows)
    )
    for row in rows:
        lat, lon = h3.cell_to_latlng(row["h3"])
        place = shapely.from_wkb(row["geometry"])
        assert h3.get_resolution(row["h3"]) == 9
        assert abs(lat - place.y) < 0.003
        assert abs(lon - place.x) < 0.004
        assert row["factors"] == ["followed", "lighting"]


def test_accept_chooses_a_format_and_the_other_way_round_is_406(lambeth: Get) -> None:
    assert lambeth(CONCERNS, Accept="text/csv").mimetype == "text/csv"
    assert lambeth(CONCERNS, Accept="application/geo+json-seq").mimetype == "application/geo+json-seq"
    assert lambeth(CONCERNS, Accept="application/geo+json").get_json()["numberReturned"] == 6
    assert lambeth(CONCERNS, Accept="application/gml+xml").status_code == 406


def test_links_name_every_format(lambeth: Get, client: FlaskClient) -> None:
    described = client.get("/feed/collections/wards").get_json()["links"]
    whole = {link["type"]: link for link in described if link["rel"] == "enclosure"}
    assert len(whole) == 6
    for link in whole.values():
        answer = client.get(link["href"].partition("localhost")[2] or link["href"], buffered=True)
        assert answer.status_code == 200
        assert answer.content_type == link["type"]
        assert link["title"]
    alternates = [
        each for each in lambeth(f"{CONCERNS}?limit=2").get_json()["links"] if each["rel"] == "alternate"
    ]
    assert {each["href"].rpartition("f=")[2] for each in alternates} == {"html", *FILES, "jsonfg"}


def test_head_tells_the_headers_and_reads_nothing(client: FlaskClient, world: World) -> None:
    before = readings()
    answer = client.head(f"{CONCERNS}?f=gpkg", headers=world.key(LAMBETH))
    assert answer.status_code == 200
    assert answer.content_type == "application/geopackage+sqlite3"
    assert answer.data == b""
    assert answer.headers["Content-Disposition"].endswith('.gpkg"')
    assert "Content-Length" not in answer.headers
    assert readings() == before


def test_every_download_is_in_the_audit_log_with_its_count(lambeth: Get) -> None:
    lambeth(f"{CONCERNS}?f=csv&kind=concern")
    with db.reading() as connection:
        noted = connection.execute(
            text("SELECT detail FROM audit WHERE action = 'feed read' ORDER BY id DESC LIMIT 1")
        ).scalar_one()
    assert noted["features"] == 6
    assert noted["selection"] == {"f": "csv", "kind": "concern"}


def test_layers_bear_the_collections_name(lambeth: Get, tmp_path: Path) -> None:
    for form in ("gpkg", "fgb"):
        file = tmp_path / f"concerns.{form}"
        file.write_bytes(lambeth(f"{CONCERNS}?f={form}").data)
        info = pyogrio.read_info(file)
        assert info["geometry_type"] == "Point"
        assert info["features"] == 6
        assert dict(zip(info["fields"], info["dtypes"], strict=True))["date"].startswith("datetime64")


def test_a_file_over_the_limit_is_refused_in_words_and_a_stream_is_not(
    app: Flask, lambeth: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = app.config["SETTINGS"]
    monkeypatch.setitem(
        app.config, "SETTINGS", replace(settings, limits=replace(settings.limits, feed_file_features=5))
    )
    answer = lambeth(f"{CONCERNS}?f=gpkg")
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["errors"][0]["field"] == "f"
    assert "at most 5 features, and these are 6" in answer.get_json()["detail"]
    assert lambeth(f"{CONCERNS}?f=gpkg&limit=5").data
    assert len(lambeth(f"{CONCERNS}?f=csv").text.splitlines()) > 6


BNG = "http://www.opengis.net/def/crs/EPSG/0/27700"


@pytest.mark.parametrize("form", ["gpkg", "fgb", "parquet"])
def test_files_in_national_grid_agree_with_the_database_to_a_centimetre(
    lambeth: Get, tmp_path: Path, form: str
) -> None:
    answer = lambeth(f"{CONCERNS}?f={form}&crs={BNG}")
    assert answer.headers["Content-Crs"] == f"<{BNG}>"
    file = tmp_path / f"grid.{form}"
    file.write_bytes(answer.data)
    frame = geopandas.read_parquet(file) if form == "parquet" else geopandas.read_file(file)
    assert frame.crs.to_epsg() == 27700
    with db.reading() as connection:
        rows = connection.execute(
            text(
                "SELECT id::text AS id, ST_X(geom_bng) x, ST_Y(geom_bng) y FROM concern"
                " WHERE GeometryType(geom) = 'POINT'"
            )
        )
        places = {row.id: (row.x, row.y) for row in rows}
    for row in frame.itertuples():
        assert (row.geometry.x, row.geometry.y) == pytest.approx(places[row.id], abs=0.01)


def test_jsonfg_has_the_place_in_national_grid_beside_the_degrees(lambeth: Get, world: World) -> None:
    answer = lambeth(f"{CONCERNS}?f=jsonfg&crs={BNG}&limit=10")
    body = json.loads(answer.data)
    assert body["coordRefSys"] == BNG
    found = {each["id"]: each for each in body["features"]}[world.shared["A"][0]]
    assert found["place"]["coordinates"] == pytest.approx(MIDDLE_OF_A, abs=0.02)
    assert found["geometry"]["coordinates"] == pytest.approx([-0.12279, 51.4634365], abs=1e-6)


def test_filters_order_and_chosen_properties_hold_in_every_text(lambeth: Get) -> None:
    asked = "filter=ward_code='E05000002'&sortby=-id&properties=id,status"
    rows = list(csv.DictReader(io.StringIO(lambeth(f"{CONCERNS}?f=csv&{asked}").text, newline="")))
    pages_ids = [each["id"] for each in lambeth(f"{CONCERNS}?f=json&{asked}").get_json()["features"]]
    assert [row["id"] for row in rows] == pages_ids
    assert len(rows) == 3
    assert list(rows[0]) == ["id", "status", "wkt", "longitude", "latitude", "easting", "northing"]
    grid = lambeth(f"{CONCERNS}?f=geojsonseq&{asked}&crs={BNG}")
    assert grid.headers["Content-Crs"] == f"<{BNG}>"
    assert json.loads(grid.data.split(b"\x1e")[1])["geometry"]["coordinates"][0] > 530_000
    refused = lambeth(f"{CONCERNS}?f=csv&crs=http://www.opengis.net/def/crs/EPSG/0/3857")
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["field"] == "crs"


def test_an_unchanged_download_is_304_and_formats_are_told_apart(lambeth: Get) -> None:
    first = lambeth(f"{CONCERNS}?f=csv")
    assert first.data
    tag = first.headers["ETag"]
    again = lambeth(f"{CONCERNS}?f=csv", If_None_Match=tag)
    assert (again.status_code, again.data) == (304, b"")
    assert lambeth(CONCERNS, Accept="text/csv", If_None_Match=tag).data
    assert lambeth(CONCERNS, Accept="application/geo+json-seq", If_None_Match=tag).data


def test_a_page_of_a_file_begins_where_the_cursor_says(lambeth: Get) -> None:
    first = lambeth(f"{CONCERNS}?f=json&limit=4").get_json()
    on = next(link["href"] for link in first["links"] if link["rel"] == "next")
    cursor = on.partition("cursor=")[2].partition("&")[0]
    rest = lambeth(f"{CONCERNS}?f=csv&limit=4&cursor={cursor}").text
    seen = {each["id"] for each in first["features"]} | {
        row["id"] for row in csv.DictReader(io.StringIO(rest, newline=""))
    }
    assert len(seen) == 6


def test_a_long_filter_leaves_the_header_short_enough_for_every_client(lambeth: Get) -> None:
    long = " OR ".join(f"wording = 'words {n:040}'" for n in range(60))
    answer = lambeth(f"{CONCERNS}?limit=2&filter=status='shared' OR {long}".replace(" ", "%20"))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    header = answer.headers["Link"]
    assert len(header) < 12_000
    assert header.count('rel="next"') == 1
    assert len(answer.get_json()["links"]) > header.count("rel=")
