"""The fixed periods for which a ward page says what was raised, and how much of it may be said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from geoapp.config import Rules
from geoapp.queries.said_and_did import Raised
from spatial.privacy import public_withheld

_JULY = 7
# A count is only told as the highest of these that it reaches: exact ones could be taken from the ward's
# released total, and what is left over could be few.
_STEPS = (8, 15, 30, 50, 100, 200, 500)


@dataclass(frozen=True)
class Told:
    """What may be told of one factor group: `at_least` is None where no number may stand.

    `names` are factors that enough separate walks raised to be named; the rest of the group stays unnamed.
    """

    group: str
    at_least: int | None
    names: tuple[str, ...]


def last_half_year(today: date) -> tuple[date, date]:
    """Return the first day of the first and of the last month of the latest half of a year that is over."""
    if today.month >= _JULY:
        return date(today.year, 1, 1), date(today.year, 6, 1)
    return date(today.year - 1, 7, 1), date(today.year - 1, 12, 1)


def told(groups: Sequence[Raised], factors: Sequence[Raised], rules: Rules) -> list[Told]:
    """Return what the public may be told by factor group; the rule itself stands in spatial.privacy.

    A number stands only over the public limits of concerns and of distinct walks. A factor is named only
    where at least the public number of distinct walks raised it, also without a number.
    """
    found = []
    for each in groups:
        hidden = _withheld(each, rules)
        names = tuple(
            factor.code
            for factor in factors
            if factor.group == each.group and factor.walks >= rules.public_min_walks
        )
        steps = [rules.public_min_concerns, *(step for step in _STEPS if step > rules.public_min_concerns)]
        count = None if hidden else max(step for step in steps if step <= each.concerns)
        if count is not None or names:
            found.append(Told(each.group, count, names))
    return found


def _withheld(each: Raised, rules: Rules) -> bool:
    least = {"min_concerns": rules.public_min_concerns, "min_walks": rules.public_min_walks}
    return bool(public_withheld([each.concerns], [each.walks], **least)[0])
