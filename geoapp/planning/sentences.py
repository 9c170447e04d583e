"""What the planning room says in words: headlines, captions, and one line for each area."""

from collections import Counter
from math import ceil

from geoapp.config import Rules
from geoapp.planning.classes import group_of
from geoapp.planning.figures import Answer, AreaFigure
from geoapp.planning.selection import Chosen, Offered, last_day
from geoapp.planning.surface import PIXEL_M
from geoapp.words import day_month_year, km, number
from spatial.hotspots import DEFAULT_BANDWIDTH_M
from spatial.rates import Verdict

_LIGHT_WORDS = {"day": "by day", "twilight": "in twilight", "dark": "in the dark"}
_ALL_LIGHTS = 3
_NEARLY_WHOLE = 1e-6
_SIMPLE_LIST = 3
VERDICT_WORDS = {
    "higher": "Higher than expected",
    "as_expected": "As expected",
    "lower": "Lower than expected",
    "none": "Walked, nothing raised",
    "thin": "Too little walking to say",
    "not_shown": "Not shown",
    "never": "Never walked",
}


def count_words(value: float | None) -> str:
    """Return a count: whole if it is, else with one decimal, as shares of routes make it."""
    if value is None:
        return ""
    return number(value, 0 if abs(value - round(value)) < _NEARLY_WHOLE else 1)


def about(value: float) -> str:
    """Return a count inside a sentence: '17', or 'about 16.5' where shares of routes part it."""
    said = number(value, 1).removesuffix(".0")
    return said if abs(value - round(value)) < _NEARLY_WHOLE else f"about {said}"


def raised_words(value: float, chosen: Chosen) -> str:
    """Return what was raised as a sentence says it: '17 concerns', 'about 16.5 concerns'."""
    one = abs(value - 1) < _NEARLY_WHOLE
    return f"{about(value)} {thing(chosen, one=one)}"


def plural(value: float, one: str, many: str) -> str:
    """Return '1 concern', '3,652 concerns'."""
    return f"{count_words(value)} {one if value == 1 else many}"


def thing(chosen: Chosen, *, one: bool = False) -> str:
    """Return what is counted, as a plain word."""
    if chosen.selection.kind == "positive":
        return "place that works well" if one else "places that work well"
    return "concern" if one else "concerns"


def areas_word(chosen: Chosen, count: int) -> str:
    """Return 'ward', 'wards' or 'hexagons'."""
    word = "ward" if chosen.selection.area == "ward" else "hexagon"
    return word if count == 1 else word + "s"


def area_name(area: AreaFigure) -> str:
    """Return the ward's name, or what a hexagon is called after its place in the grid."""
    return f"Hexagon {area.code.split(':', 1)[1]}" if area.code.startswith("hex") else area.name


def headline(found: Answer, chosen: Chosen) -> str:
    """Return the sentence that the page begins with."""
    areas = found.areas
    if not areas:
        return "There is nothing to show here"
    if found.totals.walks == 0 and not any(group_of(area) == "not_shown" for area in areas):
        return "No walks in this period"
    groups = Counter(group_of(area) for area in areas)
    told = groups["higher"] + groups["lower"] + groups["as_expected"]
    if told == 0:
        return "There is too little walking to say anything yet"
    all_of = f"{number(len(areas))} {areas_word(chosen, len(areas))}"
    expect = f"{thing(chosen)} than the walking there would lead us to expect"
    if groups["higher"] == 0:
        return f"None of {all_of} has more {expect}"
    return (
        f"{number(groups['higher'])} of {all_of} {'has' if groups['higher'] == 1 else 'have'} more {expect}"
    )


def under_headline(found: Answer, chosen: Chosen) -> str:
    """Return the line below: what the other areas are, why some have no figure, what the dashed line is."""
    areas = found.areas
    if not areas or not any(area.km for area in areas):
        return ""
    groups = Counter(group_of(area) for area in areas)
    if groups["higher"] + groups["lower"] + groups["as_expected"] == 0:
        needed = sum(area.km_needed or 0 for area in areas)
        return f"{km(needed)} more would do." if needed else "The list says why."
    count = number(groups["as_expected"]) if groups["as_expected"] else "None"
    said = [f"{count} {'is' if groups['as_expected'] == 1 else 'are'} as expected"]
    said.append(f"and {number(groups['lower'])} lower." if groups["lower"] else "and none lower.")
    line = " ".join(said)
    if groups["none"]:
        line += f" In {number(groups['none'])}, nothing was raised."
    without = groups["thin"] + groups["not_shown"] + groups["never"]
    if without:
        other = "the other one" if without == 1 else f"the other {number(without)}"
        line += f" For {other} there is no figure; the list says why."
    if found.overall is not None:
        shown = sum(1 for area in areas if area.rate is not None)
        with_figures = f"{number(shown)} {areas_word(chosen, shown)} with figures"
        line += f" Dashed line: all {with_figures}, {number(found.overall, 2)}."
    return line


def period_words(chosen: Chosen) -> str:
    """Return 'Apr 2025 to Mar 2026'."""
    first, last = chosen.selection.first, chosen.selection.last
    return f"{first:%b %Y}" if first == last else f"{first:%b %Y} to {last:%b %Y}"


def days_words(chosen: Chosen) -> str:
    """Return '1 April 2025 to 31 March 2026'."""
    first, last = chosen.selection.first, last_day(chosen.selection.last)
    return f"{day_month_year(first)} to {day_month_year(last)}"


def light_words(chosen: Chosen) -> str:
    """Return 'all light', 'in the dark', 'by day and in twilight'."""
    lights = chosen.selection.lights
    return "all light" if len(lights) == _ALL_LIGHTS else " and ".join(_LIGHT_WORDS[each] for each in lights)


def filter_words(chosen: Chosen, there: Offered) -> str:
    """Return the factors and boroughs that narrow the answer, as the end of a sentence; empty without any."""
    said = ""
    if chosen.selection.factors is not None:
        labels = [each.label.lower() for each in there.factors if each.code in chosen.selection.factors]
        about = ", ".join(labels) if len(labels) <= _SIMPLE_LIST else f"{len(labels)} factors"
        said += f", about {about}"
    if chosen.narrowed and chosen.selection.boroughs:
        names = [each.name for each in there.boroughs if each.code in chosen.selection.boroughs]
        said += ", in " + (", ".join(names) if len(names) <= _SIMPLE_LIST else f"{len(names)} boroughs")
    return said


def method_words(rules: Rules) -> str:
    """Return how the figures were made, as the caption says it."""
    return (
        f"Empirical-Bayes rate, exact 95% intervals, false-discovery rate {rules.false_discovery * 100:g}%."
    )


def surface_words() -> str:
    """Return how the surface was made, as the caption says it."""
    return (
        f"Ratio of concern density to walked density in squares of {PIXEL_M:g} m"
        f" (Gaussian kernel, {DEFAULT_BANDWIDTH_M:g} m); strong where a hexagon of 500 m is clear of chance."
    )


def drawn_words(layer: str) -> str:
    """Return how a layer of cells was made, as the caption says it; the figures before it are of wards."""
    return {
        "streets": (
            "Nothing is counted by street: each stretch has the colour of the hexagon of 200 m around it."
        ),
        "concerns": "The map counts in hexagons of 500 m, near of 200 m; more walking alone makes more.",
        "walked": "The map shows kilometres walked in hexagons of 500 m, near of 200 m.",
    }[layer]


def left_words(found: Answer, chosen: Chosen) -> str:
    """Return what is withheld and what lies outside, or nothing."""
    hidden = sum(1 for area in found.areas if area.concerns is None)
    said = []
    if hidden:
        verb = "is" if hidden == 1 else "are"
        said.append(f"{hidden} {areas_word(chosen, hidden)} {verb} not shown and not counted here.")
    # Cells hold what lies outside all wards too.
    if found.totals.outside and chosen.selection.area == "ward":
        lie = "lies" if found.totals.outside == 1 else "lie"
        said.append(f"{plural(found.totals.outside, 'more', 'more')} {lie} outside all wards.")
    return " ".join(said)


def area_words(area: AreaFigure, few: int) -> str:
    """Return one line about an area, for a tip, a label of a chart, and the second line of a row."""
    match group_of(area):
        case "never":
            if area.reason == "no_track" and area.concerns:
                return f"Never walked; {plural(area.concerns, 'concern', 'concerns')} without a track"
            return "Never walked" if area.reason == "never_walked" else "Never walked; not shown"
        case "not_shown":
            return f"Not shown, fewer than {few} walks"
        case "thin":
            return f"Too little walking to say. {km(area.km_needed)} more would do."
        case "none":
            return f"Walked {km(area.km)}, nothing raised"
    return (
        f"{number(area.rate, 2)} per km, very likely between {number(area.rate_low, 2)} "
        f"and {number(area.rate_high, 2)}"
    )


def verdict_sentence(area: AreaFigure, chosen: Chosen) -> str:
    """Return the words of a ward's page under its verdict: count, walks, km and what was to be expected."""
    if area.concerns is None or area.km is None or area.walks is None:
        return "The figures would be about too few walks to be shown."
    if area.km == 0:
        return "No walk has been recorded here in this period, so nothing can be said."
    raised = raised_words(area.concerns, chosen)
    walks = plural(area.walks, "walk", "walks")
    verb = "named" if chosen.selection.kind == "positive" else "raised"
    said = f"Women {verb} {raised} on {walks}."
    if area.verdict is Verdict.TOO_LITTLE_WALKING:
        more = max(1, ceil((area.km_needed or 0.0) * area.walks / area.km))
        many = plural(more, "walk", "walks")
        return f"{said} {km(area.km_needed)} more, about {many}, would do, to tell a doubling from chance."
    return f"{said} For {km(area.km)} of walking we would expect about {number(area.expected)}."


def times_words(area: AreaFigure, found: Answer, chosen: Chosen) -> str:
    """Return how many times the rate for all its own is, with the interval; empty without a verdict."""
    if group_of(area) not in {"higher", "as_expected", "lower"} or not found.overall:
        return ""
    if area.rate is None or area.rate_low is None or area.rate_high is None:
        return ""
    count = sum(1 for each in found.areas if each.rate is not None)
    times, low, high = (each / found.overall for each in (area.rate, area.rate_low, area.rate_high))
    return (
        f"That is {number(times, 1)} times the rate for all {count} {areas_word(chosen, count)},"
        f" and very likely between {number(low, 1)} and {number(high, 1)} times."
    )
