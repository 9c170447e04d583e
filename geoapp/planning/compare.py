"""Before and after: what changed in each ward between two periods, in the same light, beside neighbours."""

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection

from geoapp.config import Rules
from geoapp.errors import malformed
from geoapp.planning.figures import Answer, AreaFigure, answer
from geoapp.planning.inputs import Asked
from geoapp.planning.selection import Chosen, Reader, choose, offered
from geoapp.queries.shapes import neighbours
from spatial.rates import benjamini_hochberg, rate_ratio


@dataclass(frozen=True)
class Ratio:
    """Rate of the later period over that of the earlier one, exact 95 % interval, and p-value against 1.

    None where a value is not there: no ratio without a concern, no upper end without one in the earlier one.
    """

    earlier_concerns: float
    earlier_km: float
    later_concerns: float
    later_km: float
    ratio: float | None
    low: float | None
    high: float | None
    p: float | None


@dataclass(frozen=True)
class Change:
    """One ward. Without `ratio`, `reason` says why; `neighbours` is None where none of them can be shown."""

    area: AreaFigure
    ratio: Ratio | None
    q: float | None
    clear: bool
    neighbours: Ratio | None
    reason: str | None


@dataclass(frozen=True)
class Comparison:
    """Both periods and what changed; `overall` is over the wards that are shown and were walked in both."""

    earlier: Chosen
    later: Chosen
    before: Answer
    after: Answer
    overall: Ratio | None
    changes: tuple[Change, ...]


def periods(connection: Connection, one: Asked, other: Asked, reader: Reader) -> tuple[Chosen, Chosen]:
    """Return both selections, the earlier first, of wards of one edition; Malformed when periods overlap."""
    there = offered(connection, reader)
    first, second = sorted(
        (choose(connection, replace(each, area="ward"), reader, there) for each in (one, other)),
        key=lambda chosen: chosen.selection.first,
    )
    if second.selection.first <= first.selection.last:
        raise malformed("from2", "Choose periods that do not overlap.")
    if first.edition != second.edition:
        # The boundaries of the later period for both, so that like is held against like.
        edition = second.edition
        first = replace(
            first,
            edition=edition,
            selection=replace(first.selection, edition_id=edition.id if edition else None),
        )
    return first, second


def compare(connection: Connection, earlier: Chosen, later: Chosen, rules: Rules) -> Comparison:
    """Return what changed. A ward that is withheld in either period is withheld, and in no sum."""
    before = answer(connection, earlier, rules, outlines=False)
    after = answer(connection, later, rules, outlines=False)
    then = {area.id: area for area in before.areas}
    pairs = [(then[area.id], area) for area in after.areas]
    reasons = [_reason(first, second) for first, second in pairs]
    told = {
        second.id: (first, second) for (first, second), why in zip(pairs, reasons, strict=True) if not why
    }
    beside: dict[int, list[int]] = defaultdict(list)
    for one, other in neighbours(connection, list(told)):
        beside[one].append(other)
        beside[other].append(one)
    ratios = {area: _ratio([pair]) for area, pair in told.items()}
    p = [ratios[area].p for area in told]
    q = benjamini_hochberg(np.array([np.nan if each is None else each for each in p], dtype=float))
    q_of = {area: None if np.isnan(each) else float(each) for area, each in zip(told, q, strict=True)}
    changes = []
    for (_, second), why in zip(pairs, reasons, strict=True):
        near = [told[each] for each in beside[second.id]]
        sure = q_of.get(second.id)
        changes.append(
            Change(
                area=second,
                ratio=ratios.get(second.id),
                q=sure,
                clear=sure is not None and sure <= rules.false_discovery,
                neighbours=_ratio(near) if near and not why else None,
                reason=why,
            )
        )
    overall = _ratio(list(told.values())) if told else None
    return Comparison(earlier, later, before, after, overall, tuple(changes))


def _reason(first: AreaFigure, second: AreaFigure) -> str | None:
    """Return why there is no ratio: withheld figures first, so that no reason gives a count away."""
    for area in (first, second):
        if area.concerns is None:
            return "suppressed"
    return None if first.km and second.km else "never_walked"


def _ratio(pairs: list[tuple[AreaFigure, AreaFigure]]) -> Ratio:
    n1, km1 = sum(a.concerns or 0.0 for a, _ in pairs), sum(a.km or 0.0 for a, _ in pairs)
    n2, km2 = sum(b.concerns or 0.0 for _, b in pairs), sum(b.km or 0.0 for _, b in pairs)
    found = rate_ratio(n2, km2, n1, km1)
    return Ratio(
        n1, km1, n2, km2, *(_finite(float(each)) for each in (found.ratio, found.low, found.high, found.p))
    )


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
