"""The briefing of a ward: what may be said of it, on two sheets of A4."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import render_template
from sqlalchemy import Connection

from geoapp.planning import ward_page
from geoapp.planning.classes import group_of
from geoapp.planning.compare import Change, compare
from geoapp.planning.figures import AreaFigure, answer
from geoapp.planning.inputs import Asked
from geoapp.planning.parts import Part, parts, quarters
from geoapp.planning.prints import chart, palette, paper, svg, wording
from geoapp.planning.prints.drawing import Drawn, draw
from geoapp.planning.prints.frame import frame_around
from geoapp.planning.prints.picture import ground_of
from geoapp.planning.selection import Chosen, Offered, Reader, months_before, offered
from geoapp.planning.sentences import VERDICT_WORDS
from geoapp.planning.ward_page import WardPage
from geoapp.queries.areas import Selection
from geoapp.queries.boundaries import borough_outlines
from geoapp.queries.briefing import Answered, answered, factors_first
from geoapp.queries.ground import ground_sources
from geoapp.queries.shapes import area_frame, neighbours
from geoapp.words import day_month_year

_MAP_WIDTH, _MAP_HEIGHT, _AROUND = 332.0, 214.0, 52.0
_YEAR, _QUARTERS_MONTHS, _MOST_QUARTERS = 12, 24, 10
_MOST_FACTORS, _TRIED_FACTORS = 5, 8
_AXIS_ENDS = (0.4, 0.8, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 60, 80, 100)
_MOST_ANSWERS, _LONGEST_ANSWER = 4, 150
_STATUSES = ("done", "in_hand", "no_action")
_MOST_AROUND = 12


@dataclass(frozen=True)
class LightLine:
    """A light: the ward's figures, the rate of all wards, and the km still needed; None where not shown."""

    key: str
    part: Part
    overall: float | None
    km_needed: float | None


@dataclass(frozen=True)
class FactorLine:
    """A factor: concerns about it in the ward, their share of all, and the same share over all wards."""

    label: str
    concerns: float
    share: float
    overall: float | None


@dataclass(frozen=True)
class Around:
    """A ward beside this one, and its verdict in words."""

    area: AreaFigure
    verdict: str


@dataclass(frozen=True)
class Briefing:
    """What stands on the sheets."""

    page: WardPage
    made: str
    partner: bool
    few: int
    lights: tuple[LightLine, ...]
    factors: tuple[FactorLine, ...]
    factors_of: float
    quarters: tuple[Part, ...]
    in_period: tuple[bool, ...]
    change: Change | None
    before: Chosen | None
    answers: tuple[Answered, ...]
    answers_withheld: int
    map_image: str
    chart_image: str
    ground: tuple[str, ...]
    words: wording.Words
    around: tuple[Around, ...]
    fdr: str
    enough: str
    reasons: tuple[str, ...]

    @property
    def has_rates(self) -> bool:
        """Whether there is anything to draw by quarter."""
        return any(part.rate is not None for part in self.quarters)


def build(connection: Connection, code: str, asked: Asked, reader: Reader) -> Briefing:
    """Return the briefing of a ward; NotFound when it is unknown or in a borough that is not the reader's."""
    page = ward_page.build(connection, code, asked, reader)
    there = offered(connection, reader)
    shown = not (page.chosen.partner and page.area.concerns is None)
    lights = _lights(connection, page, reader)
    factors = _factors(connection, page, there, reader) if shown else ()
    long, in_period = _quarters(connection, page, there, reader)
    change, before = _change(connection, page, there, reader) if shown else (None, None)
    held = page.chosen.selection
    said = answered(connection, held, page.area.id, (held.first, held.last), reader.rules.partner_min_walks)
    printable = [each for each in said if not each.withheld] if shown else []
    overall = page.found.overall
    most = _axis_end(long, overall)
    return Briefing(
        page=page,
        made=day_month_year(reader.today),
        partner=page.chosen.partner,
        few=reader.rules.partner_min_walks,
        lights=lights,
        factors=factors,
        factors_of=page.area.concerns or 0.0,
        quarters=long,
        in_period=in_period,
        change=change,
        before=before,
        answers=_first_of_each(printable),
        answers_withheld=len(said) - len(printable),
        map_image=_map(connection, page, reader),
        chart_image=chart.quarters_chart(chart.Quarters(long, overall, most, in_period)),
        ground=ground_sources(connection),
        words=wording.words(page, lights, change, before),
        around=_around(connection, page),
        fdr=f"{reader.rules.false_discovery * 100:g}%",
        enough=f"{reader.rules.enough_expected:g}",
        reasons=wording.reasons(page, long, len(said) - len(printable), reader.rules),
    )


def render(briefing: Briefing) -> bytes:
    """Return the sheets as a tagged PDF."""
    most = max((max(each.share, each.overall or 0) for each in briefing.factors), default=1.0) or 1.0
    html = render_template(
        "planning/briefing/briefing.html",
        b=briefing,
        swatch=palette.swatch,
        share_bar=lambda line: chart.share_bar(line.share, line.overall, most),
    )
    return paper.pdf(html)


def _narrowed(chosen: Chosen, selection: Selection) -> Chosen:
    return replace(chosen, selection=selection)


def _lights(connection: Connection, page: WardPage, reader: Reader) -> tuple[LightLine, ...]:
    made = []
    for light, part in ((line.light, line.part) for line in page.lights):
        chosen = _narrowed(page.chosen, replace(page.chosen.selection, lights=(light,)))
        found = answer(connection, chosen, reader.rules)
        area = next(each for each in found.areas if each.id == page.area.id)
        made.append(LightLine(light, part, found.overall, None if part.hidden else area.km_needed))
    return tuple(made)


def _factors(
    connection: Connection, page: WardPage, there: Offered, reader: Reader
) -> tuple[FactorLine, ...]:
    """Return the factors that come first, each as an answer narrowed to it would show and withhold it."""
    chosen, whole = page.chosen, {area.id: area.concerns for area in page.found.areas}
    if chosen.selection.factors is not None or not page.area.concerns:
        return ()
    labels, made = {each.code: each.label for each in there.factors}, []
    for code in factors_first(connection, chosen.selection, page.area.id)[:_TRIED_FACTORS]:
        found = answer(
            connection, _narrowed(chosen, replace(chosen.selection, factors=(code,))), reader.rules
        )
        told = [area for area in found.areas if area.concerns is not None and whole.get(area.id) is not None]
        mine = next((area.concerns for area in told if area.id == page.area.id), None)
        if mine is None:
            continue
        of_all = sum(whole[area.id] or 0.0 for area in told)
        overall = sum(area.concerns or 0.0 for area in told) / of_all if of_all else None
        made.append(FactorLine(labels[code], mine, mine / page.area.concerns, overall))
        if len(made) == _MOST_FACTORS:
            break
    return tuple(made)


def _quarters(
    connection: Connection, page: WardPage, there: Offered, reader: Reader
) -> tuple[tuple[Part, ...], tuple[bool, ...]]:
    """Return the quarters of two years up to the period's end, or of the period where that is longer."""
    held = page.chosen.selection
    first = min(held.first, months_before(held.last, _QUARTERS_MONTHS - 1))
    if there.months.first is not None:
        first = min(max(first, there.months.first), held.first)
    begun = quarters(first, held.last)
    first = max(first, begun[-_MOST_QUARTERS]) if len(begun) > _MOST_QUARTERS else first
    chosen = _narrowed(page.chosen, replace(held, first=first))
    _, found = parts(connection, chosen, page.area, reader.rules)
    shown = quarters(first, held.last)
    # What the ward's page hides by its own total stays hidden here too, quarter by quarter from the end.
    of_page = ([False] * len(found) + [part.hidden for part in page.quarters])[-len(found) :]
    told = tuple(
        Part(part.title, None, None, None, None, None, None, hidden=True) if away else part
        for part, away in zip(found, of_page, strict=True)
    )
    return told, tuple(max(each, first) >= held.first for each in shown)


def _change(
    connection: Connection, page: WardPage, there: Offered, reader: Reader
) -> tuple[Change | None, Chosen | None]:
    """Return the ward's change from the same months of the year before, where something was walked then."""
    held = page.chosen.selection
    months = (held.last.year - held.first.year) * _YEAR + held.last.month - held.first.month + 1
    shift = -(-months // _YEAR) * _YEAR
    earlier = replace(held, first=months_before(held.first, shift), last=months_before(held.last, shift))
    if there.months.first is None or earlier.last < there.months.first:
        return None, None
    before = _narrowed(page.chosen, earlier)
    found = compare(connection, before, page.chosen, reader.rules)
    return next((each for each in found.changes if each.area.id == page.area.id), None), before


def _first_of_each(said: Sequence[Answered]) -> tuple[Answered, ...]:
    of_kind = [[each for each in said if each.status == status] for status in _STATUSES]
    # One of each kind before a second of any, then in the order of kinds.
    turns = [kind[turn] for turn in range(_MOST_ANSWERS) for kind in of_kind if turn < len(kind)]
    kept = sorted(turns[:_MOST_ANSWERS], key=lambda each: _STATUSES.index(each.status))
    cut = [
        each
        if len(each.wording) <= _LONGEST_ANSWER
        else replace(each, wording=each.wording[:_LONGEST_ANSWER].rsplit(" ", 1)[0] + " …")
        for each in kept
    ]
    return tuple(cut)


def _around(connection: Connection, page: WardPage) -> tuple[Around, ...]:
    """Return the wards that touch this one, by name, as far as they are in the answer."""
    beside = {
        other if one == page.area.id else one
        for one, other in neighbours(connection, [area.id for area in page.found.areas])
        if page.area.id in {one, other}
    }
    near = sorted((a for a in page.found.areas if a.id in beside), key=lambda area: area.name.casefold())
    return tuple(Around(area, VERDICT_WORDS[group_of(area)]) for area in near[:_MOST_AROUND])


def _axis_end(found: Sequence[Part], overall: float | None) -> float:
    """Return a round end of the axis over the rates and most of the intervals; longer ones get an arrow."""
    rates = [part.rate for part in found if part.rate is not None]
    reach = max([overall or 0.0, *rates])
    ends = [min(part.high, 2 * reach) for part in found if part.high is not None]
    wanted = max([1.2 * reach, *ends])
    return next((each for each in _AXIS_ENDS if each >= wanted), wanted)


def _map(connection: Connection, page: WardPage, reader: Reader) -> str:
    frame = frame_around(area_frame(connection, page.area.id), _MAP_WIDTH, _MAP_HEIGHT, _AROUND)
    held = page.chosen.selection
    drawn = draw(
        Drawn(
            areas=answer(
                connection, page.chosen, reader.rules
            ).areas,  # with outlines, which a page goes without
            scale=page.found.scale,
            selected=page.area.code,
            boroughs=borough_outlines(connection, held.edition_id),
            in_answer=None if held.boroughs is None else frozenset(held.boroughs),
            ground=ground_of(connection, frame),
        ),
        frame,
    )
    return svg.image(drawn, _MAP_WIDTH, _MAP_HEIGHT)
