"""One selection, whichever way it is taken away: map, table, CSV, GeoPackage, picture, PDF say the same."""

import csv
import io
import json
import re

import geopandas
import numpy as np
import pypdfium2
import pytest
from PIL import Image

from tests.web import planning_world

QUERY = "from=2026-02-01&to=2026-02-28"
NUMBERS = (
    "concerns",
    "positives",
    "walks",
    "km",
    "minutes",
    "rate",
    "rate_low",
    "rate_high",
    "eb_rate",
    "expected",
    "p_value",
    "q_value",
    "km_needed",
)


@pytest.fixture(scope="module", autouse=True)
def world(squares, personas):  # noqa: ARG001 (the wards have to be there)
    planning_world.fill(personas["brixton_officer"].email)


@pytest.fixture(params=["analyst", "lambeth_planner"])
def get(request, client, personas):
    def asked(path: str):
        answer = client.get(f"/planning/{path}{QUERY}", headers=personas[request.param].bearer, buffered=True)
        assert answer.status_code == 200, path
        return answer

    return asked


def said(value: object) -> float | None:
    """A number as any of the files gives it; None where there is none."""
    return (
        None if value in ("", None) or (isinstance(value, float) and np.isnan(value)) else float(str(value))
    )


def word(value: object) -> str:
    """A word as any of the files gives it; empty where there is none."""
    return value if isinstance(value, str) else ""


def test_all_files_have_the_figures_of_the_map(get, tmp_path):
    answer = json.loads(get("data/areas.json?").data)
    areas = {each["properties"]["code"]: each["properties"] for each in answer["features"]}
    assert areas

    rows = {row["code"]: row for row in csv.DictReader(io.StringIO(get("data/areas.csv?").text))}
    file = tmp_path / "areas.gpkg"
    file.write_bytes(get("data/areas.gpkg?").data)
    package = {row["code"]: row for row in geopandas.read_file(file, layer="areas").to_dict("records")}
    picture = Image.open(io.BytesIO(get("picture.png?").data))
    kept = json.loads(picture.text["Lamplight"])
    drawn = {each["code"]: each for each in kept["areas"]}
    assert areas.keys() == rows.keys() == package.keys() == drawn.keys()
    for code, area in areas.items():
        for name in NUMBERS:
            values = {said(each[code][name]) for each in (areas, rows, package, drawn)}
            assert len(values) == 1, (code, name, values)
        for name in ("verdict", "reason"):
            words = {word(each[code][name]) for each in (areas, rows, package, drawn)}
            assert words == {word(area[name])}
    assert kept["totals"] == answer["totals"]
    assert kept["selection"] == answer["selection"]


def test_page_and_captions_have_the_totals_and_figures_of_the_map(get):
    answer = json.loads(get("data/areas.json?").data)
    totals = answer["totals"]
    page = get("?").text
    concerns = f"{totals['concerns']:,.1f}".removesuffix(".0")
    assert f"<strong>{concerns} concerns</strong> raised on <strong>{totals['walks']} walks</strong>" in page
    picture = Image.open(io.BytesIO(get("picture.png?").data))
    assert (
        f"{concerns} concerns raised on {totals['walks']} walks, {totals['km']:.1f} km"
        in picture.text["Description"]
    )
    for each in answer["features"]:
        area = each["properties"]
        row = page.split(f'<tr data-code="{area["code"]}">')[1].split("</tr>")[0]
        km = re.findall(r'<td class="figure">([^<]*)</td>', row)[-1]
        assert km == ("" if area["km"] is None else f"{area['km']:.{0 if area['km'] >= 10 else 1}f}")
        if area["verdict"] == "too_little_walking" and area["concerns"]:
            assert f"{area['km_needed']:.1f}" in row


def test_the_briefing_has_the_figures_of_the_map(get):
    answer = json.loads(get("data/areas.json?").data)
    area = next(
        each["properties"] for each in answer["features"] if each["properties"]["code"] == "E05000001"
    )
    words = pypdfium2.PdfDocument(get("briefing/E05000001.pdf?").data)[0].get_textpage().get_text_range()
    words = " ".join(words.split())
    ward = " ".join(re.sub(r"<[^>]*>", " ", get("wards/E05000001?").text).split())
    if area["concerns"] is None:
        assert "too few walks" in ward
        return
    # By hand: three points and half of a route, on four walks and the fifth that passes, 3.3 km.
    assert (area["concerns"], area["walks"]) == (3.5, 5)
    assert area["km"] == pytest.approx(3.3, abs=0.001)
    assert "about 3.5 concerns on 5 walks" in words
    assert "about 3.5 concerns on 5 walks" in ward
    assert "3.3 km" in words
