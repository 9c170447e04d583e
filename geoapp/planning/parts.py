"""A ward's figures by light and by quarter, withheld so that no part can be worked out from the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import Connection

from geoapp.config import Rules
from geoapp.planning.figures import AreaFigure
from geoapp.planning.selection import Chosen, months_before
from geoapp.queries.ward import PartCount, ward_parts
from spatial.privacy import partner_withheld
from spatial.rates import garwood_interval

_LIGHT_TITLES = {"day": "Day", "twilight": "Twilight", "dark": "Dark"}
_QUARTER_MONTHS = 3
_M_PER_KM = 1000.0


@dataclass(frozen=True)
class Part:
    """One light or one quarter; None where nothing was walked, or `hidden` where it may not be shown."""

    title: str
    concerns: float | None
    walks: int | None
    km: float | None
    rate: float | None
    low: float | None
    high: float | None
    hidden: bool


def parts(
    connection: Connection, chosen: Chosen, area: AreaFigure, rules: Rules
) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Return the parts by light and by quarter. Where the whole is withheld, so is every part."""
    selection = chosen.selection
    counts = ward_parts(connection, selection, area.id)
    by_light = [
        _of(counts, title, light=light) for light, title in _LIGHT_TITLES.items() if light in selection.lights
    ]
    by_quarter = [
        _of(counts, quarter_words(each, selection.first, selection.last), quarter=each)
        for each in quarters(selection.first, selection.last)
    ]
    whole = chosen.partner and area.concerns is None
    return tuple(_told(by_light, chosen, rules, whole)), tuple(_told(by_quarter, chosen, rules, whole))


def quarters(first: date, last: date) -> list[date]:
    """Return the first days of the quarters that the months touch; the outer ones may be cut short."""
    begin = date(first.year, (first.month - 1) // _QUARTER_MONTHS * _QUARTER_MONTHS + 1, 1)
    found = []
    while begin <= last:
        found.append(begin)
        begin = months_before(begin, -_QUARTER_MONTHS)
    return found


def quarter_words(quarter: date, first: date, last: date) -> str:
    """Return 'Jan to Mar 2026', or the months of the quarter that the period holds."""
    begin, end = max(quarter, first), min(months_before(quarter, 1 - _QUARTER_MONTHS), last)
    return f"{begin:%b %Y}" if begin == end else f"{begin:%b} to {end:%b %Y}"


def withheld_parts(parts_of_one: Sequence[PartCount], few: int) -> list[bool]:
    """Return which parts are not shown: each that falls under the rule, and enough others.

    All that is not shown together is the total less the rest, so that it has to pass the rule too: parts with
    the fewest walks go with it until it does. What holds nothing gives nothing away and covers nothing.
    """
    empty = [each.walks == 0 and each.concerns == 0 for each in parts_of_one]
    hidden = [away and not bare for away, bare in zip(_under_rule(parts_of_one, few), empty, strict=True)]
    while any(hidden) and _under_rule([_together(parts_of_one, hidden)], few)[0]:
        open_ones = [i for i, away in enumerate(hidden) if not away and not empty[i]]
        if not open_ones:
            break
        hidden[min(open_ones, key=lambda i: (parts_of_one[i].walks, i))] = True
    return hidden


def _under_rule(counts: Sequence[PartCount], few: int) -> list[bool]:
    withheld = partner_withheld(
        [each.walks for each in counts],
        [each.concerns for each in counts],
        [each.concern_walks for each in counts],
        min_walks=few,
    )
    return [bool(each) for each in withheld]


def _together(parts_of_one: Sequence[PartCount], chosen: Sequence[bool]) -> PartCount:
    """Return the chosen parts as one, with as many walks as there are for certain.

    A walk is in one quarter, but may be in several lights: of those only the most in one light are certain.
    """
    held = [each for each, its in zip(parts_of_one, chosen, strict=True) if its]
    count = sum if all(each.quarter is not None for each in held) else max
    return PartCount(
        None,
        None,
        sum(each.concerns for each in held),
        count(each.concern_walks for each in held),
        count(each.walks for each in held),
        sum(each.metres for each in held),
        sum(each.minutes for each in held),
    )


def _of(
    counts: Sequence[PartCount], title: str, *, light: str | None = None, quarter: date | None = None
) -> tuple[str, PartCount]:
    for each in counts:
        if (each.light, each.quarter) == (light, quarter):
            return title, each
    return title, PartCount(light, quarter, 0.0, 0, 0, 0.0, 0.0)


def _told(found: Sequence[tuple[str, PartCount]], chosen: Chosen, rules: Rules, whole: bool) -> list[Part]:
    counts = [count for _, count in found]
    hidden = withheld_parts(counts, rules.partner_min_walks) if chosen.partner else [False] * len(counts)
    return [
        Part(title, None, None, None, None, None, None, hidden=True) if whole or away else _part(title, count)
        for (title, count), away in zip(found, hidden, strict=True)
    ]


def _part(title: str, count: PartCount) -> Part:
    km = count.metres / _M_PER_KM
    if km == 0:
        return Part(title, count.concerns, count.walks, km, None, None, None, hidden=False)
    low, high = (float(end) for end in np.ravel(garwood_interval(count.concerns, km)))
    return Part(title, count.concerns, count.walks, km, count.concerns / km, low, high, hidden=False)
