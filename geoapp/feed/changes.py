"""`…/changes`: what changed since a cursor, for readers who keep a copy in step."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, request

from geoapp.access import FeedReader, public
from geoapp.actions import feed_log
from geoapp.db import feed_reading, writing
from geoapp.errors import NotFound
from geoapp.feed import collections, cursors, disclosure, inputs, links, parameters, values
from geoapp.feed.collections import Collection
from geoapp.feed.cursors import Cursor
from geoapp.feed.links import Link
from geoapp.feed.parameters import Parameter
from geoapp.queries import feed_changes
from geoapp.queries.feed_changes import ChangesPage, Step

_LONGEST = 6000


def _cursor(text: str) -> str:
    if not 0 < len(text) <= _LONGEST:
        raise ValueError("It has to be the cursor of an earlier page. Begin again without it.")
    return text


SINCE = Parameter(
    "since",
    "The cursor of an earlier page. Without it, the full set is told first.",
    {"type": "string", "minLength": 1, "maxLength": _LONGEST},
    _cursor,
)
_FORMAT = Parameter(
    "f",
    "Changes come as JSON.",
    {"type": "string", "enum": ["json"]},
    lambda text: values.one_of(("json",))(text)[0],
)
PARAMETERS = (_FORMAT, parameters.LIMIT, SINCE)


@dataclass(frozen=True)
class _Asked:
    since: Cursor | None
    limit: int
    root: str


def show(name: str) -> Response:
    """Give the page of changes after a cursor."""
    shown = collections.find(name)
    if not shown.keyed:
        raise NotFound("This collection has no changes. Its items are the full set.")
    said = inputs.read(request, PARAMETERS)
    reader = disclosure.reader_of(shown)
    root = links.base(request)
    boroughs = disclosure.boroughs_of(reader)
    items = f"{links.collection_address(root, name)}/items"
    since = cursors.read(said["since"], name, boroughs, items) if "since" in said else None
    asked = _Asked(since, said.get("limit", parameters.DEFAULT_ITEMS), root)
    page = _page(shown, asked, boroughs, items)
    answer = _answer(shown, asked, page, boroughs)
    _note(reader, shown, page, answer)
    return answer


def _page(shown: Collection, asked: _Asked, boroughs: Sequence[str], items: str) -> ChangesPage:
    with feed_reading(boroughs) as connection:
        current = feed_changes.log_is_current(connection)
    if not current:  # boundaries begin with a day, which no write tells of
        with writing() as session:
            feed_log.renew(session)
    with feed_reading(boroughs) as connection:
        at = None if asked.since is None else asked.since.position
        if at is not None and not feed_changes.is_kept(connection, at):
            raise cursors.ended(items, "This cursor is older than changes are kept.")
        return feed_changes.changes(connection, shown.name, at, asked.limit)


def _answer(shown: Collection, asked: _Asked, page: ChangesPage, boroughs: Sequence[str]) -> Response:
    """Return the page; a reader to whom there is nothing to tell keeps the cursor, so that 304 can follow.

    A cursor of an earlier day is made new even so, because one that grows old ends.
    """
    since = asked.since
    if since is not None and not page.steps and not page.more and since.day == cursors.today():
        cursor = since.text
    else:
        cursor = cursors.write(shown.name, boroughs, page.position)
    own = _links(shown, asked, cursor, more=page.more)
    members = {"links": links.as_members(own), "cursor": cursor, "more": page.more}
    rest = json.dumps(members, ensure_ascii=False, separators=(",", ":"))[1:-1]
    features = ",".join(_feature(step) for step in page.steps)
    text = f'{{"type":"FeatureCollection",{rest},"features":[{features}]}}'
    answer = Response(text.encode(), content_type=inputs.GEOJSON)
    answer.headers["Link"] = links.as_header(own)
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _feature(step: Step) -> str:
    if step.feature is not None:
        return step.feature.text
    return f'{{"type":"Feature","id":"{step.id}","geometry":null,"properties":null,"deleted":true}}'


def _links(shown: Collection, asked: _Asked, cursor: str, *, more: bool) -> list[Link]:
    collection = links.collection_address(asked.root, shown.name)
    here = f"{collection}/changes?limit={asked.limit}"
    myself = here if asked.since is None else f"{here}&since={asked.since.text}"
    further = f"{here}&since={cursor}"
    own = [Link(myself, "self", inputs.GEOJSON, "This page of changes")]
    if more:
        own.append(Link(further, "next", inputs.GEOJSON, "The next page of changes"))
    else:
        own.append(Link(further, "monitor", inputs.GEOJSON, "Where later changes will be"))
    own.append(Link(f"{collection}/items", "items", inputs.GEOJSON, f"{shown.title}: the full set"))
    own.append(Link(collection, "collection", inputs.JSON, shown.title))
    return own


def _note(reader: FeedReader | None, shown: Collection, page: ChangesPage, answer: Response) -> None:
    """Write the reading down; a poll that told of nothing marks the key as used, no more."""
    if page.steps:
        disclosure.note(reader, shown, len(page.steps), request=request, status=answer.status_code)
    else:
        disclosure.touch(reader)


def register(bp: Blueprint) -> None:
    """Give the feed's blueprint this route."""
    bp.add_url_rule("/collections/<name>/changes", "changes", public(show), methods=["GET"])
