"""Ward names that were made to do harm, an edition that is not there, and a service without any data."""

import pytest
from shapely import MultiPolygon, box

from geoapp import db
from geoapp.actions import wards
from spatial.crs import geometry_to_wgs84
from spatial.wards import WardShape

NAMES = [
    "=HYPERLINK(1)",
    "<img src=x onerror=alert(1)>",
    "`${alert(1)}`",
    '"quoted", with\ncomma',
    "+1",
    "@x",
    "-2",
]


def test_without_wards_there_is_an_honest_page_and_an_empty_answer(signed_in):
    analyst = signed_in("analyst")
    answer = analyst.get("/planning/data/areas.json").get_json()
    assert answer["features"] == []
    assert answer["totals"] == {"concerns": 0, "walks": 0, "km": 0, "minutes": 0, "outside": 0}
    assert answer["selection"]["edition"] is None
    page = analyst.get("/planning/").get_data(as_text=True)
    assert "No ward boundaries have been imported yet" in page
    assert analyst.get("/planning/data/areas.csv").get_data(as_text=True).count("\r\n") == 1
    assert analyst.get("/planning/data/boundaries.json").get_json()["boroughs"] == []


@pytest.fixture(scope="module")
def awkward(opened) -> None:  # noqa: ARG001 (the database has to be open)
    shapes = []
    for number, name in enumerate(NAMES, start=1):
        bng = MultiPolygon([box(530_000 + 1000 * number, 175_000, 531_000 + 1000 * number, 176_000)])
        shapes.append(WardShape(number, f"E0600000{number}", name, None, None, geometry_to_wgs84(bng), bng))
    with db.writing() as session:
        wards.import_edition(
            session, wards.NewEdition("awkward", tuple(shapes), attribution="<b>&"), by="tests"
        )


@pytest.mark.usefixtures("awkward")
def test_a_spreadsheet_meets_names_as_text(signed_in):
    lines = signed_in("analyst").get("/planning/data/areas.csv").get_data(as_text=True)
    assert "\r\nE06000001,'=HYPERLINK(1),," in lines
    assert "\r\nE06000005,'+1,," in lines
    assert "\r\nE06000006,'@x,," in lines
    assert "\r\nE06000007,'-2,," in lines
    assert '\r\nE06000004,"""quoted"", with\ncomma",,' in lines


@pytest.mark.usefixtures("awkward")
def test_names_are_text_in_pages_and_whole_in_data(signed_in):
    analyst = signed_in("analyst")
    page = analyst.get("/planning/").get_data(as_text=True)
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "Ward boundaries: &lt;b&gt;&amp;" in page
    ward = analyst.get("/planning/wards/E06000002").get_data(as_text=True)
    assert "<img src=x" not in ward
    names = [
        each["properties"]["name"] for each in analyst.get("/planning/data/areas.json").get_json()["features"]
    ]
    assert names == NAMES


@pytest.mark.usefixtures("awkward")
def test_an_edition_is_chosen_by_its_name(signed_in):
    analyst = signed_in("analyst")
    assert (
        analyst.get("/planning/data/areas.json?edition=awkward").get_json()["selection"]["edition"]
        == "awkward"
    )
    assert analyst.get("/planning/?edition=none", headers={"Accept": "text/html"}).status_code == 400
