"""Figures of wards before anything was released: the collection is there, and nothing is in it."""

import pytest
from flask.testing import FlaskClient

from tests.web.feed_public_world import FIGURES
from tests.web.feed_world import build

pytestmark = pytest.mark.usefixtures("squares")
FORMATS = ["html", "json", "geojson", "geojsonseq", "jsonfg", "csv", "fgb", "gpkg", "parquet"]


def test_there_is_nothing_however_much_was_raised(client: FlaskClient, personas: dict) -> None:
    build(client, personas["brixton_officer"].bearer)
    answer = client.get(FIGURES).get_json()
    assert (answer["features"], answer["numberMatched"], answer["numberReturned"]) == ([], 0, 0)
    described = client.get("/feed/collections/ward_figures").get_json()
    assert "empty until the first release" in described["description"]
    assert "extent" not in described
    for query in ("suppressed=true", "filter=concerns > 0", "sortby=-concerns", "bbox=-1,51,1,52"):
        assert client.get(f"{FIGURES}?{query}").get_json()["features"] == []


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_there_and_empty(client: FlaskClient, form: str) -> None:
    answer = client.get(f"{FIGURES}?f={form}")
    assert answer.status_code == 200
    assert b"E05000001" not in answer.data


def test_the_schema_says_what_a_release_will_hold(client: FlaskClient) -> None:
    said = client.get("/feed/collections/ward_figures/schema").get_json()["properties"]
    roles = {each.get("x-ogc-role"): name for name, each in said.items() if "x-ogc-role" in each}
    assert roles == {
        "id": "id",
        "primary-interval-start": "period_start",
        "primary-interval-end": "period_end",
        "primary-geometry": "geometry",
    }
    assert said["concerns"]["type"] == ["number", "null"]
    asked = client.get("/feed/collections/ward_figures/queryables").get_json()["properties"]
    assert set(said) - set(asked) == set()


def test_the_page_says_why_and_only_where_nothing_narrows(client: FlaskClient) -> None:
    why = "There is none yet."
    assert why in client.get(f"{FIGURES}?f=html").get_data(as_text=True)
    assert why not in client.get(f"{FIGURES}?f=html&suppressed=true").get_data(as_text=True)
