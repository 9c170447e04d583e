"""Views of the feed room: OGC API - Features for councils, as JSON and as pages."""

from collections.abc import Callable
from typing import cast

from flask import Blueprint, Flask, Response, current_app, request
from flask.blueprints import BlueprintSetupState

from geoapp.access import FeedReader, public
from geoapp.db import feed_reading
from geoapp.errors import NotFound
from geoapp.feed import (
    changes,
    collections,
    disclosure,
    exports,
    find,
    formats,
    inputs,
    limits,
    links,
    open311,
    openapi,
    pages,
    present,
    schemas,
    tiles,
    unchanged,
    write_back,
)
from geoapp.feed.quick import QuickReads
from geoapp.queries import feed as queries

bp = Blueprint("feed", __name__, url_prefix="/feed", template_folder="templates")
bp.register_blueprint(tiles.bp)


@bp.record_once
def stand_before(state: BlueprintSetupState) -> None:
    """Let plain readings pass by the application."""
    app = cast("Flask", state.app)
    app.extensions[limits.EXTENSION] = limits.Limiter(app.config["SETTINGS"])
    app.wsgi_app = QuickReads(app, app.wsgi_app)  # type: ignore[method-assign]  # as Flask documents it


_KEYLESS_METHODS = "GET, HEAD, OPTIONS"


@bp.get("/")
@public
def landing() -> Response:
    """Show what there is and how to connect."""
    html = inputs.plain(request)
    reader = disclosure.reader_or_none()
    root = links.base(request)
    own = links.landing(root, html=html)
    if html:
        return pages.landing(request, reader, own, root)
    return present.document(request, present.landing(own), own)


@bp.get("/conformance")
@public
def conformance() -> Response:
    """Say what of the standard is met."""
    html = inputs.plain(request)
    root = links.base(request)
    own = links.both(f"{root}/conformance", html=html, json_type=inputs.JSON, title="Conformance")
    return pages.conformance(own) if html else present.document(request, present.conformance(), own)


@bp.get("/api")
@public
def api() -> Response:
    """Give the API definition."""
    html = inputs.plain(request, inputs.OPENAPI)
    root = links.base(request)
    own = links.both(f"{root}/api", html=html, json_type=inputs.OPENAPI, title="API definition")
    definition = openapi.document(root)
    return (
        pages.api(definition, own)
        if html
        else present.document(request, definition, own, media=inputs.OPENAPI)
    )


@bp.get("/collections")
@public
def list_collections() -> Response:
    """List what this reader can open."""
    html = inputs.plain(request)
    reader = disclosure.reader_or_none()
    root = links.base(request)
    shown = collections.listed(keyed=reader is not None)
    own = links.collections(root, shown, html=html)
    with feed_reading(disclosure.boroughs_of(reader)) as connection:
        summaries = [(each, each.summary(connection)) for each in shown]
    if html:
        return pages.collections(summaries, reader, own)
    credit = pages.attribution()
    described = [
        present.collection(each, summary, _described_by(root, each), credit) for each, summary in summaries
    ]
    return present.document(request, {"links": links.as_members(own), "collections": described}, own)


def _described_by(root: str, shown: collections.Collection) -> list[links.Link]:
    return [*links.collection(root, shown, html=False), *tiles.collection_links(root, shown.name)]


@bp.get("/collections/<name>")
@public
def describe(name: str) -> Response:
    """Describe one collection."""
    shown = collections.find(name)
    html = inputs.plain(request)
    reader = disclosure.reader_of(shown)
    own = [
        *links.collection(links.base(request), shown, html=html),
        *tiles.collection_links(links.base(request), name),
    ]
    with feed_reading(disclosure.boroughs_of(reader)) as connection:
        summary = shown.summary(connection)
    body = present.collection(shown, summary, own, pages.attribution())
    return pages.collection(shown, summary, body, own) if html else present.document(request, body, own)


@bp.get("/collections/<name>/queryables")
@public
def queryables(name: str) -> Response:
    """Say by what a collection can be filtered."""
    return _schema(name, "queryables", schemas.queryables)


@bp.get("/collections/<name>/sortables")
@public
def sortables(name: str) -> Response:
    """Say by what a collection can be sorted."""
    return _schema(name, "sortables", schemas.sortables)


@bp.get("/collections/<name>/schema")
@public
def schema(name: str) -> Response:
    """Say what features of a collection are made of."""
    return _schema(name, "schema", schemas.features)


def _schema(
    name: str, what: str, make: Callable[[collections.Collection, str], dict[str, object]]
) -> Response:
    shown = collections.find(name)
    html = inputs.plain(request, inputs.SCHEMA)
    disclosure.reader_of(shown)
    address = f"{links.collection_address(links.base(request), name)}/{what}"
    body = make(shown, address)
    own = links.both(address, html=html, json_type=inputs.SCHEMA, title=str(body["title"]))
    return (
        pages.schema(shown, body, own) if html else present.document(request, body, own, media=inputs.SCHEMA)
    )


@bp.get("/collections/<name>/items")
@public
def items(name: str) -> Response:
    """Give a page of features."""
    shown = collections.find(name)
    tidy = find.tidied(request)
    if tidy is not None:
        return Response(status=303, headers={"Location": tidy})
    form = formats.asked(request)
    if form is not None:
        return exports.items(request, shown, form)
    asked = inputs.items(request, shown)
    reader = disclosure.reader_of(shown)
    root = links.base(request)
    with feed_reading(disclosure.boroughs_of(reader)) as connection:
        state = queries.state(connection, shown.source)
        tag = unchanged.page_tag(request, reader, root, state)
        if not asked.html and unchanged.is_known(request.if_none_match, tag):
            return _unchanged(reader, shown, tag)
        page = shown.page(connection, asked.selection, state)
    own = links.items(root, shown, asked, page, list(request.args.items(multi=True)))
    if asked.html:
        answer = pages.items(shown, asked, page, own, reader=reader, root=root)
    else:
        answer = present.items(page, own, asked.selection.crs)
        answer.set_etag(tag, weak=True)  # the time of the answer is in it, and changes without the content
        answer.last_modified = present.last_modified(shown, state)
    disclosure.note(reader, shown, page.returned, request=request, status=answer.status_code)
    return answer


def _unchanged(reader: FeedReader | None, shown: collections.Collection, tag: str) -> Response:
    disclosure.note(reader, shown, 0, request=request, status=304)
    return unchanged.not_modified(tag, weak=True)


@bp.get("/collections/<name>/items/<identifier>")
@public
def item(name: str, identifier: str) -> Response:
    """Give one feature."""
    shown = collections.find(name)
    reader = disclosure.reader_of(shown)
    asked = inputs.item(request, shown, identifier)
    with feed_reading(disclosure.boroughs_of(reader)) as connection:
        found = queries.item(connection, shown.source, asked.identifier, asked.selection)
    if not found.returned:
        raise NotFound("There is no such feature.")
    root = links.base(request)
    own = links.item(root, shown, found.identifier, html=asked.html)
    answer = (
        pages.item(shown, found, own, reader=reader, root=root)
        if asked.html
        else present.item(request, found, own, asked.selection.crs)
    )
    disclosure.note(reader, shown, 1, request=request, status=answer.status_code)
    return answer


changes.register(bp)
write_back.register(bp)
open311.register(bp)
limits.register(bp)


@bp.after_request
def say_who_may_keep_it(answer: Response) -> Response:
    """Let anybody's page read what needs no key, and let no cache give one reader's answer to another."""
    answer.vary.update(("Accept", "Authorization", "X-API-Key", "Cookie"))
    answer = unchanged.pack(request, answer)
    by_key = bool(request.authorization or "X-API-Key" in request.headers)
    signed_in = current_app.config["SESSION_COOKIE_NAME"] in request.cookies
    if not signed_in:  # what somebody signed in was shown is kept nowhere, as on every page
        answer.headers.setdefault("Cache-Control", "private, no-cache" if by_key else "no-cache")
    shown = collections.COLLECTIONS.get((request.view_args or {}).get("name", ""))
    if shown is not None and shown.keyed:
        return answer
    if shown is not None or not (by_key or signed_in):
        answer.headers["Access-Control-Allow-Origin"] = "*"
        answer.headers["Access-Control-Expose-Headers"] = "Content-Crs, ETag, Link"
        answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if request.method == "OPTIONS":
            answer.headers["Access-Control-Allow-Methods"] = _KEYLESS_METHODS
            answer.headers["Access-Control-Allow-Headers"] = "Accept, If-None-Match"
            answer.headers["Access-Control-Max-Age"] = "86400"
    return answer
