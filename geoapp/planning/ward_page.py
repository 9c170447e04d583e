"""The page of one ward: what may be said of it, when, in which light, about what, and what came of it."""

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import quote

from flask import render_template
from sqlalchemy import Connection

from geoapp.errors import NotFound
from geoapp.planning import sentences
from geoapp.planning.address import PAGE, selection_query, with_query
from geoapp.planning.charts import QuarterChart, quarter_chart
from geoapp.planning.classes import axis_end, fill_of, group_of
from geoapp.planning.done import Done, days, listed, numbered
from geoapp.planning.downloads import briefing
from geoapp.planning.figures import Answer, AreaFigure, answer
from geoapp.planning.inputs import Asked
from geoapp.planning.intervention import Effect, Intervention, effect
from geoapp.planning.parts import Part, parts, quarters
from geoapp.planning.selection import Chosen, Reader, choose, offered
from geoapp.planning.ward_parts import Factor, LightLine, factors, light_lines
from geoapp.queries.ward import WardConcern, ward_concerns

_MOST_CONCERNS = 12
_STATUS_WORDS = {
    "raised": "Not shared",
    "shared": "Shared",
    "in_hand": "In hand",
    "done": "Done",
    "no_action": "No action",
}


@dataclass(frozen=True)
class WardPage:
    """What stands on the page of a ward."""

    area: AreaFigure
    chosen: Chosen
    found: Answer
    group: str
    verdict: str
    sentence: str
    times: str
    caption: str
    period: str
    told: bool
    few: int
    axis: float
    fill: str
    lights: tuple[LightLine, ...]
    quarters: tuple[Part, ...]
    chart: QuarterChart
    factors: tuple[Factor, ...]
    done: tuple[Done, ...]
    concerns: tuple[WardConcern, ...]
    concerns_in_all: int
    status_words: dict[str, str]
    wanted: Intervention | None
    months: int
    effect: Effect | None
    kept: tuple[tuple[str, str], ...]
    back: str
    hexagons: str
    inset: str
    data: str
    briefing: str | None
    attribution: str


def build(
    connection: Connection,
    code: str,
    asked: Asked,
    reader: Reader,
    *,
    changed: date | None = None,
    months: int = 6,
) -> WardPage:
    """Return the page of a ward; NotFound when it is unknown or in a borough that is not the reader's.

    The ward is compared with all wards that the reader may see, whatever boroughs the address names. With
    `changed`, the day of a change, also before and after it.
    """
    asked = replace(asked, area="ward", boroughs=None)
    there = offered(connection, reader)
    chosen = choose(connection, asked, reader, there)
    found = answer(connection, chosen, reader.rules, outlines=False)
    area = next((each for each in found.areas if each.code == code), None)
    if area is None:
        raise NotFound("There is no such ward.")
    by_light, by_quarter = parts(connection, chosen, area, reader.rules)
    group, query = group_of(area), selection_query(chosen, asked)
    done = numbered(connection, chosen.selection, area.id)
    wanted = None if changed is None else Intervention(changed, months)
    seen, matched = ward_concerns(
        connection,
        chosen.selection,
        area.id,
        team=None if reader.person.is_partner else reader.person.team_id,
        most=_MOST_CONCERNS,
    )
    return WardPage(
        area=area,
        chosen=chosen,
        found=found,
        group=group,
        verdict=sentences.VERDICT_WORDS[group],
        sentence=sentences.verdict_sentence(area, chosen),
        times=sentences.times_words(area, found, chosen),
        caption=(
            f"{sentences.days_words(chosen)}, {sentences.light_words(chosen)}"
            f"{sentences.filter_words(chosen, there)}. {sentences.method_words(reader.rules)}"
        ),
        period=sentences.period_words(chosen),
        few=reader.rules.partner_min_walks,
        told=group in {"higher", "as_expected", "lower"},
        axis=axis_end(found.scale),
        fill=fill_of(area, area.eb_rate, found.scale),
        lights=light_lines(connection, chosen, code, by_light, reader.rules),
        quarters=by_quarter,
        chart=quarter_chart(
            by_quarter,
            found.overall,
            changed=changed,
            quarters=quarters(chosen.selection.first, chosen.selection.last),
            done=days(done),
        ),
        factors=factors(connection, chosen, area, found, reader.rules),
        done=listed(done, f"/planning/wards/{quote(code, safe='')}", query[1:]),
        concerns=tuple(seen),
        concerns_in_all=matched,
        status_words=_STATUS_WORDS,
        wanted=wanted,
        months=months,
        effect=effect(connection, chosen, code, wanted, reader) if wanted else None,
        kept=tuple((name, value) for name, value in query if name != "area"),
        back=with_query(PAGE, query),
        hexagons=with_query(PAGE, query, area="hex200", borough=area.borough_code),
        inset=with_query(f"/planning/wards/{quote(code, safe='')}/hexagons.svg", query, area=None),
        data=with_query("/planning/data/areas.csv", query),
        briefing=briefing(code, query),
        attribution=chosen.edition.attribution if chosen.edition else "",
    )


def render(page: WardPage) -> str:
    """Return the page as HTML."""
    return render_template("planning/ward.html", page=page)
