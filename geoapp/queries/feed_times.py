"""Days and spans of days in filters, and how two of them lie to each other (OGC 21-065r2, 7.9)."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2}))?",
    re.ASCII,
)


@dataclass(frozen=True)
class Span:
    """A first and a last day; the same of a day alone."""

    start: ColumnElement[Any]
    end: ColumnElement[Any]


Holds = Callable[[Span, Span], ColumnElement[bool]]
HOLDS: Mapping[str, Holds] = {
    "t_after": lambda a, b: a.start > b.end,
    "t_before": lambda a, b: a.end < b.start,
    "t_contains": lambda a, b: and_(a.start < b.start, a.end > b.end),
    "t_disjoint": lambda a, b: or_(a.start > b.end, a.end < b.start),
    "t_during": lambda a, b: and_(a.start > b.start, a.end < b.end),
    "t_equals": lambda a, b: and_(a.start == b.start, a.end == b.end),
    "t_finishedby": lambda a, b: and_(a.start < b.start, a.end == b.end),
    "t_finishes": lambda a, b: and_(a.start > b.start, a.end == b.end),
    "t_intersects": lambda a, b: and_(a.start <= b.end, a.end >= b.start),
    "t_meets": lambda a, b: a.end == b.start,
    "t_metby": lambda a, b: a.start == b.end,
    "t_overlappedby": lambda a, b: and_(a.start > b.start, a.start < b.end, a.end > b.end),
    "t_overlaps": lambda a, b: and_(a.start < b.start, a.end > b.start, a.end < b.end),
    "t_startedby": lambda a, b: and_(a.start == b.start, a.end > b.end),
    "t_starts": lambda a, b: and_(a.start == b.start, a.end < b.end),
}


def day_of(said: str) -> dt.date:
    """Return the day of a date or of a timestamp in UTC; properties have no time. Else ValueError."""
    day, moment = _read(said)
    return day if moment is None else moment.date()


def moment_of(said: str) -> dt.datetime:
    """Return a timestamp in UTC, of a date its midnight. Else ValueError."""
    day, moment = _read(said)
    return moment or dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)


def _read(said: str) -> tuple[dt.date, dt.datetime | None]:
    """Return the day as it is written and, of a timestamp, the time in UTC to a microsecond."""
    found = _MOMENT.fullmatch(said)
    try:
        if found is None:
            raise ValueError  # noqa: TRY301 (one sentence for all that is no day)
        day, time, fraction, zone = found.groups()
        date = dt.date.fromisoformat(day)
        if time is None:
            return date, None
        moment = dt.datetime.fromisoformat(f"{day}T{time}{zone.upper().replace('Z', '+00:00')}")
        part = dt.timedelta(seconds=float(fraction or 0))
        return date, moment.astimezone(dt.UTC) + part
    except (ValueError, OverflowError):
        raise ValueError("A date is written 2026-03-30, a timestamp 2026-03-30T21:14:05Z.") from None
