"""Which requests are plain readings with a key: a page of a collection or of a box, or one feature.

Read in two halves, because scripts and desktop programs send the same headers again and again: what the
headers say of whoever calls, and what the address asks for. Both mean the same as in the application behind.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

from werkzeug.datastructures import Accept, Authorization, ETags
from werkzeug.http import parse_accept_header, parse_etags

from geoapp.access import secret_hash
from geoapp.config import Settings
from geoapp.errors import LamplightError
from geoapp.feed import inputs, links, parameters, places, unchanged
from geoapp.feed.collections import COLLECTIONS, Collection
from geoapp.feed.inputs import GEOJSON
from geoapp.queries.feed import outside
from geoapp.queries.feed_crs import Crs
from geoapp.queries.feed_select import Selection

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_PATH = re.compile(r"/feed/collections/([a-z_]+)/items(?:/([0-9A-Fa-f-]{36}))?")
_QUERY = re.compile(r"(?:[a-z]+=[A-Za-z0-9_.,:-]+(?:&(?!$)|$))*")
_LONGEST_QUERY = 300
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?")
_PORTS = {"http": ":80", "https": ":443"}
_AS_JSON = "json"
_ANY_JSON = frozenset({"", "*/*", GEOJSON, inputs.JSON})


@dataclass(frozen=True)
class Caller:
    """What the headers say: the key, the feed's address, what is there already, how to pack it."""

    key_hash: bytes
    root: str
    known: ETags | None
    way: str | None
    takes_json: bool
    over_tls: bool


@dataclass(frozen=True)
class Wanted:
    """What the address asks for: a page of a selection, or the feature with one of these identifiers."""

    path: str
    collection: Collection
    query: tuple[tuple[str, str], ...]
    selection: Selection
    identifiers: tuple[str, ...]
    says_json: bool


@dataclass(frozen=True)
class Asked:
    """A plain request: what, by whom."""

    wanted: Wanted
    caller: Caller


def asked(environ: "WSGIEnvironment", settings: Settings) -> Asked | None:
    """Return what is plainly asked for with a key; None for everything else."""
    if environ["REQUEST_METHOD"] != "GET":
        return None
    what = wanted(environ["PATH_INFO"], environ.get("QUERY_STRING", ""), settings.secret_key)
    return None if what is None else of(what, caller(environ, settings))


def of(what: Wanted | None, who: Caller | None) -> Asked | None:
    """Return both together, None when one is missing or GeoJSON is not what they take."""
    if what is None or who is None or not (what.says_json or who.takes_json):
        return None
    return Asked(what, who)


def caller(environ: "WSGIEnvironment", settings: Settings) -> Caller | None:
    """Return who calls with a key and nothing that needs the application; None for everybody else."""
    key = None if "HTTP_COOKIE" in environ else _key(environ)
    root = links.stated_base(settings) or _root(environ)
    if key is None or root is None:
        return None
    sent = environ.get("HTTP_IF_NONE_MATCH")
    return Caller(
        secret_hash(key),
        root,
        None if sent is None else parse_etags(sent),
        _way(environ.get("HTTP_ACCEPT_ENCODING", "")),
        environ.get("HTTP_ACCEPT", "") in _ANY_JSON,
        environ["wsgi.url_scheme"] == "https",
    )


def _key(environ: Mapping[str, str]) -> str | None:
    sent = environ.get("HTTP_X_API_KEY", "")
    if sent:
        return sent
    said = Authorization.from_header(environ.get("HTTP_AUTHORIZATION"))
    if said is None:
        return None
    return said.token if said.type == "bearer" else said.password if said.type == "basic" else None


def _root(environ: Mapping[str, str]) -> str | None:
    scheme, host = environ["wsgi.url_scheme"], environ.get("HTTP_HOST", "")
    if not _HOST.fullmatch(host) or host.endswith(_PORTS.get(scheme, ":")) or environ.get("SCRIPT_NAME"):
        return None
    return f"{scheme}://{host}/feed"


@lru_cache(maxsize=64)
def _way(liked: str) -> str | None:
    return unchanged.way_of(parse_accept_header(liked, Accept)) if liked else None


def wanted(path: str, query: str, secret: str) -> Wanted | None:
    """Return what an address asks for; None for everything that is not plain, or not as it has to be."""
    place = _PATH.fullmatch(path)
    if place is None or len(query) > _LONGEST_QUERY:
        return None
    try:
        found = _found(place[1], query, place[2] is not None, secret)
        if found is None:
            return None
        collection, pairs, selection = found
        ids = () if place[2] is None else outside(UUID(place[2]))
    except (ValueError, LamplightError):  # some value is not what it has to be: the application says so
        return None
    return Wanted(path, collection, pairs, selection, ids, dict(pairs).get("f") == _AS_JSON)


@lru_cache(maxsize=256)
def _found(
    name: str, text: str, one: bool, secret: str
) -> tuple[Collection, tuple[tuple[str, str], ...], Selection] | None:
    """Return what is asked for where nothing is escaped, empty or there twice; else None."""
    collection = COLLECTIONS.get(name)
    if collection is None or not collection.keyed or not _QUERY.fullmatch(text):
        return None
    parts = (each.partition("=") for each in text.split("&") if each)
    pairs = tuple((parameter, value) for parameter, _, value in parts)
    said = dict(pairs)
    if len(said) < len(pairs) or said.get("f", _AS_JSON) != _AS_JSON:
        return None
    if one:
        return (collection, pairs, Selection(limit=1)) if set(said) <= {"f"} else None
    selection = _selection(collection, said, secret)
    return None if selection is None else (collection, pairs, selection)


def _selection(collection: Collection, said: Mapping[str, str], secret: str) -> Selection | None:
    """Return the selection of a page by limit, box and cursor; None when anything else is asked for."""
    if not set(said) <= {"f", "limit", "bbox", "cursor"}:
        return None
    limit = parameters.LIMIT.read(said["limit"]) if "limit" in said else parameters.DEFAULT_ITEMS
    box = places.box(parameters.BBOX.read(said["bbox"]), Crs.CRS84) if "bbox" in said else None  # type: ignore[arg-type]
    selection = Selection(limit=limit, box=box)  # type: ignore[arg-type]
    if "cursor" not in said:
        return selection
    beside = inputs.read_cursor(collection, said["cursor"], selection, secret)
    return None if beside.backwards else Selection(limit=limit, box=box, beside=beside)  # type: ignore[arg-type]
