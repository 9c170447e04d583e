"""From a CQL2 tree to a bound condition: only what stands in the tables here gets into a statement.

Names are those of the collection's queryables, functions those of OGC 21-065r2 listed below; everything else
is a value and travels apart from the statement.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Text,
    and_,
    false,
    func,
    literal,
    not_,
    or_,
    true,
)
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION

from geoapp.queries.feed_crs import Place
from geoapp.queries.feed_filter_values import bare, date_of, read_as, reckoned, stated, storable
from geoapp.queries.feed_sources import Kind, Source
from geoapp.queries.feed_times import HOLDS, Span

Node = Any  # a JSON value
Typed = tuple[ColumnElement[Any], Kind]
_COMPARED: Mapping[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_SPATIAL = {
    "s_intersects": "ST_Intersects",
    "s_equals": "ST_Equals",
    "s_disjoint": "ST_Disjoint",
    "s_touches": "ST_Touches",
    "s_within": "ST_Within",
    "s_overlaps": "ST_Overlaps",
    "s_crosses": "ST_Crosses",
    "s_contains": "ST_Contains",
}
_ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "div", "^"})
_LISTS = {"a_contains": "@>", "a_containedby": "<@", "a_overlaps": "&&"}
# What stands beside a value of this kind may be stated as one of those.
_READABLE_AS = {Kind.MOMENT: {Kind.TEXT, Kind.DATE}, Kind.DATE: {Kind.TEXT}, Kind.UUID: {Kind.TEXT}}
_TIMES: Mapping[Kind, Any] = {Kind.DATE: Date(), Kind.MOMENT: DateTime(timezone=True)}


class Translation:
    """Makes conditions on one collection; `geometry` reads a place that is said, `bng` in National Grid."""

    def __init__(self, source: Source, geometry: Callable[[Node], Place], *, bng: bool) -> None:
        """Keep what names mean and how places are read."""
        self._source, self._geometry, self._bng = source, geometry, bng

    def condition(self, node: Node) -> ColumnElement[bool]:
        """Return the condition that a node stands for; ValueError when it is none."""
        if isinstance(node, bool):
            return true() if node else false()
        name, said = _operation(node)
        if name in {"and", "or"}:
            parts = [self.condition(each) for each in said]
            if not parts:
                raise ValueError(f"{name} joins nothing.")
            return and_(*parts) if name == "and" else or_(*parts)
        if name == "not":
            return not_(self.condition(_one(name, said)))
        if name == "isnull":
            return self._value(_one(name, said))[0].is_(None)
        for known, make in (
            (_COMPARED, self._comparison),
            ({"like": 0}, self._like),
            ({"between": 0}, self._between),
            ({"in": 0}, self._in),
            (_SPATIAL, self._spatial),
            (HOLDS, self._temporal),
            (_LISTS | {"a_equals": "="}, self._listed),
        ):
            if name in known:
                return make(name, said)
        raise ValueError(f"There is no function {name[:40]!r} here.")

    def near(self, node: Node) -> tuple[Place, ...]:
        """Return places that everything touches for which this is true, where the node says them outright."""
        if not isinstance(node, dict) or not isinstance(node.get("args"), list):
            return ()
        name = str(node.get("op")).lower()
        if name == "and":
            return tuple(place for each in node["args"] for place in self.near(each))
        if name in _SPATIAL and name != "s_disjoint":
            said = [each for each in node["args"] if isinstance(each, dict) and "property" not in each]
            return tuple(self._geometry(each) for each in said[:1]) if len(said) == 1 else ()
        return ()

    def _comparison(self, name: str, said: Sequence[Node]) -> ColumnElement[bool]:
        one, other = _two(name, said)
        left, right = self._pair(name, one, other)
        return _COMPARED[name](left, right)

    def _pair(self, name: str, *nodes: Node) -> list[ColumnElement[Any]]:
        """Return values of one kind; a text beside a date or an identifier is read as one."""
        found = [self._value(each) for each in nodes]
        kinds = {kind for _, kind in found}
        for kind in (Kind.MOMENT, Kind.DATE, Kind.UUID):
            if kind in kinds and len(kinds) > 1 and kinds <= {kind, *_READABLE_AS[kind]}:
                said = [stated(node) for node in nodes]
                found = [
                    typed if each is None else (read_as(kind, each), kind)
                    for each, typed in zip(said, found, strict=True)
                ]
                kinds = {each for _, each in found}
        if len(kinds) != 1 or kinds & {Kind.GEOMETRY, Kind.LIST}:
            raise ValueError(f"{name} compares values of one kind: texts, numbers, dates or true and false.")
        return [value for value, _ in found]

    def _like(self, name: str, said: Sequence[Node]) -> ColumnElement[bool]:
        said = _two(name, said)
        if isinstance(said[1], str) and (len(said[1]) - len(said[1].rstrip("\\"))) % 2:
            raise ValueError("The pattern ends with a backslash that stands before nothing.")
        (value, kind), (pattern, other) = (self._value(each) for each in said)
        if kind is not Kind.TEXT or other is not Kind.TEXT:
            raise ValueError("like compares a text with a pattern.")
        return value.like(pattern)

    def _between(self, name: str, said: Sequence[Node]) -> ColumnElement[bool]:
        if len(said) == 2 and isinstance(said[1], list):  # noqa: PLR2004 (how older JSON has it)
            said = [said[0], *said[1]]
        if len(said) != 3:  # noqa: PLR2004 (value, lower, upper)
            raise ValueError("between needs a value and two ends.")
        value, lower, upper = self._pair(name, *said)
        return value.between(lower, upper)

    def _in(self, name: str, said: Sequence[Node]) -> ColumnElement[bool]:
        one, others = _two(name, said)
        if not isinstance(others, list) or not others:
            raise ValueError("in needs a list of values.")
        value, *choices = self._pair(name, one, *others)
        return or_(*(value == each for each in choices))

    def _spatial(self, name: str, said: Sequence[Node]) -> ColumnElement[bool]:
        one, other = (self._place(each) for each in _two(name, said))
        return getattr(func, _SPATIAL[name])(one, other)  # type: ignore[no-any-return]

    def _place(self, node: Node) -> ColumnElement[Any]:
        if not isinstance(node, dict):
            raise ValueError("A spatial function compares geometries.")  # noqa: TRY004 (bad input, not a bug)
        if "property" in node:
            value, kind = self._value(node)
            if kind is not Kind.GEOMETRY:
                raise ValueError(f"{_shown(node['property'])} is not a geometry.")
            return value
        if node.get("type") == "GeometryCollection":
            raise ValueError("Geometry collections are not compared here. Ask for each geometry.")
        return self._geometry(node).bound()

    def _temporal(self, name: str, said: Sequence[Node]) -> ColumnElement[bool]:
        said = _two(name, said)
        # Beside a property that has a time, days begin at midnight in UTC; else times stand for their days.
        kind = Kind.MOMENT if any(self._has_moment(each) for each in said) else Kind.DATE
        one, other = (self._span(each, kind) for each in said)
        return HOLDS[name](one, other)

    def _has_moment(self, node: Node) -> bool:
        ends = node.get("interval") if isinstance(node, dict) else None
        ends = ends if isinstance(ends, list) else [node]
        names = [each["property"] for each in ends if isinstance(each, dict) and "property" in each]
        return any(self._property(each)[1] is Kind.MOMENT for each in names)

    def _span(self, node: Node, kind: Kind) -> Span:
        if isinstance(node, dict) and "interval" in node:
            ends = node["interval"]
            if not isinstance(ends, list) or len(ends) != 2:  # noqa: PLR2004 (start and end)
                raise ValueError("An interval has two ends.")
            return Span(
                *(
                    self._end(each, kind, open_at)
                    for each, open_at in zip(ends, ("-infinity", "infinity"), strict=True)
                )
            )
        value = self._end(node, kind, None)
        return Span(value, value)

    def _end(self, node: Node, kind: Kind, open_at: str | None) -> ColumnElement[Any]:
        if open_at is not None and (node is None or node == ".."):
            return literal(open_at, Text()).cast(_TIMES[kind])
        said = stated(node)
        if said is not None:
            return read_as(kind, said)
        value, its_kind = self._value(node)
        if its_kind not in _TIMES:
            raise ValueError("A temporal function compares dates, timestamps and intervals.")
        if its_kind is not kind:
            return func.timezone("UTC", value.cast(DateTime()), type_=DateTime(timezone=True))
        return value

    def _listed(self, name: str, said: Sequence[Node]) -> ColumnElement[bool]:
        one, other = (self._list(each) for each in _two(name, said))
        if name == "a_equals":
            return and_(one.op("@>", is_comparison=True)(other), one.op("<@", is_comparison=True)(other))
        return one.op(_LISTS[name], is_comparison=True)(other)

    def _list(self, node: Node) -> ColumnElement[Any]:
        if isinstance(node, list):
            if not all(isinstance(each, str) for each in node):
                raise ValueError("A list here holds texts.")
            return literal(node, ARRAY(Text()))
        value, kind = self._value(node)
        if kind is not Kind.LIST:
            raise ValueError("A list function compares lists.")
        return value

    def _value(self, node: Node) -> Typed:
        if isinstance(node, str):
            return literal(storable(node), Text()), Kind.TEXT
        if isinstance(node, bool):
            return literal(node, Boolean()), Kind.TRUTH
        if isinstance(node, int | float):
            return literal(float(node), DOUBLE_PRECISION()), Kind.NUMBER
        if isinstance(node, dict):
            for member, make in (("property", self._property), ("date", date_of), ("timestamp", date_of)):
                if set(node) == {member}:
                    return make(node[member])
            if "op" in node:
                return self._computed(*_operation(node))
        raise ValueError("There is a value in it that does not compare.")

    def _property(self, name: Node) -> Typed:
        found = self._source.queryables.get(name) if isinstance(name, str) else None
        if found is None:
            known = ", ".join(self._source.queryables)
            raise ValueError(f"There is no queryable {_shown(name)}. There are {known}.")
        if found.kind is Kind.GEOMETRY and self._bng:
            return self._source.relation.c.geom_bng, found.kind
        return found.value, found.kind

    def _computed(self, name: str, said: Sequence[Node]) -> Typed:
        if name in {"casei", "accenti"}:
            value, kind = self._value(_one(name, said))
            if kind is not Kind.TEXT:
                raise ValueError(f"{name} takes a text.")
            return (func.lower(value.collate("und-x-icu")) if name == "casei" else bare(value)), kind
        if name not in _ARITHMETIC:
            raise ValueError(f"There is no function {name[:40]!r} here.")
        values = [self._value(each) for each in _two(name, said)]
        if any(kind is not Kind.NUMBER for _, kind in values):
            raise ValueError(f"{name} takes numbers.")
        return reckoned(name, values[0][0], values[1][0]), Kind.NUMBER


def _operation(node: Node) -> tuple[str, Sequence[Node]]:
    if (
        not isinstance(node, dict)
        or not isinstance(node.get("op"), str)
        or not isinstance(node.get("args"), list)
    ):
        raise ValueError(  # noqa: TRY004 (bad input, not a bug)
            "There is a value in it where something that is true or false belongs."
        )
    return node["op"].lower(), node["args"]


def _one(name: str, said: Sequence[Node]) -> Node:
    if len(said) != 1:
        raise ValueError(f"{name} takes one value.")
    return said[0]


def _two(name: str, said: Sequence[Node]) -> Sequence[Node]:
    if len(said) != 2:  # noqa: PLR2004 (the two of its name)
        raise ValueError(f"{name} takes two values.")
    return said


def _shown(name: Node) -> str:
    return repr(str(name)[:40])
