"""The form with which a person narrows a page of features, made to work without scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Request

from geoapp.feed.collections import Collection

# What is chosen out of a list, and what is written; in the order in which they stand.
_CHOSEN = {
    "kind": "Kind",
    "status": "Status",
    "light": "Light when recorded",
    "feeling": "Feeling",
    "setting": "Kind of place",
    "basis": "How she knows",
}
_WRITTEN = {
    "ward_code": "Ward code",
    "borough_code": "Borough code",
    "edition": "Edition",
    "release": "Release",
}
_DAYS = "datetime"
_PLACES = frozenset({"f", "cursor", "offset"})


@dataclass(frozen=True)
class Field:
    """A field: a select of options where there are any, else a text; `value` is what is set now."""

    name: str
    label: str
    value: str
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Form:
    """The fields, what else was asked for and is kept, and how many of the fields are set."""

    action: str
    fields: tuple[Field, ...]
    kept: tuple[tuple[str, str], ...]

    @property
    def set_count(self) -> int:
        """Return how many fields narrow what is shown."""
        return sum(bool(field.value) for field in self.fields)


def form(shown: Collection, action: str, stated: Sequence[tuple[str, str]]) -> Form:
    """Return the form of a collection, filled with what was asked for."""
    said = dict(stated)
    schemas = {each.name: each.schema for each in shown.filters}
    fields = [
        Field(name, label, said.get(name, ""), _options(schemas[name], said.get(name, "")))
        for name, label in _CHOSEN.items()
        if name in schemas
    ]
    written = [
        name for name in _WRITTEN if name in schemas and (name in said or not _of_the_key(shown, name))
    ]
    fields += [Field(name, _WRITTEN[name], said.get(name, "")) for name in written]
    if shown.source.days is not None:
        fields.append(Field(_DAYS, "Days, as 2026-03-01/2026-03-31", said.get(_DAYS, "")))
    own = {field.name for field in fields}
    kept = tuple((name, value) for name, value in stated if name not in own and name not in _PLACES)
    return Form(action, tuple(fields), kept)


def _of_the_key(shown: Collection, name: str) -> bool:
    """Whether the reader's key or sign-in has narrowed this already."""
    return shown.keyed and name == "borough_code"


def _options(schema: Mapping[str, object], value: str) -> tuple[tuple[str, str], ...]:
    items = schema.get("items")
    known = items.get("enum", ()) if isinstance(items, Mapping) else ()
    options = [("", "Any"), *((each, each.replace("_", " ").capitalize()) for each in known)]
    if value and value not in known:  # several at once, as an address may have it
        options.append((value, value.replace(",", ", ").replace("_", " ")))
    return tuple(options)


def tidied(request: Request) -> str | None:
    """Return the address without the fields that a form sent empty; None where there is nothing to tidy.

    Only for pages: a program that sends an empty parameter is told so.
    """
    asked = list(request.args.items(multi=True))
    if request.args.get("f") != "html" or all(value for _, value in asked):
        return None
    return f"{request.path}?{urlencode([each for each in asked if each[1]], safe=',:/')}"
