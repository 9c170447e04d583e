"""Answers of the feed: every outgoing field is named here or in the queries' own list."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from flask import Request, Response

from geoapp.feed import links
from geoapp.feed.collections import Collection
from geoapp.feed.inputs import GEOJSON, JSON
from geoapp.feed.links import Link
from geoapp.queries.feed import FeedFeature, FeedPage, Summary

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
_CLASS = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/"
CONFORMANCE = (
    *(_CLASS + name for name in ("core", "oas30", "html", "geojson")),
    *(_TILES + name for name in ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt", "oas30")),
)
TITLE = "Lamplight council feed"
DESCRIPTION = (
    "Concerns that women raised on walks and that officers have shared with councils, and ward boundaries. "
    "Concerns need a key of the council, as Authorization: Bearer, X-API-Key or Basic password."
)
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
        "description": shown.description,
        "itemType": "feature",
        "crs": [CRS84],
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


def items(request: Request, page: FeedPage, own: Sequence[Link]) -> Response:
    """Return a page of features as GeoJSON; the features pass through as PostgreSQL wrote them.

    The tag is weak, because the time of the answer is in it and changes without the content.
    """
    features = ",".join(feature.text for feature in page.features)
    members: dict[str, Any] = {
        "numberMatched": page.matched,
        "numberReturned": len(page.features),
        "links": links.as_members(own),
    }
    rest = _inner(members)
    tag = hashlib.sha256(f"{features}{rest}".encode()).hexdigest()[:40]
    stamp = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    text = f'{{"type":"FeatureCollection","timeStamp":"{stamp}",{rest},"features":[{features}]}}'
    return _conditional(request, text.encode(), own, GEOJSON, tag, weak=True)


def item(request: Request, feature: FeedFeature, own: Sequence[Link]) -> Response:
    """Return one feature as GeoJSON with its links."""
    body = feature.text.rstrip().removesuffix("}")
    text = f"{body},{_inner({'links': links.as_members(own)})}}}"
    return _tagged(request, text.encode(), own, GEOJSON)


def values(feature: FeedFeature) -> dict[str, Any]:
    """Return a feature's text as values, for a page that shows the same as the GeoJSON."""
    read: dict[str, Any] = json.loads(feature.text)
    return read


def day_or_none(text: str | None) -> date | None:
    """Return a day of a feature's properties."""
    return None if text is None else date.fromisoformat(text)


def _inner(members: Mapping[str, Any]) -> str:
    """Return the members of an object as JSON, without its braces."""
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))[1:-1]


def _tagged(request: Request, data: bytes, own: Sequence[Link], media: str) -> Response:
    return _conditional(request, data, own, media, hashlib.sha256(data).hexdigest()[:40], weak=False)


def _conditional(
    request: Request, data: bytes, own: Sequence[Link], media: str, tag: str, *, weak: bool
) -> Response:
    """Return the answer, or 304 when the reader has it already."""
    answer = Response(data, content_type=media)
    answer.set_etag(tag, weak=weak)
    answer.headers["Link"] = links.as_header(own)
    if request.if_none_match.contains_weak(tag):
        answer.status_code = 304
        answer.set_data(b"")
        del answer.headers["Content-Type"], answer.headers["Content-Length"]
    return answer
