"""Did it help: a ward before and after a day on which something was changed, beside the wards around it."""

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from geoapp.planning import sentences
from geoapp.planning.charts import RatioBar, ratio_bar
from geoapp.planning.compare import Change, Ratio, compare, periods
from geoapp.planning.inputs import Asked
from geoapp.planning.selection import Chosen, Reader, last_day, months_before, offered
from geoapp.words import day_month_year, number


@dataclass(frozen=True)
class Intervention:
    """The day of the change, and how many whole months are looked at before and after its own month."""

    day: date
    months: int


@dataclass(frozen=True)
class Effect:
    """What may be said of it: both spans, sentences, and bars for the ward and those around it."""

    spans: str
    lines: tuple[str, ...]
    here: RatioBar | None
    near: RatioBar | None


def effect(connection: Connection, chosen: Chosen, code: str, wanted: Intervention, reader: Reader) -> Effect:
    """Return the same exact rate ratio as a comparison of the two spans has, in the page's light and factors.

    The month of the change itself is in neither span. After it, only whole months that hold data count.
    """
    month = wanted.day.replace(day=1)
    first = (months_before(month, wanted.months), months_before(month, 1))
    held_months = offered(connection, reader).months
    end = min(months_before(month, -wanted.months), held_months.last_up_to or month)
    second = (months_before(month, -1), end)
    if second[1] < second[0]:
        return Effect("", ("There is no whole month with walks after it yet.",), None, None)
    held = chosen.selection
    asked = Asked(
        lights=held.lights,
        factors=held.factors,
        kind=held.kind,
        edition=chosen.edition.name if chosen.edition else None,
    )
    earlier, later = periods(
        connection,
        replace(asked, first=first[0], last=first[1]),
        replace(asked, first=second[0], last=second[1]),
        reader,
    )
    found = compare(connection, earlier, later, reader.rules)
    change = next(each for each in found.changes if each.area.code == code)
    spans = (
        f"{day_month_year(first[0])} to {day_month_year(last_day(first[1]))}, then"
        f" {day_month_year(second[0])} to {day_month_year(last_day(second[1]))},"
        f" {sentences.light_words(chosen)}. The month of the change is left out."
    )
    return Effect(
        spans, tuple(lines(change, sentences.thing(chosen))), _bar(change.ratio), _bar(change.neighbours)
    )


def lines(change: Change, what: str) -> list[str]:
    """Return the sentences of a change; a real one is only said where the interval leaves 1 out."""
    if change.ratio is None:
        return [_WHY[change.reason or "suppressed"]]
    here = change.ratio
    if here.ratio is None:
        return ["Nothing was raised in either span."]
    then, now = _rate(here.earlier_concerns, here.earlier_km), _rate(here.later_concerns, here.later_km)
    verb = "fell" if now < then else "rose" if now > then else "stayed the same,"
    said = [
        f"{what[0].upper()}{what[1:]} per km {verb} from {number(then, 1)} to {number(now, 1)}. {_sure(here)}"
    ]
    near = change.neighbours
    if near is None or near.ratio is None:
        return [*said, "The wards around it have too little to compare with."]
    if is_clear(near):
        way = "fall" if near.ratio < 1 else "rise"
        return [*said, f"The wards around it show a clear {way} as well, so it may not be about this place."]
    return [*said, "The wards around it show no clear change."]


def is_clear(found: Ratio) -> bool:
    """Whether the 95 % interval leaves out 1."""
    return (found.low is not None and found.low > 1) or (found.high is not None and found.high < 1)


_WHY = {
    "suppressed": "Not shown: too few walks in one of the two spans.",
    "never_walked": "In one of the two spans nobody walked here, so there is nothing to compare.",
}


def _sure(found: Ratio) -> str:
    low, high = found.low or 0.0, found.high
    if high is not None and high < 1:
        return f"A real fall is very likely: between {_percent(1 - high)} and {_percent(1 - low)}."
    if low > 1:
        end = (
            f"between {_percent(low - 1)} and {_percent(high - 1)}"
            if high
            else f"at least {_percent(low - 1)}"
        )
        return f"A real rise is very likely: {end}."
    return "The difference could be chance."


def _percent(share: float) -> str:
    return f"{number(100 * share)}%"


def _rate(concerns: float, km: float) -> float:
    return concerns / km


def _bar(found: Ratio | None) -> RatioBar | None:
    return None if found is None else ratio_bar(found, clear=is_clear(found))
