"""Plain readings with a key, answered before the rest of the application is woken up.

What nightly scripts and desktop programs ask again and again, a page of a collection or of a box, or one
feature, needs neither session nor form nor template. Such a request is read here by the feed's own table of
parameters, answered from one statement, and written down like every reading. Whatever is not plain, and
whatever goes wrong, is left to the application behind, which gives the same answers and says what is wrong.
"""

import re
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import structlog
from flask import Flask
from werkzeug.datastructures import Accept, Authorization, ETags
from werkzeug.http import http_date, parse_accept_header, parse_etags

from geoapp import counts, logs
from geoapp.access import FeedReader, secret_hash
from geoapp.config import Settings
from geoapp.db import reading_feed_quickly
from geoapp.errors import LamplightError
from geoapp.feed import disclosure, inputs, limits, links, parameters, places, present, unchanged
from geoapp.feed.collections import COLLECTIONS, Collection
from geoapp.feed.inputs import GEOJSON, Items
from geoapp.pages import secure_headers
from geoapp.queries import feed_quick
from geoapp.queries.feed import outside
from geoapp.queries.feed_crs import Crs
from geoapp.queries.feed_quick import Holder
from geoapp.queries.feed_select import Selection

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger()
_FULL, _KNOWN = "200 OK", "304 NOT MODIFIED"
_PATH = re.compile(r"/feed/collections/([a-z_]+)/items(?:/([0-9A-Fa-f-]{36}))?")
_QUERY = re.compile(r"(?:[a-z]+=[A-Za-z0-9_.,:-]+(?:&(?!$)|$))*")
_LONGEST_QUERY = 300
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?")
_PORTS = {"http": ":80", "https": ":443"}
_ANY_JSON = frozenset({"", "*/*", GEOJSON, inputs.JSON})
_VARY = ("Vary", "Accept, Authorization, X-API-Key, Cookie, Accept-Encoding")
_CACHE = ("Cache-Control", "private, no-cache")
_CRS = ("Content-Crs", f"<{Crs.CRS84.uri}>")
Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Asked:
    """A plain request: of what, by which key, on which address, what of it is there already, packed how."""

    path: str
    collection: Collection
    identifier: str | None
    query: tuple[tuple[str, str], ...]
    selection: Selection
    key_hash: bytes
    root: str
    known: ETags | None
    way: str | None


@dataclass(frozen=True)
class Told:
    """An answer before it is sent: its status and body, its own headers, to whom, and how many features."""

    status: str
    headers: Headers
    body: bytes
    holder: Holder
    features: int


class QuickReads:
    """Stands before the application; passes on everything but plain readings with a key."""

    def __init__(self, app: Flask, application: "WSGIApplication") -> None:
        """Answer by the settings of `app`, and leave the rest to `application`."""
        self._application = application
        self._settings: Settings = app.config["SETTINGS"]
        self._limiter: limits.Limiter = app.extensions[limits.EXTENSION]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer as WSGI wants it."""
        began = time.perf_counter()
        answer = self._answer_or_none(environ)
        if answer is None:
            return self._application(environ, start_response)
        endpoint, status, headers, body = answer
        lasted = time.perf_counter() - began
        logs.answered(endpoint, "GET", int(status[:3]), lasted)
        counts.observe(endpoint, "GET", int(status[:3]), lasted)
        start_response(status, headers)
        return (body,) if body else ()

    def _answer_or_none(self, environ: "WSGIEnvironment") -> tuple[str, str, Headers, bytes] | None:
        try:
            asked = read(environ, self._settings)
            return None if asked is None else self._answer(asked, environ)
        except (ValueError, psycopg.Error, LamplightError):  # the application says it in its own words
            return None
        except Exception as error:
            log.error("a quick reading failed", exc_info=error)  # noqa: TRY400 (its places, never its message)
            return None

    def _answer(self, asked: Asked, environ: "WSGIEnvironment") -> tuple[str, str, Headers, bytes] | None:
        """Return endpoint, status, headers and body; None where the application has to say why not."""
        told = _page(asked, self._settings.secret_key) if asked.identifier is None else _item(asked)
        if told is None:
            return None
        whose, most = limits.of_key(told.holder.key_id), self._settings.limits.feed_requests_key
        allowance = self._limiter.take(whose, most)
        environ[limits.COUNTED], environ[limits.READER] = allowance, (whose, most)
        if not allowance.within:
            return None
        _write_down(asked, told)
        secure = secure_headers(secrets.token_urlsafe(16), over_tls=environ["wsgi.url_scheme"] == "https")
        headers = [*told.headers, _VARY, _CACHE, *allowance.headers(), *secure]
        return "feed.items" if asked.identifier is None else "feed.item", told.status, headers, told.body


def read(environ: "WSGIEnvironment", settings: Settings) -> Asked | None:
    """Return what is plainly asked for with a key; None for everything else.

    ValueError and Malformed mean the same as None: some value is not what it has to be.
    """
    path = environ["PATH_INFO"]
    place = _PATH.fullmatch(path) if environ["REQUEST_METHOD"] == "GET" else None
    key = None if place is None or "HTTP_COOKIE" in environ else _key(environ)
    if place is None or key is None:
        return None
    collection = COLLECTIONS.get(place[1])
    query = _query(environ.get("QUERY_STRING", ""))
    root = links.stated_base(settings) or _root(environ)
    if collection is None or not collection.keyed or query is None or root is None:
        return None
    said = dict(query)
    if said.get("f", "json") != "json":
        return None
    if "f" not in said and environ.get("HTTP_ACCEPT", "") not in _ANY_JSON:
        return None
    selection = _selection(collection.name, query, place[2] is not None, settings.secret_key)
    if selection is None:
        return None
    sent = environ.get("HTTP_IF_NONE_MATCH")
    return Asked(
        path,
        collection,
        place[2],
        query,
        selection,
        secret_hash(key),
        root,
        None if sent is None else parse_etags(sent),
        _way(environ.get("HTTP_ACCEPT_ENCODING", "")),
    )


def _key(environ: "WSGIEnvironment") -> str | None:
    sent: str = environ.get("HTTP_X_API_KEY", "")
    if sent:
        return sent
    said = Authorization.from_header(environ.get("HTTP_AUTHORIZATION"))
    if said is None:
        return None
    return said.token if said.type == "bearer" else said.password if said.type == "basic" else None


@lru_cache(maxsize=256)
def _query(text: str) -> tuple[tuple[str, str], ...] | None:
    """Return names and values where nothing in them is escaped, empty or there twice; else None."""
    if len(text) > _LONGEST_QUERY or not _QUERY.fullmatch(text):
        return None
    parts = (each.partition("=") for each in text.split("&") if each)
    pairs = tuple((name, value) for name, _, value in parts)
    return pairs if len({name for name, _ in pairs}) == len(pairs) else None


def _root(environ: "WSGIEnvironment") -> str | None:
    scheme, host = environ["wsgi.url_scheme"], environ.get("HTTP_HOST", "")
    if not _HOST.fullmatch(host) or host.endswith(_PORTS.get(scheme, ":")) or environ.get("SCRIPT_NAME"):
        return None
    return f"{scheme}://{host}/feed"


@lru_cache(maxsize=256)
def _selection(name: str, query: tuple[tuple[str, str], ...], one: bool, secret: str) -> Selection | None:
    """Return the selection of a page by limit, box and cursor; None when anything else is asked for."""
    said = dict(query)
    if one:
        return Selection(limit=1) if set(said) <= {"f"} else None
    if not set(said) <= {"f", "limit", "bbox", "cursor"}:
        return None
    limit = parameters.LIMIT.read(said["limit"]) if "limit" in said else parameters.DEFAULT_ITEMS
    box = places.box(parameters.BBOX.read(said["bbox"]), Crs.CRS84) if "bbox" in said else None  # type: ignore[arg-type]
    selection = Selection(limit=limit, box=box)  # type: ignore[arg-type]
    if "cursor" not in said:
        return selection
    beside = inputs.read_cursor(COLLECTIONS[name], said["cursor"], selection, secret)
    return None if beside.backwards else Selection(limit=limit, box=box, beside=beside)  # type: ignore[arg-type]


@lru_cache(maxsize=64)
def _way(liked: str) -> str | None:
    return unchanged.way_of(parse_accept_header(liked, Accept)) if liked else None


def _page(asked: Asked, secret: str) -> Told | None:
    with reading_feed_quickly() as connection:
        wanted = asked.selection
        if asked.known is not None:
            found = feed_quick.page(connection, asked.key_hash, asked.collection.name, Selection(limit=0))
            if found is None:
                return None
            tag = _tag(asked, found)
            if unchanged.is_known(asked.known, tag):
                return Told(_KNOWN, [("ETag", f'W/"{tag}"')], b"", found.holder, 0)
        found = feed_quick.page(connection, asked.key_hash, asked.collection.name, wanted)
    if found is None:
        return None
    kept = tuple(each for each in asked.query if each[0] != "cursor")
    own = links.items(
        asked.root,
        asked.collection,
        Items(wanted, html=False, stated=kept),
        found.page,
        asked.query,
        secret=secret,
    )
    body = present.items_body(found.page, own)
    headers = [("ETag", f'W/"{_tag(asked, found)}"'), *_described(own)]
    modified = present.last_modified(asked.collection, found.state)
    if modified is not None:
        headers.append(("Last-Modified", http_date(modified)))
    return _packed(asked, headers, body, found.holder, found.page.returned)


def _tag(asked: Asked, found: feed_quick.Reading) -> str:
    return unchanged.tag_of(asked.path, asked.root, asked.query, found.holder.boroughs, found.state)


def _item(asked: Asked) -> Told | None:
    try:
        wanted = outside(UUID(asked.identifier or ""))
    except ValueError:
        return None
    with reading_feed_quickly() as connection:
        found = feed_quick.item(connection, asked.key_hash, asked.collection.name, wanted)
    if found is None or found.text is None:
        return None
    own = links.item(asked.root, asked.collection, found.identifier, html=False)
    body = present.item_body(found.text, own)
    tag = present.content_tag(body)
    if asked.known is not None and unchanged.is_known(asked.known, tag):
        headers = [("ETag", f'"{tag}"'), ("Link", links.as_header(own)), _CRS]
        return Told(_KNOWN, headers, b"", found.holder, 0)
    return _packed(asked, [("ETag", f'"{tag}"'), *_described(own)], body, found.holder, 1)


def _described(own: list[links.Link]) -> Headers:
    return [("Content-Type", GEOJSON), ("Link", links.as_header(own)), _CRS]


def _packed(asked: Asked, headers: Headers, body: bytes, holder: Holder, features: int) -> Told:
    """Return the whole answer, packed where the reader likes that and it is worth it."""
    if asked.way is not None and unchanged.is_worth_packing(len(body)):
        body = unchanged.packed(body, asked.way)
        (name, tag), *rest = headers
        if not tag.startswith("W/"):
            tag = f'{tag[:-1]}-{asked.way}"'
        headers = [(name, tag), *rest, ("Content-Encoding", asked.way)]
    return Told(_FULL, [*headers, ("Content-Length", str(len(body)))], body, holder, features)


def _write_down(asked: Asked, told: Told) -> None:
    """Keep that the key was used, and what it was told; if that cannot be kept, nothing is told."""
    holder = told.holder
    reader = FeedReader(holder.name, holder.boroughs, holder.key_id, holder.may_write)
    disclosure.touch(reader)
    if told.status == _FULL:
        disclosure.told(
            f"key {holder.name}",
            reader,
            asked.collection,
            told.features,
            path=asked.path,
            selection=dict(asked.query),
        )
