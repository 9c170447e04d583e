"""From what is asked of a collection to one bound statement: rows, their order, and the text of each."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    column,
    false,
    func,
    literal,
    or_,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from geoapp.queries.feed_crs import Crs, Place, as_geojson
from geoapp.queries.feed_sources import Kind, SortKey, Source

Value = str | float | int | None
_STATE = table("feed_state", column("collection", Text()), column("change", BigInteger()))


@dataclass(frozen=True)
class Beside:
    """Where a page starts: after the feature of these values of the sort keys and this number, or before it.

    `passed` features stand before that place; those that came with numbers above `bound` are left out, so
    that what is added while somebody pages moves nothing.
    """

    values: tuple[Value, ...]
    seq: int
    passed: int
    bound: int
    backwards: bool = False


@dataclass(frozen=True)
class Selection:
    """What of a collection is asked for; None and empty restrict nothing.

    `box` is what a feature has to touch; `days` are the first and last day, both included; `equal` has the
    values allowed for a queryable. `condition` is a filter that was checked against the queryables, and
    `near` a place outside of which it cannot hold. `properties` are those to be shown.
    """

    limit: int
    skip: int = 0
    beside: Beside | None = None
    box: Place | None = None
    days: tuple[dt.date | None, dt.date | None] = (None, None)
    equal: Mapping[str, Sequence[object]] = field(default_factory=dict)
    condition: ColumnElement[bool] | None = None
    near: tuple[Place, ...] = ()
    sort: tuple[SortKey, ...] = ()
    properties: tuple[str, ...] | None = None
    crs: Crs = Crs.CRS84
    ids: tuple[str, ...] | None = None

    @property
    def plain(self) -> bool:
        """Whether all of the collection is selected."""
        return not self.dated_only or self.days == (None, None)

    @property
    def dated_only(self) -> bool:
        """Whether nothing but days and boroughs restricts what is selected."""
        narrowed = self.box is not None or self.condition is not None or self.ids is not None
        return not narrowed and set(self.equal) <= {"borough_code"}

    @property
    def as_kept(self) -> bool:
        """Whether features are wanted as their text is kept, in the order that is kept."""
        return self.crs is Crs.CRS84 and self.properties is None and not self.sort


def keys_of(source: Source, asked: Selection) -> tuple[SortKey, ...]:
    """Return what features are ordered by, before their number."""
    return asked.sort or source.order


def conditions(source: Source, asked: Selection) -> list[ColumnElement[bool]]:
    """Return what every selected row fulfils, without the place where a page starts."""
    relation = source.relation
    found: list[ColumnElement[bool]] = []
    if "collection" in relation.c:
        found.append(relation.c.collection == source.collection)
    found += [_in_box(source, place) for place in (*asked.near, *([asked.box] if asked.box else []))]
    if source.days is not None:
        begins, ends = (relation.c[name] for name in source.days)
        first, last = asked.days
        found += [ends >= first] if first is not None else []
        found += [begins <= last] if last is not None else []
    found += [_equal(source, name, values) for name, values in asked.equal.items()]
    if asked.condition is not None:
        found.append(asked.condition)
    if asked.ids is not None:
        kind = Uuid() if source.queryables["id"].kind is Kind.UUID else Text()
        found.append(relation.c.id == func.any(bindparam("ids", list(asked.ids), ARRAY(kind))))
    return found


def page(source: Source, asked: Selection) -> Select[tuple[str, int, str, str]]:
    """Return the statement of a page.

    Its one row: the features' text joined by commas; how many rows were found, one over the limit where more
    follow; the place (values and number, as a JSON array) of the row that comes first and of the one at the
    limit in the direction of reading.
    """
    backwards = asked.beside is not None and asked.beside.backwards
    values = [source.queryables[key.name].value for key in keys_of(source, asked)]
    order = _order(source, asked)
    # What is shown is put together from the rows of the page alone: had it stood in here, it would be made
    # for all.
    named = [value.label(f"key_{number}") for number, value in enumerate(values)]
    rows = select(*source.relation.c, *named).where(*conditions(source, asked))
    if asked.beside is not None:
        rows = rows.where(*_beyond(source, asked, asked.beside))
    chosen = rows.order_by(*order).limit(asked.limit + 1).offset(asked.skip or None).subquery("chosen")
    place = func.json_build_array(*(chosen.c[each.name] for each in named), chosen.c.seq).cast(Text)
    found = select(feature(chosen, asked).label("feature"), place.label("place")).subquery("found")
    numbered = select(found.c.feature, found.c.place, func.row_number().over().label("n")).subquery(
        "numbered"
    )
    n = column("n", BigInteger())
    comma = literal(",", Text())
    ordered = func.string_agg(numbered.c.feature, aggregate_order_by(comma, n.desc()) if backwards else comma)
    return select(
        ordered.filter(n <= asked.limit),
        func.count(),
        func.min(numbered.c.place).filter(n == 1),
        func.min(numbered.c.place).filter(n == asked.limit),
    ).select_from(numbered)


def _order(source: Source, asked: Selection) -> list[ColumnElement[Any]]:
    """Return the order of rows in the direction of reading; the number comes last and makes it total."""
    backwards = asked.beside is not None and asked.beside.backwards
    values = [(source.queryables[key.name].value, key.descending) for key in keys_of(source, asked)]
    made: list[ColumnElement[Any]] = [_directed(value, down, backwards) for value, down in values]
    return [*made, source.seq.desc() if source.newest_first is not backwards else source.seq.asc()]


def rows(source: Source, asked: Selection, *, most: int | None) -> Select[Any]:
    """Return the statement of the features' texts one by one, all of the selection or so many of it."""
    found = select(feature(source.relation, asked)).where(*conditions(source, asked))
    if asked.beside is not None:
        found = found.where(*_beyond(source, asked, asked.beside))
    return found.order_by(*_order(source, asked)).limit(most).offset(asked.skip or None)


def count(source: Source, asked: Selection) -> Select[int]:
    """Return the statement that counts the whole selection."""
    return select(func.count()).select_from(source.relation).where(*conditions(source, asked))


def state_of_told(source: Source) -> Select[Any]:
    """Return the statement of how many rows a small view has (n), and of a number (change) that goes with it.

    What the view tells is all that answers depend on, beside the boundaries that its outlines are of.
    """
    told = func.hashtextextended(source.relation.c.told, 0, type_=BigInteger())
    wards = select(_STATE.c.change).where(_STATE.c.collection == "wards").scalar_subquery()
    said = func.coalesce(func.bit_xor(told), 0).op("#")(func.coalesce(wards, 0))
    return select(func.count().label("n"), said.label("change")).select_from(source.relation)


def extent_of_told(source: Source) -> Select[Any]:
    """Return the statement of how much a small view has, where and from which day to which."""
    box = func.ST_Extent(source.relation.c.geom)
    edges = {"west": func.ST_XMin, "south": func.ST_YMin, "east": func.ST_XMax, "north": func.ST_YMax}
    first, last = (source.relation.c[name] for name in source.days or ("date", "date"))
    return select(
        func.count().label("items"),
        *(edge(box).label(name) for name, edge in edges.items()),
        func.min(first).label("first_day"),
        func.max(last).label("last_day"),
    ).select_from(source.relation)


def feature(rows: FromClause, asked: Selection) -> ColumnElement[str]:
    """Return a row's feature as text: as kept, or put together anew for another CRS or fewer properties."""
    kept = rows.c.feature
    if asked.properties is None and asked.crs is Crs.CRS84:
        return kept
    geometry = func.coalesce(as_geojson(rows, asked.crs), literal("null", Text()))
    if asked.properties is None:
        head = func.substr(kept, 1, func.strpos(kept, '"geometry":') + len('"geometry":') - 1)
        return head.concat(geometry).concat(func.substr(kept, func.strpos(kept, ',"properties":')))
    named: list[object] = []
    for name in asked.properties:
        named += [literal(name, Text()), _said(rows.c[name])]
    shown = func.json_build_object(*named).cast(Text)
    return (
        literal('{"type":"Feature","id":', Text())
        .concat(func.to_json(rows.c.id).cast(Text))
        .concat(literal(',"geometry":', Text()))
        .concat(geometry)
        .concat(literal(',"properties":', Text()))
        .concat(shown)
        .concat(literal("}", Text()))
    )


def _said(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a value as features have it: a moment in UTC, whatever the time zone of the database."""
    if not isinstance(value.type, DateTime):
        return value
    return func.to_char(func.timezone("UTC", value), 'YYYY-MM-DD"T"HH24:MI:SS"Z"', type_=Text())


def _in_box(source: Source, place: Place) -> ColumnElement[bool]:
    """Return whether a row touches a place, by the index; see feed_in_box in migration 0009.

    Small views have no index: each row is tried.
    """
    if source.told:
        geometry = source.relation.c.geom_bng if place.srid == Crs.BNG.value.srid else source.relation.c.geom
        return func.ST_Intersects(geometry, place.bound())
    hits = func.feed_in_box(source.collection, place.bound()).table_valued("hit").render_derived()
    return source.seq.in_(select(hits.c.hit))


def _equal(source: Source, name: str, values: Sequence[object]) -> ColumnElement[bool]:
    queryable = source.queryables[name]
    if queryable.kind is Kind.LIST:
        return queryable.value.op("&&")(literal(list(values), ARRAY(Text())))
    return queryable.value == func.any(literal(list(values), ARRAY(queryable.value.type)))


def _directed(value: ColumnElement[object], descending: bool, backwards: bool) -> ColumnElement[object]:
    turned = value.desc() if descending is not backwards else value.asc()
    return turned.nulls_first() if backwards else turned.nulls_last()


def _beyond(source: Source, asked: Selection, beside: Beside) -> list[ColumnElement[bool]]:
    """Return what lies on the far side of a place in the order of reading, and came before its bound."""
    keys = keys_of(source, asked)
    options: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for key, said in zip(keys, beside.values, strict=True):
        value = source.queryables[key.name].value
        bound = literal(said, value.type) if said is not None else None
        options.append(and_(*same, _further(value, bound, key.descending, beside.backwards)))
        same.append(value.is_(None) if bound is None else value == bound)
    up = source.newest_first is beside.backwards
    options.append(and_(*same, source.seq > beside.seq if up else source.seq < beside.seq))
    return [or_(*options), source.seq <= beside.bound]


def _further(
    value: ColumnElement[object], bound: ColumnElement[object] | None, descending: bool, backwards: bool
) -> ColumnElement[bool]:
    if bound is None:  # those without a value are last: nothing is after them, all others before
        return value.is_not(None) if backwards else false()
    nearer = value < bound if descending is not backwards else value > bound
    return nearer if backwards else or_(nearer, value.is_(None))
