"""Values of query parameters: each reader returns the text of one as a valid value, or says what is wrong."""

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

MOST_ITEMS = 10_000
_WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9_:-]{1,40}", re.ASCII)
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,80}")
_FLAT_BOX, _TALL_BOX = 4, 6
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}):([0-9]{2})(?:\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_LONGEST_TEXT = 4_000
LONGEST_FILTER = 16_000
_UNSTORABLE = re.compile("[\ud800-\udfff\x00]")
Days = tuple[date | None, date | None]


def limit(text: str) -> int:
    """Return how many features a page holds; more than the maximum counts as the maximum.

    That is what OGC API - Features 1.0.1, requirement /req/core/fc-limit-response-1, asks for.
    """
    wanted = _whole(text)
    if wanted < 1:
        raise ValueError("It has to be 1 or more.")
    return min(wanted, MOST_ITEMS)


def offset(text: str) -> int:
    """Return how many features to pass over."""
    return _whole(text)


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError("It has to be a whole number of at most 18 digits.")
    return int(text)


def bbox(text: str) -> tuple[float, float, float, float]:
    """Return the edges of a box as they stand: 4 numbers, or 6 whose heights match everything."""
    parts = text.split(",")
    if len(parts) not in {_FLAT_BOX, _TALL_BOX} or not all(_NUMBER.fullmatch(part) for part in parts):
        raise ValueError("It has to be 4 numbers, west,south,east,north, or 6 with heights.")
    numbers = [float(part) for part in parts]
    if not all(map(math.isfinite, numbers)):
        raise ValueError("A number in it is too large.")
    if len(numbers) == _TALL_BOX:
        if numbers[2] > numbers[5]:
            raise ValueError("The lower height comes before the upper one.")
        numbers = [*numbers[:2], *numbers[3:5]]
    west, south, east, north = numbers
    return west, south, east, north


def days(text: str) -> Days:
    """Return the first and last day of a time or an interval of RFC 3339, each in UTC; None where it is open.

    An end is open when it is '..' or empty. A day without a time is taken as it stands.
    """
    ends = text.split("/")
    if len(ends) == 1:
        day, _ = _moment(ends[0])
        return day, day
    if len(ends) != 2:  # noqa: PLR2004 (a start and an end)
        raise ValueError("An interval is start/end.")
    start, end = (None if end in {"", ".."} else _moment(end) for end in ends)
    if start is None and end is None:
        raise ValueError("At least one end of an interval has to be a time.")
    if start is not None and end is not None and start[1] > end[1]:
        raise ValueError("The interval ends before it starts.")
    return (None if start is None else start[0], None if end is None else end[0])


def _moment(text: str) -> tuple[date, datetime]:
    """Return the day in UTC, and the time to compare with."""
    try:
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text)
            return day, datetime(day.year, day.month, day.day, tzinfo=UTC)
        found = _MOMENT.fullmatch(text)
        if found is None:
            raise ValueError  # noqa: TRY301 (one sentence for all that is no time)
        day_text, minute, second, zone = found.groups()
        # A leap second, which RFC 3339 allows, belongs to the minute before it.
        second = "59" if second == "60" else second
        moment = datetime.fromisoformat(f"{day_text}T{minute}:{second}{zone.upper().replace('Z', '+00:00')}")
    except ValueError:
        raise ValueError(
            "A time is written 2026-03-30T21:14:05Z, an interval start/end with .. for open."
        ) from None
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:  # within a day of the ends of the calendar
        moment = moment.replace(tzinfo=UTC)
    return moment.date(), moment


def one_of(choices: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """Return a reader of one or several values out of these, with commas between them."""

    def read(text: str) -> tuple[str, ...]:
        values = tuple(text.split(","))
        if not all(value in choices for value in values):
            raise ValueError(f"It has to be one of {', '.join(choices)}, or several with commas between.")
        return values

    return read


def codes(text: str) -> tuple[str, ...]:
    """Return one or several codes of areas."""
    values = tuple(text.split(","))
    if not all(_CODE.fullmatch(value) for value in values):
        raise ValueError("It has to be a code such as E05014111, or several with commas between.")
    return values


def name(text: str) -> tuple[str, ...]:
    """Return one name as it stands."""
    if not _NAME.fullmatch(text) or _UNSTORABLE.search(text):
        raise ValueError("It has to be a name of at most 80 characters.")
    return (text,)


def whole_days(text: str) -> tuple[date, ...]:
    """Return one or several days."""
    try:
        if not all(_DAY.fullmatch(part) for part in text.split(",")):
            raise ValueError  # noqa: TRY301 (one sentence for all that is no day)
        return tuple(date.fromisoformat(part) for part in text.split(","))
    except ValueError:
        raise ValueError("A day is written 2026-03-30; several have commas between.") from None


def moments(text: str) -> tuple[datetime, ...]:
    """Return one or several times, each with its offset."""
    found = []
    for part in text.split(","):
        if _DAY.fullmatch(part):
            raise ValueError("A time is written 2026-03-30T21:14:05Z; several have commas between.")
        found.append(_moment(part)[1])
    return tuple(found)


def truth(text: str) -> tuple[bool]:
    """Return true or false."""
    if text not in {"true", "false"}:
        raise ValueError("It has to be true or false.")
    return (text == "true",)


def identifiers(text: str) -> tuple[str, ...]:
    """Return one or several identifiers of concerns."""
    try:
        return tuple(str(UUID(part)) for part in text.split(","))
    except ValueError:
        raise ValueError("It has to be an identifier of 36 characters, or several with commas.") from None


def numbers(text: str) -> tuple[float, ...]:
    """Return one or several numbers."""
    parts = text.split(",")
    if not all(_NUMBER.fullmatch(part) and math.isfinite(float(part)) for part in parts):
        raise ValueError("It has to be a number, or several with commas between.")
    return tuple(float(part) for part in parts)


def wording(text: str) -> tuple[str, ...]:
    """Return a text that a property has word by word."""
    if len(text) > _LONGEST_TEXT or _UNSTORABLE.search(text):
        raise ValueError("It has to be a text of at most 4,000 characters.")
    return (text,)


def names_out_of(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """Return a reader of names of properties, with commas between them, each once."""

    def read(text: str) -> tuple[str, ...]:
        found = tuple(text.split(","))
        if not set(found) <= set(known) or len(set(found)) != len(found):
            raise ValueError(f"It has to be names out of {', '.join(known)}, each once.")
        return found

    return read


def orders_of(known: Sequence[str]) -> Callable[[str], tuple[tuple[str, bool], ...]]:
    """Return a reader of what to sort by: names, each with whether it goes down."""

    def read(text: str) -> tuple[tuple[str, bool], ...]:
        found = tuple(
            (part.lstrip("+-") if part[:1] in {"+", "-"} else part, part[:1] == "-") for part in parts(text)
        )
        names = [name for name, _ in found]
        if not set(names) <= set(known) or len(set(names)) != len(names):
            raise ValueError(
                f"It has to be names out of {', '.join(known)}, each once, with - before it for down."
            )
        return found

    def parts(text: str) -> list[str]:
        # An address that was not encoded carries its plus signs as spaces.
        return [f"+{part[1:]}" if part.startswith(" ") else part for part in text.split(",")]

    return read


def filter_text(text: str) -> str:
    """Return a filter as it stands, of a length that can be read in good time."""
    if not text.strip() or len(text) > LONGEST_FILTER or _UNSTORABLE.search(text):
        raise ValueError(f"It has to be an expression of 1 to {LONGEST_FILTER:,} characters.")
    return text
