"""Plain readings of the feed with a key: one statement each, as the driver gives it, nothing decoded.

What the statements mean stands with the functions in the migrations. Each is a transaction of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection

from geoapp.queries.feed import FeedPage, State, below, kept_page
from geoapp.queries.feed_rows import texts_as_bytes
from geoapp.queries.feed_select import Selection

_PAGE = (
    "SELECT * FROM feed_page_by_key(%s::bytea, %s::text, ST_GeomFromWKB(%s::bytea, %s::integer),"
    " %s::bigint, %s::bigint)"
)
_ITEM = "SELECT * FROM feed_item_by_key(%s::bytea, %s::text, %s::uuid[])"


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
    place = (None, None) if asked.box is None else (asked.box.wkb, asked.box.srid)
    row = _first(connection, _PAGE, (key_hash, collection, *place, below(asked), asked.limit))
    if row is None:
        return None
    total, change, edition, changed_at, features, found, last, matched = row[4:]
    read = kept_page(asked, features, found or 0, last, matched)
    return Reading(_holder(row), State(total, change, edition, changed_at), read)


def item(
    connection: Connection[tuple[Any, ...]], key_hash: bytes, collection: str, identifiers: Sequence[str]
) -> One | None:
    """Return the feature with one of these identifiers; None for a key that opens nothing."""
    row = _first(connection, _ITEM, (key_hash, collection, list(identifiers)))
    return None if row is None else One(_holder(row), str(row[4]), row[5])


def _first(
    connection: Connection[tuple[Any, ...]], asked: str, bound: tuple[object, ...]
) -> tuple[Any, ...] | None:
    texts_as_bytes(connection)
    with connection.cursor(binary=True) as cursor:
        return cursor.execute(asked, bound).fetchone()


def _holder(row: Sequence[Any]) -> Holder:
    key_id, name, may_write, boroughs = row[:4]
    return Holder(key_id, name.decode(), may_write, tuple(each.decode() for each in boroughs))
