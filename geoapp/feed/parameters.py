"""The one table of query parameters: requests are read by it, and the API definition is written from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geoapp.feed import formats, places, values
from geoapp.queries.feed_crs import Crs
from geoapp.queries.feed_sources import Kind, Queryable

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
    "Only features that touch this box: west,south,east,north in degrees of WGS84, longitude first, or in "
    "the axes of bbox-crs; six numbers have heights, which match everything. In degrees, west greater than "
    "east goes across the antimeridian.",
    {
        "type": "array",
        "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
        "items": {"type": "number"},
    },
    values.bbox,
)
DATETIME = Parameter(
    "datetime",
    "Only features of this time or interval: times of RFC 3339, start/end, with .. for an open end. What is "
    "here has days, so that a time stands for its whole day in UTC. What has no time matches any.",
    {"type": "string"},
    values.days,
)
OFFSET = Parameter(
    "offset",
    "How many features to pass over, for programs that cannot follow next links. The links are steadier.",
    {"type": "integer", "minimum": 0, "default": 0},
    values.offset,
)


def _system(name: str, description: str) -> Parameter:
    uris = [each.uri for each in Crs]
    return Parameter(
        name, description, {"type": "string", "format": "uri", "enum": uris, "default": uris[0]}, places.crs
    )


CRS = _system("crs", "The system of the coordinates in the answer; Content-Crs says it too.")
BBOX_CRS = _system("bbox-crs", "The system of the coordinates in bbox.")
FILTER_CRS = _system("filter-crs", "The system of the coordinates in filter.")
FILTER_LANGUAGES = ("cql2-text", "cql2-json")
FILTER = Parameter(
    "filter",
    "Only features for which this expression of CQL2 is true; names are those of queryables.",
    {"type": "string", "minLength": 1, "maxLength": values.LONGEST_FILTER},
    values.filter_text,
)
FILTER_LANG = Parameter(
    "filter-lang",
    "How filter is written.",
    {"type": "string", "enum": list(FILTER_LANGUAGES), "default": FILTER_LANGUAGES[0]},
    lambda text: values.one_of(FILTER_LANGUAGES)(text)[0],
)


def properties(known: Sequence[str]) -> Parameter:
    """Return the parameter that chooses which properties features are shown with."""
    return Parameter(
        "properties",
        "Only these properties of each feature, with commas between them, in this order.",
        {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {"type": "string", "enum": list(known)},
        },
        values.names_out_of(known),
    )


def sortby(known: Sequence[str]) -> Parameter:
    """Return the parameter that chooses the order."""
    signed = [f"{sign}{name}" for name in known for sign in ("", "+", "-")]
    return Parameter(
        "sortby",
        "The order: names of properties with commas between them, - before one for downwards. What has no "
        "value comes last.",
        {"type": "array", "minItems": 1, "items": {"type": "string", "enum": signed}},
        values.orders_of(known),
    )


_READERS: Mapping[Kind, tuple[Schema, Callable[[str], object]]] = {
    Kind.TEXT: ({"type": "string", "maxLength": 4000}, values.wording),
    Kind.UUID: (
        {"type": "array", "minItems": 1, "items": {"type": "string", "format": "uuid"}},
        values.identifiers,
    ),
    Kind.DATE: (
        {"type": "array", "minItems": 1, "items": {"type": "string", "format": "date"}},
        values.whole_days,
    ),
    Kind.NUMBER: ({"type": "array", "minItems": 1, "items": {"type": "number"}}, values.numbers),
    Kind.MOMENT: (
        {"type": "array", "minItems": 1, "items": {"type": "string", "format": "date-time"}},
        values.moments,
    ),
    Kind.TRUTH: ({"type": "boolean"}, values.truth),
}


def equal_to(queryable: Queryable) -> Parameter:
    """Return the filter by a queryable that has no list of values of its own."""
    schema, read = _READERS[queryable.kind]
    several = " one of these, with commas between them" if "items" in schema else " this"
    return Parameter(queryable.name, f"Only features whose {queryable.name} is{several}.", schema, read)


def holding(name: str, choices: tuple[str, ...] | None = None) -> Parameter:
    """Return the filter by a list, of which one value at least has to be there."""
    items: dict[str, object] = {"type": "string", "pattern": "^[A-Za-z0-9_:-]{1,40}$"}
    if choices is not None:
        items = {"type": "string", "enum": list(choices)}
    return Parameter(
        name,
        f"Only features with one of these in {name}, with commas between them.",
        {"type": "array", "minItems": 1, "items": items},
        values.codes if choices is None else values.one_of(choices),
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
