"""Single values of a request: of the right kind, named by their path when they are not."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from geoapp.config import Limits
from geoapp.errors import FieldError, Malformed, malformed, refused
from geoapp.wire import Body

M = TypeVar("M", bound=BaseModel)
_MOST_ERRORS = 20
_LONGEST_QUOTE = 40
_LONGEST_PATH = 120
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,12})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_WORDS = {
    "missing": "It is missing. Send it.",
    "extra_forbidden": "It is not known here. Leave it out.",
    "model_type": "It is not an object. Send one.",
    "dict_type": "It is not an object. Send one.",
    "list_type": "It is not a list. Send one.",
    "string_type": "It is not a text. Send it in quotes.",
    "bool_type": "It is neither true nor false. Send one of them.",
    "int_type": "It is not a whole number. Send one without quotes.",
    "int_from_float": "It is not a whole number. Send one.",
    "float_type": "It is not a number. Send one without quotes.",
    "finite_number": "It is not a finite number. Send one.",
}


def _as_whole(sent: object) -> object:
    return int(sent) if isinstance(sent, float) and sent.is_integer() else sent


Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
# 2.0 and 2 are one JSON number, so both are whole.
Whole = Annotated[int, BeforeValidator(_as_whole)]


class Strict(BaseModel):
    """An object with known members alone, none of them taken for another kind."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def read(model: type[M], body: Body) -> M:
    """Return the body as the model; Malformed names what is missing, unknown or of a wrong type."""
    try:
        return model.model_validate(body.value)
    except ValidationError as error:
        listed = error.errors(include_url=False, include_context=False, include_input=False)[:_MOST_ERRORS]
        found = tuple(
            FieldError(_path(each["loc"]), _WORDS.get(each["type"], "It is of a wrong kind."))
            for each in listed
        )
        raise Malformed(f"{found[0].field}: {found[0].message}", errors=found) from error


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    path = "".join(each if each.isprintable() else "?" for each in path)
    return path[:_LONGEST_PATH] or "body"


def quote(value: str) -> str:
    """Return an untrusted text as it may stand in a message: short, in quotes."""
    return repr(value if len(value) <= _LONGEST_QUOTE else f"{value[:_LONGEST_QUOTE]}…")


def uuid(field: str, value: str) -> UUID:
    """Return the identifier in its usual form with hyphens; Malformed for any other."""
    if not _UUID.fullmatch(value):
        raise malformed(field, "It is not a UUID such as 0190d2c4-5b1a-7c3e-9f00-1a2b3c4d5e6f.")
    return UUID(value)


def moment(field: str, value: str, limits: Limits) -> datetime:
    """Return a time with its zone as UTC, if it lies in the span that is taken.

    Malformed when it is not of RFC 3339, Refused when it is before or after the span.
    """
    if not _MOMENT.fullmatch(value):
        raise malformed(field, "It is not a time such as 2026-03-30T21:14:05Z.")
    try:
        found = datetime.fromisoformat(value.upper())
    except ValueError as error:
        raise malformed(field, "There is no such time. Write it as 2026-03-30T21:14:05Z.") from error
    if found.tzinfo is None:
        raise malformed(field, "A time needs its zone, as in 2026-03-30T21:14:05Z.")
    earliest, latest = span(limits)
    try:
        found = found.astimezone(UTC)
    except OverflowError as error:
        raise refused(field, "The time is out of range.") from error
    if not earliest <= found <= latest:
        raise refused(
            field,
            f"The time is before {limits.earliest_year} or too far ahead. Check the clock.",
        )
    return found


def span(limits: Limits) -> tuple[datetime, datetime]:
    """Return the earliest and the latest time that is taken."""
    earliest = datetime(limits.earliest_year, 1, 1, tzinfo=UTC)
    return earliest, datetime.now(UTC) + timedelta(hours=limits.ahead_hours)
