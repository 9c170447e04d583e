"""The one table of query parameters: requests are read by it, and the API definition is written from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from geoapp.feed import formats, values

DEFAULT_ITEMS = 100
MOST_CURSOR = 400
Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Parameter:
    """A query parameter: what it means, its schema in the API definition, and how its text is read.

    `read` returns the value or raises ValueError in words that say what to send instead.
    """

    name: str
    description: str
    schema: Schema
    read: Callable[[str], object]

    def as_openapi(self) -> dict[str, object]:
        """Return the parameter object of OpenAPI 3.0."""
        return {
            "name": self.name,
            "in": "query",
            "required": False,
            "description": self.description,
            "schema": dict(self.schema),
            "style": "form",
            "explode": False,
        }


def choice(name: str, what: str, choices: tuple[str, ...]) -> Parameter:
    """Return the filter of a property that has a short list of values."""
    return Parameter(
        name,
        f"Only features whose {what} is one of these, with commas between them.",
        {"type": "array", "minItems": 1, "items": {"type": "string", "enum": list(choices)}},
        values.one_of(choices),
    )


def code(name: str, what: str) -> Parameter:
    """Return the filter of a property that holds codes of areas."""
    return Parameter(
        name,
        f"Only features whose {what} is one of these codes, with commas between them.",
        {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "pattern": "^[A-Za-z0-9_:-]{1,40}$"},
        },
        values.codes,
    )


FORMATS = ("json", "html")
F = Parameter(
    "f",
    "The format of the answer, where the Accept header is not to decide.",
    {"type": "string", "enum": list(FORMATS)},
    lambda text: values.one_of(FORMATS)(text)[0],
)
ITEMS_FORMATS = (*FORMATS, *formats.NAMES)
ITEMS_F = Parameter(
    "f",
    "The format of the answer, where the Accept header is not to decide. Formats other than json, html and "
    "jsonfg have no pages: without limit they hold the whole selection.",
    {"type": "string", "enum": list(ITEMS_FORMATS)},
    lambda text: values.one_of(ITEMS_FORMATS)(text)[0],
)
LIMIT = Parameter(
    "limit",
    f"How many features a page holds. More than {values.MOST_ITEMS} counts as {values.MOST_ITEMS}.",
    {"type": "integer", "minimum": 1, "maximum": values.MOST_ITEMS, "default": DEFAULT_ITEMS},
    values.limit,
)
BBOX = Parameter(
    "bbox",
    "Only features that touch this box: west,south,east,north in degrees of WGS84, longitude first, or six "
    "numbers with heights, which match everything. West greater than east goes across the antimeridian.",
    {
        "type": "array",
        "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
        "items": {"type": "number"},
    },
    values.bbox,
)
DATETIME = Parameter(
    "datetime",
    "Only features of this time or interval: times of RFC 3339, start/end, with .. for an open end. Concerns "
    "have a day and no time, so that a time stands for its whole day in UTC. What has no time matches any.",
    {"type": "string"},
    values.days,
)
OFFSET = Parameter(
    "offset",
    "How many features to pass over, for programs that cannot follow next links. The links are steadier.",
    {"type": "integer", "minimum": 0, "default": 0},
    values.offset,
)


def _cursor(text: str) -> str:
    if len(text) > MOST_CURSOR:
        raise ValueError("It has to be a cursor as next links have it.")
    return text


CURSOR = Parameter(
    "cursor",
    "Where a page starts, as the next and prev links have it. Nothing else is known about it.",
    {"type": "string", "minLength": 1, "maxLength": MOST_CURSOR},
    _cursor,
)
