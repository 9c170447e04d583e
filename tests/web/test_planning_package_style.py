"""The GeoPackage's style: a table that QGIS reads, whose rules put each area in the class of the legend."""

import sqlite3
import xml.etree.ElementTree as ET

import pyogrio
import pyogrio.raw
import pytest

from tests.web import planning_world

QUERY = "from=2026-02-01&to=2026-02-28"


@pytest.fixture(scope="module", autouse=True)
def world(squares, personas):  # noqa: ARG001 (the wards have to be there)
    planning_world.fill(personas["brixton_officer"].email)


@pytest.fixture(params=["lambeth_planner", "analyst"])
def package(request, client, personas, tmp_path):
    answer = client.get(f"/planning/data/areas.gpkg?{QUERY}", headers=personas[request.param].bearer)
    assert answer.status_code == 200
    path = tmp_path / "areas.gpkg"
    path.write_bytes(answer.data)
    return path


def rules_of(path):
    with sqlite3.connect(path) as package:
        [style] = package.execute("SELECT * FROM layer_styles").fetchall()
        names = [row[1] for row in package.execute("PRAGMA table_info(layer_styles)")]
    row = dict(zip(names, style, strict=True))
    return row, ET.fromstring(row["styleQML"].split("\n", 1)[1])  # noqa: S314 (what our own server wrote)


def count(opened, code, where):
    asked = f"SELECT count(*) FROM areas WHERE code = ? AND ({where})"  # noqa: S608 (our own style's condition)
    return opened.execute(asked, [code]).fetchone()[0]


def test_the_table_is_the_one_that_qgis_reads(package):
    row, document = rules_of(package)
    assert (row["f_table_name"], row["f_geometry_column"], row["useAsDefault"]) == ("areas", "geom", 1)
    assert document.tag == "qgis"
    assert document.find("renderer-v2").get("type") == "RuleRenderer"
    symbols = {each.get("name") for each in document.findall("renderer-v2/symbols/symbol")}
    assert {each.get("symbol") for each in document.iter("rule")} == symbols
    with sqlite3.connect(package) as opened:
        known = dict(opened.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall())
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert known == {"areas": "features", "layer_styles": "attributes"}
    assert pyogrio.list_layers(package)[0].tolist() == ["areas", "MultiPolygon"]


def test_each_area_falls_under_one_rule_that_says_its_class(package):
    _, document = rules_of(package)
    rules = [(each.get("label"), each.get("filter")) for each in document.iter("rule")]
    expected = {
        "never_walked": "Never walked",
        "suppressed": "Not shown, fewer than 3 walks",
        "too_little_walking": "Too little walking to say",
    }
    with sqlite3.connect(package) as opened:
        areas = opened.execute("SELECT code, verdict, concerns FROM areas ORDER BY code").fetchall()
        assert areas
        for code, verdict, concerns in areas:
            # SQLite reads these conditions as QGIS does: comparisons, AND, and nothing else.
            found = [label for label, where in rules if count(opened, code, where)]
            words = (
                "Walked, nothing raised" if concerns == 0 and verdict != "never_walked" else expected[verdict]
            )
            assert found == [words], (code, verdict)


def test_rates_beside_the_limits_have_the_class_of_the_legend(package):
    _, document = rules_of(package)
    legend = [each.get("label") for each in document.iter("rule") if "per km" in each.get("label")]
    assert len(legend) == 15
    assert len({each.split(", ")[1] for each in legend}) == 5
    words = " ".join(document.itertext())
    assert "<script" not in words
