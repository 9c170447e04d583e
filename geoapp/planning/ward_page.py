"""The page of one ward: what may be said of it, by light and by quarter."""

from dataclasses import dataclass, replace

from flask import render_template
from sqlalchemy import Connection

from geoapp.errors import NotFound
from geoapp.planning import sentences
from geoapp.planning.address import PAGE, selection_query, with_query
from geoapp.planning.classes import axis_end, fill_of, group_of
from geoapp.planning.figures import Answer, AreaFigure, answer
from geoapp.planning.inputs import Asked
from geoapp.planning.parts import Part, parts
from geoapp.planning.selection import Chosen, Reader, choose, offered


@dataclass(frozen=True)
class WardPage:
    """What stands on the page of a ward."""

    area: AreaFigure
    chosen: Chosen
    found: Answer
    group: str
    verdict: str
    sentence: str
    caption: str
    told: bool
    few: int
    axis: float
    fill: str
    by_light: tuple[Part, ...]
    by_quarter: tuple[Part, ...]
    back: str
    data: str
    attribution: str


def build(connection: Connection, code: str, asked: Asked, reader: Reader) -> WardPage:
    """Return the page of a ward; NotFound when it is unknown or in a borough that is not the reader's.

    The ward is compared with all wards that the reader may see, whatever boroughs the address names.
    """
    asked = replace(asked, area="ward", boroughs=None)
    there = offered(connection, reader)
    chosen = choose(connection, asked, reader, there)
    found = answer(connection, chosen, reader.rules)
    area = next((each for each in found.areas if each.code == code), None)
    if area is None:
        raise NotFound("There is no such ward.")
    by_light, by_quarter = parts(connection, chosen, area, reader.rules)
    group = group_of(area)
    query = selection_query(chosen, asked)
    return WardPage(
        area=area,
        chosen=chosen,
        found=found,
        group=group,
        verdict=sentences.VERDICT_WORDS[group],
        sentence=sentences.verdict_sentence(area, chosen),
        caption=(
            f"{sentences.days_words(chosen)}, {sentences.light_words(chosen)}"
            f"{sentences.filter_words(chosen, there)}."
        ),
        few=reader.rules.partner_min_walks,
        told=group in {"higher", "as_expected", "lower"},
        axis=axis_end(found.scale),
        fill=fill_of(area, area.eb_rate, found.scale),
        by_light=by_light,
        by_quarter=by_quarter,
        back=with_query(PAGE, query),
        data=with_query("/planning/data/areas.csv", query),
        attribution=chosen.edition.attribution if chosen.edition else "",
    )


def render(page: WardPage) -> str:
    """Return the page as HTML."""
    return render_template("planning/ward.html", page=page)
