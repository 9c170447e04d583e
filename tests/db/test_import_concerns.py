"""`geoapp concerns import` on a real database: awkward files, real files, and being killed."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from convertbng import cutil
from shapely import LineString, Point

from geoapp.config import Settings
from tests.db.command_line import CommandLine, write
from tests.shared_data import shared

pytestmark = pytest.mark.usefixtures("squares")
# Easting 530500, northing 175500: the middle of ward A.
HERE = "-0.1219117,51.4634437"
HEADER = "longitude,latitude,recorded_at"
ONE = f"{HERE},2026-02-10T19:30:00Z"


@pytest.fixture
def geoapp(settings: Settings) -> CommandLine:
    command = CommandLine(settings)
    with command.superuser() as connection:
        connection.exec_driver_sql("DELETE FROM concern; DELETE FROM tombstone; DELETE FROM walk")
    return command


def rejected(path: Path) -> list[dict[str, str]]:
    with Path(f"{path}.rejected.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_equal_rows_are_concerns_of_their_own_and_a_second_run_changes_nothing(
    geoapp: CommandLine, tmp_path: Path
) -> None:
    path = write(tmp_path / "pins.csv", HEADER, ONE, ONE, ONE)
    first = geoapp.json("concerns", "import", path)
    assert first == {"read": 3, "added": 3, "unchanged": 0, "rejected": 0, "outside": 0}
    entries = geoapp.one("SELECT count(*) FROM audit")
    again = geoapp.json("concerns", "import", path)
    assert again == {"read": 3, "added": 0, "unchanged": 3, "rejected": 0, "outside": 0}
    assert geoapp.one("SELECT count(*) FROM audit") == entries
    write(path, HEADER, ONE, ONE, ONE, ONE)
    assert geoapp.json("concerns", "import", path)["added"] == 1
    assert geoapp.rows(
        "SELECT a.code, sum(ca.share) FROM concern_area ca JOIN area a ON a.id = ca.area_id"
        " WHERE a.kind = 'ward' GROUP BY 1"
    ) == [("E05000001", 4.0)]
    assert geoapp.one("SELECT count(*) FROM status_event WHERE status = 'raised'") == 4


def test_a_dry_run_says_the_same_and_stores_nothing(geoapp: CommandLine, tmp_path: Path) -> None:
    path = write(tmp_path / "pins.csv", HEADER, ONE, ONE, "0,0,2026-02-10T19:30:00Z")
    answer = geoapp.json("concerns", "import", path, "--dry-run", "--team", "Never made", code=1)
    assert answer == {"read": 3, "added": 2, "unchanged": 0, "rejected": 1, "outside": 0}
    assert geoapp.one("SELECT count(*) FROM concern") == 0
    assert geoapp.one("SELECT count(*) FROM team WHERE name = 'Never made'") == 0
    assert not Path(f"{path}.rejected.csv").exists()


def test_everything_a_row_can_say_is_kept_as_a_phone_would_have_sent_it(
    geoapp: CommandLine, tmp_path: Path
) -> None:
    one, walk = uuid.uuid4(), uuid.uuid4()
    path = write(
        tmp_path / "full.csv",
        "\ufeffID;Easting;Northing;Recorded_At;KIND;Factors;Feeling;Applies;Basis;Setting;Note;Walk",
        f'{one};530500;175500;2026-07-10 22:30;Positive;"lighting; isolation";frightening;"dark;twilight";'
        f'felt_here;park;"two\nlines, ""quoted""";{walk}',
    )
    assert geoapp.json("concerns", "import", path, "--team", "Brixton")["added"] == 1
    stored = geoapp.rows(
        "SELECT c.kind, c.feeling, c.applies, c.basis, c.setting, c.note, c.walk_id, c.light, t.name,"
        " c.recorded_at AT TIME ZONE 'UTC', round(ST_X(geom_bng)::numeric, 3), body FROM concern c"
        " JOIN team t ON t.id = c.team_id WHERE c.id = :id",
        {"id": one},
    )
    kind, feeling, applies, basis, setting, note, on, light, team, at, easting, body = stored[0]
    assert (kind, feeling, basis, setting) == ("positive", "frightening", "felt_here", "park")
    assert (applies, note, on, team) == (["dark", "twilight"], 'two\nlines, "quoted"', walk, "Brixton")
    # Half past ten on a July evening in London is 21:30 UTC, an hour and a quarter after sunset.
    assert (at.isoformat(), light, float(easting)) == ("2026-07-10T21:30:00", "dark", 530500.0)
    assert json.loads(body)["properties"]["factors"] == ["lighting", "isolation"]
    assert geoapp.rows("SELECT factor_code FROM concern_factor ORDER BY 1") == [("isolation",), ("lighting",)]
    assert geoapp.one("SELECT started_at IS NULL FROM walk WHERE id = :id", {"id": walk})


BAD = {
    "nan,51.4,2026-02-10T19:30:00Z,": "longitude: 'nan' is not a number",
    "1e999,51.4,2026-02-10T19:30:00Z,": "longitude: is far too large",
    "0,0,2026-02-10T19:30:00Z,": "0, 0 is what is written where a place is not known",
    "51.4634437,-0.1219117,2026-02-10T19:30:00Z,": "look swapped",
    '"-0,12",51.4,2026-02-10T19:30:00Z,': "write a decimal point",
    "530500,175500,2026-02-10T19:30:00Z,": "look like National Grid metres",
    "2.35,48.85,2026-02-10T19:30:00Z,": "outside Great Britain",
    ",51.4,2026-02-10T19:30:00Z,": "longitude: is empty",
    ",,2026-02-10T19:30:00Z,": "has no place",
    f"{HERE},yesterday,": "recorded_at: 'yesterday' is not a time",
    f"{HERE},2011-01-01T00:00:00Z,": "recorded_at: 2011-01-01T00:00:00Z is before 2015",
    f"{HERE},2199-01-01T00:00:00Z,": "too far ahead",
    f"{HERE},9999-12-31T23:59:59-12:00,": "recorded_at",
    f"{HERE},,": "recorded_at: is empty",
    f"{ONE},a\x00b": "note: holds a character that cannot be kept",
    f"{ONE},{'n' * 1_000_000}": "note: has 1,000,000 characters",
    f"{ONE},a,b": "has 5 values where the header has 4",
    f"{HERE}": "has 2 values where the header has 4",
}


def test_each_bad_row_is_handed_back_whole_with_its_number_and_a_plain_reason(
    geoapp: CommandLine, tmp_path: Path
) -> None:
    path = write(tmp_path / "bad.csv", f"{HEADER},note", *BAD, f"{ONE},good")
    answer = geoapp.json("concerns", "import", path, code=1)
    assert answer == {"read": len(BAD) + 1, "added": 1, "unchanged": 0, "rejected": len(BAD), "outside": 0}
    csv.field_size_limit(2_000_000)
    found = rejected(path)
    for (row, wanted), back, number in zip(BAD.items(), found, range(1, len(BAD) + 1), strict=True):
        assert wanted in back["reason"], row[:60]
        assert back["row"] == str(number)
    assert [back["longitude"] for back in found][:2] == ["nan", "1e999"]
    assert len(found[15]["note"]) == 1_000_000
    write(path, HEADER, ONE)
    geoapp.json("concerns", "import", path)
    assert not Path(f"{path}.rejected.csv").exists()


@pytest.mark.parametrize(
    ("column", "value", "wanted"),
    [
        ("kind", "gripe", "kind: 'gripe' is not one of concern, positive"),
        ("factors", "lighting;ghosts", "factors: 'ghosts' is not one of the scheme's factors"),
        ("feeling", "scary", "feeling: 'scary' is not one of frightening"),
        ("applies", "dark;noon", "applies: 'noon' is not one of day, twilight, dark"),
        ("basis", "hearsay", "basis: 'hearsay' is not one of seen_on_walk"),
        ("setting", "moon", "setting: 'moon' is not one of quiet_street"),
        ("walk", "17", "walk: '17' is not a UUID"),
    ],
)
def test_a_value_that_the_scheme_does_not_know_rejects_its_row(
    geoapp: CommandLine, tmp_path: Path, column: str, value: str, wanted: str
) -> None:
    path = write(tmp_path / "bad.csv", f"{HEADER},{column}", f"{ONE},{value}", f"{ONE},")
    assert geoapp.json("concerns", "import", path, code=1)["added"] == 1
    assert rejected(path)[0]["reason"].startswith(wanted)


@pytest.mark.parametrize(
    ("wkt", "wanted"),
    [
        ("POINT (nan nan)", "not a finite number"),
        ("POLYGON ((0 0, 1 1, 1 0, 0 0))", "is not the WKT of a point or a line"),
        ("GEOMETRYCOLLECTION (" * 500, "is not the WKT of a point or a line"),
        ("LINESTRING (" + ", ".join(f"-0.1{n} 51.4" for n in range(30_000)) + ")", "too many for a line"),
        ("LINESTRING (-0.1 51.4, -0.1 51.4)", "0.00 m long"),
        ("LINESTRING (-0.1 51.4, -0.3 51.4)", "at most 5,000 m"),
        ("SRID=3857;POINT (0 0)", "is not the WKT of a point or a line"),
        ("POINT EMPTY", "no coordinates"),
    ],
)
def test_wkt_that_is_no_place_of_a_concern_is_rejected(
    geoapp: CommandLine, tmp_path: Path, wkt: str, wanted: str
) -> None:
    path = write(tmp_path / "bad.csv", "wkt,month", f'"{wkt}",2026-02')
    assert geoapp.json("concerns", "import", path, code=1)["rejected"] == 1
    assert wanted in rejected(path)[0]["reason"]


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "is not"),
        (b"PK\x03\x04rest", "a zip or a workbook"),
        (b'{"type": "FeatureCollection", "features": [', "not whole JSON"),
        (b'{"type": "Topology"}', "not a GeoJSON FeatureCollection"),
        (b"[" * 200_000, "not whole JSON"),
        (b"SQLite format 3\x00" + b"\x00" * 600, "bad.csv"),
        (b"longitude,latitude\n1,2\n", "No column says when"),
        (b"place,month\n1,2\n", "No column says where"),
        (b"longitude,latitude,month,Month\n", "Two columns are called month"),
        (b"note,longitude,latitude,month\ncaf\xe9,-0.1,51.4,2026-02\n\xc3\xa9,-0.1,51.4,2026-02\n", "line 2"),
    ],
)
def test_a_file_that_is_not_rows_is_refused_as_a_whole(
    geoapp: CommandLine, tmp_path: Path, content: bytes, wanted: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    done = geoapp("concerns", "import", path)
    assert done.exit_code == 1
    assert wanted in done.stderr
    assert "Traceback" not in done.output


def test_a_header_alone_is_nothing_and_no_fault(geoapp: CommandLine, tmp_path: Path) -> None:
    path = write(tmp_path / "none.csv", HEADER)
    assert geoapp.json("concerns", "import", path)["read"] == 0


def test_an_unpaired_quotation_mark_keeps_what_came_before_it(geoapp: CommandLine, tmp_path: Path) -> None:
    path = write(tmp_path / "quote.csv", f"{HEADER},note", f"{ONE},fine", f'{ONE},"open', f"{ONE},swallowed")
    answer = geoapp.json("concerns", "import", path, code=1)
    assert answer == {"read": 2, "added": 1, "unchanged": 0, "rejected": 1, "outside": 0}
    assert geoapp.one("SELECT count(*) FROM concern") == 1
    assert "quotation marks do not pair" in rejected(path)[0]["reason"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_the_usual_encodings_are_read(geoapp: CommandLine, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "cafe.csv"
    path.write_bytes(f"{HEADER},note\n{ONE},by the café\n".replace(",", "\t").encode(encoding))
    done = geoapp("concerns", "import", path)
    assert done.exit_code == 0, done.output
    assert geoapp.one("SELECT note FROM concern") == "by the café"
    assert ("Windows-1252" in done.stderr) == (encoding == "cp1252")


def test_ids_of_their_own_stay_and_other_content_under_them_is_rejected(
    geoapp: CommandLine, tmp_path: Path
) -> None:
    path = write(
        tmp_path / "ids.csv", f"id,{HEADER}", f"a-1,{ONE}", f"a-1,{ONE}", f"a-1,{HERE},2026-02-11T10:00Z"
    )
    answer = geoapp.json("concerns", "import", path, code=1)
    assert answer == {"read": 3, "added": 1, "unchanged": 1, "rejected": 1, "outside": 0}
    assert rejected(path)[0]["reason"] == "id: is that of row 1, which has other content"
    write(path, f"id,{HEADER}", f"a-1,{HERE},2026-02-12T10:00Z")
    assert geoapp.json("concerns", "import", path, code=1)["rejected"] == 1
    assert rejected(path)[0]["reason"] == "id: already stored with other content"
    write(path, f"id,{HEADER}", f"a-1,{ONE}")
    assert geoapp.json("concerns", "import", path, "--team", "Peckham", code=1)["rejected"] == 1
    assert rejected(path)[0]["reason"] == "id: already stored by another team"


def test_a_removed_concern_is_not_brought_back(geoapp: CommandLine, tmp_path: Path) -> None:
    one = uuid.uuid4()
    path = write(tmp_path / "ids.csv", f"id,{HEADER}", f"{one},{ONE}")
    geoapp.json("concerns", "import", path)
    with geoapp.superuser() as connection:
        connection.exec_driver_sql(
            "INSERT INTO tombstone (concern_id, team_id) SELECT id, team_id FROM concern"
        )
        connection.exec_driver_sql("DELETE FROM concern")
    assert geoapp.json("concerns", "import", path, code=1)["rejected"] == 1
    assert "was removed" in rejected(path)[0]["reason"]


def test_a_row_on_another_teams_walk_is_rejected(geoapp: CommandLine, tmp_path: Path) -> None:
    walk = uuid.uuid4()
    path = write(tmp_path / "walk.csv", f"{HEADER},walk", f"{ONE},{walk}")
    geoapp.json("concerns", "import", path, "--team", "Brixton")
    other = write(tmp_path / "other.csv", f"{HEADER},walk,note", f"{ONE},{walk},mine", f"{ONE},,mine")
    assert geoapp.json("concerns", "import", other, code=1)["added"] == 1
    assert "another team's" in rejected(other)[0]["reason"]


def test_what_lies_outside_all_wards_is_kept_and_counted(geoapp: CommandLine, tmp_path: Path) -> None:
    path = write(
        tmp_path / "far.csv", "easting,northing,month", "530500,175500,2026-02", "400000,400000,2026-02"
    )
    answer = geoapp.json("concerns", "import", path)
    assert (answer["added"], answer["outside"]) == (2, 1)
    assert geoapp.json("concerns", "import", path)["outside"] == 1


def test_a_month_alone_is_noon_of_its_first_day_in_london(geoapp: CommandLine, tmp_path: Path) -> None:
    path = write(tmp_path / "month.csv", "longitude,latitude,recorded_at,month", f"{HERE},,2026-07")
    done = geoapp("concerns", "import", path)
    assert "noon in London was taken" in done.stderr
    assert (
        geoapp.one("SELECT recorded_at AT TIME ZONE 'UTC' FROM concern").isoformat() == "2026-07-01T11:00:00"
    )


def test_geojson_and_geopackage_in_any_stated_system_are_the_same_concerns(
    geoapp: CommandLine, tmp_path: Path
) -> None:
    bng = [Point(530500, 175500), LineString([(530900, 175500), (531100, 175500)]), Point(100, 100)]
    columns = {"factors": ["lighting", "", ""], "recorded_at": ["2026-02-10T19:30:00Z"] * 3}
    frame = geopandas.GeoDataFrame(columns, geometry=bng, crs=27700)
    package = tmp_path / "rows.gpkg"
    frame.to_file(package, driver="GPKG")
    answer = geoapp.json("concerns", "import", package, code=1)
    assert answer == {"read": 3, "added": 2, "unchanged": 0, "rejected": 1, "outside": 0}
    assert rejected(package)[0]["wkt"] == "SRID=27700;POINT (100 100)"
    shares = geoapp.rows(
        "SELECT a.code, ca.share FROM concern_area ca JOIN area a ON a.id = ca.area_id"
        " JOIN concern c ON c.id = ca.concern_id WHERE GeometryType(c.geom) = 'LINESTRING'"
        " AND a.kind = 'ward' ORDER BY 1"
    )
    assert [code for code, _ in shares] == ["E05000001", "E05000002"]
    assert [share for _, share in shares] == pytest.approx([0.5, 0.5], abs=1e-4)

    features = [
        {
            "type": "Feature",
            "geometry": json.loads(shapely.to_geojson(place)),
            "properties": {"month": "2026-02"},
        }
        for place in bng[:2]
    ]
    features += [{"type": "Feature", "geometry": None, "properties": None}, "not a feature"]
    collection = {"type": "FeatureCollection", "features": features}
    collection["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    path = write(tmp_path / "rows.geojson", json.dumps(collection))
    answer = geoapp.json("concerns", "import", path, code=1)
    assert answer == {"read": 4, "added": 2, "unchanged": 0, "rejected": 2, "outside": 0}


def test_killed_in_between_and_run_again_each_row_is_there_once(geoapp: CommandLine, tmp_path: Path) -> None:
    rows = [
        f"{530_000 + n % 1000},{175_000 + n // 4},2026-02-{1 + n % 28:02d}T19:30:00Z" for n in range(6000)
    ]
    path = write(tmp_path / "many.csv", "easting,northing,recorded_at", *rows)
    command = [sys.executable, "-c", "from geoapp.cli import main; main()", "concerns", "import", str(path)]
    started = subprocess.Popen(
        command,
        env={**os.environ, **geoapp.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(600):
        if geoapp.one("SELECT count(*) FROM concern") or started.poll() is not None:
            break
        time.sleep(0.05)
    started.send_signal(signal.SIGKILL)
    assert started.wait() == -signal.SIGKILL
    answer = geoapp.json("concerns", "import", path)
    assert answer["unchanged"] >= 1000
    assert answer["added"] + answer["unchanged"] == 6000
    assert geoapp.one("SELECT count(*) FROM concern") == 6000
    assert geoapp.one("SELECT sum(share) FROM concern_area") == 3 * 6000.0  # in wards and both sizes of cells
    assert geoapp.one("SELECT sum(n) FROM figure_total WHERE counted_under = 'all'") == 6000.0


def test_real_points_over_real_wards_equal_an_independent_count_exactly(
    geoapp: CommandLine, tmp_path: Path
) -> None:
    wards = shared("data/wards/inner_south_london_wards_2022.geojson")
    geoapp.json("wards", "import", wards, "--edition", "real", "--valid-from", "2022-05-05")
    points = tmp_path / "events.csv"
    points.write_bytes(shared("data/points/events_south_london_2024-08.csv").read_bytes())
    mapped = ("--map", "lon=longitude", "--map", "lat=latitude", "--map", "occurred_at=recorded_at")
    assert geoapp.json("concerns", "import", points, *mapped)["added"] == 3616
    counted = dict(
        geoapp.rows(
            "SELECT a.code, sum(ca.share) FROM concern_area ca JOIN area a ON a.id = ca.area_id"
            " JOIN edition e ON e.id = a.edition_id WHERE e.name = 'real' GROUP BY a.code"
        )
    )
    with points.open(newline="") as file:
        rows = list(csv.DictReader(file))
    degrees = np.array([(row["lon"], row["lat"]) for row in rows], dtype=float)
    easting, northing = cutil.convert_to_osgb36(*degrees.T)
    places = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(easting, northing), crs=27700)
    outlines = geopandas.read_file(wards)
    moved = shapely.transform(
        outlines.geometry.to_numpy(), lambda xy: np.column_stack(cutil.convert_to_osgb36(xy[:, 0], xy[:, 1]))
    )
    joined = places.sjoin(outlines.set_geometry(moved, crs=27700), predicate="within")
    assert counted == Counter(joined["ward_code"])
    assert sum(counted.values()) == len(joined)
