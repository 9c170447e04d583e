"""`geoapp verify` finds what was spoiled behind the triggers' back, and nothing else."""

from pathlib import Path

import pytest

from geoapp.config import Settings
from tests.db.command_line import CommandLine, write
from tests.db.test_import_walks import gpx, track

pytestmark = pytest.mark.usefixtures("squares", "personas")
# What keeps figures and audit in step is off for a superuser who says so.
OFF = "SET LOCAL session_replication_role = replica;"


@pytest.fixture(scope="module")
def geoapp(settings: Settings, tmp_path_factory: pytest.TempPathFactory, squares: str) -> CommandLine:  # noqa: ARG001 (wards come first)
    """The command, with points, a route over a border and a walk recorded."""
    command = CommandLine(settings)
    folder: Path = tmp_path_factory.mktemp("files")
    rows = [f"{530_100 + 190 * n},{175_100 + 150 * n},,2026-02-{n + 1:02d}T19:30:00Z" for n in range(10)]
    route = '"SRID=27700;LINESTRING (530900 175500, 531100 175500)"'
    pins = write(
        folder / "pins.csv", "easting,northing,wkt,recorded_at", *rows, f",,{route},2026-02-10T08:00:00Z"
    )
    command.json("concerns", "import", pins)
    command.json("walks", "import", gpx(folder / "walk.gpx", track("Out", 19), track("Back", 20)))
    return command


def test_nothing_is_found_where_nothing_is_spoiled(geoapp: CommandLine) -> None:
    answer = geoapp.json("verify")
    assert (answer["ok"], answer["differences"]) == (True, [])
    assert answer["checked"]["concerns"] == 11
    assert answer["checked"]["walks"] == 2
    # Four wards, and the cells that something was recorded in.
    assert answer["checked"]["areas"] == 27
    assert "no difference found" in geoapp("verify").stdout


SPOILED = {
    "UPDATE concern_area SET share = share - 1e-6 WHERE share < 1": ("concern_area", 5),
    "DELETE FROM concern_area WHERE share = 1": ("concern_area", 31),
    "UPDATE concern_area SET main = NOT main WHERE share < 1": ("concern_area", 5),
    "INSERT INTO concern_area SELECT gen_random_uuid(), area_id, 1, true FROM concern_area LIMIT 1": (
        "concern_area",
        1,
    ),
    "UPDATE exposure SET metres = metres + 0.02": ("exposure", 10),
    "DELETE FROM exposure": ("exposure", 10),
    "UPDATE track SET metres = metres + 0.02": ("track", 2),
    "UPDATE track SET light = array_replace(light, 2::smallint, 0::smallint)": ("exposure", 20),
    "UPDATE track_chunk SET body = replace(body, '51.4634', '51.4635')": ("track", 8),
    "UPDATE concern SET geom_bng = ST_Translate(geom_bng, 0.02, 0) WHERE GeometryType(geom) = 'POINT'": (
        "concern",
        10,
    ),
    "UPDATE concern SET light = 'day' WHERE light = 'dark'": ("concern", 10),
    "UPDATE concern SET body = body || ' '": ("concern", 11),
    "UPDATE area SET outline = replace(outline, '-0.1', '-0.2') WHERE code = 'E05000001'": ("area", 1),
    "UPDATE figure_concern SET n[36] = n[36] + 1e-6 WHERE area_id = 1": ("figure_concern", 1),
    "INSERT INTO figure_voice VALUES (1, 'all', 'concern', '2026-02-01', 'dark', ARRAY[gen_random_uuid()])": (
        "figure_voice",
        1,
    ),
    "UPDATE figure_cell SET n = n + 1e-6 WHERE area_id IN (SELECT min(area_id) FROM figure_cell)": (
        "figure_cell",
        1,
    ),
    "DELETE FROM figure_cell WHERE area_id IN (SELECT max(area_id) FROM figure_cell)": ("figure_cell", 1),
    "DELETE FROM figure_total WHERE light = 'dark'": ("figure_total", 1),
    "UPDATE figure_walk SET metres[36] = metres[36] + 0.02 WHERE area_id = 1": ("figure_walk", 1),
    "UPDATE figure_walk SET walks[84] = walks[84] + 1 WHERE area_id = 1": ("figure_walk", 1),
    "UPDATE figure_reach SET walks = walks - 1 WHERE kind = 'hex200' AND edition_id IS NULL": (
        "figure_reach",
        1,
    ),
    "DELETE FROM cell_ward WHERE cell_id IN (SELECT min(cell_id) FROM cell_ward)": ("cell_ward", 1),
    "UPDATE area SET geom_bng = ST_Translate(geom_bng, 0.001, 0) WHERE code = 'hex500:1226:0964'": (
        "cell",
        1,
    ),
    "UPDATE area SET geom = NULL, outline = NULL WHERE code = 'hex500:1226:0964'": ("cell", 1),
    "UPDATE audit SET actor = 'somebody else' WHERE id = 2": ("audit", 1),
    "DELETE FROM audit WHERE id = 2": ("audit", 1),
    "UPDATE audit SET previous = hash WHERE id = 2": ("audit", 1),
}


@pytest.mark.parametrize("spoil", SPOILED)
def test_each_planted_difference_is_found(geoapp: CommandLine, spoil: str) -> None:
    check, count = SPOILED[spoil]
    kept = {
        table: f"CREATE TABLE public.kept_{table} AS TABLE lamplight.{table}"
        for table in spoiled_tables(spoil)
    }
    with geoapp.superuser() as connection:
        for copy in kept.values():
            connection.exec_driver_sql(copy)
        connection.exec_driver_sql(OFF + spoil.replace("%", "%%"))
    try:
        answer = geoapp.json("verify", code=1)
        found = {each["check"]: each for each in answer["differences"]}
        assert found[check]["count"] == count, answer
        assert len(found[check]["first"]) == min(count, 20)
        assert geoapp("verify").exit_code == 1
    finally:
        for table in kept:
            put_back(geoapp, table)
    assert geoapp.json("verify")["ok"]


def spoiled_tables(spoil: str) -> list[str]:
    words = spoil.split()
    return [words[1] if words[0] == "UPDATE" else words[2]]


def put_back(geoapp: CommandLine, table: str) -> None:
    with geoapp.superuser() as connection:
        columns = connection.exec_driver_sql(
            "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
            " WHERE table_schema = 'lamplight' AND table_name = %s AND is_generated = 'NEVER'",
            (table,),
        ).scalar_one()
        identity = "OVERRIDING SYSTEM VALUE" if table == "area" else ""
        connection.exec_driver_sql(f"{OFF} DELETE FROM {table}")  # noqa: S608 (a name of this module)
        back = f"INSERT INTO {table} ({columns}) {identity} SELECT {columns} FROM public.kept_{table}"  # noqa: S608 (the same)
        connection.exec_driver_sql(back)
        connection.exec_driver_sql(f"DROP TABLE public.kept_{table}")


def test_at_most_twenty_are_listed_and_all_are_counted(geoapp: CommandLine, tmp_path: Path) -> None:
    rows = [f"{530_050 + 30 * n},175_500".replace("_", "") + ",2026-02" for n in range(25)]
    geoapp.json("concerns", "import", write(tmp_path / "many.csv", "easting,northing,month", *rows))
    with geoapp.superuser() as connection:
        connection.exec_driver_sql(OFF + "UPDATE concern SET light = 'dark' WHERE light = 'day'")  # noqa: S608 (a name of this module)
    found = {each["check"]: each for each in geoapp.json("verify", code=1)["differences"]}
    # The route was recorded by day too.
    assert found.keys() == {"concern", "figure_concern", "figure_total"}
    assert (found["concern"]["count"], len(found["concern"]["first"])) == (26, 20)
    assert "… and 6 more." in geoapp("verify").stdout
