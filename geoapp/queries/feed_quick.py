"""Plain readings of the feed with a key: a statement for each page, one for what several ask that is small.

What follows a key stands in files beside this one, as for readers without one; the key comes before it in the
same statement, and so on the same snapshot. Each is a transaction of its own. Texts stay bytes as the driver
gives them, nothing is decoded.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from psycopg import Connection
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg_dialect

from geoapp.direct import ask
from geoapp.queries import feed, statement
from geoapp.queries.feed import FeedPage, State, below, kept_page, rows_of
from geoapp.queries.feed_rows import texts_as_bytes
from geoapp.queries.feed_select import Selection

_STATES = "SELECT * FROM feed_states_by_key(%s::bytea[], %s::text[])"
_PAGES = "SELECT * FROM feed_pages_by_key(%s::bytea[], %s::text[], %s::bigint[], %s::bigint[], %s)"
_BOX_SOME = "feed_page_box_some"
_ITEMS = "SELECT * FROM feed_items_by_key(%s::bytea[], %s::text[], %s::text[])"
# How many boroughs a key saw when it was asked for last: which statement is the right one, and nothing else.
_SEEN: dict[bytes, int] = {}
_MOST_SEEN = 10_000
_DIALECT = psycopg_dialect()  # type: ignore[no-untyped-call]  # the library has no types for it


@dataclass(frozen=True)
class Holder:
    """Whose key it is, and the boroughs that it sees."""

    key_id: UUID
    name: str
    may_write: bool
    boroughs: tuple[str, ...]


@dataclass(frozen=True)
class Now:
    """The state of a collection, and who reads."""

    holder: Holder
    state: State


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


class TooMuch(Exception):
    """A box holds more than a page."""


def page(
    connection: Connection[tuple[Any, ...]],
    key_hash: bytes,
    collection: str,
    asked: Selection,
    *,
    light: bool = False,
) -> Reading | None:
    """Return the asked page, of which limit, box and place count; None for a key that opens nothing.

    With `light`, TooMuch for a box that holds more than the page: it would have to be counted first.
    """
    if asked.box is None:
        return _large(connection, key_hash, collection, asked)
    if asked.beside is None:
        found = _read(connection, key_hash, collection, asked, _BOX_SOME)
        if found is None:
            return None
        holder, now, rows = found
        if len(rows) <= asked.limit:
            return Reading(holder, now, kept_page(asked, rows, len(rows)))
    if light:
        raise TooMuch
    found = _read(connection, key_hash, collection, asked, rows_of(asked, 1))
    return None if found is None else Reading(found[0], found[1], kept_page(asked, found[2]))


def _large(
    connection: Connection[tuple[Any, ...]], key_hash: bytes, collection: str, asked: Selection
) -> Reading | None:
    """Return a page as rows that go through no function, whose store of them would cost more than they do."""
    seen = _SEEN.get(key_hash, 1)
    found = _read(connection, key_hash, collection, asked, rows_of(asked, seen))
    if found is None:
        return None
    holder, now, rows = found
    if len(holder.boroughs) != seen:
        if len(_SEEN) >= _MOST_SEEN:
            _SEEN.clear()
        _SEEN[key_hash] = len(holder.boroughs)
        return _large(connection, key_hash, collection, asked)
    return Reading(holder, now, kept_page(asked, rows, now.total))


def pages(
    connection: Connection[tuple[Any, ...]], asked: Sequence[tuple[bytes, str, Selection]]
) -> dict[int, Reading]:
    """Return by place the page of all of a collection that each key asks for, of which limit and place count.

    What a key that opens nothing asks for is left out.
    """
    belows = _array(str(below(each[2])) for each in asked)
    mosts = _array(str(each[2].limit) for each in asked)
    bound = _hashes(asked), _array(each[1] for each in asked), belows, mosts, feed.FEW
    heads: dict[int, tuple[Holder, State]] = {}
    rows: dict[int, list[tuple[Any, ...]]] = {}
    for place, seq, feature in _all(connection, _PAGES, bound):
        if seq is None:
            heads[place], rows[place] = _head(feature), []
        else:
            rows[place].append((seq, feature))
    return {
        place - 1: Reading(holder, now, kept_page(asked[place - 1][2], rows[place], now.total))
        for place, (holder, now) in heads.items()
    }


def _read(
    connection: Connection[tuple[Any, ...]], key_hash: bytes, collection: str, asked: Selection, name: str
) -> tuple[Holder, State, list[tuple[Any, ...]]] | None:
    """Return who reads, the state and the rows of a statement; None for a key that opens nothing."""
    bound: dict[str, object] = {"hash": key_hash, "collection": collection}
    bound |= {"below": below(asked), "most": asked.limit}
    if asked.box is not None:
        bound |= {"area": asked.box.wkb, "srid": asked.box.srid}
    rows = _all(connection, _with_key(name), bound)
    if not rows:
        return None
    return *_head(rows[0][1]), rows[1:]


@lru_cache(maxsize=256)
def _head(text: bytes) -> tuple[Holder, State]:
    """Return who holds a key and the state from the row before all others."""
    said = json.loads(text)
    holder = Holder(UUID(said["key_id"]), said["name"], said["may_write"], tuple(said["boroughs"]))
    return holder, State(said["n"], said["change"], said["edition_id"], _moment(said["changed_at"]))


@cache
def _with_key(name: str) -> str:
    """Return the statement of that name with the key and the state before it, as the driver takes it."""
    both = f"({statement('feed_key_state').text}) UNION ALL ({statement(name).text})"
    return str(text(both).compile(dialect=_DIALECT))


def states(
    connection: Connection[tuple[Any, ...]], asked: Sequence[tuple[bytes, str]]
) -> dict[tuple[bytes, str], Now]:
    """Return the state of each of these collections for each key, of those that open something."""
    [rows] = ask(connection, (_STATES, (_hashes(asked), _array(each[1] for each in asked))))
    return {asked[int(place) - 1]: Now(_holder(holder), _state(*state)) for place, holder, *state in rows}


def items(
    connection: Connection[tuple[Any, ...]], asked: Sequence[tuple[bytes, str, Sequence[str]]]
) -> dict[int, One]:
    """Return by place the feature with one of the identifiers that each key asks for in a collection.

    What a key that opens nothing asks for is left out.
    """
    ids = _array(f'"{_array(each[2])}"' for each in asked)
    [rows] = ask(connection, (_ITEMS, (_hashes(asked), _array(each[1] for each in asked), ids)))
    return {
        int(place) - 1: One(_holder(holder), "" if identifier is None else identifier.decode(), feature)
        for place, holder, identifier, feature in rows
    }


def _array(words: Iterable[str]) -> str:
    """Return words that need no quotes (names of collections, identifiers) as PostgreSQL writes an array."""
    return f"{{{','.join(words)}}}"


def _hashes(asked: Sequence[tuple[Any, ...]]) -> str:
    return _array(f'"\\\\x{each[0].hex()}"' for each in asked)


@lru_cache(maxsize=256)
def _holder(text: bytes) -> Holder:
    key_id, name, may_write, boroughs = json.loads(text)
    return Holder(UUID(key_id), name, may_write, tuple(boroughs))


def _state(n: bytes, change: bytes, edition_id: bytes, changed_at: bytes | None) -> State:
    moment = None if changed_at is None else float(changed_at)
    return State(int(n), int(change), int(edition_id), _moment(moment))


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _all(
    connection: Connection[tuple[Any, ...]], asked: str, bound: tuple[object, ...] | dict[str, object]
) -> list[tuple[Any, ...]]:
    texts_as_bytes(connection)
    with connection.cursor(binary=True) as cursor:
        return cursor.execute(asked, bound).fetchall()
