"""What the screen gets of an answer: the figures that it draws and says, column by column, and no more.

The documented answer is `areas.json`; this one belongs to the pages' own scripts and may change with them.
"""

import json
from math import floor

from geoapp.config import Rules
from geoapp.planning.figures import Answer, AreaFigure
from geoapp.planning.present import method, selection, totals
from geoapp.planning.selection import Chosen

# Numbers are cut after the fourth decimal, never rounded: then a value lies on the same side of each class
# limit, and is rounded to the same words, as the whole one.
_KEPT = 10_000
_Q_FIGURES = 3


def screen_json(found: Answer, chosen: Chosen, rules: Rules) -> str:
    """Return the answer as JSON text: `columns` by name, each with a value for every area, in one order."""
    made_by = method(found, chosen, rules)
    said = {
        "method": {"scale": made_by["scale"]},
        "selection": selection(chosen),
        "totals": totals(found),
        "columns": _columns(found.areas),
    }
    return json.dumps(said, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def _columns(areas: tuple[AreaFigure, ...]) -> dict[str, list[object]]:
    return {
        "code": [area.code for area in areas],
        "name": [area.name for area in areas],
        "verdict": [area.verdict.value for area in areas],
        "reason": [area.reason for area in areas],
        "concerns": [_cut(area.concerns) for area in areas],
        "walks": [area.walks for area in areas],
        "km": [_cut(area.km) for area in areas],
        "rate": [_cut(area.rate) for area in areas],
        "rate_low": [_cut(area.rate_low) for area in areas],
        "rate_high": [_cut(area.rate_high) for area in areas],
        "eb_rate": [_cut(area.eb_rate) for area in areas],
        "q_value": [None if area.q_value is None else _figures(area.q_value) for area in areas],
        "km_needed": [_cut(area.km_needed) for area in areas],
    }


def _cut(value: float | None) -> float | int | None:
    if value is None:
        return None
    # The least that there is stays something: nothing is another state.
    kept = max(floor(value * _KEPT), 1 if value > 0 else 0) / _KEPT
    return int(kept) if kept.is_integer() else kept


def _figures(value: float) -> float:
    """Return the first figures of a q-value: it only ranks."""
    return float(f"{value:.{_Q_FIGURES}g}")
