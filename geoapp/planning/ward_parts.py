"""What a ward's page says of each light and each factor, beside all wards."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from geoapp.config import Rules
from geoapp.planning.figures import Answer, AreaFigure, answer
from geoapp.planning.parts import Part
from geoapp.planning.selection import Chosen
from geoapp.queries.ward import FactorCount, ward_factors
from geoapp.words import km
from spatial.privacy import partner_withheld

_MOST_FACTORS = 6


@dataclass(frozen=True)
class LightLine:
    """One light: the ward's part, the rate for all wards in the same light, and the walking still needed.

    `done` is how much of the walking needed was walked, from 0 to 1; None where that may not be told.
    """

    light: str
    part: Part
    overall: float | None
    clear: bool
    needed: str
    done: float | None


@dataclass(frozen=True)
class Factor:
    """A factor's share of the ward's concerns and of all wards'; None where it may not be shown."""

    label: str
    concerns: float
    share: float
    everywhere: float | None


def light_lines(
    connection: Connection, chosen: Chosen, code: str, by_light: Sequence[Part], rules: Rules
) -> tuple[LightLine, ...]:
    """Return a line for each light of the selection."""
    return tuple(
        _light_line(connection, chosen, code, (light, part), rules)
        for light, part in zip(chosen.selection.lights, by_light, strict=True)
    )


def _light_line(
    connection: Connection, chosen: Chosen, code: str, one: tuple[str, Part], rules: Rules
) -> LightLine:
    light, part = one
    found = answer(
        connection,
        replace(chosen, selection=replace(chosen.selection, lights=(light,))),
        rules,
        outlines=False,
    )
    area = next(each for each in found.areas if each.code == code)
    overall, low, high = found.overall, part.low, part.high
    clear = overall is not None and low is not None and high is not None and (low > overall or high < overall)
    if part.hidden:
        # What is still needed would give away what was walked.
        return LightLine(light, part, overall, clear, "Not shown", None)
    if not overall:
        return LightLine(light, part, overall, clear, "Not known yet", None)
    # Where the light's own figures are withheld its part is too, but for a ward that nobody walked.
    needed = (
        area.km_needed if area.km_needed is not None else rules.enough_expected / overall - (part.km or 0.0)
    )
    needed = max(0.0, needed)
    walked = part.km or 0.0
    words = f"{km(needed)} more" if needed > 0 else "Enough"
    return LightLine(
        light, part, overall, clear, words, walked / (walked + needed) if walked + needed else 0.0
    )


def factors(
    connection: Connection, chosen: Chosen, area: AreaFigure, found: Answer, rules: Rules
) -> tuple[Factor, ...]:
    """Return what the ward's concerns are about, most first; nothing where the ward's own count is withheld.

    For planners a factor needs as many walks that raised it as any figure, here and in the other wards.
    """
    if not area.concerns or chosen.selection.factors is not None:
        return ()
    shown = [each.id for each in found.areas if each.concerns is not None]
    counts = [
        each
        for each in ward_factors(connection, chosen.selection, area.id, shown)
        if each.concerns > 0 and not (chosen.partner and _few(each.concerns, each.concern_walks, rules))
    ]
    return tuple(
        _factor(each, chosen, area.concerns, found.totals.concerns, rules) for each in counts[:_MOST_FACTORS]
    )


def _factor(count: FactorCount, chosen: Chosen, here: float, everywhere: float, rules: Rules) -> Factor:
    away = chosen.partner and _few(count.elsewhere, count.elsewhere_walks, rules)
    share = None if away else (count.concerns + count.elsewhere) / everywhere
    return Factor(count.label, count.concerns, count.concerns / here, share)


def _few(raised: float, voices: int, rules: Rules) -> bool:
    """Return whether these concerns come from too few walks; the walking itself is shown already."""
    few = rules.partner_min_walks
    return bool(partner_withheld([few], [raised], [voices], min_walks=few)[0])
