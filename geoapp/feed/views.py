"""Views of the feed room: OGC API - Features for councils, as JSON and as pages."""

from flask import Blueprint, Response, current_app, request

from geoapp.access import public
from geoapp.db import feed_reading
from geoapp.errors import NotFound
from geoapp.feed import (
    changes,
    collections,
    disclosure,
    inputs,
    limits,
    links,
    open311,
    openapi,
    pages,
    present,
    write_back,
)

bp = Blueprint("feed", __name__, url_prefix="/feed", template_folder="templates")
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
        present.collection(each, summary, links.collection(root, each, html=False), credit)
        for each, summary in summaries
    ]
    return present.document(request, {"links": links.as_members(own), "collections": described}, own)


@bp.get("/collections/<name>")
@public
def describe(name: str) -> Response:
    """Describe one collection."""
    shown = collections.find(name)
    html = inputs.plain(request)
    reader = disclosure.reader_of(shown)
    own = links.collection(links.base(request), shown, html=html)
    with feed_reading(disclosure.boroughs_of(reader)) as connection:
        summary = shown.summary(connection)
    body = present.collection(shown, summary, own, pages.attribution())
    return pages.collection(shown, summary, body, own) if html else present.document(request, body, own)


@bp.get("/collections/<name>/items")
@public
def items(name: str) -> Response:
    """Give a page of features."""
    shown = collections.find(name)
    asked = inputs.items(request, shown)
    reader = disclosure.reader_of(shown)
    with feed_reading(disclosure.boroughs_of(reader)) as connection:
        page = shown.page(connection, asked.selection)
    root = links.base(request)
    own = links.items(root, shown, asked, page, list(request.args.items(multi=True)))
    if asked.html:
        answer = pages.items(shown, asked, page, own, reader=reader, root=root)
    else:
        answer = present.items(request, page, own)
    disclosure.note(reader, shown, len(page.features), request=request, status=answer.status_code)
    return answer


@bp.get("/collections/<name>/items/<identifier>")
@public
def item(name: str, identifier: str) -> Response:
    """Give one feature."""
    shown = collections.find(name)
    html = inputs.plain(request, inputs.GEOJSON)
    reader = disclosure.reader_of(shown)
    selection = inputs.item(shown, identifier)
    with feed_reading(disclosure.boroughs_of(reader)) as connection:
        found = shown.page(connection, selection).features
    if not found:
        raise NotFound("There is no such feature.")
    root = links.base(request)
    own = links.item(root, shown, found[0].id, html=html)
    answer = (
        pages.item(shown, found[0], own, reader=reader, root=root)
        if html
        else present.item(request, found[0], own)
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
    by_key = bool(request.authorization or "X-API-Key" in request.headers)
    signed_in = current_app.config["SESSION_COOKIE_NAME"] in request.cookies
    if not signed_in:  # what somebody signed in was shown is kept nowhere, as on every page
        answer.headers.setdefault("Cache-Control", "private, no-cache" if by_key else "no-cache")
    shown = collections.COLLECTIONS.get((request.view_args or {}).get("name", ""))
    if shown is not None and shown.keyed:
        return answer
    if shown is not None or not (by_key or signed_in):
        answer.headers["Access-Control-Allow-Origin"] = "*"
        answer.headers["Access-Control-Expose-Headers"] = "ETag, Link"
        answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if request.method == "OPTIONS":
            answer.headers["Access-Control-Allow-Methods"] = _KEYLESS_METHODS
            answer.headers["Access-Control-Allow-Headers"] = "Accept, If-None-Match"
            answer.headers["Access-Control-Max-Age"] = "86400"
    return answer
