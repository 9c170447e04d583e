"""QGIS itself reads the feed: layers with the key kept as Basic, pages followed, files and tiles opened."""

import json
import math
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from flask import Flask
from sqlalchemy import text

from geoapp import db
from geoapp.config import Settings
from tests.web.feed_live import Live, serving
from tests.web.feed_public_world import PublicWorld, build_public
from tests.web.feed_world import MIDDLES, World, build

SYSTEM_PYTHON = "/usr/bin/python3"
SCRIPT = Path(__file__).with_name("qgis_reads.py")
PATIENCE_S = 240
KEYED = {
    "concerns": True,
    "concern_routes": True,
    "wards": False,
    "ward_figures": False,
    "actions": False,
    "walks": False,
}
EXPECTED = {"concerns": 9, "concern_routes": 1, "wards": 4, "ward_figures": 4, "actions": 2, "walks": 4}
ZOOM = 14


def has_qgis() -> bool:
    asked = [SYSTEM_PYTHON, "-c", "import qgis.core"]
    if not Path(SYSTEM_PYTHON).exists():
        return False
    environment = {"PATH": os.environ["PATH"], "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(asked, capture_output=True, check=False, env=environment).returncode == 0


pytestmark = [
    pytest.mark.skipif(not has_qgis(), reason="QGIS is not installed"),
    pytest.mark.usefixtures("squares"),
]


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    return build(app.test_client(), personas["brixton_officer"].bearer)


@pytest.fixture(scope="module")
def public(world: World) -> PublicWorld:  # noqa: ARG001 (after it)
    return build_public(figures=True)


@pytest.fixture(scope="module")
def live(
    world: World,
    public: PublicWorld,  # noqa: ARG001 (they have to be there)
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Live]:
    with serving(world, settings, tmp_path_factory.mktemp("live")) as made:
        yield made


@pytest.fixture(scope="module")
def read(live: Live, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What QGIS read, all in one go, because it takes seconds to start."""
    folder = tmp_path_factory.mktemp("qgis")
    files = {}
    for name in KEYED:
        for form in ("gpkg", "fgb", "parquet"):
            file = folder / f"{name}.{form}"
            file.write_bytes(live.bytes(f"{name}/items?f={form}"))
            files[file.name] = str(file)
    file = folder / "grid.gpkg"
    file.write_bytes(live.bytes("concerns/items?f=gpkg&crs=http://www.opengis.net/def/crs/EPSG/0/27700"))
    files[file.name] = str(file)
    column, row = place()
    tiles = [
        [name, keyed, ZOOM, column, row] for name, keyed in KEYED.items() if name in {"concerns", "wards"}
    ]
    asked = {"root": live.root, "key": live.key, "layers": KEYED, "files": files, "tiles": tiles}
    done = subprocess.run(
        [SYSTEM_PYTHON, str(SCRIPT)],
        input=json.dumps(asked),
        # Settings and kept passwords of whoever runs this are none of ours.
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "QT_QPA_PLATFORM": "offscreen",
            "LC_ALL": "C.UTF-8",
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told | {"stderr": done.stderr}


def place() -> tuple[int, int]:
    """Column and row of the tile with the middle of ward A."""
    lon, lat = MIDDLES["A"]
    column = int((lon + 180) / 360 * 2**ZOOM)
    return column, int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**ZOOM)


def shapes(told: dict[str, Any]) -> dict[str, Any]:
    return {one: None if text is None else shapely.from_wkt(text) for one, text in told.items()}


def same(one: Any, other: Any, *, within: float) -> bool:
    """Whether two shapes have the same parts in the same order, each vertex at most so far off."""
    if one is None or other is None:
        return one is other
    if other.geom_type.startswith("Multi") != one.geom_type.startswith("Multi"):
        one, other = (
            shapely.union_all([each]) if each.geom_type.startswith("Multi") else each for each in (one, other)
        )
    return bool(shapely.equals_exact(shapely.normalize(one), shapely.normalize(other), tolerance=within))


@pytest.mark.parametrize("name", KEYED)
def test_every_collection_is_a_layer_with_all_its_features(
    read: dict[str, Any], live: Live, name: str
) -> None:
    told = read["layers"][name]
    assert told["valid"]
    own = {each["id"]: each for each in live.features(f"{name}/items?f=json&limit=1000")}
    assert told["count"] == len(own)
    assert len(own) == EXPECTED[name]
    assert set(told["features"]) == set(own)  # pages of two, each next link followed
    for one, shape in shapes(told["features"]).items():
        said = own[one]["geometry"]
        assert same(shape, said and shapely.geometry.shape(said), within=1e-7), one
        values = told["values"][one]
        for member, value in own[one]["properties"].items():
            assert values[member] == (None if value == [] else value), (one, member)


@pytest.mark.parametrize(
    ("name", "expected"), [("concerns", 6), ("concern_routes", 1), ("wards", 1), ("walks", 2)]
)
def test_a_rectangle_is_asked_of_the_service(
    read: dict[str, Any], live: Live, name: str, expected: int
) -> None:
    own = live.features(f"{name}/items?f=json&limit=1000&bbox=-0.13,51.46,-0.116,51.467")
    assert len(own) == expected
    assert set(read["layers"][name]["inside"]) == {each["id"] for each in own}
    if KEYED[name]:
        with db.reading() as connection:
            asked = connection.scalar(
                text(
                    "SELECT count(*) FROM audit WHERE action = 'feed read' AND subject = :name"
                    " AND detail -> 'selection' ? 'bbox'"
                ),
                {"name": f"collection {name}"},
            )
        assert asked >= 2  # QGIS's own and this test's


def test_without_the_grid_of_ostn15_qgis_is_metres_off_and_the_file_is_not(
    read: dict[str, Any], world: World
) -> None:
    made = {one for ones in world.shared.values() for one in ones}
    with db.reading() as connection:
        rows = connection.execute(
            text(
                "SELECT outside_id(id, recorded_at)::text AS id, ST_AsText(geom_bng, 3) AS place FROM concern"
            )
        )
        places = {row.id: shapely.from_wkt(row.place) for row in rows}
    file = read["files"]["grid.gpkg"]
    assert file["crs"] == "EPSG:27700"
    assert len(file["features"]) == EXPECTED["concerns"]
    for one in made & set(file["features"]):
        assert shapes(file["features"])[one].distance(places[one]) < 0.01
        assert shapes(read["layers"]["concerns"]["metres"])[one].distance(places[one]) < 10
    assert len(made & set(file["features"])) == 6


@pytest.mark.parametrize("form", ["gpkg", "fgb", "parquet"])
@pytest.mark.parametrize("name", KEYED)
def test_files_open_as_layers(read: dict[str, Any], live: Live, name: str, form: str) -> None:
    told = read["files"][f"{name}.{form}"]
    if form == "parquet" and not told["valid"]:
        pytest.skip("this QGIS is built without GeoParquet")
    own = {each["id"]: each for each in live.features(f"{name}/items?f=json&limit=1000")}
    assert told["crs"] in {"EPSG:4326", "OGC:CRS84"}
    assert told["count"] == len(own)
    for one, shape in shapes(told["features"]).items():
        said = own[one]["geometry"]
        assert same(shape, said and shapely.geometry.shape(said), within=1e-7), one


def test_nothing_is_complained_of(read: dict[str, Any]) -> None:
    # Of the wrong key it says so; the grid of OSTN15 is its own affair, and GeoParquet may be missing in it.
    said = [text for tag, text in read["said"] if tag in {"OAPIF", "WFS", "OGR"} and ".parquet" not in text]
    assert len(said) <= 2
    assert all("authentication" in text or "Authentication" in text for text in said), said
    assert "Non-conformant" not in read["stderr"]
    assert "partially supported" not in read["stderr"]


def test_a_wrong_key_opens_nothing(read: dict[str, Any]) -> None:
    assert read["wrong key"] is False


def test_tiles_are_drawn(read: dict[str, Any]) -> None:
    for name in ("concerns", "wards"):
        assert read["tiles"][name]["valid"]
        assert read["tiles"][name]["drawn"] > 20, name
