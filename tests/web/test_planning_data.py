"""The figures of the planning room as data, against figures worked out by hand."""

import csv
import io
import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from scipy.stats import chi2, poisson

from tests.web import planning_world

pytestmark = pytest.mark.usefixtures("world")
AREAS = "/planning/data/areas.json"
COLUMNS = (
    "code,name,borough_code,borough_name,concerns,positives,walks,km,minutes,rate,rate_low,rate_high,eb_rate,"
    "expected,p_value,q_value,verdict,km_needed,reason"
)
FIGURES = COLUMNS.split(",")[4:16]


@pytest.fixture(scope="module")
def world(squares: str, personas: dict) -> str:
    planning_world.fill(personas["brixton_officer"].email)
    return squares


@pytest.fixture
def asked(client: FlaskClient, personas: dict) -> Callable[..., dict]:
    def ask(query: str = "", who: str = "analyst") -> dict:
        answer = client.get(AREAS + query, headers=personas[who].bearer)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()

    return ask


def by_code(answer: dict) -> dict[str, dict]:
    return {each["properties"]["code"]: each["properties"] for each in answer["features"]}


def test_counts_and_kilometres_are_those_of_the_hand(asked):
    answer = asked()
    wards = by_code(answer)
    assert list(wards) == ["E05000001", "E05000002", "E05000003", "E05000004"]
    counts = {code: (one["concerns"], one["positives"], one["walks"]) for code, one in wards.items()}
    assert counts["E05000001"] == (pytest.approx(3.5), 1, 5)
    assert counts["E05000002"] == (pytest.approx(1.0), 0, 2)
    assert counts["E05000003"] == (0, 0, 3)
    assert counts["E05000004"] == (1, 0, 0)
    assert [one["km"] for one in wards.values()] == pytest.approx([3.3, 0.9, 2.4, 0.0], abs=1e-4)
    assert [one["minutes"] for one in wards.values()] == pytest.approx(
        [3300 / 75, 900 / 75, 2400 / 75, 0], abs=0.01
    )
    totals = answer["totals"]
    assert totals["concerns"] == pytest.approx(5.5)
    assert totals["outside"] == pytest.approx(1.5)
    assert totals["walks"] == 9
    assert totals["km"] == pytest.approx(6.6, abs=1e-4)


def test_rates_intervals_and_tests_follow_their_formulas(asked):
    wards = by_code(asked())
    a, c = wards["E05000001"], wards["E05000003"]
    assert a["rate"] == pytest.approx(3.5 / 3.3, rel=1e-4)
    assert a["rate_low"] == pytest.approx(chi2.ppf(0.025, 7) / 2 / 3.3, rel=1e-4)
    assert a["rate_high"] == pytest.approx(chi2.ppf(0.975, 9) / 2 / 3.3, rel=1e-4)
    # All areas are A, B and C, which were walked: 4.5 concerns on 6.6 km.
    assert a["expected"] == pytest.approx(2.25, rel=1e-4)
    assert a["km_needed"] == pytest.approx((10 - 2.25) / (4.5 / 6.6), rel=1e-4)
    assert (c["rate"], c["rate_low"]) == (0, 0)
    assert c["rate_high"] == pytest.approx(3.6889 / 2.4, rel=1e-4)
    assert c["p_value"] == pytest.approx(min(1, 2 * poisson.cdf(0, 4.5 / 6.6 * 2.4)), rel=1e-4)
    assert [one["verdict"] for one in wards.values()] == ["too_little_walking"] * 3 + ["never_walked"]


def test_the_kinds_of_nothing_stay_apart(asked):
    wards = by_code(asked())
    assert wards["E05000003"]["concerns"] == 0
    assert wards["E05000003"]["reason"] is None
    assert (wards["E05000004"]["verdict"], wards["E05000004"]["reason"]) == ("never_walked", "no_track")
    assert all(wards["E05000004"][name] is None for name in FIGURES[5:])
    before = by_code(asked("?from=2020-01-01&to=2020-12-31"))
    assert {(one["verdict"], one["reason"], one["concerns"]) for one in before.values()} == {
        ("never_walked", "never_walked", 0)
    }


def test_a_planner_sees_her_boroughs_and_not_what_few_walks_tell(asked):
    answer = asked(who="lambeth_planner")
    wards = by_code(answer)
    assert list(wards) == ["E05000001", "E05000002"]
    a, b = wards["E05000001"], wards["E05000002"]
    assert (a["concerns"], a["walks"], a["verdict"]) == (pytest.approx(3.5), 5, "too_little_walking")
    assert a["expected"] == pytest.approx(3.5), "all areas are A alone, for B is withheld"
    assert a["positives"] is None, "one walk raised it"
    assert (b["verdict"], b["reason"]) == ("suppressed", "suppressed")
    assert all(b[name] is None for name in FIGURES)
    assert answer["totals"] == {
        "concerns": pytest.approx(3.5),
        "walks": 5,
        "km": pytest.approx(3.3, abs=1e-4),
        "minutes": pytest.approx(44, abs=0.01),
        "outside": None,
    }
    assert answer["method"]["withheld_below_walks"] == 3


def test_concerns_without_track_are_withheld_from_planners_and_an_honest_zero_is_not(asked):
    wards = by_code(asked(who="southwark_planner"))
    c, d = wards["E05000003"], wards["E05000004"]
    assert (c["concerns"], c["walks"], c["reason"]) == (0, 3, None)
    assert (d["verdict"], d["reason"]) == ("never_walked", "suppressed")
    assert all(d[name] is None for name in FIGURES)


def test_positives_are_withheld_whichever_kind_is_counted(asked):
    a = by_code(asked("?kind=positive", who="lambeth_planner"))["E05000001"]
    assert (a["verdict"], a["concerns"], a["positives"]) == ("suppressed", None, None)
    assert by_code(asked("?kind=positive"))["E05000001"]["concerns"] == 1


def test_another_borough_gives_what_is_hers_of_it_and_says_so(asked):
    for other in ("E09000028", "E09999999"):
        answer = asked(f"?borough={other}", who="lambeth_planner")
        assert answer["features"] == []
        assert answer["selection"]["borough"] == []
        assert answer["selection"]["not_yours"] == [other]
        assert answer["totals"]["concerns"] == 0
    both = asked("?borough=E09000028,E09000022", who="lambeth_planner")
    assert list(by_code(both)) == ["E05000001", "E05000002"]


def test_filters_narrow_what_is_counted(asked):
    def counts(query: str) -> list[float]:
        return [one["concerns"] for one in by_code(asked(query)).values()]

    assert counts("?factor=lighting") == [3, 0, 0, 0]
    assert counts("?factor=behaviour") == [pytest.approx(0.5), pytest.approx(0.5), 0, 0]
    assert counts("?factor=lighting,followed") == [pytest.approx(3.5), pytest.approx(0.5), 0, 0]
    assert counts("?light=day,twilight") == [0, 0, 0, 0]
    assert counts("?light=dark&light=day")[0] == pytest.approx(3.5)
    assert list(by_code(asked("?borough=E09000028"))) == ["E05000003", "E05000004"]
    assert [one["km"] for one in by_code(asked("?light=day")).values()] == [0, 0, 0, 0]


def test_the_period_is_moved_to_whole_months_and_said(asked):
    selection = asked("?from=2026-01-17&to=2026-02-03")["selection"]
    assert (selection["from"], selection["to"]) == ("2026-01-01", "2026-02-28")
    default = asked()["selection"]
    assert (default["from"], default["to"]) == ("2025-03-01", "2026-02-28")
    assert default["edition"] == "squares"
    assert default["light"] == ["day", "twilight", "dark"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?colour=red", "colour"),
        ("?from=2026-13-01", "from"),
        ("?from=20260101", "from"),
        ("?from=2026-01", "from"),
        ("?from=", "from"),
        ("?from=\u0662\u0660\u0662\u0666-01-01", "from"),
        ("?from=9999-12-31", "from"),
        ("?from=2026-02-01&to=2026-01-31", "to"),
        ("?to=2026-01-01&to=2026-02-01", "to"),
        ("?light=moon", "light"),
        ("?light=", "light"),
        ("?factor=ghosts", "factor"),
        ("?factor=lighting,", "factor"),
        ("?factor=lighting' OR 1=1--", "factor"),
        ("?kind=both", "kind"),
        ("?area=street", "area"),
        ("?area=hex100", "area"),
        ("?borough=E09999999", "borough"),
        ("?borough=%00", "borough"),
        ("?edition=1066", "edition"),
        ("?edition=%00", "edition"),
        ("?measure=eb", "measure"),
    ],
)
def test_what_cannot_be_read_is_named(client, personas, query, field):
    for kind in ("json", "csv"):
        answer = client.get(f"/planning/data/areas.{kind}{query}", headers=personas["analyst"].bearer)
        assert answer.status_code == 400
        assert answer.mimetype == "application/problem+json"
        assert [error["field"] for error in answer.get_json()["errors"]] == [field]


def test_the_table_has_the_same_figures(client, personas, asked):
    answer = client.get("/planning/data/areas.csv", headers=personas["analyst"].bearer)
    assert answer.mimetype == "text/csv"
    text = answer.get_data().decode("utf-8")
    assert text.split("\r\n")[0] == COLUMNS
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    wards = by_code(asked())
    for row in rows:
        for name, value in wards[row["code"]].items():
            said = row[name]
            assert said == ("" if value is None else value if isinstance(value, str) else str(value))


def test_outlines_are_polygons_with_their_properties_in_order(asked):
    feature = asked()["features"][0]
    assert feature["geometry"]["type"] == "MultiPolygon"
    assert feature["id"] == "E05000001"
    assert ",".join(feature["properties"]) == COLUMNS


def test_the_same_data_is_not_sent_twice_and_a_change_is(client, personas, asked):
    headers = personas["analyst"].bearer
    first = client.get(AREAS, headers=headers)
    tag = first.headers["ETag"]
    again = client.get(AREAS, headers=headers | {"If-None-Match": tag})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert client.get(AREAS + "?light=dark", headers=headers | {"If-None-Match": tag}).status_code == 200
    planner = client.get(AREAS, headers=personas["lambeth_planner"].bearer | {"If-None-Match": tag})
    assert planner.status_code == 200
    by = planning_world.person(personas["brixton_officer"].email)
    version = asked()["version"]
    planning_world.walk(by, [(530_100, 174_500), (530_200, 174_500)])
    changed = client.get(AREAS, headers=headers | {"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.get_json()["version"] != version
    assert "no-cache" in changed.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path", [AREAS, "/planning/data/areas.csv", "/planning/data/boundaries.json", "/planning/"]
)
def test_who_may_read(client: FlaskClient, personas, path):
    for who in ("brixton_officer", "coordinator", "analyst", "lambeth_planner"):
        assert client.get(path, headers=personas[who].bearer).status_code == 200
    assert client.get(path, headers=personas["administrator"].bearer).status_code == 403
    stranger = client.get(path, headers={"Accept": "text/html"})
    assert stranger.status_code == (401 if "/data/" in path else 302)


def test_no_answer_names_a_walk_an_officer_or_a_time(client, personas):
    text = client.get(AREAS, headers=personas["lambeth_planner"].bearer).get_data(as_text=True)
    assert "@" not in text
    assert "19:30" not in text
    assert set(json.loads(text)) == {"type", "method", "version", "selection", "totals", "features"}


def test_the_screen_gets_the_figures_of_the_answer_by_columns(asked, client, personas):
    for who in ("analyst", "lambeth_planner"):
        whole = asked(who=who)
        answer = client.get("/planning/data/screen.json", headers=personas[who].bearer).get_json()
        columns = answer["columns"]
        assert columns["code"] == list(by_code(whole))
        assert {len(each) for each in columns.values()} == {len(whole["features"])}
        assert answer["totals"] == whole["totals"]
        assert answer["selection"] == whole["selection"]
        assert answer["method"]["scale"] == whole["method"]["scale"]
        for i, each in enumerate(whole["features"]):
            for name, column in columns.items():
                true = each["properties"][name]
                if isinstance(true, float):
                    # Cut after four decimals, so that it is on the same side of every class limit.
                    assert true - 1.01e-4 < column[i] <= true or name == "q_value", name
                else:
                    assert column[i] == true, name


def corners_of(packed, walk):
    """The corners of a ring in whole steps, from lines given as steps."""
    x = y = 0
    lines = []
    for moves in packed["lines"]:
        line = []
        for east, north in zip(moves[::2], moves[1::2], strict=True):
            x, y = x + east, y + north
            line.append((x, y))
        lines.append(line)
    found = []
    for step in walk:
        line = lines[-1 - step][::-1] if step < 0 else lines[step]
        found += line[1:] if found else line
    return found


def test_the_screen_gets_outlines_once_and_each_border_once(asked, client, personas):
    path = "/planning/data/outlines.json"
    for who in ("analyst", "lambeth_planner"):
        answer = client.get(path, headers=personas[who].bearer)
        assert list(answer.get_json()["wards"]) == list(by_code(asked(who=who)))
        known = dict(personas[who].bearer) | {"If-None-Match": answer.headers["ETag"]}
        assert client.get(path, headers=known).status_code == 304
    drawn = client.get(path, headers=personas["analyst"].bearer).get_json()
    assert drawn["boroughs"] == ["E09000022", "E09000028"]
    assert drawn["wards"]["E05000001"][0] == 0
    for feature in asked()["features"]:
        ((walk,),) = drawn["wards"][feature["properties"]["code"]][1]
        true = feature["geometry"]["coordinates"][0][0]
        ring = corners_of(drawn, walk)
        assert ring[0] == ring[-1]
        assert {(round(x * 1e5), round(y * 1e5)) for x, y in true} == set(ring)
    # Four squares in a square: four borders inside, and four corners of two sides outside.
    assert len(drawn["lines"]) == 8
    coarse = client.get(f"{path}?detail=coarse", headers=personas["analyst"].bearer).get_json()
    assert coarse == drawn, "few wards are near enough to be fine at once"
    wrong = client.get(f"{path}?detail=some", headers=personas["analyst"].bearer)
    assert wrong.status_code == 400
    assert [each["field"] for each in wrong.get_json()["errors"]] == ["detail"]


def test_boroughs_around_are_those_that_the_answer_has_not(client, personas):
    path = "/planning/data/boundaries.json"
    assert client.get(path, headers=personas["analyst"].bearer).get_json()["boroughs"] == []
    around = client.get(path, headers=personas["lambeth_planner"].bearer).get_json()
    ((code, name),) = [(each["code"], each["name"]) for each in around["boroughs"]]
    assert (code, name) == ("E09000028", "Southwark")
    # Two squares of a kilometre as one: six corners, for the two in the middle of its long sides stay.
    (((walk,),),) = [each["polygons"] for each in around["boroughs"]]
    assert len(set(corners_of(around, walk))) == 6
