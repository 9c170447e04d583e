"""Plain readings of the feed with a key: one statement each, as the driver gives it, nothing decoded.

What follows a key stands in files beside this one, as for readers without one; the key comes before it in the
same statement, and so on the same snapshot. Each is a transaction of its own.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from psycopg import Connection
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg_dialect

from geoapp.queries import statement
from geoapp.queries.feed import FeedPage, State, below, kept_page, rows_of
from geoapp.queries.feed_rows import texts_as_bytes
from geoapp.queries.feed_select import Selection

_ITEM = "SELECT * FROM feed_item_by_key(%s::bytea, %s::text, %s::uuid[])"
_DIALECT = psycopg_dialect()  # type: ignore[no-untyped-call]  # the library has no types for it
# How many boroughs a key saw when it was asked for last: which statement is the right one, and nothing else.
_SEEN: dict[bytes, int] = {}
_MOST_SEEN = 10_000


@dataclass(frozen=True)
class Holder:
    """Whose key it is, and the boroughs that it sees."""

    key_id: UUID
    name: str
    may_write: bool
    boroughs: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """A page with the state of its collection in the same snapshot, and who reads."""

    holder: Holder
    state: State
    page: FeedPage


@dataclass(frozen=True)
class One:
    """One feature as text, and who reads; no text where there is none that this reader sees."""

    holder: Holder
    identifier: str
    text: bytes | None


def page(
    connection: Connection[tuple[Any, ...]], key_hash: bytes, collection: str, asked: Selection
) -> Reading | None:
    """Return the asked page, of which limit, box and place count; None for a key that opens nothing.

    With a limit of 0 the page is empty, and the state alone was read.
    """
    seen = _SEEN.get(key_hash, 1)
    rows = _page_rows(connection, key_hash, collection, asked, seen)
    if not rows:
        return None
    said = json.loads(rows[0][1])
    holder = Holder(UUID(said["key_id"]), said["name"], said["may_write"], tuple(said["boroughs"]))
    if len(holder.boroughs) != seen:
        if len(_SEEN) >= _MOST_SEEN:
            _SEEN.clear()
        _SEEN[key_hash] = len(holder.boroughs)
        return page(connection, key_hash, collection, asked)
    moment = said["changed_at"]
    changed_at = None if moment is None else datetime.fromtimestamp(moment, UTC)
    state = State(said["n"], said["change"], said["edition_id"], changed_at)
    if not asked.limit:
        return Reading(holder, state, FeedPage(b"", 0, None, 0, None, None))
    return Reading(holder, state, kept_page(asked, rows[1:], state.total if asked.box is None else None))


def _page_rows(
    connection: Connection[tuple[Any, ...]], key_hash: bytes, collection: str, asked: Selection, boroughs: int
) -> list[tuple[Any, ...]]:
    bound: dict[str, object] = {"hash": key_hash, "collection": collection}
    name = None
    if asked.limit:
        name = rows_of(asked, boroughs)
        bound |= {"below": below(asked), "most": asked.limit}
    if asked.box is not None:
        bound |= {"area": asked.box.wkb, "srid": asked.box.srid}
    return _all(connection, _with_key(name), bound)


@cache
def _with_key(name: str | None) -> str:
    """Return the statement of that name with the key and the state before it, as the driver takes it."""
    both = statement("feed_key_state").text
    if name is not None:
        both = f"({both}) UNION ALL ({statement(name).text})"
    return str(text(both).compile(dialect=_DIALECT))


def item(
    connection: Connection[tuple[Any, ...]], key_hash: bytes, collection: str, identifiers: Sequence[str]
) -> One | None:
    """Return the feature with one of these identifiers; None for a key that opens nothing."""
    rows = _all(connection, _ITEM, (key_hash, collection, list(identifiers)))
    if not rows:
        return None
    [(key_id, name, may_write, boroughs, identifier, found)] = rows
    holder = Holder(key_id, name.decode(), may_write, tuple(each.decode() for each in boroughs))
    return One(holder, str(identifier), found)


def _all(
    connection: Connection[tuple[Any, ...]], asked: str, bound: tuple[object, ...] | dict[str, object]
) -> list[tuple[Any, ...]]:
    texts_as_bytes(connection)
    with connection.cursor(binary=True) as cursor:
        return cursor.execute(asked, bound).fetchall()
