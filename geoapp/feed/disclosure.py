"""Who reads, and the note of every reading: nothing leaves to a council without an entry in the audit log."""

import math
import time
from collections.abc import Mapping, Sequence
from threading import Lock
from uuid import UUID

from flask import Request

from geoapp.access import FeedReader, feed_reader, person_or_none
from geoapp.actions import keys, readings
from geoapp.db import writing
from geoapp.errors import NotAllowed, SignInNeeded
from geoapp.feed.collections import Collection


def reader_or_none() -> FeedReader | None:
    """Return who reads, or None for somebody who sees the public collections alone.

    SignInNeeded when a key was sent that does not open anything: a failing nightly run must not look empty.
    """
    try:
        return feed_reader()
    except NotAllowed:
        return None


def reader_of(collection: Collection) -> FeedReader | None:
    """Return who reads this collection, None for a public one.

    SignInNeeded without a valid key or sign-in, NotAllowed for roles that do not read shared concerns.
    """
    if not collection.keyed:
        return None
    reader = feed_reader()
    if reader is None:
        raise SignInNeeded("Send your council's key as Authorization: Bearer, X-API-Key or Basic password.")
    return reader


def boroughs_of(reader: FeedReader | None) -> Sequence[str]:
    """Return the boroughs that the reader sees; none without a reader."""
    return () if reader is None else reader.boroughs


def note(
    reader: FeedReader | None, collection: Collection, count: int, *, request: Request, status: int
) -> None:
    """Keep that the key was used, and who read how many features of which selection.

    Called after the data was read and before it is answered: if it cannot be noted, nothing is told.
    Answers without content (HEAD, 304) disclose nothing and are not noted as readings.
    """
    if reader is None:
        return
    touch(reader)
    if request.method != "GET" or status != 200:  # noqa: PLR2004 (the one answer with features)
        return
    readings.keep(
        entry(actor_of(reader), reader, collection, count, path=request.path, selection=request.args)
    )


def entry(
    actor: str,
    reader: FeedReader,
    collection: Collection,
    count: int,
    *,
    path: str,
    selection: Mapping[str, str],
) -> readings.Entry:
    """Return the entry of who is told how many features of which selection."""
    detail = _detail(reader, count, path, selection)
    return {
        "actor": actor,
        "action": "feed read",
        "subject": f"collection {collection.name}",
        "detail": detail,
    }


def touch(reader: FeedReader | None) -> None:
    """Keep that a key was used, once a minute at most: each process remembers when it last wrote it."""
    if reader is None or reader.key_id is None:
        return
    now = time.monotonic()
    with _held:
        if now - _touched.get(reader.key_id, -math.inf) < _SELDOM_S:
            return
        _touched[reader.key_id] = now
    with writing() as session:
        keys.used(session, reader.key_id)


_SELDOM_S = 60.0
_held = Lock()
_touched: dict[UUID, float] = {}


def actor_of(reader: FeedReader) -> str:
    """Return who reads, as the audit log names them."""
    if reader.key_id is not None:
        return f"key {reader.name}"
    person = person_or_none()
    return reader.name if person is None else person.email


def _detail(reader: FeedReader, count: int, path: str, selection: Mapping[str, str]) -> Mapping[str, object]:
    detail: dict[str, object] = {
        "features": count,
        "boroughs": list(reader.boroughs),
        "path": path,
        "selection": {**selection, **({"since": "a cursor"} if "since" in selection else {})},
    }
    return detail | ({"key": str(reader.key_id)} if reader.key_id is not None else {})
