"""`PATCH …/items/{id}`: a council's answer to a concern, as a JSON merge patch (RFC 7396) of the feature."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Request, Response, current_app, request
from werkzeug.exceptions import MethodNotAllowed

from geoapp.access import FeedReader, person_or_none, public
from geoapp.actions.answering import Answer, Answering, answer
from geoapp.db import feed_reading, writing
from geoapp.errors import FieldError, Malformed, NotAllowed, NotFound, TagNeeded, malformed, refused
from geoapp.feed import collections, disclosure, inputs, links, present, unchanged
from geoapp.feed.collections import Collection
from geoapp.queries import feed as queries
from geoapp.queries.feed import FeedPage
from geoapp.wire import if_match, json_body

MEDIA = "application/merge-patch+json"
MEMBERS = ("status", "owner_reference", "wording", "reason")
STATUSES = ("in_hand", "done", "no_action")
_LONGEST_REFERENCE = 80
_LONGEST_NAME = 60


def change(name: str, identifier: str) -> Response:
    """Store what the council says of one feature, and give the feature as it is now."""
    shown = collections.find(name)
    if not shown.keyed:
        raise MethodNotAllowed(valid_methods=["GET", "HEAD", "OPTIONS"])
    inputs.read(request, ())
    reader = _writer(shown)
    asked = inputs.item(request, shown, identifier, html=False)
    tags = if_match(request)
    if tags is None:
        raise TagNeeded("Send If-Match with the ETag of the feature, so that nobody's change is lost.")
    new = _answer(request)
    outside = UUID(_read(shown, asked, reader).identifier)
    with writing() as session:
        answer(
            session,
            outside,
            new,
            by=_by(reader),
            boroughs=reader.boroughs,
            check=lambda: _unchanged(shown, asked, reader, tags),
        )
    disclosure.touch(reader)
    return _item(shown, _read(shown, asked, reader))


def _writer(shown: Collection) -> FeedReader:
    reader = disclosure.reader_of(shown)
    if reader is None or not reader.may_write:
        raise NotAllowed("This only reads. Ask your administrator for a key made with --write.")
    return reader


def _by(reader: FeedReader) -> Answering:
    person = None if reader.key_id is not None else person_or_none()
    return Answering(disclosure.actor_of(reader), None if person is None else person.id)


def _read(shown: Collection, asked: inputs.One, reader: FeedReader) -> FeedPage:
    """Return the page that has nothing but the feature."""
    with feed_reading(reader.boroughs) as connection:
        found = queries.item(connection, shown.source, asked.identifier, asked.selection)
    if not found.returned:
        raise NotFound("There is no such feature.")
    return found


def _unchanged(
    shown: Collection, asked: inputs.One, reader: FeedReader, tags: frozenset[str]
) -> tuple[str, bool]:
    """Return the borough of the feature, and whether it is the one that the change was made from.

    Read on a connection of its own, as the feed's role: the row is locked, so that what is committed is what
    there is.
    """
    found = _read(shown, asked, reader)
    etag, _ = _item(shown, found).get_etag()
    # The same feature has a tag of its own for each way in which it was packed.
    fresh = "*" in tags or bool(tags & {f'"{each}"' for each in (etag, *unchanged.packed_tags(str(etag)))})
    return str(found.features[0]["properties"]["borough_code"]), fresh


def _item(shown: Collection, found: FeedPage) -> Response:
    """Return the feature exactly as a GET of it answers, with the same tag."""
    own = links.item(links.base(request), shown, found.identifier, html=False)
    return present.item(request, found, own)


def _answer(incoming: Request) -> Answer:
    """Return the patch; Malformed for members that cannot be written, Refused for bad values."""
    body = json_body(incoming).value
    if not isinstance(body, dict):
        raise malformed("body", "A merge patch is a JSON object.")
    prefix = "properties." if "properties" in body else ""
    said = body["properties"] if prefix else body
    if not isinstance(said, dict):
        raise malformed("properties", "It has to be an object.")
    unknown = [each for each in body if prefix and each != "properties"]
    unknown += [f"{prefix}{each}" for each in said if each not in MEMBERS]
    if unknown:
        shown = tuple(each[:_LONGEST_NAME] for each in unknown)
        words = f"Only {', '.join(MEMBERS)} can be written here."
        raise Malformed(f"{shown[0]}: {words}", errors=tuple(FieldError(each, words) for each in shown))
    wrong = [each for each, value in said.items() if not (value is None or isinstance(value, str))]
    if wrong:
        raise malformed(f"{prefix}{wrong[0]}", "It has to be text or null.")
    if not said:
        raise malformed("body", f"There is nothing to change. Send one of {', '.join(MEMBERS)}.")
    return Answer(
        frozenset(said),
        _status(said, prefix),
        _reference(said, prefix),
        _words(said, "wording", prefix),
        _words(said, "reason", prefix),
    )


def _status(said: dict[str, Any], prefix: str) -> str | None:
    if "status" not in said:
        return None
    status = said["status"]
    if status not in (*STATUSES, "shared"):
        raise refused(f"{prefix}status", f"It has to be one of {', '.join(STATUSES)}.")
    return str(status)


def _reference(said: dict[str, Any], prefix: str) -> str | None:
    text: str | None = said.get("owner_reference")
    if text is None or not text.strip():
        return None
    if len(text) > _LONGEST_REFERENCE or not text.isprintable():
        raise refused(
            f"{prefix}owner_reference", f"It has at most {_LONGEST_REFERENCE} characters, on one line."
        )
    return text.strip()


def _words(said: dict[str, Any], member: str, prefix: str) -> str | None:
    """Return words for the public, by the rules of an officer's wording when a concern is shared."""
    text: str | None = said.get(member)
    most = current_app.config["SETTINGS"].limits.note_characters
    if text is not None and len(text) > most:
        raise refused(f"{prefix}{member}", f"It has at most {most:,} characters. Shorten it.")
    return text if text is not None and text.strip() else None


def register(bp: Blueprint) -> None:
    """Give the feed's blueprint this route."""
    bp.add_url_rule("/collections/<name>/items/<identifier>", "change", public(change), methods=["PATCH"])
