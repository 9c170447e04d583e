"""Values in filters: what is stated, read as the kind that it is compared with, and results of arithmetic."""

import operator
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, DateTime, Numeric, Text, Uuid, func, literal
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION

from geoapp.queries.feed_sources import Kind
from geoapp.queries.feed_times import day_of, moment_of

Node = Any  # a JSON value
Typed = tuple[ColumnElement[Any], Kind]
_DIACRITICS = "[\u0300-\u036f]"


def reckoned(name: str, one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a result of arithmetic; what divides by zero has none, and compares with nothing.

    Each operand is used once: an expression that repeated them would double with every operator.
    """
    if name == "^":
        return func.power(one, other, type_=DOUBLE_PRECISION())
    if name in {"/", "div", "%"}:
        divisor: ColumnElement[Any] = func.nullif(
            other, literal(0.0, DOUBLE_PRECISION()), type_=DOUBLE_PRECISION()
        )
        if name == "%":
            return func.mod(one.cast(Numeric), divisor.cast(Numeric)).cast(DOUBLE_PRECISION())
        quotient = one / divisor
        return quotient if name == "/" else func.trunc(quotient, type_=DOUBLE_PRECISION())
    return {"+": operator.add, "-": operator.sub, "*": operator.mul}[name](one, other)  # type: ignore[no-any-return]


def bare(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a text without accents: decomposed, and what combines taken out."""
    parted = func.pg_catalog.normalize(value, literal("NFD", Text()))
    return func.regexp_replace(parted, _DIACRITICS, "", "g", type_=Text())


def date_of(said: Node) -> Typed:
    """Return a stated date or timestamp as a day; ValueError for what is neither."""
    if not isinstance(said, str):
        raise ValueError("A date is a text.")  # noqa: TRY004 (bad input, not a bug)
    return literal(day_of(said), Date()), Kind.DATE


def stated(node: Node) -> str | None:
    """Return the text of a node that states a value as text, date or timestamp; None for every other node."""
    if isinstance(node, dict) and len(node) == 1:
        node = node.get("date", node.get("timestamp"))
    return node if isinstance(node, str) else None


def read_as(kind: Kind, said: str) -> ColumnElement[Any]:
    """Return a text as a day, a moment or an identifier; ValueError for what is none."""
    if kind is Kind.DATE:
        return literal(day_of(said), Date())
    if kind is Kind.MOMENT:
        return literal(moment_of(said), DateTime(timezone=True))
    try:
        return literal(UUID(said), Uuid())
    except ValueError:
        raise ValueError("An identifier has 36 characters.") from None


def storable(said: str) -> str:
    """Return a text that the database can hold; ValueError for every other."""
    if "\x00" in said or any("\ud800" <= each <= "\udfff" for each in said):
        raise ValueError("A text in it has characters that cannot be kept.")
    return said
