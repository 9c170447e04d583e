"""What a comparison of two periods says in words."""

from collections.abc import Sequence

from geoapp.config import Rules
from geoapp.planning.classes import group_of
from geoapp.planning.compare import Change, Comparison, Ratio
from geoapp.planning.figures import Answer
from geoapp.planning.intervention import is_clear
from geoapp.words import km, number

_A_FIFTH = 0.2


def headline(told: Sequence[Change]) -> str:
    """Return in how many of these wards, which can be compared, the change is clear of chance."""
    if not told:
        return "No ward can be compared over these periods"
    clear = sum(each.clear for each in told)
    if not clear:
        return "In no ward the change is clear of chance"
    return f"In {clear} of {len(told)} wards the change is clear of chance"


def lines(found: Comparison, told: Sequence[Change], rules: Rules) -> list[str]:
    """Return the method, the change over all wards, and how many wards are left out and why."""
    fdr = f"{rules.false_discovery * 100:g}%"
    said = [f"Rate ratio, later over earlier, exact 95% interval, false-discovery rate {fdr}."]
    if found.overall is not None and found.overall.ratio is not None:
        said.append(_overall(found.overall, len(told)))
    without = len(found.changes) - len(told)
    if without:
        have = "1 ward has" if without == 1 else f"{without} wards have"
        said.append(f"{have} too little walking in one period to compare, or none.")
    if not told:
        said.append("Choose other periods.")
    return said


def _overall(overall: Ratio, count: int) -> str:
    then, now = overall.earlier_concerns / overall.earlier_km, overall.later_concerns / overall.later_km
    high = "no upper limit" if overall.high is None else number(overall.high, 2)
    verdict = "a clear change" if is_clear(overall) else "no clear change"
    return (
        f"Across all {count} wards walked in both the rate was {number(then, 2)}, then {number(now, 2)}"
        " per km:"
        f" a ratio of {number(overall.ratio, 2)} ({number(overall.low, 2)} to {high}), so {verdict}."
    )


def walking(found: Comparison) -> str:
    """Return a warning where more than a fifth more or less was walked: it alone makes wards stand out."""
    then, now = found.before.totals.km, found.after.totals.km
    if not then or not now or abs(now - then) <= _A_FIFTH * then:
        return ""
    before, after = (_standing_out(each) for each in (found.before, found.after))
    walked = f"{km(then)}, then {km(now)}."
    look = "Look at the change below before you say a ward got worse."
    if now > then and after > before:
        return (
            f"More wards stand out in the later period partly because more was walked there: {walked} {look}"
        )
    if now < then and after < before:
        return (
            f"Fewer wards stand out in the later period partly because less was walked there: {walked} {look}"
        )
    return f"Walking differs between the periods: {walked} Where more is walked, more wards stand out. {look}"


def _standing_out(found: Answer) -> int:
    return sum(group_of(area) in {"higher", "lower"} for area in found.areas)
