"""The picture of the map and the briefing of a ward: the figures of the data, and nothing else slips out."""

import ctypes
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
import shapely
from flask.testing import FlaskClient
from PIL import Image
from scipy.stats import chi2
from shapely import MultiPolygon, box

from geoapp import db
from geoapp.actions import wards
from geoapp.model.concern import Concern, StatusEvent
from geoapp.planning.prints import palette, paper
from spatial.crs import geometry_to_wgs84
from spatial.wards import WardShape
from tests.web import planning_world
from tests.web.planning_world import EVENING, NOON

pytestmark = pytest.mark.usefixtures("season")
A, B, C = "E05000001", "E05000002", "E05000003"
YEAR_BEFORE = datetime(2025, 2, 11, 19, 30, tzinfo=UTC)
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "`${alert(1)}`",
    '"quoted" & </text><script>',
    "Öß\N{EN DASH} x" + "x" * 70,
]
QUERY = "?edition=squares&from=2025-03-01&to=2026-02-28"


def walked(by: object, easting: float, at: datetime, raised: int) -> list:
    """Walk 800 m through a square and raise concerns on the way."""
    line = [(easting + 100, 175_500.0), (easting + 900, 175_500.0)]
    walk = planning_world.walk(by, line, at)
    places = [shapely.Point(easting + 150 + 60 * i, 175_500) for i in range(raised)]
    return [
        planning_world.concern(
            by, place, walk_id=walk, at=at, factors=("lighting",) if i % 2 else ("followed",)
        )
        for i, place in enumerate(places)
    ]


@pytest.fixture(scope="module")
def season(squares: str, personas: dict) -> str:
    """Six walks in each of two wards, the same the year before, and three answers, one with an address.

    A: eight concerns each, three walks by day; B: one each, two walks by day. The year before: four and one.
    """
    by = planning_world.person(personas["brixton_officer"].email)
    made = [walked(by, 530_000, at, 8) for at in (EVENING, NOON) * 3]
    made += [walked(by, 531_000, at, 1) for at in (EVENING, EVENING, NOON) * 2]
    for _ in range(6):
        walked(by, 530_000, YEAR_BEFORE, 4)
        walked(by, 531_000, YEAR_BEFORE, 1)
    answers = [
        ("done", "Lamps repaired <b>&</b> `${x}`."),
        ("in_hand", "Work is planned."),
        ("no_action", "Nothing to be done on Mill Lane."),
    ]
    with db.writing() as session:
        for concern, (status, wording) in zip(made[0], answers, strict=False):
            session.get_one(Concern, concern).status = status
            happened = datetime(2026, 2, 20, 12, tzinfo=UTC)
            step = StatusEvent(
                concern_id=concern,
                status=status,
                public_wording=wording,
                happened_at=happened,
                reason="Private land." if status == "no_action" else None,
            )
            session.add(step)
    shapes = []
    for number, name in enumerate(HOSTILE, start=1):
        bng = MultiPolygon([box(540_000 + 1000 * number, 175_000, 541_000 + 1000 * number, 176_000)])
        shapes.append(WardShape(number, f"E0600000{number}", name, None, None, geometry_to_wgs84(bng), bng))
    with db.writing() as session:
        wards.import_edition(
            session, wards.NewEdition("awkward", tuple(shapes), attribution="<b>&"), by="tests"
        )
    return squares


@pytest.fixture
def asked(client: FlaskClient, personas: dict) -> Callable[..., bytes]:
    def ask(address: str, who: str = "lambeth_planner") -> bytes:
        answer = client.get(address, headers=personas[who].bearer)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.data

    return ask


def sheets(body: bytes) -> list[str]:
    """Return the text of each page of a PDF, white space made one space."""
    opened = pypdfium2.PdfDocument(body)
    texts = [" ".join(page.get_textpage().get_text_bounded().split()) for page in opened]
    opened.close()
    return texts


def briefing(
    asked: Callable[..., bytes], code: str, more: str = "", who: str = "lambeth_planner"
) -> list[str]:
    return sheets(asked(f"/planning/briefing/{code}.pdf{QUERY}{more}", who))


def picture(asked: Callable[..., bytes], more: str = "", who: str = "lambeth_planner") -> Image.Image:
    return Image.open(io.BytesIO(asked(f"/planning/picture.png{QUERY}{more}", who)))


def figures(asked: Callable[..., bytes], more: str = "", who: str = "lambeth_planner") -> dict:
    return json.loads(asked(f"/planning/data/areas.json{QUERY}{more}", who))


def of(answer: dict, code: str) -> dict:
    return next(each["properties"] for each in answer["features"] if each["properties"]["code"] == code)


@pytest.mark.parametrize("who", ["lambeth_planner", "analyst"])
@pytest.mark.parametrize("more", ["", "&light=dark", "&factor=lighting", "&kind=positive"])
def test_a_picture_carries_the_figures_of_the_data(asked, more, who):
    data, drawn = figures(asked, more, who), picture(asked, more, who)
    held = json.loads(drawn.text["Lamplight"])
    assert held["areas"] == [each["properties"] for each in data["features"]]
    assert {name: held[name] for name in ("method", "version", "selection", "totals")} == {
        name: data[name] for name in ("method", "version", "selection", "totals")
    }
    totals = data["totals"]
    said = drawn.text["Description"]
    assert f"raised on {totals['walks']} walk" in said
    assert f"{totals['km']:.1f} km walked" in said
    assert re.search(rf"(?<![\d.]){totals['concerns']:.0f} (concern|place)", said)
    assert "1 March 2025 to 28 February 2026" in said


def test_a_picture_shows_clear_differences_in_their_colours(asked):
    drawn = picture(asked).convert("RGB")
    # The whole sheet is drawn at two pixels for each of 1200; each square has a hundred thousand and more.
    assert drawn.width == 2400
    colours = {colour: count for count, colour in drawn.getcolors(drawn.width * drawn.height)}
    higher, lower = (tuple(bytes.fromhex(palette.FILLS[name][1:])) for name in ("clear-5", "clear-1"))
    assert colours[higher] > 100_000
    assert colours[lower] > 100_000


def test_a_picture_tells_a_planner_what_is_withheld_and_nothing_of_it(asked):
    drawn = picture(asked, "&light=day")
    assert "1 ward is not shown and not counted here." in drawn.text["Description"]
    b = next(each for each in json.loads(drawn.text["Lamplight"])["areas"] if each["code"] == B)
    assert (b["verdict"], b["reason"], b["concerns"], b["km"]) == ("suppressed", "suppressed", None, None)
    assert C not in drawn.text["Lamplight"]


@pytest.mark.parametrize(
    "more", ["&area=hex200", "&area=hex500&measure=rate", "&measure=count", "&light=twilight"]
)
def test_every_view_can_be_a_picture(asked, more):
    drawn = picture(asked, more, "analyst")
    assert drawn.width == 2400
    assert 1000 < drawn.height < 3200


def test_a_period_without_walks_is_a_picture_that_says_so(asked):
    body = asked("/planning/picture.png?edition=squares&from=2020-01-01&to=2020-12-31")
    assert Image.open(io.BytesIO(body)).text["Title"] == "No walks in this period"


def test_boroughs_of_others_alone_are_a_picture_without_wards(asked):
    drawn = picture(asked, "&borough=E09000028")
    assert json.loads(drawn.text["Lamplight"])["areas"] == []
    assert drawn.text["Title"] == "There is nothing to show here"


def test_a_print_is_kept_while_it_stands_and_for_nobody_else(client, personas):
    for address in (f"/planning/picture.png{QUERY}", f"/planning/briefing/{A}.pdf{QUERY}"):
        first = client.get(address, headers=personas["lambeth_planner"].bearer)
        tag = first.headers["ETag"]
        assert first.headers["Cache-Control"] == "private, no-cache"
        again = client.get(address, headers=personas["lambeth_planner"].bearer | {"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")
        other = client.get(address, headers=personas["analyst"].bearer)
        assert other.headers["ETag"] != tag


def test_the_briefing_has_the_figures_of_the_data(asked):
    first, second = briefing(asked, A)
    data = figures(asked)
    a, b = of(data, A), of(data, B)
    # By hand: 48 concerns on 6 walks of 800 m; both wards together 54 on 9.6 km.
    assert (a["concerns"], a["walks"], a["km"]) == (48, 6, pytest.approx(4.8, abs=1e-3))
    overall = 54 / 9.6
    assert "Higher than expected Women raised 48 concerns on 6 walks (4.8 km)." in first
    assert f"we would expect about {a['expected']:.0f}: {a['rate'] / overall:.1f} times the rate" in first
    assert f"{a['eb_rate']:.2f} smoothed, per km walked" in first
    low, high = chi2.ppf([0.025, 0.975], [96, 98]) / 2 / 4.8
    assert f"Raw {a['rate']:.2f} ({low:.2f} to {high:.2f})" in first
    assert (
        f"Ward B 6 6 4.8 {b['rate']:.2f} {b['rate_low']:.2f} to {b['rate_high']:.2f} Lower than expected"
        in second
    )
    quarter = of(
        json.loads(asked("/planning/data/areas.json?edition=squares&from=2026-01-01&to=2026-02-28")), A
    )
    assert f"Jan to Feb 2026 48 6 4.8 {quarter['rate']:.2f} {quarter['rate_low']:.2f} to" in second


def test_light_and_factors_are_the_data_narrowed_to_each(asked):
    first, _ = briefing(asked, A)
    for light, name in (("day", "Day"), ("dark", "Dark")):
        narrowed = figures(asked, f"&light={light}")
        a = of(narrowed, A)
        line = f"{name} {a['concerns']:.0f} {a['km']:.1f} {a['rate']:.2f} {a['rate_low']:.1f} to"
        assert f"{line} {a['rate_high']:.1f} {narrowed['method']['overall_rate']:.2f}" in first
    lighting = of(figures(asked, "&factor=lighting"), A)
    assert lighting["concerns"] == 24
    assert re.search(r"Lighting 50%", first)
    assert "Share of 48 concerns on 4.8 km" in first


def test_the_year_before_is_compared_by_the_ratio_of_the_data(asked):
    first, _ = briefing(asked, A)
    address = "/planning/data/compare.json?edition=squares&from=2024-03-01&to=2025-02-28"
    data = json.loads(asked(f"{address}&from2=2025-03-01&to2=2026-02-28"))
    assert json.dumps(data).count(A) >= 1
    # 24 on 4.8 km, then 48 on 4.8 km: twice as many.
    assert "From 5.00 per km (4.8 km walked, 1 March 2024 to 28 February 2025) to 10.00 per km" in first
    assert "Rate ratio 2.00 (1.20 to 3.41): a real rise is very likely." in first


def test_a_withheld_ward_has_a_reason_and_no_figure(asked):
    first, second = briefing(asked, B, "&light=day")
    assert (
        "Not shown The figures would be about too few walks to be shown. At least 3 walks are needed."
        in first
    )
    assert "smoothed, per km" not in first
    assert "The ward's figures: they would be about fewer than 3 walks." in second
    assert "2 walks" not in first + second
    assert not re.search(r"Jan to Feb 2026 \d", second)


def test_no_light_is_left_to_be_worked_out_from_the_others(asked):
    first, _ = briefing(asked, B)
    assert "Day Not shown" in first
    assert "Dark Not shown" in first


def test_a_long_period_is_two_pages_too(asked):
    pages = sheets(asked(f"/planning/briefing/{A}.pdf?edition=squares&from=2018-01-01&to=2026-02-28"))
    assert len(pages) == 2
    assert "Jan to Feb 2026 48 6 4.8" in pages[1]
    assert "72 concerns on 12 walks (9.6 km)" in pages[0]


def test_answers_are_text_and_an_address_that_few_spoke_of_is_not_printed(asked):
    first, second = briefing(asked, A)
    assert "Done" in first
    assert "Lamps repaired <b>&</b> `${x}`." in first
    assert "Work is planned." in first
    assert "Mill Lane" not in first + second
    assert "1 answer under 'You said, we did': it names a place that fewer than 3 walks spoke of" in second


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_names_that_were_made_to_do_harm_are_text(asked, number):
    name = HOSTILE[number - 1]
    pages = sheets(asked(f"/planning/briefing/E0600000{number}.pdf?edition=awkward", "analyst"))
    assert name.replace(" ", "") in pages[0].replace(" ", "")
    assert len(pages) == 2
    drawn = Image.open(io.BytesIO(asked("/planning/picture.png?edition=awkward", "analyst")))
    assert json.loads(drawn.text["Lamplight"])["areas"][number - 1]["name"] == name


def test_the_briefing_is_two_tagged_pages_with_a_title_and_a_language(asked):
    body = asked(f"/planning/briefing/{A}.pdf{QUERY}")
    opened = pypdfium2.PdfDocument(body)
    assert len(opened) == 2
    assert pdfium.FPDFCatalog_IsTagged(opened)
    assert opened.get_metadata_dict()["Title"] == "Ward A: ward briefing \N{EN DASH} Lamplight"
    width, height = opened[0].get_size()
    assert (width / 72 * 25.4, height / 72 * 25.4) == (
        pytest.approx(210, abs=0.5),
        pytest.approx(297, abs=0.5),
    )
    room = ctypes.create_string_buffer(64)
    size = pdfium.FPDFCatalog_GetLanguage(opened, ctypes.cast(room, ctypes.POINTER(ctypes.c_ushort)), 64)
    assert room.raw[:size].decode("utf-16-le").rstrip("\0") == "en-GB"
    opened.close()


@pytest.mark.parametrize(
    ("who", "code", "status"),
    [
        ("southwark_planner", A, 404),
        ("lambeth_planner", C, 404),
        ("lambeth_planner", "E05999999", 404),
        ("administrator", A, 403),
        ("analyst", C, 200),
    ],
)
def test_others_wards_are_not_there(client, personas, who, code, status):
    answer = client.get(f"/planning/briefing/{code}.pdf{QUERY}", headers=personas[who].bearer)
    assert answer.status_code == status


def test_nobody_prints_without_signing_in(client):
    for address in ("/planning/picture.png", f"/planning/briefing/{A}.pdf"):
        assert client.get(address, headers={"Accept": "application/json"}).status_code == 401


def test_what_an_address_says_wrongly_is_refused(client, personas):
    for address in (f"/planning/briefing/{A}.pdf?from=yesterday", "/planning/picture.png?zoom=3"):
        assert client.get(address, headers=personas["analyst"].bearer).status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/x.css",
        "https://example.org/font.woff2",
        "file:///etc/passwd",
        f"{paper.STATIC.as_uri()}/../pyproject.toml",
        f"{paper.STATIC.as_uri()}/css/../../README.md",
        f"{paper.STATIC.as_uri()}/%2e%2e/secret.css",
        f"file://elsewhere{paper.STATIC}/css/briefing.css",
        "ftp://127.0.0.1/x.css",
    ],
)
def test_a_print_fetches_nothing_but_its_own_files(address):
    with pytest.raises(ValueError, match="files of this service"):
        paper.OwnFiles().fetch(address)


def test_a_print_has_its_own_style(asked):
    assert paper.OwnFiles().fetch(f"{paper.STATIC.as_uri()}/css/briefing.css").read().startswith(b"/* Prints")
    opened = pypdfium2.PdfDocument(asked(f"/planning/briefing/{A}.pdf{QUERY}"))
    fonts = {
        each.get_font().get_base_name()
        for page in opened
        for each in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT])
    }
    opened.close()
    assert fonts
    assert all("Atkinson-Hyperlegible-Next" in font for font in fonts)


def test_colours_are_those_of_the_screen():
    tokens = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", (paper.STATIC / "css/tokens.css").read_text()))
    for name, colour in palette.FILLS.items():
        assert tokens[name.replace("count", "public")] == colour
    held = {
        "ink": palette.INK,
        "ink2": palette.INK2,
        "ink3": palette.INK3,
        "line": palette.LINE,
        "line2": palette.LINE2,
        "land": palette.LAND,
        "neighbour": palette.NEIGHBOUR,
        "neighbour-line": palette.NEIGHBOUR_LINE,
        "water": palette.WATER,
        "borough-line": palette.BOROUGH_LINE,
        "never": palette.NEVER,
        "thin-ground": palette.THIN_GROUND,
        "thin-line": palette.THIN_LINE,
        "not-shown-dot": palette.DOT,
    }
    # The first of each name is the day theme's.
    day = (paper.STATIC / "css/tokens.css").read_text().split("[data-theme")[0]
    first = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", day))
    assert {name: first[name] for name in held} == held
