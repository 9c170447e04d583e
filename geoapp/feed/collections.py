"""The collections of the feed: what each holds, who reads it, by what it can be filtered."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from geoapp.errors import NotFound
from geoapp.feed import parameters, properties
from geoapp.feed.parameters import Parameter
from geoapp.queries import feed as queries
from geoapp.queries.feed_sources import (
    ACTIONS,
    CONCERN_ROUTES,
    CONCERNS,
    WALKS,
    WARD_FIGURES,
    WARDS,
    Kind,
    Source,
)


@dataclass(frozen=True)
class Collection:
    """One collection. `keyed` ones are for partner keys and people signed in, the others for anyone.

    Where it may be `placeless`, a feature can have null for its geometry.
    """

    name: str
    title: str
    description: str
    keyed: bool
    geometry: str
    properties: Mapping[str, Mapping[str, Any]]
    own_filters: tuple[Parameter, ...]
    source: Source
    placeless: bool = False

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


_ALL = (
    Collection(
        "concerns",
        "Concerns",
        "Shared concerns and what works well, points",
        keyed=True,
        geometry="Point",
        properties=properties.CONCERN,
        own_filters=(*properties.CONCERN_FILTERS, *properties.CONCERN_LISTS),
        source=CONCERNS,
    ),
    Collection(
        "concern_routes",
        "Concerns along routes",
        "The same, stretches of street, lines",
        keyed=True,
        geometry="LineString",
        properties=properties.CONCERN,
        own_filters=(*properties.CONCERN_FILTERS, *properties.CONCERN_LISTS),
        source=CONCERN_ROUTES,
    ),
    Collection(
        "wards",
        "Wards",
        "Ward boundaries, every edition",
        keyed=False,
        geometry="MultiPolygon",
        properties=properties.WARD,
        own_filters=properties.WARD_FILTERS,
        source=WARDS,
    ),
    Collection(
        "ward_figures",
        "Ward figures",
        "Concerns and walking by ward, as released for fixed periods; empty until the first release",
        keyed=False,
        geometry="MultiPolygon",
        properties=properties.WARD_FIGURE,
        own_filters=properties.WARD_FIGURE_FILTERS,
        source=WARD_FIGURES,
    ),
    Collection(
        "actions",
        "You said, we did",
        "What came of concerns, in words for everybody, by ward",
        keyed=False,
        geometry="MultiPolygon",
        properties=properties.ACTION,
        own_filters=properties.ACTION_FILTERS,
        source=ACTIONS,
    ),
    Collection(
        "walks",
        "Walks to join",
        "Walks that anyone may ask to join, by ward; no meeting points",
        keyed=False,
        geometry="MultiPolygon",
        properties=properties.WALK,
        own_filters=properties.WALK_FILTERS,
        source=WALKS,
        placeless=True,
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
