"""`geoapp wards districts`: the list is taken whole, or not at all."""

from pathlib import Path

from geoapp.config import Settings
from tests.db.command_line import CommandLine, write

KEPT = "SELECT code, ward_code FROM postcode_district ORDER BY 1, 2"


def test_a_list_of_districts_takes_the_place_of_the_one_before(opened: Settings, tmp_path: Path) -> None:
    geoapp = CommandLine(opened)
    first = write(
        tmp_path / "first.csv", "district,ward_code", "sw8,E05000001", "SW8,E05000001", "SE1,E05000002"
    )
    done = geoapp("wards", "districts", first)
    assert done.exit_code == 0, done.output
    assert geoapp.rows(KEPT) == [("SE1", "E05000002"), ("SW8", "E05000001")]
    assert "2 pairs" in done.output
    wrong = write(tmp_path / "wrong.csv", "district,ward_code", "SE1,E05000001", "SW8 2DY,E05000001")
    done = geoapp("wards", "districts", wrong)
    assert done.exit_code == 1
    assert "Row 2" in done.output
    assert len(geoapp.rows(KEPT)) == 2
    assert geoapp("wards", "districts", write(tmp_path / "other.csv", "a,b", "1,2")).exit_code == 1
    assert len(geoapp.rows(KEPT)) == 2
