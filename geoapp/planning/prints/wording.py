"""What the briefing says in sentences: what changed, what is still needed, and what is not there."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Protocol

from geoapp.config import Rules
from geoapp.planning.compare import Change
from geoapp.planning.parts import Part
from geoapp.planning.selection import Chosen
from geoapp.planning.sentences import days_words, plural, raised_words
from geoapp.planning.ward_page import WardPage
from geoapp.words import km, number

_LIGHTS = {"day": "by day", "twilight": "in twilight", "dark": "in the dark"}
_ENOUGH = 0.05
_SAME = 1.0


class Light(Protocol):
    """A line of the table by light."""

    @property
    def key(self) -> str:
        """Which light."""

    @property
    def part(self) -> Part:
        """The ward's figures in it."""

    @property
    def km_needed(self) -> float | None:
        """How much more walking would do."""


@dataclass(frozen=True)
class Words:
    """Sentences of the briefing. `compared` is empty where there is no ratio."""

    raised: str
    walks: str
    expected: str
    times: str
    between: str
    compared: str
    still_needed: str
    all_wards: str


def words(page: WardPage, lights: Sequence[Light], change: Change | None, before: Chosen | None) -> Words:
    """Return the sentences of a ward's briefing."""
    area, overall = page.area, page.found.overall
    told = page.told and overall and area.rate is not None
    shown = sum(1 for each in page.found.areas if each.rate is not None)
    return Words(
        raised=raised_words(area.concerns or 0, page.chosen),
        walks=plural(area.walks or 0, "walk", "walks"),
        expected=number(area.expected),
        times=f"{number((area.rate or 0) / overall, 1)} times" if told and overall else "",
        between=(
            f"{number((area.rate_low or 0) / overall, 1)} and {number((area.rate_high or 0) / overall, 1)}"
            if told and overall
            else ""
        ),
        compared=_compared(change, before),
        still_needed=_still_needed(page, lights),
        all_wards=f"{shown} {'ward' if shown == 1 else 'wards'}",
    )


def reasons(page: WardPage, by_quarter: Sequence[Part], answers: int, rules: Rules) -> tuple[str, ...]:
    """Return what is not on the sheets, each with its reason."""
    few = rules.partner_min_walks
    said = [
        "No point, no route, no address: what is said on a walk is shown for a ward, not for a place in it.",
        "No names, no notes and no times of day: they stay with the officers of the walk.",
    ]
    quarters = sum(1 for part in by_quarter if part.hidden)
    lights = sum(1 for line in page.lights if line.part.hidden)
    if page.chosen.partner and page.area.concerns is None:
        said.append(f"The ward's figures: they would be about fewer than {few} walks.")
    elif quarters or lights:
        away = [
            plural(n, one, many)
            for n, one, many in ((quarters, "quarter", "quarters"), (lights, "light", "lights"))
            if n
        ]
        said.append(
            f"{' and '.join(away)}: fewer than {few} walks, or it could be worked out from the others."
        )
    if page.chosen.partner:
        said.append(f"Factors that were raised on fewer than {few} different walks.")
    if answers:
        said.append(
            f"{plural(answers, 'answer', 'answers')} under 'You said, we did': "
            f"{'it names' if answers == 1 else 'they name'} a place that fewer than {few} walks spoke of, "
            "or the ward is not shown."
        )
    said.append(
        "Places where nobody walked: nothing is known of them, which is not the same as nothing being wrong."
    )
    if page.chosen.selection.kind == "concern":
        said.append("What works well: it is counted apart, and never set off against concerns.")
    return tuple(said)


def _compared(change: Change | None, before: Chosen | None) -> str:
    if before is None or change is None:
        return ""
    if change.ratio is None:
        return f"Not compared with {days_words(before)}: too few walks there, then or now, to be shown."
    r = change.ratio
    then, now = r.earlier_concerns / r.earlier_km, r.later_concerns / r.later_km
    rates = (
        f"From {number(then, 2)} per km ({km(r.earlier_km)} walked, {days_words(before)}) "
        f"to {number(now, 2)} per km ({km(r.later_km)} walked)."
    )
    if r.ratio is None or r.low is None:
        return f"{rates} Nothing can be held against nothing, so there is no ratio."
    high = number(r.high, 2) if r.high is not None else "no limit"
    clear = r.low > _SAME or (r.high is not None and r.high < _SAME)
    sure = (
        f"a real {'rise' if r.ratio > _SAME else 'fall'} is very likely" if clear else "that could be chance"
    )
    near = ""
    if change.neighbours is not None and change.neighbours.ratio is not None:
        n = change.neighbours
        low, top = number(n.low, 2), number(n.high, 2) if n.high is not None else "no limit"
        near = f" Wards around it: {number(n.ratio, 2)} ({low} to {top})."
    return f"{rates} Rate ratio {number(r.ratio, 2)} ({number(r.low, 2)} to {high}): {sure}.{near}"


def _still_needed(page: WardPage, lights: Sequence[Light]) -> str:
    known = [each for each in lights if each.km_needed is not None and not each.part.hidden]
    wanting = [each for each in known if (each.km_needed or 0) > _ENOUGH]
    enough = [each for each in known if each not in wanting]
    said = []
    if wanting:
        needed = _listed([f"{km(each.km_needed)} {_LIGHTS[each.key]}" for each in wanting])
        total = sum(each.km_needed or 0 for each in wanting)
        about = ""
        if page.area.walks and page.area.km:
            about = f", about {plural(ceil(total / (page.area.km / page.area.walks)), 'walk', 'walks')}"
        said.append(f"{needed} more{about}, to tell a doubling from chance.")
    if enough:
        where = _listed([_LIGHTS[each.key] for each in enough])
        said.append(f"{where[0].upper()}{where[1:]} there is enough.")
    hidden = [each for each in lights if each.part.hidden]
    if hidden and known:
        where = _listed([_LIGHTS[each.key] for each in hidden])
        said.append(f"{where[0].upper()}{where[1:]} it is not shown.")
    return " ".join(said)


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
