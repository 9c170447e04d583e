"""The collections of the feed: what each holds, who reads it, by what it can be filtered."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from geoapp.errors import NotFound
from geoapp.feed import parameters
from geoapp.feed.parameters import Parameter
from geoapp.feed.values import name as whole_name
from geoapp.queries import feed as queries
from geoapp.queries.feed_sources import CONCERN_ROUTES, CONCERNS, WARDS, Kind, Source

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
    own_filters: tuple[Parameter, ...]
    source: Source

    @property
    def newest_first(self) -> bool:
        """Whether what was shared last stands first."""
        return self.source.newest_first

    @property
    def sortables(self) -> tuple[str, ...]:
        """Return the names of properties that there is an order of."""
        return tuple(name for name in self.source.queryables if self.source.sortable(name))

    @property
    def filters(self) -> tuple[Parameter, ...]:
        """Return a parameter for each queryable but the geometry."""
        own = {each.name: each for each in self.own_filters}
        return tuple(
            own.get(each.name) or parameters.equal_to(each)
            for each in self.source.queryables.values()
            if each.kind is not Kind.GEOMETRY
        )

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """What `items` takes; any other parameter is refused."""
        common = (parameters.ITEMS_F, parameters.LIMIT, parameters.BBOX, parameters.BBOX_CRS, parameters.CRS)
        asking = (parameters.DATETIME, parameters.FILTER, parameters.FILTER_LANG, parameters.FILTER_CRS)
        showing = (parameters.properties(tuple(self.properties)), parameters.sortby(self.sortables))
        return (*common, *asking, *showing, *self.filters, parameters.CURSOR, parameters.OFFSET)

    @cached_property
    def item_parameters(self) -> tuple[Parameter, ...]:
        """What one feature takes."""
        return (parameters.F, parameters.CRS, parameters.properties(tuple(self.properties)))

    def page(
        self, connection: Connection, asked: queries.Selection, now: queries.State | None = None
    ) -> queries.FeedPage:
        """Return a page of what is asked; `now` is the state, where it was read before."""
        return queries.page(connection, self.source, asked, now)

    def summary(self, connection: Connection) -> queries.Summary:
        """Return what the collection holds for this reader."""
        return queries.summary(connection, self.source)


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
_CONCERN_LISTS = (parameters.holding("factors"), parameters.holding("applies", LIGHTS))
_WARD_FILTERS = (
    parameters.code("ward_code", "code"),
    parameters.code("borough_code", "borough"),
    Parameter("edition", "Only wards of this edition.", {"type": "string", "maxLength": 80}, whole_name),
)


_ALL = (
    Collection(
        "concerns",
        "Concerns",
        "Shared concerns and what works well, points",
        keyed=True,
        geometry="Point",
        properties=_CONCERN_PROPERTIES,
        own_filters=(*_CONCERN_FILTERS, *_CONCERN_LISTS),
        source=CONCERNS,
    ),
    Collection(
        "concern_routes",
        "Concerns along routes",
        "The same, stretches of street, lines",
        keyed=True,
        geometry="LineString",
        properties=_CONCERN_PROPERTIES,
        own_filters=(*_CONCERN_FILTERS, *_CONCERN_LISTS),
        source=CONCERN_ROUTES,
    ),
    Collection(
        "wards",
        "Wards",
        "Ward boundaries, every edition",
        keyed=False,
        geometry="MultiPolygon",
        properties=_WARD_PROPERTIES,
        own_filters=_WARD_FILTERS,
        source=WARDS,
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
