"""The public map before the first release: it explains, and tells nothing."""

import pytest
from sqlalchemy import text

from geoapp import db
from tests.web import planning_world

FIELDS = [
    "ward_code", "ward_name", "borough_code", "edition", "release", "version", "period_start", "period_end",
    "concerns", "walks", "km", "suppressed",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def world(squares, personas):  # noqa: ARG001 (the wards have to be there)
    planning_world.fill(personas["brixton_officer"].email)


def test_anybody_reads_what_will_be_there(client):
    page = client.get("/map").get_data(as_text=True)
    assert "What women said, and what changed" in page
    assert "None published yet" in page
    assert "no place smaller than a ward is shown" in page
    assert "Not shown: fewer than 8 concerns or 3 walks" in page
    assert 'href="/privacy"' in page
    assert 'aria-label="The 4 wards of Lambeth and Southwark. No figures are published yet."' in page


def test_what_was_raised_and_walked_changes_nothing_on_it(client, personas):
    before = client.get("/map")
    planning_world.fill(personas["brixton_officer"].email)
    after = client.get("/map")
    strip = lambda answer: [line for line in answer.text.splitlines() if "nonce" not in line]  # noqa: E731
    assert strip(before) == strip(after)


def test_data_are_empty_and_well_formed(client):
    answer = client.get("/map/data.json")
    assert answer.status_code == 200
    assert answer.mimetype == "application/geo+json"
    found = answer.get_json(force=True)
    assert found == {
        "type": "FeatureCollection", "fields": FIELDS, "releases": [], "release": None, "features": [],
    }  # fmt: skip


def test_nothing_can_be_filtered_and_no_release_is_there(client):
    for address in ("/map/data.json?concerns=3", "/map?ward=E05000001", "/map/data.json?light=dark"):
        answer = client.get(address, headers={"Accept": "application/json"})
        assert answer.status_code == 400, address
        assert answer.get_json(force=True)["errors"][0]["field"] == address.split("?")[1].split("=")[0]
    assert client.get("/map/data.json?release=2025-2").status_code == 404
    assert client.post("/map").status_code == 405


def test_ward_lines_keep_shared_lines_and_say_the_length_of_the_bar(client):
    page = client.get("/map").get_data(as_text=True)
    wards = page.split('class="public-map__wards" d="')[1].split('"')[0]
    rings = [set(ring.strip("MZ").split("L")) for ring in wards.split("Z") if ring]
    assert len(rings) == 4
    corners = set().union(*rings)
    assert len(corners) == 9, "four squares share their corners"
    xs = sorted({float(each.split()[0]) for each in corners})
    # 2 km fill 408 of 440 px: a kilometre is 204, so that the bar of at most 106.7 px is 500 m = 102 px.
    assert xs[2] - xs[0] == pytest.approx(408)
    assert "500 m" in page
    assert "h102.0v-6" in page
    with db.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM area WHERE kind = 'ward'")).scalar_one() == 4
