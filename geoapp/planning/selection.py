"""From what was asked to what is counted: default period, edition, factor groups, reader's boroughs."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import Connection

from geoapp.access import Person
from geoapp.config import Rules
from geoapp.errors import malformed
from geoapp.planning.inputs import Asked
from geoapp.queries import choices
from geoapp.queries.areas import LIGHTS, Selection
from geoapp.queries.choices import BoroughChoice, EditionChoice, FactorChoice, HeldMonths

GROUPS = ("environment", "behaviour")
_YEAR = 12


@dataclass(frozen=True)
class Chosen:
    """A selection that can be counted, and what the reader has to be told about it.

    `left_out` are boroughs that were asked for and are not the reader's; `narrowed` is whether any were
    asked for. `reference` is the selection that
    class breaks come from: all wards that the reader may see, over a time that does not move with the
    period; `reference_all` is the same over all time, for when nothing was walked in it.
    """

    selection: Selection
    edition: EditionChoice | None
    partner: bool
    left_out: tuple[str, ...]
    narrowed: bool
    reference: Selection
    reference_all: Selection

    @property
    def whole(self) -> bool:
        """Whether concerns outside all wards belong to the answer: they are in no borough."""
        return not self.partner and self.selection.boroughs is None


@dataclass(frozen=True)
class Reader:
    """Who reads, on which day in London, by which rules of the installation."""

    person: Person
    today: date
    rules: Rules


@dataclass(frozen=True)
class Offered:
    """What there is to choose from."""

    factors: tuple[FactorChoice, ...]
    boroughs: tuple[BoroughChoice, ...]
    months: HeldMonths


def offered(connection: Connection, reader: Reader) -> Offered:
    """Return what this reader can choose from; a planner's boroughs are her own."""
    boroughs = choices.boroughs(connection)
    if reader.person.is_partner:
        boroughs = [each for each in boroughs if each.code in reader.person.boroughs]
    months = choices.held_months(connection, months_before(reader.today.replace(day=1), 1))
    return Offered(tuple(choices.factors(connection)), tuple(boroughs), months)


def choose(connection: Connection, asked: Asked, reader: Reader, there: Offered) -> Chosen:
    """Return what is to be counted; Malformed names a factor, edition or borough that does not exist."""
    person, today = reader.person, reader.today
    first, last = period(asked, there.months, today)
    edition = _edition(connection, asked.edition, last)
    boroughs, left_out = _boroughs(asked.boroughs, person, there)
    selection = Selection(
        area=asked.area,
        edition_id=edition.id if edition else None,
        first=first,
        last=last,
        lights=asked.lights or LIGHTS,
        factors=_factors(asked.factors, there),
        kind=asked.kind,
        boroughs=boroughs,
    )
    scope = replace(selection, area="ward", boroughs=person.boroughs if person.is_partner else None)
    years = replace(scope, first=date(today.year - 2, 1, 1), last=date(today.year - 1, 12, 1))
    always = replace(scope, first=there.months.first or first, last=there.months.last or last)
    return Chosen(selection, edition, person.is_partner, left_out, asked.boroughs is not None, years, always)


def period(asked: Asked, held: HeldMonths, today: date) -> tuple[date, date]:
    """Return first and last month of the period by their first days.

    Nothing asked: the 12 months up to the last complete month that holds a concern or a walk; without any,
    up to the last month with data, then up to last month. One end asked: the other follows from it.
    """
    last = asked.last or held.last_up_to or held.last or months_before(today.replace(day=1), 1)
    if asked.first is not None:
        return asked.first, max(last, asked.first)
    return months_before(last, _YEAR - 1), last


def months_before(month: date, count: int) -> date:
    """Return the first day of the month that lies `count` months before."""
    index = month.year * _YEAR + month.month - 1 - count
    return date(index // _YEAR, index % _YEAR + 1, 1)


def last_day(month: date) -> date:
    """Return the last day of the month that begins on this day."""
    return months_before(month, -1) - timedelta(days=1)


def _edition(connection: Connection, name: str | None, last: date) -> EditionChoice | None:
    if name is None:
        return choices.edition_on(connection, last_day(last))
    edition = choices.edition_named(connection, name)
    if edition is None:
        raise malformed("edition", "There is no edition of boundaries of that name.")
    return edition


def _factors(asked: tuple[str, ...] | None, there: Offered) -> tuple[str, ...] | None:
    if asked is None:
        return None
    known = {factor.code for factor in there.factors}
    for name in asked:
        if name not in known and name not in GROUPS:
            raise malformed(
                "factor", f"{name} is no factor. Use the scheme's factors, or {' or '.join(GROUPS)}."
            )
    return tuple(factor.code for factor in there.factors if factor.code in asked or factor.group in asked)


def _boroughs(
    asked: tuple[str, ...] | None, person: Person, there: Offered
) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """Return the boroughs to count and those left out; for planners unknown and not-hers are the same."""
    if person.is_partner:
        wanted = person.boroughs if asked is None else asked
        own = tuple(code for code in wanted if code in person.boroughs)
        return own, tuple(code for code in wanted if code not in person.boroughs)
    known = {borough.code for borough in there.boroughs}
    for code in asked or ():
        if code not in known:
            raise malformed("borough", f"There is no borough {code}. Use a code such as E09000022.")
    return asked, ()
