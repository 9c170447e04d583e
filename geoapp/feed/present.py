"""Answers of the feed: every outgoing field is named here or in the queries' own list."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from flask import Request, Response

from geoapp.feed import links
from geoapp.feed.collections import Collection
from geoapp.feed.inputs import GEOJSON, JSON
from geoapp.feed.links import Link
from geoapp.feed.unchanged import is_known, not_modified
from geoapp.queries.feed import FeedPage, State, Summary
from geoapp.queries.feed_crs import Crs

CRS84 = Crs.CRS84.uri
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
_FEATURES = "http://www.opengis.net/spec/ogcapi-features-"
_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/"
CONFORMANCE = (
    *(f"{_FEATURES}1/1.0/conf/{name}" for name in ("core", "oas30", "html", "geojson")),
    f"{_FEATURES}2/1.0/conf/crs",
    *(
        f"{_FEATURES}3/1.0/conf/{name}"
        for name in ("filter", "features-filter", "queryables", "queryables-query-parameters")
    ),
    *(
        f"{_FEATURES}5/1.0/conf/{name}"
        for name in ("schemas", "core-roles-features", "queryables", "sortables")
    ),
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    *(
        f"http://www.opengis.net/spec/cql2/1.0/conf/{name}"
        for name in (
            "cql2-text",
            "cql2-json",
            "basic-cql2",
            "advanced-comparison-operators",
            "case-insensitive-comparison",
            "accent-insensitive-comparison",
            "basic-spatial-functions",
            "basic-spatial-functions-plus",
            "spatial-functions",
            "temporal-functions",
            "array-functions",
            "property-property",
            "arithmetic",
        )
    ),
    *(_TILES + name for name in ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt", "oas30")),
)
TITLE = "Lamplight council feed"
DESCRIPTION = (
    "Concerns that women raised on walks and that officers have shared with councils; and for anyone ward "
    "boundaries, released figures, what came of concerns, and walks to join. "
    "Concerns need a key of the council, as Authorization: Bearer, X-API-Key or Basic password."
)
_NO_CHANGES = "There is no list of changes: ask for items with If-None-Match."
_DECIMALS = 10_000_000


def landing(shown: Sequence[Link]) -> dict[str, Any]:
    """Return the landing page."""
    return {"title": TITLE, "description": DESCRIPTION, "links": links.as_members(shown)}


def conformance() -> dict[str, Any]:
    """Return the conformance classes that are met."""
    return {"conformsTo": list(CONFORMANCE)}


def collection(shown: Collection, summary: Summary, own: Sequence[Link], attribution: str) -> dict[str, Any]:
    """Return a collection's description, with the extent of what this reader sees of it.

    `attribution` says whose ward boundaries these are; every collection names wards by them.
    """
    described: dict[str, Any] = {
        "id": shown.name,
        "title": shown.title,
        "description": shown.description if shown.keyed else f"{shown.description}. {_NO_CHANGES}",
        "itemType": "feature",
        "crs": [each.uri for each in Crs],
        "storageCrs": CRS84,
        "links": links.as_members(own),
    }
    extent = _extent(summary)
    if attribution:
        described["attribution"] = attribution
    return described | ({"extent": extent} if extent else {})


def _extent(summary: Summary) -> dict[str, Any]:
    extent: dict[str, Any] = {}
    if summary.box is not None:
        west, south, east, north = summary.box
        # Outwards, so that nothing at the edge falls out of its own collection.
        box = [math.floor(value * _DECIMALS) / _DECIMALS for value in (west, south)]
        box += [math.ceil(value * _DECIMALS) / _DECIMALS for value in (east, north)]
        extent["spatial"] = {"bbox": [box], "crs": CRS84}
    if summary.first_day is not None and summary.last_day is not None:
        interval = [f"{summary.first_day}T00:00:00Z", f"{summary.last_day}T23:59:59Z"]
        extent["temporal"] = {"interval": [interval], "trs": GREGORIAN}
    return extent


def document(request: Request, body: Mapping[str, Any], own: Sequence[Link], media: str = JSON) -> Response:
    """Return a JSON document with its links in the header too, and a strong tag of its bytes."""
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return _tagged(request, data, own, media)


def items(page: FeedPage, own: Sequence[Link], crs: Crs = Crs.CRS84) -> Response:
    """Return a page of features as GeoJSON; the features pass through as PostgreSQL wrote them, undecoded."""
    answer = Response([items_begin(), items_rest(page, links.as_json(own))], content_type=GEOJSON)
    answer.headers["Link"] = links.as_header(own)
    answer.headers["Content-Crs"] = f"<{crs.uri}>"
    return answer


def items_begin() -> bytes:
    """Return the beginning of a page of features as GeoJSON, which says when it is told."""
    return f'{{"type":"FeatureCollection","timeStamp":"{stamp()}"'.encode()


def items_rest(page: FeedPage, own: str) -> bytes:
    """Return what follows the beginning: a page of features with its counts and links, which are JSON."""
    matched = "" if page.matched is None else f',"numberMatched":{page.matched:d}'
    head = f'{matched},"numberReturned":{page.returned:d},"links":{own},"features":['
    return b"".join((head.encode(), page.text, b"]}"))


def stamp() -> str:
    """Return the present moment as answers say it (RFC 3339, UTC, microseconds)."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def item(request: Request, page: FeedPage, own: Sequence[Link], crs: Crs = Crs.CRS84) -> Response:
    """Return one feature as GeoJSON with its links, and a strong tag of what is kept of it."""
    answer = _tagged(request, item_body(page.text, links.as_json(own)), own, GEOJSON)
    answer.headers["Content-Crs"] = f"<{crs.uri}>"
    return answer


def item_body(text: bytes, own: str) -> bytes:
    """Return a feature's text with its links, which are JSON, in it."""
    return b"".join((text.rstrip().removesuffix(b"}"), b',"links":', own.encode(), b"}"))


def content_tag(data: bytes) -> str:
    """Return the strong tag of these bytes."""
    return hashlib.sha256(data).hexdigest()[:40]


def last_modified(shown: Collection, state: State) -> datetime | None:
    """Return when a collection changed last; of concerns the day alone, for who records may share at once."""
    if state.changed_at is None or not shown.keyed:
        return state.changed_at
    return datetime.combine(state.changed_at.astimezone(UTC).date(), time(), UTC)


def _tagged(request: Request, data: bytes, own: Sequence[Link], media: str) -> Response:
    """Return the answer, or 304 when the reader has it already."""
    tag = content_tag(data)
    if is_known(request.if_none_match, tag):
        answer = not_modified(tag, weak=False)
    else:
        answer = Response(data, content_type=media)
        answer.set_etag(tag)
    answer.headers["Link"] = links.as_header(own)
    return answer
