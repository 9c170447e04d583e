"""The page that holds two periods against each other: two maps, one scale, and the changes in words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from flask import render_template
from markupsafe import Markup
from sqlalchemy import Connection

from geoapp.errors import Malformed
from geoapp.maps import AddressOf, MapParts, empty_map
from geoapp.planning import compare_words, sentences
from geoapp.planning.address import selection_query, with_query
from geoapp.planning.charts import RatioBar, ratio_bar
from geoapp.planning.classes import break_words, group_of
from geoapp.planning.compare import Change, Comparison, compare, periods
from geoapp.planning.figures import Answer
from geoapp.planning.filters import Filters, filters
from geoapp.planning.inputs import Asked, View
from geoapp.planning.selection import Chosen, Offered, Reader, choose, last_day, months_before, offered
from geoapp.planning.table import MOST_ROWS
from geoapp.queries.boundaries import frame
from geoapp.queries.ground import ground_sources
from geoapp.words import km

PAGE = "/planning/compare"
# Of ratios, as the breaks of the scale are of the overall rate.
RATIO_BREAKS = (0.6, 0.85, 1.15, 1.45)
_YEAR = 12


@dataclass(frozen=True)
class Side:
    """One of the two periods: its words, what stands out in it, its totals, and where its figures are."""

    title: str
    period: str
    stands_out: str
    totals: str
    fields: Filters
    data: str


@dataclass(frozen=True)
class Row:
    """A ward's rates in both periods and the ratio between them."""

    code: str
    name: str
    borough: str
    href: str
    then: float
    now: float
    ratio: float | None
    bar: RatioBar | None
    clear: bool


@dataclass(frozen=True)
class ComparePage:
    """What stands on the page; without `found` only the form and why it was refused."""

    filters: Filters
    sides: tuple[Side, ...]
    change_only: bool
    refused: str
    headline: str
    lines: tuple[str, ...]
    walking: str
    rows: tuple[Row, ...]
    more: int
    legend_breaks: tuple[str, ...]
    states: tuple[dict[str, str], ...]
    changes: str
    boundaries: str
    bounds: tuple[float, float, float, float] | None
    ground: tuple[str, ...]
    hidden: tuple[tuple[str, str], ...]
    few: int
    attribution: str


def build(
    connection: Connection,
    rest: Asked,
    both: tuple[Asked, Asked] | None,
    reader: Reader,
    *,
    change_only: bool,
) -> ComparePage:
    """Return the page. Without periods: the usual one, and as many months before it."""
    there = offered(connection, reader)
    one, other = both or _usual(connection, rest, reader, there)
    try:
        earlier, later = periods(connection, one, other, reader)
    except Malformed as wrong:
        if [each.field for each in wrong.errors] != ["from2"]:
            raise
        chosen = [choose(connection, replace(each, area="ward"), reader, there) for each in (one, other)]
        return _page(connection, chosen, rest, reader, there, change_only, None, wrong.errors[0].message)
    found = compare(connection, earlier, later, reader.rules)
    return _page(connection, [earlier, later], rest, reader, there, change_only, found, "")


def render(page: ComparePage, *, with_maps: bool = True) -> str:
    """Return the page as HTML; without what draws the maps for a script that has them already."""

    def draw(names: Sequence[str], nonce: str, address_of: AddressOf) -> list[MapParts]:
        if not with_maps:
            return [MapParts(f"map_{name}", Markup(), Markup(), Markup()) for name in names]
        return [
            empty_map(name, page.bounds, nonce=nonce, address_of=address_of, beside_another=i > 0)
            for i, name in enumerate(names)
        ]

    return render_template("planning/compare.html", page=page, draw=draw)


def _usual(connection: Connection, rest: Asked, reader: Reader, there: Offered) -> tuple[Asked, Asked]:
    """Return the two last years that hold data, or the halves of what there is."""
    last = choose(connection, rest, reader, there).selection.last
    first = there.months.first or last
    held = (last.year - first.year) * _YEAR + last.month - first.month + 1
    months = max(1, min(_YEAR, held // 2))
    begin = months_before(last, months - 1)
    earlier = replace(rest, first=months_before(begin, months), last=months_before(begin, 1))
    return earlier, replace(rest, first=begin, last=last)


def _page(  # noqa: PLR0917 (all of it is one reading of the database)
    connection: Connection,
    chosen: Sequence[Chosen],
    rest: Asked,
    reader: Reader,
    there: Offered,
    change_only: bool,
    found: Comparison | None,
    refused: str,
) -> ComparePage:
    later = chosen[1]
    asked = replace(rest, edition=later.edition.name if later.edition else None)
    answers = (found.before, found.after) if found else (None, None)
    sides = tuple(
        _side(title, each, asked, figures, filters(each, rest, View(), there, reader.today))
        for title, each, figures in zip(("Earlier", "Later"), chosen, answers, strict=True)
    )
    form, rules = sides[1].fields, reader.rules
    told = [each for each in found.changes if each.ratio is not None] if found else []
    rows = [_row(each, later, asked) for each in _strongest(told)]
    query = selection_query(later, asked)
    return ComparePage(
        filters=form,
        sides=sides,
        change_only=change_only,
        refused=refused,
        headline=compare_words.headline(told) if found else "",
        lines=tuple(compare_words.lines(found, told, rules)) if found else (),
        walking=compare_words.walking(found) if found else "",
        rows=tuple(rows[:MOST_ROWS]),
        more=max(0, len(rows) - MOST_ROWS),
        legend_breaks=_legend_breaks(found, change_only),
        states=_states(rules.partner_min_walks, change_only),
        changes=_both(chosen, asked),
        boundaries=with_query("/planning/data/boundaries.json", query),
        bounds=frame(connection, later.selection.edition_id, later.selection.boroughs),
        ground=ground_sources(connection),
        hidden=tuple((name, value) for name, value in form.hidden if name != "area"),
        few=rules.partner_min_walks,
        attribution=later.edition.attribution if later.edition else "",
    )


def _side(title: str, chosen: Chosen, asked: Asked, found: Answer | None, form: Filters) -> Side:
    query = selection_query(chosen, asked)
    groups = Counter(group_of(area) for area in found.areas) if found else Counter()
    totals = ""
    if found:
        raised = sentences.plural(
            found.totals.concerns, sentences.thing(chosen, one=True), sentences.thing(chosen)
        )
        walks = sentences.plural(found.totals.walks, "walk", "walks")
        totals = f"{raised}, {walks}, {km(found.totals.km)}"
    return Side(
        title=title,
        period=sentences.period_words(chosen),
        stands_out=f"{groups['higher']} higher, {groups['lower']} lower" if found else "",
        totals=totals,
        fields=form,
        data=with_query("/planning/data/areas.json", query),
    )


def _both(chosen: Sequence[Chosen], asked: Asked) -> str:
    earlier, later = (each.selection for each in chosen)
    query = [pair for pair in selection_query(chosen[1], asked) if pair[0] != "area"]
    return with_query(
        "/planning/data/compare.json",
        query,
        **{
            "from": earlier.first.isoformat(),
            "to": last_day(earlier.last).isoformat(),
            "from2": later.first.isoformat(),
            "to2": last_day(later.last).isoformat(),
        },
    )


def _strongest(told: Sequence[Change]) -> list[Change]:
    """Return changes in order of evidence: the smallest p-value first, never the largest ratio."""

    def evidence(change: Change) -> tuple[float, str]:
        p = change.ratio.p if change.ratio else None
        return (2.0 if p is None else p, change.area.name.casefold())

    return sorted(told, key=evidence)


def _row(change: Change, later: Chosen, asked: Asked) -> Row:
    found, area = change.ratio, change.area
    if found is None:
        raise ValueError("a row is made of a ward that can be compared")
    return Row(
        code=area.code,
        name=area.name,
        borough=area.borough_name or area.borough_code or "",
        href=with_query(f"/planning/wards/{quote(area.code, safe='')}", selection_query(later, asked)),
        then=found.earlier_concerns / found.earlier_km,
        now=found.later_concerns / found.later_km,
        ratio=found.ratio,
        bar=ratio_bar(found, clear=change.clear),
        clear=change.clear,
    )


def _legend_breaks(found: Comparison | None, change_only: bool) -> tuple[str, ...]:
    if change_only:
        first, second, third, fourth = (f"{each:g}" for each in RATIO_BREAKS)
        return (
            f"under {first}",
            f"{first} to {second}",
            f"{second} to {third}",
            f"{third} to {fourth}",
            f"{fourth} +",
        )
    return tuple(break_words(found.after.scale)) if found else ()


def _states(few: int, change_only: bool) -> tuple[dict[str, str], ...]:
    if change_only:
        return (
            {"kind": "not-shown", "text": f"Not shown, fewer than {few} walks in one period"},
            {"kind": "never", "text": "Not walked in both periods"},
            {"kind": "none", "text": "Nothing raised in either"},
        )
    return (
        {"kind": "thin", "text": "Too little walking to say"},
        {"kind": "not-shown", "text": f"Not shown, fewer than {few} walks"},
        {"kind": "never", "text": "Never walked"},
        {"kind": "none", "text": "Walked, nothing raised"},
    )
