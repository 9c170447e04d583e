"""The relations behind the collections of the feed, and by what each can be filtered, ordered and shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import ARRAY, BigInteger, ColumnClause, ColumnElement, Date, Text, Uuid, column, func, table
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.sql.selectable import TableClause

GEOMETRY = "geometry"


class Kind(Enum):
    """What values a property has; comparisons are made within one kind."""

    TEXT = "text"
    UUID = "uuid"
    DATE = "date"
    NUMBER = "number"
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
    before it where nothing is asked; `newest_first` is its direction.
    """

    collection: str
    relation: TableClause
    queryables: Mapping[str, Queryable]
    order: tuple[SortKey, ...] = ()
    newest_first: bool = True
    timed: bool = True

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
_FEATURE = _relation("feed_feature", _CONCERN, "collection")
_WARD_FEATURE = _relation("feed_ward_feature", _WARD)
CONCERNS = Source("concerns", _FEATURE, _queryables(_FEATURE, _CONCERN))
CONCERN_ROUTES = Source("concern_routes", _FEATURE, _queryables(_FEATURE, _CONCERN))
WARDS = Source(
    "wards",
    _WARD_FEATURE,
    _queryables(_WARD_FEATURE, _WARD),
    order=(SortKey("id"),),
    newest_first=False,
    timed=False,
)
SOURCES: Mapping[str, Source] = {each.collection: each for each in (CONCERNS, CONCERN_ROUTES, WARDS)}
