"""Figures and verdicts of every area of an answer, withheld where the reader must not see them."""

from dataclasses import dataclass
from math import isnan

import numpy as np
from sqlalchemy import Connection

from geoapp.config import Rules
from geoapp.planning.selection import Chosen
from geoapp.queries import areas as query
from geoapp.queries import choices
from geoapp.queries.areas import AreaCount, Selection
from spatial.privacy import partner_withheld
from spatial.rates import Verdict, assess

_STEPS = (0.6, 0.85, 1.15, 1.45)
# Fewer concerns than this in two years say nothing of what is usual.
_THIN_REFERENCE = 10.0
_M_PER_KM = 1000.0


@dataclass(frozen=True)
class AreaFigure:
    """All that may be said about one area; None where a value is not there, and `reason` then says why."""

    id: int
    code: str
    name: str
    borough_code: str | None
    borough_name: str | None
    outline: str
    concerns: float | None
    positives: float | None
    walks: int | None
    km: float | None
    minutes: float | None
    rate: float | None
    rate_low: float | None
    rate_high: float | None
    eb_rate: float | None
    expected: float | None
    p_value: float | None
    q_value: float | None
    verdict: Verdict
    km_needed: float | None
    reason: str | None


@dataclass(frozen=True)
class Totals:
    """Sums over the areas that are shown. `outside` comes on top; None where boroughs narrow the answer."""

    concerns: float
    walks: int
    km: float
    minutes: float
    outside: float | None


@dataclass(frozen=True)
class Scale:
    """Class breaks per km and the fixed reference they come from; none while nothing was ever raised."""

    breaks: tuple[float, ...]
    overall: float | None
    reference: Selection


@dataclass(frozen=True)
class Answer:
    """One answer. `overall` is the rate per km of all areas that are shown and walked."""

    areas: tuple[AreaFigure, ...]
    totals: Totals
    overall: float | None
    scale: Scale
    version: str


def answer(connection: Connection, chosen: Chosen, rules: Rules, *, outlines: bool = True) -> Answer:
    """Return figures, totals and class breaks of a selection, all of one snapshot of the database.

    Without `outlines` the areas have none: whoever does not draw them need not wait for them.
    """
    selection = chosen.selection
    counts = query.area_counts(connection, selection, voices=_voices(chosen, rules), outlines=outlines)
    areas = _assessed(counts, selection, chosen.partner, rules)
    shown = [area for area in areas if area.concerns is not None]
    concerns, km = sum(area.concerns or 0.0 for area in shown), sum(area.km or 0.0 for area in shown)
    walked = [area for area in shown if area.km]
    totals = Totals(
        concerns=concerns,
        walks=query.distinct_walks(
            connection, selection, [area.id for area in shown] if chosen.partner else None
        ),
        km=km,
        minutes=sum(area.minutes or 0.0 for area in shown),
        outside=query.outside(connection, selection, inside=_inside(counts, selection))
        if chosen.whole
        else None,
    )
    overall = sum(area.concerns or 0.0 for area in walked) / km if km > 0 else None
    return Answer(areas, totals, overall, scale(connection, chosen, rules), choices.data_version(connection))


def _inside(counts: list[AreaCount], selection: Selection) -> float | None:
    """Return the concerns in all wards of the edition, where that is what was counted."""
    if selection.area != "ward" or selection.boroughs is not None:
        return None
    return sum(_counted(each, selection.kind) for each in counts)


def scale(connection: Connection, chosen: Chosen, rules: Rules) -> Scale:
    """Return the class breaks: the reference's overall rate times fixed steps, to two figures.

    The reference is the two last complete years, and all time where hardly anything was raised in those.
    Withheld areas stay out of it, so that breaks give nothing away.
    """
    for reference, least in ((chosen.reference, _THIN_REFERENCE), (chosen.reference_all, 0.0)):
        counts = query.area_counts(connection, reference, voices=_voices(chosen, rules), outlines=False)
        hidden = _withheld(counts, reference.kind, rules) if chosen.partner else np.zeros(len(counts), bool)
        walked = [each for each, away in zip(counts, hidden, strict=True) if each.metres > 0 and not away]
        km = sum(each.metres for each in walked) / _M_PER_KM
        raised = sum(_counted(each, reference.kind) for each in walked)
        if raised > least and km > 0:
            return Scale(tuple(two_figures(raised / km * step) for step in _STEPS), raised / km, reference)
    return Scale((), None, chosen.reference_all)


def _voices(chosen: Chosen, rules: Rules) -> int:
    """Return up to which number the walks that raised something have to be told apart."""
    return rules.partner_min_walks if chosen.partner else 0


def two_figures(value: float) -> float:
    """Return a number with its first two figures."""
    return float(f"{value:.1e}")


def _assessed(
    counts: list[AreaCount], selection: Selection, partner: bool, rules: Rules
) -> tuple[AreaFigure, ...]:
    n = np.array([_counted(each, selection.kind) for each in counts], dtype=float)
    km = np.array([each.metres for each in counts], dtype=float) / _M_PER_KM
    hidden = _withheld(counts, selection.kind, rules) if partner else np.zeros(len(counts), bool)
    # What the reader may not see of what works is withheld by its own voices, whatever is counted.
    unsaid = _withheld(counts, "positive", rules) if partner else hidden
    said = assess(n, km, hidden, fdr=rules.false_discovery, enough_expected=rules.enough_expected)
    return tuple(
        _figure(
            each,
            n=float(n[i]),
            km=float(km[i]),
            verdict=Verdict(said.verdict[i]),
            away=_away(n[i], km[i], bool(hidden[i])),
            positives=None if bool(unsaid[i]) and each.positives > 0 else each.positives,
            worked_out={
                name: _there(getattr(said, name)[i])
                for name in (
                    "rate",
                    "rate_low",
                    "rate_high",
                    "eb_rate",
                    "expected",
                    "p_value",
                    "q_value",
                    "km_needed",
                )
            },
        )
        for i, each in enumerate(counts)
    )


def _figure(
    count: AreaCount,
    *,
    n: float,
    km: float,
    verdict: Verdict,
    away: str | None,
    positives: float | None,
    worked_out: dict[str, float | None],
) -> AreaFigure:
    hidden = away == "suppressed"
    reason = away or ("suppressed" if positives is None else None)
    return AreaFigure(
        id=count.id,
        code=count.code,
        name=count.name,
        borough_code=count.borough_code,
        borough_name=count.borough_name,
        outline=count.outline,
        concerns=None if hidden else n,
        positives=None if hidden else positives,
        walks=None if hidden else count.walks,
        km=None if hidden else km,
        minutes=None if hidden else count.minutes,
        verdict=verdict,
        reason=reason,
        **worked_out,
    )


def _counted(count: AreaCount, kind: str) -> float:
    return count.positives if kind == "positive" else count.concerns


def _withheld(counts: list[AreaCount], kind: str, rules: Rules) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    walks = [each.walks for each in counts]
    raised = [_counted(each, kind) for each in counts]
    voices = [each.positive_walks if kind == "positive" else each.concern_walks for each in counts]
    return np.asarray(partner_withheld(walks, raised, voices, min_walks=rules.partner_min_walks))


def _away(n: float, km: float, hidden: bool) -> str | None:
    """Return why a value is not there: withheld figures first, so that no reason gives a count away."""
    if km == 0:
        if n == 0:
            return "never_walked"
        return "suppressed" if hidden else "no_track"
    return "suppressed" if hidden else None


def _there(value: float) -> float | None:
    return None if isnan(value) else float(value)
