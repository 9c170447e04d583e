"""The pages of the planning room as they come from the server, without any script."""

import gzip
import re
from html.parser import HTMLParser

import pytest

from tests.web import planning_world

pytestmark = pytest.mark.usefixtures("world")
PAGE = "/planning/"


@pytest.fixture(scope="module")
def world(squares: str, personas: dict) -> str:
    planning_world.fill(personas["brixton_officer"].email)
    return squares


class _Inline(HTMLParser):
    """Collects what stands inline without a nonce, style attributes, handlers and foreign addresses."""

    def __init__(self, nonce: str) -> None:
        super().__init__()
        self.nonce, self.wrong = nonce, []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag in {"script", "style"} and "src" not in said and said.get("nonce") != self.nonce:
            self.wrong.append((tag, "without the nonce"))
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.wrong.append((tag, name))
            if name in {"src", "href"} and re.match(r"(https?:)?//", value or ""):
                self.wrong.append((tag, value))


def test_everything_inline_carries_the_nonce_and_nothing_is_foreign(signed_in):
    for path in (PAGE, "/planning/wards/E05000001"):
        answer = signed_in("analyst").get(path)
        nonce = re.search(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"]).group(1)
        parser = _Inline(nonce)
        parser.feed(answer.get_data(as_text=True))
        assert parser.wrong == []


def test_the_map_is_folium_and_carries_no_data(signed_in):
    page = signed_in("analyst").get(PAGE).get_data(as_text=True)
    assert 'class="folium-map"' in page
    assert "L.map(" in page
    assert "jquery" not in page.lower()
    assert "bootstrap" not in page.lower()
    assert "coordinates" not in page


def test_the_table_says_what_the_map_says(signed_in):
    page = signed_in("analyst").get(PAGE).get_data(as_text=True)
    assert "There is too little walking to say anything yet" in page
    assert "Too little walking to say" in page
    assert "Walked 2.4\u00a0km, nothing raised" in page
    assert "Never walked; 1 concern without a track" in page
    assert "<strong>5.5 concerns</strong> raised on <strong>9 walks</strong>" in page
    assert "1.5 more lie outside all wards" in page


def test_a_planner_is_told_what_is_not_shown(signed_in):
    page = signed_in("lambeth_planner").get(PAGE).get_data(as_text=True)
    assert "Not shown, fewer than 3 walks" in page
    assert "Ward C" not in page
    assert "1 ward is not shown and not counted here" in page
    other = signed_in("lambeth_planner").get(PAGE + "?borough=E09000028").get_data(as_text=True)
    assert "not one of yours" in other
    assert "Ward C" not in other


def test_the_form_works_without_scripts_and_keeps_what_was_chosen(signed_in):
    query = "?from=2026-01-01&to=2026-02-28&light=dark&factor=lighting&borough="
    page = signed_in("analyst").get(PAGE + query).get_data(as_text=True)
    assert re.search(r'value="dark" checked', page)
    assert re.search(r'<option value="lighting" selected>', page)
    assert "Jan 2026 to Feb 2026" in page
    assert (
        "areas.csv?area=ward&amp;from=2026-01-01&amp;to=2026-02-28&amp;light=dark&amp;factor=lighting" in page
    )


@pytest.mark.parametrize(
    ("sort", "first"), [("name", "Ward A"), ("-name", "Ward B"), ("km", "Ward B"), ("-km", "Ward A")]
)
def test_rows_can_be_sorted_within_their_group(signed_in, sort, first):
    page = signed_in("analyst").get(f"{PAGE}?sort={sort}").get_data(as_text=True)
    group = page.split('id="g-thin"')[1]
    assert re.search(r"<th scope=\"row\"><a[^>]*>([^<]+)<", group).group(1) == first


def test_the_page_stays_small(signed_in):
    body = signed_in("analyst").get(PAGE).get_data()
    assert len(gzip.compress(body)) < 60_000


def test_a_ward_says_its_verdict_light_and_quarters(signed_in):
    page = signed_in("analyst").get("/planning/wards/E05000001").get_data(as_text=True)
    assert "Too little walking to say" in page
    # 10 expected are wanted: 7.75 more at 4.5 on 6.6 km; a walk here is 0.66 km.
    assert "11.4\u00a0km more, about 18 walks, would do" in page
    rows = [re.sub(r"<[^>]+>|\s+", " ", row).split() for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)]
    assert ["Dark", "1.1", "3.5", "3.3"] in rows
    # chi-square of 7 and 9 degrees at 2.5 and 97.5 %: 1.690 and 19.023, halved, on 3.3 km.
    assert ["Jan", "to", "Feb", "2026", "3.5", "5", "3.3", "1.06", "0.26", "to", "2.88"] in rows
    assert ["Day", "Never", "walked", "0", "0"] in rows


def test_a_ward_of_another_borough_or_none_is_not_there(signed_in):
    planner = signed_in("lambeth_planner")
    for code in ("E05000003", "E05999999", "..%2F", "%00"):
        assert planner.get(f"/planning/wards/{code}").status_code == 404
    withheld = planner.get("/planning/wards/E05000002").get_data(as_text=True)
    assert "too few walks to be shown" in withheld
    assert withheld.count("Not shown") > 2


def test_a_stranger_is_sent_to_sign_in_and_brought_back(client):
    answer = client.get("/planning/?light=dark", headers={"Accept": "text/html"})
    assert answer.status_code == 302
    assert answer.location == "/login?next=/planning/?light%3Ddark"


def test_hexagons_are_counted_by_verdict_and_only_what_stands_out_is_listed(signed_in):
    page = signed_in("analyst").get(PAGE + "?area=hex200").get_data(as_text=True)
    groups = re.findall(r'id="g-(\w+)".*?</tbody>', page, re.DOTALL)
    assert {"thin", "none"} <= set(groups)
    assert 'data-code="hex200' not in page, "none of them is clear of chance"
    assert re.search(r"\d+ hexagons: on the map and in the download", page)


def test_the_caption_of_a_surface_is_of_the_cells_it_is_made_from(signed_in):
    planner = signed_in("lambeth_planner")
    wards = planner.get(PAGE).get_data(as_text=True)
    surface = planner.get(PAGE + "?layer=surface").get_data(as_text=True)
    cells = planner.get("/planning/data/areas.json?area=hex200").get_json()
    assert "<strong>3.5 concerns</strong>" in wards
    assert cells["totals"]["concerns"] == 0, "no three walks raised anything in one cell"
    assert "<strong>0 concerns</strong>" in surface
    assert f"<strong>{cells['totals']['walks']} walks</strong>" in surface


def test_links_are_offered_only_to_what_is_served(signed_in, app):
    page = signed_in("analyst").get(PAGE).get_data(as_text=True)
    assert "/planning/data/areas.gpkg?" in page
    served = {rule.rule for rule in app.url_map.iter_rules()}
    assert ("/planning/picture.png" in page) == ("/planning/picture.png" in served)


def test_a_layer_that_is_not_there_is_refused_in_words(signed_in):
    assert signed_in("analyst").get(PAGE + "?layer=roads").status_code == 400
