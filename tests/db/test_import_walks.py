"""`geoapp walks import` on a real database: the real files, refusals, and repetition."""

import json
import uuid
from pathlib import Path

import pytest
from sqlalchemy import text

from geoapp.config import Settings
from tests.conftest import Persona
from tests.db.command_line import CommandLine, write
from tests.shared_data import shared

pytestmark = pytest.mark.usefixtures("squares", "personas")


@pytest.fixture
def geoapp(settings: Settings) -> CommandLine:
    command = CommandLine(settings)
    with command.superuser() as connection:
        connection.exec_driver_sql("DELETE FROM walk")
    return command


def gpx(path: Path, *tracks: str) -> Path:
    return write(path, '<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">', *tracks, "</gpx>")


def track(name: str, hour: int, *, year: int = 2026, step: float = 0.0001) -> str:
    """A track through ward A northwards: 11 points 10 s and 11.1 m apart."""
    points = "".join(
        f'<trkpt lat="{51.4634 + step * n:.6f}" lon="-0.1219">'
        f"<time>{year}-02-10T{hour:02d}:{n // 6:02d}:{n % 6}0Z</time></trkpt>"
        for n in range(11)
    )
    return f"<trk><name>{name}</name><trkseg>{points}</trkseg></trk>"


def test_a_track_becomes_a_walk_once_with_the_chunks_of_a_phone(
    geoapp: CommandLine, tmp_path: Path, personas: dict[str, Persona]
) -> None:
    path = gpx(tmp_path / "two.gpx", track("Out", 19), track("Back", 20))
    officer = ("--officer", personas["brixton_officer"].email)
    first = geoapp.json("walks", "import", path, *officer)
    assert [(each["name"], each["points"], each["kept"], each["outcome"]) for each in first["walks"]] == [
        ("Out", 11, 11, "added"),
        ("Back", 11, 11, "added"),
    ]
    # 0.001 degrees of latitude are 111.2 m here, in 100 s.
    assert first["walks"][0]["km"] == pytest.approx(0.1112, abs=0.0002)
    assert first["walks"][0]["minutes"] == pytest.approx(100 / 60)
    again = geoapp.json("walks", "import", path, *officer)
    assert [each["outcome"] for each in again["walks"]] == ["unchanged", "unchanged"]
    assert [each["walk"] for each in again["walks"]] == [each["walk"] for each in first["walks"]]
    stored = geoapp.rows(
        "SELECT t.name, p.email, w.started_at = '2026-02-10T19:00:00Z',"
        " w.ended_at = '2026-02-10T19:01:40Z', c.body"
        " FROM walk w JOIN team t ON t.id = w.team_id JOIN person p ON p.id = w.officer_id"
        " JOIN track_chunk c ON c.walk_id = w.id WHERE w.id = :id",
        {"id": first["walks"][0]["walk"]},
    )
    assert stored[0][:4] == ("Brixton", officer[1], True, True)
    body = json.loads(stored[0][4])
    assert (len(body["fixes"]), body["gap_before"]) == (11, True)
    assert body["fixes"][0] == [-0.1219, 51.4634, 1770750000000, None]
    walked = geoapp.one(
        "SELECT sum(metres) FROM exposure JOIN area a ON a.id = area_id WHERE a.code = 'E05000001'"
    )
    assert walked == pytest.approx(222.4, abs=0.4)


def test_tracks_for_a_walk_are_pieces_of_it_and_nothing_counts_twice(
    geoapp: CommandLine, tmp_path: Path, personas: dict[str, Persona]
) -> None:
    walk = uuid.uuid4()
    path = gpx(tmp_path / "two.gpx", track("Out", 19), track("Back", 20))
    answer = geoapp.json("walks", "import", path, "--walk", walk)
    assert [(each["walk"], each["points"], each["kept"]) for each in answer["walks"]] == [(str(walk), 22, 22)]
    assert geoapp.one("SELECT ST_NumGeometries(geom) FROM track") == 2
    assert geoapp.one("SELECT body IS NULL AND started_at = '2026-02-10T19:00Z' FROM walk")
    assert geoapp.json("walks", "import", path, "--walk", walk)["walks"][0]["outcome"] == "unchanged"
    same_time = gpx(tmp_path / "other.gpx", track("Other phone", 19, step=0.00011))
    refused = geoapp.json("walks", "import", same_time, "--walk", walk, code=1)
    assert "count twice" in refused["refused"][0]["reason"]
    later = gpx(tmp_path / "later.gpx", track("Later", 21))
    geoapp.json("walks", "import", later, "--walk", walk)
    assert geoapp.rows("SELECT chunk FROM track_chunk ORDER BY 1") == [(0,), (1,), (2,)]
    other = ("--officer", personas["peckham_officer"].email)
    stranger = geoapp.json(
        "walks", "import", gpx(tmp_path / "x.gpx", track("X", 22)), "--walk", walk, *other, code=1
    )
    assert "another team's" in stranger["refused"][0]["reason"]


def test_the_real_files_are_imported_or_refused_with_a_reason(geoapp: CommandLine) -> None:
    run = geoapp.json("walks", "import", shared("data/gpx/london_hampstead_run_2017-07-08.gpx"))["walks"][0]
    assert run["points"] == 4930
    assert run["kept"] + sum(run["dropped"].values()) == 4930
    assert 10 < run["km"] < 20
    # Three chunks of at most 2,000 fixes, and not a heartbeat or a height in them.
    assert geoapp.rows("SELECT jsonb_array_length(body::jsonb->'fixes') FROM track_chunk ORDER BY chunk") == [
        (2000,),
        (2000,),
        (930,),
    ]
    second = geoapp.json("walks", "import", shared("data/gpx/thatcham_run_7371775190.gpx"))["walks"][0]
    assert second["points"] == 454
    drawn = shared("data/gpx/south_london_quietways.gpx")
    assert (
        "No point of this file has a time"
        in geoapp.json("walks", "import", drawn, code=1)["refused"][0]["reason"]
    )
    laid = geoapp.json("walks", "import", drawn, "--start", "2026-03-01T18:30:00Z")
    assert len(laid["walks"]) == 39
    km = sum(each["km"] for each in laid["walks"])
    assert km == pytest.approx(sum(each["minutes"] for each in laid["walks"]) * 60 * 1.3 / 1000, rel=1e-3)
    abroad = geoapp.json("walks", "import", shared("data/gpx/korita-zbevnica_walk.gpx"), code=1)
    assert "outside Great Britain" in abroad["refused"][0]["reason"]


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ("", "empty"),
        ("<gpx>", "not whole XML"),
        ("<kml/>", "not GPX"),
        ('<gpx><wpt lat="51.4" lon="-0.1"/></gpx>', "waypoints only"),
        ("<gpx>" + track("Old", 19, year=2009) + "</gpx>", "11 with a time before 2015 or ahead"),
        # At 1 km/s: six are dropped, after 60 s one begins anew, and the three after it are dropped again.
        ("<gpx>" + track("Flying", 19, step=0.1) + "</gpx>", "9 speed"),
    ],
)
def test_what_is_no_walk_is_refused_with_its_reason(
    geoapp: CommandLine, tmp_path: Path, content: str, wanted: str
) -> None:
    path = tmp_path / "no.gpx"
    path.write_text(content)
    answer = geoapp.json("walks", "import", path, code=1)
    assert answer["walks"] == []
    assert wanted in answer["refused"][0]["reason"]
    assert geoapp.one("SELECT count(*) FROM walk") == 0


def test_an_unknown_officer_or_a_start_without_zone_is_said(geoapp: CommandLine, tmp_path: Path) -> None:
    path = gpx(tmp_path / "one.gpx", track("Out", 19))
    done = geoapp("walks", "import", path, "--officer", "nobody@force.example")
    assert (done.exit_code, "Nobody has the address" in done.stderr) == (1, True)
    assert geoapp("walks", "import", path, "--start", "2026-03-01T18:30:00").exit_code == 2
    with geoapp.superuser() as connection:
        assert connection.scalar(text("SELECT count(*) FROM walk")) == 0
