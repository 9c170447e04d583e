"""The collections of the feed: what each holds, who reads it, by what it can be filtered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from geoapp.errors import NotFound
from geoapp.feed import parameters
from geoapp.feed.parameters import Parameter
from geoapp.feed.values import name as whole_name
from geoapp.queries import feed as queries

KINDS = ("concern", "positive")
LIGHTS = ("day", "twilight", "dark")
FEELINGS = ("frightening", "uncomfortable", "acceptable", "comfortable")
SETTINGS = ("quiet_street", "busy_place", "park", "transport_hub", "other")
BASES = ("seen_on_walk", "experienced_here", "felt_here", "heard_from_others")
STATUSES = ("shared", "in_hand", "done", "no_action")


@dataclass(frozen=True)
class Collection:
    """One collection. `keyed` ones are for partner keys and people signed in, the others for anyone."""

    name: str
    title: str
    description: str
    keyed: bool
    geometry: str
    properties: Mapping[str, Mapping[str, Any]]
    filters: tuple[Parameter, ...]
    page: Callable[[Connection, queries.Selection], queries.FeedPage]
    summary: Callable[[Connection], queries.Summary]
    newest_first: bool = False

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What `items` takes; any other parameter is refused."""
        common = (parameters.ITEMS_F, parameters.LIMIT, parameters.BBOX, parameters.DATETIME)
        return (*common, *self.filters, parameters.CURSOR, parameters.OFFSET)


def _text(description: str, *, nullable: bool = False, **more: object) -> dict[str, object]:
    return {"type": "string", "description": description} | ({"nullable": True} if nullable else {}) | more


def _choice(description: str, choices: tuple[str, ...], *, nullable: bool = False) -> dict[str, object]:
    # A nullable enumeration of OpenAPI 3.0 has to name null itself.
    return _text(description, nullable=nullable, enum=[*choices, *([None] if nullable else [])])


_CONCERN_PROPERTIES: dict[str, Mapping[str, Any]] = {
    "id": _text("Identifier; stays the same for good.", format="uuid"),
    "kind": _choice("A concern, or something that works well.", KINDS),
    "factors": {"type": "array", "items": {"type": "string"}, "description": "What it is about."},
    "feeling": _choice("How it feels there.", FEELINGS, nullable=True),
    "applies": {
        "type": "array",
        "items": {"type": "string", "enum": list(LIGHTS)},
        "description": "The light in which it applies, as she says.",
    },
    "light": _choice("The light when it was recorded, from the sun's elevation.", LIGHTS),
    "setting": _choice("The kind of place.", SETTINGS, nullable=True),
    "basis": _choice("How she knows of it.", BASES, nullable=True),
    "date": _text("The day it was recorded, in London. The time is not given.", format="date"),
    "status": _choice("What has come of it.", STATUSES),
    "wording": _text("Her words, as reviewed for the council.", nullable=True),
    "ward_code": _text("The ward by today's boundaries; of a route, the one with its longest part."),
    "ward_name": _text("The name of the ward."),
    "borough_code": _text("The borough of the ward."),
    "updated": _text(
        "The day of the last change, at the earliest the day it was shared. The time is not given.",
        format="date",
    ),
}
_WARD_PROPERTIES: dict[str, Mapping[str, Any]] = {
    "id": _text("Edition and code."),
    "ward_code": _text("The GSS code of the ward."),
    "ward_name": _text("The name of the ward."),
    "borough_code": _text("The GSS code of the borough.", nullable=True),
    "borough_name": _text("The name of the borough.", nullable=True),
    "edition": _text("The edition of boundaries that the ward belongs to."),
    "valid_from": _text(
        "The day from which the edition counts; null: from the beginning.", format="date", nullable=True
    ),
}
_CONCERN_FILTERS = (
    parameters.choice("kind", "kind", KINDS),
    parameters.choice("status", "status", STATUSES),
    parameters.choice("light", "light when recorded", LIGHTS),
    parameters.choice("feeling", "feeling", FEELINGS),
    parameters.choice("setting", "setting", SETTINGS),
    parameters.choice("basis", "basis", BASES),
    parameters.code("ward_code", "ward"),
    parameters.code("borough_code", "borough"),
)
_WARD_FILTERS = (
    parameters.code("ward_code", "code"),
    parameters.code("borough_code", "borough"),
    Parameter("edition", "Only wards of this edition.", {"type": "string", "maxLength": 80}, whole_name),
)


def _concerns(name: str, title: str, description: str, geometry: str) -> Collection:
    shape = geometry.upper()

    def page(connection: Connection, asked: queries.Selection) -> queries.FeedPage:
        return queries.concerns(connection, shape, asked)

    return Collection(
        name,
        title,
        description,
        keyed=True,
        geometry=geometry,
        properties=_CONCERN_PROPERTIES,
        filters=_CONCERN_FILTERS,
        page=page,
        summary=partial(queries.concerns_summary, shape=shape),
        newest_first=True,
    )


_ALL = (
    _concerns("concerns", "Concerns", "Shared concerns and what works well, points", "Point"),
    _concerns(
        "concern_routes", "Concerns along routes", "The same, stretches of street, lines", "LineString"
    ),
    Collection(
        "wards",
        "Wards",
        "Ward boundaries, every edition",
        keyed=False,
        geometry="MultiPolygon",
        properties=_WARD_PROPERTIES,
        filters=_WARD_FILTERS,
        page=queries.wards,
        summary=queries.wards_summary,
    ),
)
COLLECTIONS: Mapping[str, Collection] = {each.name: each for each in _ALL}


def find(name: str) -> Collection:
    """Return the collection of that name; NotFound names those that exist."""
    try:
        return COLLECTIONS[name]
    except KeyError:
        raise NotFound(f"There is no such collection. There are {', '.join(COLLECTIONS)}.") from None


def listed(*, keyed: bool) -> tuple[Collection, ...]:
    """Return the collections that this reader can open: all with a key, the public ones without."""
    return tuple(each for each in _ALL if keyed or not each.keyed)
