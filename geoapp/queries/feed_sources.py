"""The relations behind the collections of the feed, and by what each can be filtered, ordered and shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnClause,
    ColumnElement,
    Date,
    DateTime,
    Text,
    Uuid,
    column,
    func,
    table,
)
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.sql.selectable import TableClause

GEOMETRY = "geometry"


class Kind(Enum):
    """What values a property has; comparisons are made within one kind."""

    TEXT = "text"
    UUID = "uuid"
    DATE = "date"
    MOMENT = "moment"
    NUMBER = "number"
    TRUTH = "truth"
    LIST = "list"
    GEOMETRY = "geometry"


@dataclass(frozen=True)
class Queryable:
    """Something to filter by. `shown` is whether features have it as a property."""

    name: str
    kind: Kind
    value: ColumnElement[object]
    shown: bool = True


@dataclass(frozen=True)
class SortKey:
    """A property to order by; places without a value come last in both directions."""

    name: str
    descending: bool = False


@dataclass(frozen=True)
class Source:
    """A collection as the role `feed` reads it.

    `seq` is a whole number of each feature that never changes: what makes every order total. `order` comes
    before it where nothing is asked; `newest_first` is its direction. `days` names the columns with the first
    and the last day of a feature; without them it matches any time. `kept` are collections whose texts and
    totals triggers keep; `told` ones are small views, whose state is worked out of what they tell.
    """

    collection: str
    relation: TableClause
    queryables: Mapping[str, Queryable]
    order: tuple[SortKey, ...] = ()
    newest_first: bool = True
    days: tuple[str, str] | None = None
    kept: bool = False
    told: bool = False

    @property
    def seq(self) -> ColumnElement[int]:
        """Return the number that makes every order total."""
        return self.relation.c.seq

    def sortable(self, name: str) -> Queryable | None:
        """Return the property of that name if there is an order of its values."""
        found = self.queryables.get(name)
        return None if found is None or found.kind in {Kind.LIST, Kind.GEOMETRY} else found


_TYPES: Mapping[Kind, Any] = {
    Kind.TEXT: Text(),
    Kind.UUID: Uuid(),
    Kind.DATE: Date(),
    Kind.MOMENT: DateTime(timezone=True),
    Kind.NUMBER: DOUBLE_PRECISION(),
    Kind.TRUTH: Boolean(),
    Kind.LIST: ARRAY(Text()),
}


def _relation(name: str, properties: Mapping[str, Kind], *more: str) -> TableClause:
    columns: list[ColumnClause[Any]] = [column(each, _TYPES[kind]) for each, kind in properties.items()]
    return table(
        name,
        column("seq", BigInteger()),
        *(column(each, Text()) for each in more),
        *columns,
        column("geom", Geometry("GEOMETRY", 4326)),
        column("geom_bng", Geometry("GEOMETRY", 27700)),
        column("feature", Text()),
    )


def _queryables(relation: TableClause, properties: Mapping[str, Kind]) -> dict[str, Queryable]:
    """Return all properties, the geometry, and where its middle lies in National Grid."""
    middle = func.ST_Centroid(relation.c.geom_bng)
    found = [Queryable(name, kind, relation.c[name]) for name, kind in properties.items()]
    found += [
        Queryable("easting", Kind.NUMBER, func.ST_X(middle, type_=DOUBLE_PRECISION()), shown=False),
        Queryable("northing", Kind.NUMBER, func.ST_Y(middle, type_=DOUBLE_PRECISION()), shown=False),
        Queryable(GEOMETRY, Kind.GEOMETRY, relation.c.geom, shown=False),
    ]
    return {each.name: each for each in found}


_CONCERN = {
    "id": Kind.UUID,
    "kind": Kind.TEXT,
    "factors": Kind.LIST,
    "feeling": Kind.TEXT,
    "applies": Kind.LIST,
    "light": Kind.TEXT,
    "setting": Kind.TEXT,
    "basis": Kind.TEXT,
    "date": Kind.DATE,
    "status": Kind.TEXT,
    "wording": Kind.TEXT,
    "ward_code": Kind.TEXT,
    "ward_name": Kind.TEXT,
    "borough_code": Kind.TEXT,
    "updated": Kind.DATE,
}
_WARD = {
    "id": Kind.TEXT,
    "ward_code": Kind.TEXT,
    "ward_name": Kind.TEXT,
    "borough_code": Kind.TEXT,
    "borough_name": Kind.TEXT,
    "edition": Kind.TEXT,
    "valid_from": Kind.DATE,
}
_WALK = {
    "id": Kind.UUID,
    "title": Kind.TEXT,
    "ward_code": Kind.TEXT,
    "ward_name": Kind.TEXT,
    "date": Kind.DATE,
    "starts_at": Kind.MOMENT,
    "ends_at": Kind.MOMENT,
    "length_m": Kind.NUMBER,
    "step_free": Kind.TRUTH,
    "details": Kind.TEXT,
    "officer": Kind.TEXT,
    "kind": Kind.TEXT,
    "places_left": Kind.NUMBER,
}
_ACTION = {
    "id": Kind.TEXT,
    "ward_code": Kind.TEXT,
    "ward_name": Kind.TEXT,
    "borough_code": Kind.TEXT,
    "borough_name": Kind.TEXT,
    "status": Kind.TEXT,
    "date": Kind.DATE,
    "you_said": Kind.TEXT,
    "answer": Kind.TEXT,
}
_WARD_FIGURE = {
    "id": Kind.TEXT,
    "ward_code": Kind.TEXT,
    "ward_name": Kind.TEXT,
    "borough_code": Kind.TEXT,
    "edition": Kind.TEXT,
    "release": Kind.TEXT,
    "version": Kind.NUMBER,
    "period_start": Kind.DATE,
    "period_end": Kind.DATE,
    "concerns": Kind.NUMBER,
    "walks": Kind.NUMBER,
    "km": Kind.NUMBER,
    "suppressed": Kind.TRUTH,
}
_DAY = ("date", "date")


def _concerns(collection: str) -> Source:
    relation = _relation("feed_feature", _CONCERN, "collection")
    return Source(collection, relation, _queryables(relation, _CONCERN), days=_DAY, kept=True)


def _told(
    collection: str,
    view: str,
    properties: Mapping[str, Kind],
    order: tuple[SortKey, ...],
    days: tuple[str, str],
    *,
    newest_first: bool,
) -> Source:
    relation = _relation(view, properties, "told")
    queryables = _queryables(relation, properties)
    return Source(collection, relation, queryables, order, newest_first, days, told=True)


CONCERNS, CONCERN_ROUTES = _concerns("concerns"), _concerns("concern_routes")
_WARD_FEATURE = _relation("feed_ward_feature", _WARD)
WARDS = Source(
    "wards",
    _WARD_FEATURE,
    _queryables(_WARD_FEATURE, _WARD),
    order=(SortKey("id"),),
    newest_first=False,
)
WARD_FIGURES = _told(
    "ward_figures",
    "feed_ward_figure",
    _WARD_FIGURE,
    (SortKey("period_start", descending=True), SortKey("id")),
    ("period_start", "period_end"),
    newest_first=False,
)
ACTIONS = _told(
    "actions", "feed_action", _ACTION, (SortKey("date", descending=True),), _DAY, newest_first=True
)
WALKS = _told("walks", "feed_walk", _WALK, (SortKey("starts_at"),), _DAY, newest_first=False)
SOURCES: Mapping[str, Source] = {
    each.collection: each for each in (CONCERNS, CONCERN_ROUTES, WARDS, WARD_FIGURES, ACTIONS, WALKS)
}
