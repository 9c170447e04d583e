"""Which fill, state and group an area has: the same rules for map, table, legend and words."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from math import floor, log10

from geoapp.planning.figures import AreaFigure, Scale
from spatial.rates import Verdict

MIDDLE = 3
_DEFAULT_AXIS = 4.0
_AXIS_OVER_BREAK = 1.6
_COUNT_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500)
_AXIS_STEPS = (1.0, 1.2, 1.6, 2.0, 2.4, 3.2, 4.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True)
class GroupKind:
    """A group of the table: its key, its title, and whether it is open at first."""

    key: str
    title: str
    is_open: bool


GROUPS = (
    GroupKind("higher", "Higher than expected", True),
    GroupKind("as_expected", "As expected", True),
    GroupKind("lower", "Lower than expected", False),
    GroupKind("none", "Walked, nothing raised", False),
    GroupKind("thin", "Too little walking to say", False),
    GroupKind("not_shown", "Not shown, fewer than {few} walks", False),
    GroupKind("never", "Never walked", False),
)


def group_of(area: AreaFigure) -> str:
    """Return the key of the area's group. A count of 0 that is clear of chance is lower than expected."""
    match area.verdict:
        case Verdict.NEVER_WALKED:
            return "never"
        case Verdict.SUPPRESSED:
            return "not_shown"
        case Verdict.HIGHER:
            return "higher"
        case Verdict.LOWER:
            return "lower"
    if area.concerns == 0:
        return "none"
    return "thin" if area.verdict is Verdict.TOO_LITTLE_WALKING else "as_expected"


def class_of(value: float | None, scale: Scale) -> int:
    """Return the class of a rate per km from 1 to 5; the middle one while there are no breaks yet."""
    if value is None or not scale.breaks:
        return MIDDLE
    return 1 + bisect_right(scale.breaks, value)


def fill_of(area: AreaFigure, value: float | None, scale: Scale) -> str:
    """Return the name of a fill of the legend: clear of chance is strong, could be chance is pale."""
    strength = "clear" if area.verdict in {Verdict.HIGHER, Verdict.LOWER} else "chance"
    return f"{strength}-{class_of(value, scale)}"


def break_words(scale: Scale) -> list[str]:
    """Return the words under the five classes: 'under 1', '1 to 1.5' and so on."""
    if not scale.breaks:
        return ["", "", "nothing raised yet", "", ""]
    words = [f"{each:g}" for each in scale.breaks]
    between = [f"{low} to {high}" for low, high in pairwise(words)]
    return [f"under {words[0]}", *between, f"{words[-1]} +"]


def axis_end(scale: Scale) -> float:
    """Return where the axis of interval bars ends: a number that parts into four, from the scale alone.

    So that bars of two selections can be compared; what reaches further ends in an arrow.
    """
    if not scale.breaks:
        return _DEFAULT_AXIS
    wanted = _AXIS_OVER_BREAK * scale.breaks[-1]
    power = 10.0 ** floor(log10(wanted))
    end = next(step for step in _AXIS_STEPS if step * power >= wanted * (1 - 1e-9))
    return float(f"{end * power:.6g}")


def round_breaks(most: float) -> tuple[float, float, float]:
    """Return round limits between four classes of numbers up to `most`; they belong to one answer alone."""
    step: float = next((each for each in _COUNT_STEPS if each * 4 >= most), -(-most // 4))
    return step, step * 2, step * 3
