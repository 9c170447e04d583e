"""Views of the planning room: the map with its table, one ward, and the same figures as data."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, make_response, request

from geoapp.access import Permission, current_person, needs
from geoapp.config import Rules
from geoapp.db import reading
from geoapp.planning import inputs, map_page, outlines, present, present_screen, ward_page
from geoapp.planning.figures import Answer, answer
from geoapp.planning.selection import Chosen, Reader, choose, offered
from geoapp.queries.choices import data_version

bp = Blueprint("planning", __name__, url_prefix="/planning", template_folder="templates")
_LONDON = ZoneInfo("Europe/London")


@bp.get("/")
@needs(Permission.READ_FIGURES)
def index() -> Response:
    """Show the map, and the table of the same figures, which is all there without scripts.

    The page's own script asks for the same address again and leaves out what stays: the map's frame, or
    all but the table, where that is too long to come with the page.
    """
    asked, view = inputs.page(request.args)
    with reading() as connection:
        page = map_page.build(connection, asked, view, reader())
    wanted = request.headers.get("X-Requested-With")
    side = wanted == "fetch-side"
    made = make_response(
        map_page.render_side(page) if side else map_page.render(page, with_map=wanted != "fetch")
    )
    made.vary.add("X-Requested-With")
    return made


@bp.get("/wards/<code>")
@needs(Permission.READ_FIGURES)
def ward(code: str) -> str:
    """Show one ward in words and small tables."""
    asked, changed, months = inputs.ward_page(request.args)
    with reading() as connection:
        page = ward_page.build(connection, code, asked, reader(), changed=changed, months=months)
    return ward_page.render(page)


@bp.get("/data/areas.json")
@needs(Permission.READ_FIGURES)
def areas_json() -> Response:
    """Answer figures and outlines as GeoJSON."""
    return _data("json", "application/geo+json", present.areas_json, outlines=True)


@bp.get("/data/screen.json")
@needs(Permission.READ_FIGURES)
def screen_json() -> Response:
    """Answer what the screen shows of each area, column by column; outlines come by themselves."""
    return _data("screen", "application/json", present_screen.screen_json)


@bp.get("/data/areas.csv")
@needs(Permission.READ_FIGURES)
def areas_csv() -> Response:
    """Answer the same figures as a table."""
    return _data("csv", "text/csv; charset=utf-8", lambda found, _chosen, _rules: present.areas_csv(found))


@bp.get("/data/outlines.json")
@needs(Permission.READ_FIGURES)
def outlines_json() -> Response:
    """Answer the wards of the selection as the screen draws them, without any figure."""
    asked, coarse = inputs.outlines(request.args)
    with reading() as connection:
        body, tag = outlines.wards(connection, asked, reader(), coarse=coarse)
    return tagged(Response(body, content_type="application/json"), tag)


@bp.get("/data/boundaries.json")
@needs(Permission.READ_FIGURES)
def boundaries_json() -> Response:
    """Answer the boroughs around those of the selection, which the map draws as ground."""
    asked = inputs.figures(request.args)
    with reading() as connection:
        body, tag = outlines.around(connection, asked, reader())
    return tagged(Response(body, content_type="application/json"), tag)


def _data(
    told: str, kind: str, write: Callable[[Answer, Chosen, Rules], str], *, outlines: bool = False
) -> Response:
    asked, who = inputs.figures(request.args), reader()
    with reading() as connection:
        chosen = choose(connection, asked, who, offered(connection, who))
        tag = present.etag(data_version(connection), chosen, who.rules, told)
        known = request.if_none_match.contains_weak(tag)
        found = None if known else answer(connection, chosen, who.rules, outlines=outlines)
        body = "" if found is None else write(found, chosen, who.rules)
    made = make_response(body)
    made.content_type = kind
    name = present.file_name(chosen, {"json": "geojson", "screen": "json"}.get(told, told))
    shown = "attachment" if told == "csv" else "inline"
    made.headers["Content-Disposition"] = f'{shown}; filename="{name}"'
    return tagged(made, tag)


def tagged(made: Response, tag: str, *, weak: bool = False) -> Response:
    """Let a browser keep sums of areas, if it asks each time whether they still stand."""
    made.set_etag(tag, weak=weak)
    made.headers["Cache-Control"] = "private, no-cache"
    made.vary.update(["Cookie", "Authorization"])
    made.make_conditional(request)
    return made


def reader() -> Reader:
    """Return who reads, on which day, by which rules."""
    today = datetime.now(UTC).astimezone(_LONDON).date()
    return Reader(current_person(), today, current_app.config["SETTINGS"].rules)
