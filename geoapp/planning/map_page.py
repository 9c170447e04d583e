"""The page with the map: everything its template needs, worked out once."""

from collections import Counter
from dataclasses import dataclass, replace

from flask import current_app, render_template
from sqlalchemy import Connection

from geoapp.access import Permission
from geoapp.config import Rules, Settings
from geoapp.maps import AddressOf, MapParts, empty_map
from geoapp.planning import sentences
from geoapp.planning.address import PAGE, selection_query, view_query, with_query
from geoapp.planning.classes import break_words, group_of
from geoapp.planning.downloads import downloads
from geoapp.planning.figures import Answer, answer
from geoapp.planning.filters import Filters, Link, filters, grounds
from geoapp.planning.inputs import Asked, View
from geoapp.planning.selection import Chosen, Offered, Reader, choose, last_day, offered
from geoapp.planning.table import AREAS_IN_PAGE, Table, Texts, table
from geoapp.queries.boundaries import frame
from geoapp.queries.ground import ground_sources
from geoapp.words import number

_COLUMNS = (("name", "Ward", False), ("rate", "", True), ("km", "km", True))


@dataclass(frozen=True)
class Caption:
    """The strip that states what the figures are."""

    concerns: str
    walks: str
    km_walked: float
    rest: str
    left: str


@dataclass(frozen=True)
class SortLink:
    """A column's heading, the address that sorts by it, and how it is sorted now."""

    text: str
    href: str
    figure: bool
    state: str


@dataclass(frozen=True)
class MapPage:
    """What stands on the page. Addresses of data carry the whole selection."""

    chosen: Chosen
    found: Answer
    view: View
    filters: Filters
    headline: str
    under: str
    not_yours: str
    nothing: Link | None
    legend_title: str
    legend_breaks: tuple[str, ...]
    states: tuple[dict[str, str], ...]
    table: Table
    columns: tuple[SortLink, ...]
    rows_apart: bool
    every_row: str
    caption: Caption
    other_kind: Link
    data: str
    surface: str
    downloads: tuple[dict[str, str], ...]
    boundaries: str
    picture: str
    bounds: tuple[float, float, float, float] | None
    ground: tuple[str, ...]
    attribution: str
    method: dict[str, str]
    points: bool


def build(connection: Connection, asked: Asked, view: View, reader: Reader) -> MapPage:
    """Return the page of a selection, all of one snapshot."""
    rules = reader.rules
    there = offered(connection, reader)
    chosen = choose(connection, asked, reader, there)
    found = answer(connection, chosen, rules, outlines=False)
    few = rules.partner_min_walks
    selection = selection_query(chosen, asked)
    query = selection + view_query(view)
    data = with_query("/planning/data/areas.json", selection)
    # The surface is made from cells of 200 m: what is said under the map has to be of those.
    drawn = _cells(connection, chosen, rules) if view.surface else (found, chosen)
    texts = Texts(few, lambda code: with_query(f"/planning/wards/{code}", selection))
    rows = table(found, view, texts)
    ground = ground_sources(connection)
    return MapPage(
        chosen=chosen,
        found=found,
        view=view,
        filters=filters(chosen, asked, view, there, reader.today, streets=bool(ground)),
        headline=sentences.headline(found, chosen),
        under=sentences.under_headline(found, chosen),
        not_yours=_not_yours(chosen),
        nothing=_nothing(found, chosen, query),
        legend_title=_legend_title(chosen, view),
        legend_breaks=tuple(break_words(found.scale)),
        states=_states(found, few, view),
        table=rows,
        columns=_columns(view, query, rows),
        rows_apart=len(found.areas) > AREAS_IN_PAGE and not view.every_row,
        every_row=with_query(PAGE, query, rows="all"),
        caption=_caption(*drawn, there, rules, view),
        other_kind=_other_kind(chosen, query),
        data=data,
        surface=with_query("/planning/data/surface.png", selection),
        downloads=downloads(selection, view_query(view)),
        boundaries=with_query("/planning/data/boundaries.json", selection),
        picture=with_query("/planning/picture.png", selection + view_query(view)),
        bounds=frame(connection, chosen.selection.edition_id, chosen.selection.boroughs),
        ground=ground,
        attribution=chosen.edition.attribution if chosen.edition else "",
        method=_method(found, chosen, rules),
        points=reader.person.may(Permission.READ_SHARED),
    )


def render_side(page: MapPage) -> str:
    """Return the words and the table beside the map, for a script that has the rest."""
    return render_template("planning/side.html", page=page, rows_here=True)


def render(page: MapPage, *, with_map: bool = True) -> str:
    """Return the page as HTML; for a script that has the map already without it, and with the table."""

    def draw(nonce: str, address_of: AddressOf) -> MapParts:
        return empty_map("wards", page.bounds, nonce=nonce, address_of=address_of)

    settings: Settings = current_app.config["SETTINGS"]
    offered_grounds = grounds(page.view) if settings.tile_source else ()
    return render_template(
        "planning/map.html",
        page=page,
        rows_here=not (with_map and page.rows_apart),
        draw=draw if with_map else None,
        grounds=offered_grounds,
        settings=settings,
    )


def _not_yours(chosen: Chosen) -> str:
    count = len(chosen.left_out)
    if not count:
        return ""
    return (
        "The link names a borough that is not one of yours. What is yours of it is shown."
        if count == 1
        else f"The link names {count} boroughs that are not yours. What is yours of it is shown."
    )


def _nothing(found: Answer, chosen: Chosen, query: list[tuple[str, str]]) -> Link | None:
    """Return the next step where there is nothing to see, or None."""
    if chosen.selection.edition_id is None:
        return Link("", "No ward boundaries have been imported yet. An administrator can do that.")
    if not found.areas:
        return Link(with_query(PAGE, query, borough=None), "Show all boroughs that you may see.")
    if found.totals.walks == 0 and not any(group_of(area) == "not_shown" for area in found.areas):
        return Link("#filters", "Choose another period.")
    return None


def _cells(connection: Connection, chosen: Chosen, rules: Rules) -> tuple[Answer, Chosen]:
    of_cells = replace(chosen, selection=replace(chosen.selection, area="hex200"))
    return answer(connection, of_cells, rules, outlines=False), of_cells


def _legend_title(chosen: Chosen, view: View) -> str:
    what = "Places that work well" if chosen.selection.kind == "positive" else "Concerns"
    if view.surface:
        return f"{what} per km walked, as a surface"
    if view.drawn:
        return {
            "streets": f"{what} per km walked, smoothed, in the hexagon around each street",
            "concerns": f"{what} in each hexagon, counted, not corrected for walking",
            "walked": "Kilometres walked in each hexagon",
        }[view.drawn]
    return {
        "eb": f"{what} per km walked, smoothed",
        "rate": f"{what} per km walked, not smoothed",
        "count": f"{what}, counted, not corrected for walking",
    }[view.measure]


def _states(found: Answer, few: int, view: View) -> tuple[dict[str, str], ...]:
    if view.drawn:
        return _states_of_cells(few, view)
    count = Counter(group_of(area) for area in found.areas)
    nothing = sum(1 for area in found.areas if area.concerns == 0 and area.km)
    return (
        {
            "kind": "thin",
            "text": "Too little walking to say" + ("" if view.surface else f" ({number(count['thin'])})"),
        },
        {"kind": "not-shown", "text": f"Not shown, fewer than {few} walks ({number(count['not_shown'])})"},
        {"kind": "never", "text": f"Never walked ({number(count['never'])})"},
        {"kind": "none", "text": f"Walked, nothing raised ({number(nothing)})"},
    )


def _states_of_cells(few: int, view: View) -> tuple[dict[str, str], ...]:
    """Return the states of hexagons without their numbers, which depend on the size that is drawn."""
    not_shown = {"kind": "not-shown", "text": f"Not shown, fewer than {few} walks"}
    nothing = {"kind": "none", "text": "Walked, nothing raised"}
    if view.drawn == "streets":
        return (
            {"kind": "thin", "text": "Too little walking to say (dashed)"},
            {"kind": "never", "text": f"Never walked, or fewer than {few} walks (dotted)"},
            nothing,
        )
    return (not_shown, nothing) if view.drawn == "concerns" else (not_shown,)


def _columns(view: View, query: list[tuple[str, str]], rows: Table) -> tuple[SortLink, ...]:
    made = []
    for name, text, figure in _COLUMNS:
        sorted_by = view.sort == name
        downwards = figure if not sorted_by else not view.descending
        state = "none" if not sorted_by else ("descending" if view.descending else "ascending")
        href = with_query(PAGE, query, sort=("-" if downwards else "") + name)
        title = "Hexagon" if name == "name" and not rows.of_wards else text
        made.append(SortLink(title or rows.value_title, href, figure, state))
    return tuple(made)


def _caption(found: Answer, chosen: Chosen, there: Offered, rules: Rules, view: View) -> Caption:
    totals = found.totals
    return Caption(
        concerns=sentences.plural(
            totals.concerns, sentences.thing(chosen, one=True), sentences.thing(chosen)
        ),
        walks=sentences.plural(totals.walks, "walk", "walks"),
        km_walked=totals.km,
        rest=(
            f"{sentences.days_words(chosen)}, {sentences.light_words(chosen)}"
            f"{sentences.filter_words(chosen, there)}."
            f" {_method_words(view, rules)}"
        ),
        left=sentences.left_words(found, chosen),
    )


def _method_words(view: View, rules: Rules) -> str:
    if view.surface:
        return sentences.surface_words()
    return sentences.drawn_words(view.drawn) if view.drawn else sentences.method_words(rules)


def _other_kind(chosen: Chosen, query: list[tuple[str, str]]) -> Link:
    if chosen.selection.kind == "positive":
        return Link(with_query(PAGE, query, kind=None), "Show concerns")
    return Link(with_query(PAGE, query, kind="positive"), "Show what works well")


def _method(found: Answer, chosen: Chosen, rules: Rules) -> dict[str, str]:
    reference = found.scale.reference
    return {
        "fdr": f"{rules.false_discovery * 100:g}%",
        "enough": f"{rules.enough_expected:g}",
        "few": str(rules.partner_min_walks),
        "edition": chosen.edition.name if chosen.edition else "",
        "reference": f"{reference.first:%B %Y} to {last_day(reference.last):%B %Y}",
        "breaks": ", ".join(f"{each:g}" for each in found.scale.breaks),
    }
