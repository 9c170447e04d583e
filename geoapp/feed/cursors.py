"""Cursors of the changes: signed, bound to the collection and to the boroughs that they were given for."""

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from geoapp.errors import Gone, malformed
from geoapp.queries.feed_changes import Position

_EPOCH = date(2020, 1, 1)


@dataclass(frozen=True)
class Cursor:
    """A cursor that a reader sent: its own text, the day it was made, and where the reader is."""

    text: str
    day: int
    position: Position


def today() -> int:
    """Return the number of the day, as cursors carry it."""
    return (datetime.now(UTC).date() - _EPOCH).days


def write(collection: str, boroughs: Sequence[str], position: Position) -> str:
    """Return the cursor of a position; it says nothing of other boroughs."""
    return str(_signer().dumps([collection, _scope(boroughs), today(), *astuple(position)]))


def read(text: str, collection: str, boroughs: Sequence[str], items: str) -> Cursor:
    """Return what a cursor says; Malformed for one that is not ours, Gone for one of another scope."""
    try:
        its_collection, scope, day, *parts = _signer().loads(text)
        cursor = Cursor(text, int(day), Position(*parts))
    except (BadData, ValueError, TypeError) as error:
        raise malformed("since", "This cursor is not one of ours. Begin again without it.") from error
    if (its_collection, scope) != (collection, _scope(boroughs)):
        raise ended(items, "This cursor was given for another collection, or for other boroughs.")
    return cursor


def ended(items: str, why: str) -> Gone:
    """Return the answer to a cursor from which nobody can go on, naming the full set."""
    return Gone(f"{why} Read the full set again: {items}, or this address without since.")


def _scope(boroughs: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(boroughs)).encode()).hexdigest()[:24]


def _signer() -> URLSafeSerializer:
    # The secret of the installation; SHA-256 in place of the library's older default.
    return URLSafeSerializer(
        current_app.config["SECRET_KEY"], salt="feed changes", signer_kwargs={"digest_method": hashlib.sha256}
    )
