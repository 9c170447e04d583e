"""`geoapp wards` on a real database: the real files, awkward ones, and editions side by side."""

import json
from pathlib import Path

import pytest

from geoapp.config import Settings
from tests.db.command_line import CommandLine, write
from tests.shared_data import shared


@pytest.fixture
def geoapp(settings: Settings) -> CommandLine:
    command = CommandLine(settings)
    with command.superuser() as connection:
        connection.exec_driver_sql("DELETE FROM edition; DELETE FROM concern")
    return command


def square(code: str | None, west: float, south: float = 51.46, side: float = 0.01) -> dict[str, object]:
    """A ward of about 700 by 1,100 m as a GeoJSON feature."""
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    properties = {"WD22CD": code, "WD22NM": f"Ward {code}", "LAD22CD": "E09000022", "LAD22NM": "Lambeth"}
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def wards_file(path: Path, *features: dict[str, object]) -> Path:
    return write(path, json.dumps({"type": "FeatureCollection", "features": list(features)}))


@pytest.mark.parametrize(
    ("name", "wards", "boroughs"),
    [
        ("inner_south_london_wards_2022.geojson", 67, 3),
        ("south_london_wards_2018.geojson", 169, 8),
        ("london_wards_2018.geojson", 657, 33),
    ],
)
def test_the_real_files_are_imported_whole(geoapp: CommandLine, name: str, wards: int, boroughs: int) -> None:
    path = shared(f"data/wards/{name}")
    answer = geoapp.json("wards", "import", path, "--edition", "real", "--valid-from", "2018-05-03")
    assert answer == {
        "edition": "real",
        "wards": wards,
        "boroughs": boroughs,
        "repaired": 0,
        "refused": [],
        "gaps_m2": 0.0,
        "overlaps_m2": 0.0,
    }
    assert geoapp.rows("SELECT count(*), count(DISTINCT borough_code) FROM area") == [(wards, boroughs)]
    listed = geoapp.json("wards", "list")["editions"]
    assert [(each["name"], each["valid_from"], each["wards"]) for each in listed] == [
        ("real", "2018-05-03", wards)
    ]


def test_good_rows_are_stored_beside_refused_ones_and_the_command_says_so(
    geoapp: CommandLine, tmp_path: Path
) -> None:
    bow_tie = square("E05000003", -0.08)
    corners = [[-0.08, 51.46], [-0.07, 51.47], [-0.07, 51.46], [-0.08, 51.47], [-0.08, 51.46]]
    bow_tie["geometry"] = {"type": "Polygon", "coordinates": [corners]}
    path = wards_file(
        tmp_path / "w.geojson",
        square("E05000001", -0.12),
        square("E05000001", -0.10),
        square(None, -0.09),
        bow_tie,
        square("E05000004", 2.0),
        square("E05000005", -0.115),
    )
    checked = geoapp.json("wards", "check", path, code=1)
    assert checked["edition"] is None
    assert geoapp.one("SELECT count(*) FROM area") == 0
    answer = geoapp.json("wards", "import", path, "--edition", "odd", code=1)
    assert answer == checked | {"edition": "odd"}
    assert [each["row"] for each in answer["refused"]] == [2, 3, 4, 5]
    assert answer["wards"] == 2
    # Half of a ward of 0.01 by 0.01 degrees overlaps: about 347 by 1,112 m.
    assert answer["overlaps_m2"] == pytest.approx(347 * 1112, rel=0.01)
    assert geoapp.rows("SELECT code FROM area ORDER BY 1") == [("E05000001",), ("E05000005",)]


def test_an_edition_imported_again_takes_the_place_of_the_old_one(
    geoapp: CommandLine, tmp_path: Path
) -> None:
    pins = write(tmp_path / "pins.csv", "longitude,latitude,month", "-0.115,51.465,2026-02")
    geoapp.json("concerns", "import", pins)
    both = wards_file(tmp_path / "a.geojson", square("E05000001", -0.12), square("E05000002", -0.11))
    one = wards_file(tmp_path / "b.geojson", square("E05000009", -0.12))
    for path, name in ((both, "a"), (both, "b"), (one, "a")):
        geoapp.json("wards", "import", path, "--edition", name)
    kept = geoapp.rows(
        "SELECT e.name, a.code, EXISTS (SELECT FROM concern_area ca WHERE ca.area_id = a.id)"
        " FROM area a JOIN edition e ON e.id = a.edition_id ORDER BY 1, 2"
    )
    assert kept == [("a", "E05000009", True), ("b", "E05000001", True), ("b", "E05000002", False)]


def test_columns_can_be_named_and_a_file_without_wards_is_refused(
    geoapp: CommandLine, tmp_path: Path
) -> None:
    feature = square("E05000001", -0.12)
    feature["properties"] = {"a": "E05000001", "b": "First", "c": "E09000022"}
    path = wards_file(tmp_path / "w.geojson", feature)
    done = geoapp("wards", "import", path, "--edition", "x")
    assert (done.exit_code, "--code-field" in done.stderr) == (1, True)
    fields = ("--code-field", "A", "--name-field", "b", "--borough-field", "c")
    assert geoapp.json("wards", "import", path, "--edition", "x", *fields)["boroughs"] == 1
    assert geoapp.json("wards", "check", path, *fields)["wards"] == 1
    none = wards_file(tmp_path / "none.geojson", square(None, -0.12))
    assert geoapp.json("wards", "import", none, "--edition", "x", code=1)["wards"] == 0
    assert geoapp.one("SELECT count(*) FROM area WHERE kind = 'ward'") == 1
