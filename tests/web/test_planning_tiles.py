"""Density and street tiles, and single shared concerns: what is in them, and what is in them for whom."""

import io
import json
from pathlib import Path

import numpy as np
import pyogrio.raw
import pytest
import shapely
from PIL import Image
from sqlalchemy import text

from geoapp import db
from geoapp.actions import sharing
from tests.conftest import LAMBETH
from tests.web import planning_world

MONTH = "from=2026-02-01&to=2026-02-28"
# Zoom 10 and 14: x = (lon + 180) / 360 * 2^z, y by the mercator formula, for -0.1228, 51.4634 (square A).
FAR, NEAR = "10/511/340", "14/8186/5451"
BOX = "bbox=-0.20,51.44,-0.05,51.50"
WORDS = "<b>`${alert(1)}`</b> \"dark\" & 'narrow'"


@pytest.fixture(scope="module", autouse=True)
def world(squares, personas):  # noqa: ARG001 (the wards have to be there)
    by = personas["brixton_officer"].email
    planning_world.fill(by)
    officer = planning_world.person(by)
    places = {"A": (530_450, 175_500), "C": (530_450, 176_500)}
    ids = {
        name: planning_world.concern(officer, shapely.Point(place), factors=("lighting",), note="MARKER-NOTE")
        for name, place in places.items()
    }
    unshared = planning_world.concern(officer, shapely.Point(530_460, 175_510), note="MARKER-UNSHARED")
    with db.writing() as session:
        for concern_id in ids.values():
            sharing.share(session, concern_id, WORDS, by=officer)
        session.execute(
            text("""
            INSERT INTO ground (source, layer, class, geom) VALUES
            ('tests', 'street', 'main', 'SRID=4326;LINESTRING(-0.130 51.4634, -0.110 51.4634)')""")
        )
    return {**ids, "unshared": unshared}


@pytest.fixture
def as_(client, personas):
    def get(who: str, path: str):
        return client.get(path, headers=personas[who].bearer)

    return get


def cells(body: bytes, folder: Path) -> list[dict[str, object]]:
    """Read a tile with GDAL, which is not what made it: its features' attributes."""
    file = folder / "tile.mvt"
    file.write_bytes(body)
    meta, _, _, columns = pyogrio.raw.read(file)
    rows = zip(*columns, strict=True)
    return [dict(zip(meta["fields"].tolist(), row, strict=True)) for row in rows]


def there(values: list[object]) -> list[float]:
    return [float(v) for v in values if v is not None and not np.isnan(float(v))]


@pytest.mark.parametrize(("tile", "size"), [(FAR, "hex500"), (NEAR, "hex200")])
def test_a_tile_says_what_the_answer_says(as_, tmp_path, tile, size):
    found = cells(as_("analyst", f"/planning/data/density/{tile}.mvt?{MONTH}").data, tmp_path)
    answer = as_("analyst", f"/planning/data/areas.json?area={size}&{MONTH}").get_json(force=True)
    areas = [each["properties"] for each in answer["features"]]
    said = sorted((round(float(c["n"]), 6), round(float(c["km"]), 6), int(c["walks"])) for c in found)
    true = sorted((round(a["concerns"], 6), round(a["km"], 6), a["walks"]) for a in areas)
    if tile == FAR:
        assert said == true, "one tile from afar holds all"
    else:
        assert set(said) <= set(true)
        assert len(said) > 5


def test_a_planner_gets_no_figure_of_few_walks_and_none_of_others_boroughs(as_, tmp_path):
    found = cells(as_("lambeth_planner", f"/planning/data/density/{NEAR}.mvt?{MONTH}").data, tmp_path)
    hidden = [c for c in found if c["state"] == "not_shown"]
    assert hidden
    assert there([c[name] for c in hidden for name in ("n", "km", "walks") if name in c]) == []
    shown = there([c["walks"] for c in found if c["state"] not in {"not_shown", "never"}])
    assert shown
    assert min(shown) >= 3
    hers, all_of = (
        cells(as_(who, f"/planning/data/density/{FAR}.mvt?{MONTH}").data, tmp_path)
        for who in ("lambeth_planner", "analyst")
    )
    assert len(hers) < len(all_of), "cells of Southwark are not hers"


def test_sums_of_either_size_are_those_of_the_answer(as_):
    for who in ("analyst", "lambeth_planner"):
        said = as_(who, f"/planning/data/density.json?{MONTH}").get_json()
        for size in ("hex200", "hex500"):
            areas = as_(who, f"/planning/data/areas.json?area={size}&{MONTH}").get_json(force=True)
            figures = [each["properties"] for each in areas["features"]]
            assert said[size]["concerns"] == pytest.approx(areas["totals"]["concerns"])
            assert said[size]["km"] == pytest.approx(areas["totals"]["km"])
            assert said[size]["not_shown"] == sum(1 for each in figures if each["concerns"] is None)
            assert said[size]["shown"] + said[size]["not_shown"] == len(figures)


def test_streets_have_the_state_of_their_cells(as_, tmp_path):
    found = cells(as_("analyst", f"/planning/data/streets/{NEAR}.mvt?{MONTH}").data, tmp_path)
    areas = as_("analyst", f"/planning/data/areas.json?area=hex200&{MONTH}").get_json(force=True)["features"]
    line = shapely.LineString([(-0.130, 51.4634), (-0.110, 51.4634)])
    crossed = [
        each["properties"]
        for each in areas
        if shapely.intersects(shapely.from_geojson(json.dumps(each)), line)
    ]
    true = {(round(each["concerns"], 6), round(each["km"], 6)) for each in crossed}
    said = {(round(float(each["n"]), 6), round(float(each["km"]), 6)) for each in found}
    assert said
    assert said <= true
    assert as_("analyst", f"/planning/data/streets/8/127/85.mvt?{MONTH}").status_code == 204


def test_tiles_are_asked_for_again_only_when_something_was_written(as_, client, personas):
    path = f"/planning/data/density/{NEAR}.mvt?{MONTH}"
    tag = as_("analyst", path).headers["ETag"]
    again = {"If-None-Match": tag}
    assert client.get(path, headers=personas["analyst"].bearer | again).status_code == 304
    assert client.get(path, headers=personas["lambeth_planner"].bearer | again).status_code == 200
    officer = planning_world.person(personas["brixton_officer"].email)
    planning_world.concern(officer, shapely.Point(530_200, 175_200))
    assert client.get(path, headers=personas["analyst"].bearer | again).status_code == 200


def test_tiles_and_frames_that_are_none_are_refused(as_):
    for tile in ("16/0/0", "1/2/0", "1/0/2", "-1/0/0", "a/0/0", "99999999999/0/0"):
        assert as_("analyst", f"/planning/data/density/{tile}.mvt").status_code == 404, tile
    for box in (
        "",
        "1,2,3",
        "nan,51,0,52",
        "0,51,-0.1,51.1",
        "-0.2,51,0.2,51.1",
        "a,b,c,d",
        "0,0,1,1",
        "-1e999,51,0,52",
    ):
        answer = as_("lambeth_planner", f"/planning/data/shared.json?bbox={box}")
        assert answer.status_code == 400, box
        assert answer.get_json()["errors"][0]["field"] == "bbox"
    assert as_("lambeth_planner", f"/planning/data/shared.json?{BOX}&kin=positive").status_code == 400


def test_single_concerns_are_those_of_the_feed(as_):
    for who, wards in (("lambeth_planner", {"Ward A"}), ("brixton_officer", {"Ward A", "Ward C"})):
        answer = as_(who, f"/planning/data/shared.json?{BOX}&{MONTH}")
        found = answer.get_json(force=True)["features"]
        assert {each["properties"]["ward_name"] for each in found} == wards
        feed = as_(who, "/feed/collections/concerns/items?limit=100").get_json(force=True)["features"]
        assert {each["id"] for each in found} == {each["id"] for each in feed}
        assert {each["properties"]["wording"] for each in found} == {WORDS}
        assert set(found[0]["properties"]) == {
            "kind", "factors", "feeling", "light", "date", "status", "wording", "ward_name",
        }  # fmt: skip
        assert "MARKER" not in answer.text
        assert "19:30" not in answer.text
        assert answer.headers["Cache-Control"] == "no-store"


def test_single_concerns_follow_the_filters_and_the_frame(as_):
    def count(query: str) -> int:
        found = as_("brixton_officer", f"/planning/data/shared.json?{query}").get_json(force=True)
        return len(found["features"])

    assert count(f"{BOX}&{MONTH}") == 2
    assert count(f"{BOX}&{MONTH}&borough={LAMBETH}") == 1
    assert count(f"{BOX}&{MONTH}&factor=followed") == 0
    assert count(f"{BOX}&{MONTH}&factor=environment") == 2
    assert count(f"{BOX}&{MONTH}&light=day") == 0
    assert count(f"{BOX}&{MONTH}&kind=positive") == 0
    assert count(f"{BOX}&from=2025-01-01&to=2025-12-31") == 0
    assert count(f"bbox=-0.2,51.44,-0.19,51.45&{MONTH}") == 0


def test_whom_the_feed_refuses_is_refused_here_and_readings_are_noted(as_):
    assert as_("analyst", f"/planning/data/shared.json?{BOX}").status_code == 403
    assert as_("administrator", f"/planning/data/shared.json?{BOX}").status_code == 403
    assert 'data-points="yes"' not in as_("analyst", "/planning/?layer=concerns").text
    assert 'data-points="yes"' in as_("lambeth_planner", "/planning/?layer=concerns").text
    as_("lambeth_planner", f"/planning/data/shared.json?{BOX}&{MONTH}")
    with db.reading() as connection:
        row = connection.execute(
            text("SELECT action, actor, detail FROM audit ORDER BY id DESC LIMIT 1")
        ).one()
    assert (row.action, row.actor) == ("shared concerns read", "lambeth_planner@lamplight.example")
    assert row.detail["concerns"] == 1
    assert row.detail["boroughs"] == [LAMBETH]


@pytest.mark.parametrize("layer", ["streets", "concerns", "walked"])
def test_pages_of_tiles_say_what_is_drawn_and_keep_it_in_links(as_, layer):
    page = as_("lambeth_planner", f"/planning/?layer={layer}&{MONTH}").text
    assert f"layer={layer}" in page.split('id="view"')[1][:600]
    assert {
        "streets": "Nothing is counted by street",
        "concerns": "more walking alone",
        "walked": "kilometres walked in hexagons",
    }[layer] in page
    assert as_("lambeth_planner", f"/planning/?layer={layer}x").status_code == 400


@pytest.mark.parametrize(
    ("layer", "title", "area"),
    # Density lies over wards, whose figures the page has; a stretch of street has those of its hexagon.
    [("concerns", "wards", "ward"), ("streets", "hexagons", "hex200"), ("walked", "wards", "ward")],
)
def test_a_picture_of_what_lies_over_areas_says_what_it_shows(as_, layer, title, area):
    answer = as_("analyst", f"/planning/picture.png?layer={layer}&{MONTH}")
    texts = Image.open(io.BytesIO(answer.data)).text
    assert json.loads(texts["Lamplight"])["selection"]["area"] == area
    assert title in texts["Title"] or "too little walking" in texts["Title"]
    assert "street" not in texts["Description"]
