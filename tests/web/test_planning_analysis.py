"""Cells, clusters, surface, comparison and GeoPackage of the planning room."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from math import inf

import geopandas
import numpy as np
import pytest
import shapely
from flask.testing import FlaskClient
from PIL import Image
from scipy.stats import beta, binomtest
from werkzeug.test import TestResponse

from spatial.crs import geometry_to_bng, to_bng
from spatial.grid import HexGrid
from tests.web import planning_world

pytestmark = pytest.mark.usefixtures("world")
DATA = "/planning/data/"
FEBRUARY = "from=2026-02-01&to=2026-02-28"
MAY = datetime(2026, 5, 12, 21, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(squares: str, personas: dict) -> str:
    planning_world.fill(personas["brixton_officer"].email)
    by = planning_world.person(personas["brixton_officer"].email)
    for _ in range(3):
        walk = planning_world.walk(by, [(530_100, 175_500), (530_900, 175_500)], at=MAY)
        planning_world.concern(by, shapely.Point(530_500, 175_500), walk_id=walk, at=MAY)
    return squares


@pytest.fixture
def ask(client: FlaskClient, personas: dict) -> Callable[..., TestResponse]:
    def send(what: str, query: str = FEBRUARY, who: str = "analyst", **headers: str) -> TestResponse:
        return client.get(f"{DATA}{what}?{query}", headers=personas[who].bearer | headers)

    return send


def read(answer: TestResponse) -> dict:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found = answer.get_json(force=True)
    assert {"method", "version", "selection", "totals"} <= found.keys()
    return found


@pytest.mark.parametrize("kind", ["hex200", "hex500"])
def test_cells_hold_what_wards_hold_and_what_lies_outside_them(ask, kind):
    cells, wards = read(ask("areas.json", f"{FEBRUARY}&area={kind}")), read(ask("areas.json"))
    assert cells["totals"]["concerns"] == pytest.approx(
        wards["totals"]["concerns"] + wards["totals"]["outside"], abs=1e-9
    )
    assert cells["totals"]["km"] == pytest.approx(wards["totals"]["km"], abs=1e-5)
    assert cells["totals"]["walks"] == wards["totals"]["walks"] == 9
    assert cells["totals"]["outside"] == wards["totals"]["outside"]
    grid = {"hex200": HexGrid.HEX200, "hex500": HexGrid.HEX500}[kind]
    for each in cells["features"]:
        outline = geometry_to_bng(shapely.from_geojson(json.dumps(each["geometry"])))
        cell = grid.polygon(*grid.cell(each["properties"]["code"]))
        # Seven decimals of a degree are about a centimetre.
        assert shapely.hausdorff_distance(outline, cell) < 0.02


def test_a_borough_has_the_cells_whose_centre_lies_in_it(ask):
    everything = read(ask("areas.json", f"{FEBRUARY}&area=hex200"))["features"]
    some = read(ask("areas.json", f"{FEBRUARY}&area=hex200&borough=E09000022"))
    lambeth = shapely.box(530_000, 175_000, 532_000, 176_000)
    grid = HexGrid.HEX200
    inside = {
        each["properties"]["code"]
        for each in everything
        if lambeth.contains(shapely.Point(grid.centre(*grid.cell(each["properties"]["code"]))))
    }
    found = {each["properties"]["code"]: each["properties"] for each in some["features"]}
    assert found.keys() == inside
    assert {each["borough_name"] for each in found.values()} == {"Lambeth"}
    assert {each["properties"]["borough_code"] for each in everything} == {"E09000022", "E09000028", None}


def test_cells_of_few_walks_are_withheld_from_planners(ask):
    mine = read(ask("areas.json", f"{FEBRUARY}&area=hex200", "lambeth_planner"))
    all_of_them = read(ask("areas.json", f"{FEBRUARY}&area=hex200&borough=E09000022"))
    true = {each["properties"]["code"]: each["properties"] for each in all_of_them["features"]}
    shown = 0
    for each in mine["features"]:
        said = each["properties"]
        if true[said["code"]]["walks"] < 3 or true[said["code"]]["concerns"] > 0:
            # Nowhere did three walks raise something in one cell.
            assert (said["concerns"], said["km"], said["rate"]) == (None, None, None)
            assert said["reason"] == "suppressed"
        else:
            assert said["km"] == true[said["code"]]["km"]
            shown += 1
    assert shown > 0
    assert mine["totals"]["outside"] is None


def test_the_package_holds_the_columns_of_the_csv_and_outlines_in_metres(ask, tmp_path):
    answer = ask("areas.gpkg")
    assert answer.mimetype == "application/geopackage+sqlite3"
    path = tmp_path / "areas.gpkg"
    path.write_bytes(answer.get_data())
    frame = geopandas.read_file(path, layer="areas")
    assert list(frame.columns[:-1]) == ask("areas.csv").get_data(as_text=True).splitlines()[0].split(",")
    assert frame.crs.to_epsg() == 27700
    assert frame.geometry.area.tolist() == pytest.approx([1e6] * 4, abs=0.01)
    said = [each["properties"] for each in read(ask("areas.json"))["features"]]
    for column in ("concerns", "km", "rate", "eb_rate", "expected", "q_value"):
        kept = [None if np.isnan(value) else value for value in frame[column]]
        assert kept == [each[column] for each in said]
    assert frame["verdict"].tolist() == [each["verdict"] for each in said]


def test_clusters_are_those_of_the_contract_and_the_same_each_time(ask):
    one = read(ask("clusters.json"))
    assert one["selection"]["area"] == "hex500"
    assert one == read(ask("clusters.json"))
    assert one["clusters"]
    for each in one["clusters"]:
        assert each.keys() == {"cells", "cases", "expected", "relative_risk", "llr", "p"}
    cells = {
        each["properties"]["code"]: each["properties"]
        for each in read(ask("areas.json", f"{FEBRUARY}&area=hex500"))["features"]
    }
    walked = [each for each in cells.values() if each["km"] > 0]
    cases, km = sum(each["concerns"] for each in walked), sum(each["km"] for each in walked)
    best = one["clusters"][0]
    inside_n = sum(cells[code]["concerns"] for code in best["cells"])
    inside_e = sum(cells[code]["km"] for code in best["cells"]) * cases / km
    assert best["cases"] == pytest.approx(inside_n)
    assert best["expected"] == pytest.approx(inside_e)
    outside = (cases - inside_n) / (cases - inside_e)
    risk = inside_n / inside_e / outside if outside > 1e-9 else inf
    assert (best["relative_risk"] or inf) == pytest.approx(risk, rel=1e-6)
    assert sorted((each["llr"] for each in one["clusters"]), reverse=True) == [
        each["llr"] for each in one["clusters"]
    ]


def test_no_cluster_tells_a_planner_of_a_cell_that_is_withheld(ask):
    mine = read(ask("areas.json", f"{FEBRUARY}&area=hex500", "lambeth_planner"))
    shown = {each["properties"]["code"] for each in mine["features"] if each["properties"]["km"]}
    for each in read(ask("clusters.json", FEBRUARY, "lambeth_planner"))["clusters"]:
        assert set(each["cells"]) <= shown


def test_the_surface_is_a_grid_with_nothing_where_nobody_walked(ask):
    found = read(ask("surface.json", "from=2026-02-01&to=2026-05-31"))
    grid = found["grid"]
    assert grid["crs"] == "EPSG:27700"
    values = np.array(found["values"], dtype=float)
    assert values.shape == (grid["rows"], grid["columns"])

    def at(easting: float, northing: float) -> float:
        row = int((grid["north"] - northing) // grid["cell_m"])
        return float(values[row, int((easting - grid["west"]) // grid["cell_m"])])

    # Seven walks along one street of A raised more for each km than all of them; three on C's are thin.
    assert 1 < at(530_450, 175_500) < 2
    assert np.isnan(at(530_500, 176_500))
    assert np.isnan(at(531_500, 176_700))


def test_the_picture_of_the_surface_lies_where_its_bounds_say(ask):
    answer = ask("surface.png")
    picture = np.array(Image.open(io.BytesIO(answer.get_data())))
    assert picture.shape[2] == 4
    west, south, east, north = (float(each) for each in answer.headers["X-Bounds"].split(","))
    easting, northing = to_bng(np.array([west, east]), np.array([south, north]))
    assert easting[0] < 530_000
    assert easting[1] > 532_000
    assert northing[0] < 175_200
    assert northing[1] > 176_500
    assert set(np.unique(picture[..., 3])) == {0, 255}
    pale = {(195, 219, 218), (220, 232, 228), (241, 237, 226), (241, 223, 191), (229, 196, 148)}
    # Nothing here is clear of chance, so no strong colour is there.
    assert {tuple(int(v) for v in each[:3]) for each in picture[picture[..., 3] == 255]} <= pale


def test_a_comparison_is_the_exact_ratio_of_two_rates(ask):
    found = read(ask("compare.json", f"{FEBRUARY}&from2=2026-05-01&to2=2026-05-31"))
    assert found["periods"]["earlier"]["from"] == "2026-02-01"
    wards = {each["code"]: each for each in found["wards"]}
    a = wards["E05000001"]["change"]
    # 3.5 concerns on 3.3 km before, 3 on 2.4 km after.
    assert (a["earlier"]["concerns"], a["later"]["concerns"]) == (pytest.approx(3.5), 3)
    assert a["ratio"] == pytest.approx((3 / 2.4) / (3.5 / 3.3), rel=1e-3)
    low, high = beta.ppf(0.025, 3, 4.5), beta.ppf(0.975, 4, 3.5)
    assert a["ratio_low"] == pytest.approx(low / (1 - low) * 3.3 / 2.4, rel=1e-3)
    assert a["ratio_high"] == pytest.approx(high / (1 - high) * 3.3 / 2.4, rel=1e-3)
    assert not wards["E05000001"]["clear"]
    assert [wards[code]["reason"] for code in ("E05000002", "E05000003")] == ["never_walked"] * 2
    assert found["overall"] == a
    # No ward beside A was walked in both periods.
    assert wards["E05000001"]["neighbours"] is None
    assert found["totals"] == {"wards": 1, "clear": 0}


def test_whole_counts_have_the_p_value_of_the_binomial(ask):
    asked = f"{FEBRUARY}&from2=2026-05-01&to2=2026-05-31&factor=lighting"
    (a,) = [each for each in read(ask("compare.json", asked))["wards"] if each["code"] == "E05000001"]
    assert a["change"]["p_value"] == pytest.approx(binomtest(0, 3, 2.4 / 5.7).pvalue, rel=1e-3)


@pytest.mark.parametrize("second", ["from2=2026-02-01&to2=2026-02-28", "from2=2025-12-01&to2=2026-02-10"])
def test_periods_that_overlap_are_refused(ask, second):
    answer = ask("compare.json", f"{FEBRUARY}&{second}")
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["errors"] == [
        {"field": "from2", "message": "Choose periods that do not overlap."}
    ]


def test_what_is_missing_or_wrong_in_a_comparison_is_named(ask):
    missing = ask("compare.json", FEBRUARY)
    assert (missing.status_code, [each["field"] for each in missing.get_json()["errors"]]) == (
        400,
        ["from2", "to2"],
    )
    wrong = ask("compare.json", f"{FEBRUARY}&from2=yesterday&to2=2026-05-31")
    assert (wrong.status_code, [each["field"] for each in wrong.get_json()["errors"]]) == (400, ["from2"])


def test_a_planner_compares_only_what_may_be_shown_in_both_periods(ask):
    asked = f"{FEBRUARY}&from2=2026-05-01&to2=2026-05-31"
    mine = read(ask("compare.json", asked, "lambeth_planner"))
    assert [each["code"] for each in mine["wards"]] == ["E05000001", "E05000002"]
    # Two walks in B, before: withheld. After: nobody walked, and that is said of no withheld ward.
    assert [each["reason"] for each in mine["wards"]] == [None, "suppressed"]
    other = read(ask("compare.json", asked, "southwark_planner"))
    assert {each["code"] for each in other["wards"]} == {"E05000003", "E05000004"}
    assert (other["overall"], other["totals"]["wards"]) == (None, 0)


WHAT = ["areas.gpkg", "clusters.json", "surface.json", "surface.png", "compare.json"]


@pytest.mark.parametrize("what", WHAT)
def test_what_still_stands_is_not_sent_again(ask, what):
    query = FEBRUARY + ("&from2=2026-05-01&to2=2026-05-31" if what == "compare.json" else "")
    first = ask(what, query)
    assert first.status_code == 200
    again = ask(what, query, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    theirs = ask(what, query, "lambeth_planner", **{"If-None-Match": first.headers["ETag"]})
    assert theirs.status_code == 200


@pytest.mark.parametrize("what", WHAT)
def test_nothing_walked_has_an_answer_too(ask, what):
    query = "from=2020-01-01&to=2020-01-31" + (
        "&from2=2020-02-01&to2=2020-02-28" if what == "compare.json" else ""
    )
    assert ask(what, query).status_code == 200


@pytest.mark.parametrize("what", WHAT)
def test_nobody_reads_without_signing_in(client, what):
    assert client.get(DATA + what).status_code == 401
