"""GDAL's commands, pyogrio, geopandas and OWSLib read every collection: the same counts and coordinates."""

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely
from flask import Flask
from sqlalchemy import text

from geoapp import db
from geoapp.config import Settings
from tests.web.feed_live import PATIENCE_S, Live, serving
from tests.web.feed_public_world import PUBLIC, build_public
from tests.web.feed_world import LAMBETH, World, build

pytestmark = pytest.mark.usefixtures("squares")
COLLECTIONS = ("concerns", "concern_routes", *PUBLIC)
# What the database holds of each, asked of its tables and not of what the feed reads.
COUNTED = {
    "concerns": "SELECT count(*) FROM concern c JOIN concern_area ca ON ca.concern_id = c.id AND ca.main"
    " JOIN area a ON a.id = ca.area_id AND a.kind = 'ward' WHERE c.status <> 'raised'"
    " AND GeometryType(c.geom) = 'POINT' AND a.borough_code = :borough",
    "concern_routes": "SELECT count(*) FROM concern WHERE status <> 'raised'"
    " AND GeometryType(geom) <> 'POINT'",
    "wards": "SELECT count(*) FROM area WHERE kind = 'ward'",
    "ward_figures": "SELECT count(*) FROM area WHERE kind = 'ward'",
    "actions": "SELECT count(*) FROM public_answer WHERE reviewed_at IS NOT NULL AND withdrawn_at IS NULL",
    "walks": "SELECT count(*) FROM joinable_walk"
    " WHERE listed AND state IN ('open', 'full') AND starts_at > now()",
}


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    made = build(app.test_client(), personas["brixton_officer"].bearer)
    build_public(figures=True)
    return made


@pytest.fixture(scope="module")
def live(world: World, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(world, settings, tmp_path_factory.mktemp("live")) as made:
        yield made


def run(live: Live, *command: str) -> str:
    environment = {**os.environ, "GDAL_HTTP_USERPWD": f":{live.key}"}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def places(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {each["id"]: each["geometry"] and shapely.geometry.shape(each["geometry"]) for each in features}


def same(one: Any, other: Any) -> bool:
    """Whether shapes have the same vertices to seven decimals; a program may make one part of many."""
    if one is None or other is None:
        return one is None and other is None
    shapes = [shapely.normalize(shapely.union_all([each])) for each in (one, other)]
    return bool(shapely.equals_exact(*shapes, tolerance=1e-7))


@pytest.fixture(params=COLLECTIONS)
def own(request: pytest.FixtureRequest, live: Live) -> tuple[str, dict[str, Any]]:
    """A collection's name, and its places by identifier, as many as the database has."""
    name: str = request.param
    found = places(live.features(f"{name}/items?f=json&limit=1000"))
    with db.current().app.connect() as connection, connection.begin():
        connection.execute(text("RESET ROLE"))
        asked = {"borough": LAMBETH} if ":borough" in COUNTED[name] else {}
        assert len(found) == connection.execute(text(COUNTED[name]), asked).scalar_one()
    return name, found


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="GDAL's commands are not installed")
def test_gdal_s_commands(live: Live, own: tuple[str, dict[str, Any]], tmp_path: Path) -> None:
    name, expected = own
    told = run(live, "ogrinfo", "-ro", "-so", f"OAPIF:{live.root}/feed/", name)
    assert f"Feature Count: {len(expected)}" in told
    file = tmp_path / "read.geojson"
    options = ["-lco", "COORDINATE_PRECISION=7", "-oo", "PAGE_SIZE=2"]
    run(live, "ogr2ogr", "-f", "GeoJSON", *options, str(file), f"OAPIF:{live.root}/feed/", name)
    read = json.loads(file.read_text())["features"]
    found = places([each | {"id": each["properties"].get("id", each.get("id"))} for each in read])
    assert set(found) == set(expected)
    assert all(same(found[one], expected[one]) for one in expected)


def test_geopandas_over_pyogrio(live: Live, own: tuple[str, dict[str, Any]]) -> None:
    name, expected = own
    frame = geopandas.read_file(f"OAPIF:{live.root}/feed/", layer=name, USERPWD=f":{live.key}")
    assert len(frame) == len(expected)
    for row in frame.to_dict("records"):
        assert same(row["geometry"], expected[row["id"]]), row["id"]
    whole = geopandas.read_parquet(io.BytesIO(live.bytes(f"{name}/items?f=parquet")))
    assert set(whole["id"]) == set(expected)
    assert all(same(row["geometry"], expected[row["id"]]) for row in whole.to_dict("records"))
    assert "h3" in whole.columns


def test_owslib(live: Live, own: tuple[str, dict[str, Any]]) -> None:
    name, expected = own
    script = """
import json, sys
from owslib.ogcapi.features import Features
root, key, name = sys.argv[1:]
feed = Features(root + "/feed/", headers={"X-API-Key": key})
found, offset = [], 0
while page := feed.collection_items(name, limit=2, offset=offset)["features"]:
    found += page
    offset += len(page)
print(json.dumps({"listed": name in feed.feature_collections(), "features": found,
    "asked": sorted(feed.collection_queryables(name)["properties"])}))
"""
    command = (sys.executable, "-W", "ignore", "-c", script, live.root, live.key, name)
    told = json.loads(run(live, *command))
    assert told["listed"]
    found = places(told["features"])
    assert list(found) == list(expected)
    assert all(same(found[one], expected[one]) for one in expected)
    assert {"id", "geometry"} <= set(told["asked"])
