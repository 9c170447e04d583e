"""Who reads, and the note of every reading: nothing leaves to a council without an entry in the audit log."""

from collections.abc import Mapping, Sequence

from flask import Request

from geoapp.access import FeedReader, feed_reader, person_or_none
from geoapp.actions import audit, keys
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
    disclosed = request.method == "GET" and status == 200  # noqa: PLR2004 (the one answer with features)
    if not disclosed and reader.key_id is None:
        return
    with writing() as session:
        if reader.key_id is not None:
            keys.used(session, reader.key_id)
        if disclosed:
            audit.note(
                session,
                actor=_actor(reader),
                action="feed read",
                subject=f"collection {collection.name}",
                detail=_detail(reader, request, count),
            )


def _actor(reader: FeedReader) -> str:
    if reader.key_id is not None:
        return f"key {reader.name}"
    person = person_or_none()
    return reader.name if person is None else person.email


def _detail(reader: FeedReader, request: Request, count: int) -> Mapping[str, object]:
    detail: dict[str, object] = {
        "features": count,
        "boroughs": list(reader.boroughs),
        "path": request.path,
        "selection": dict(request.args),
    }
    return detail | ({"key": str(reader.key_id)} if reader.key_id is not None else {})
