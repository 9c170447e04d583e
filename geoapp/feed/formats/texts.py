"""Formats that are text: written piece by piece, so that memory does not grow with the selection."""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import shapely

from geoapp.feed.collections import Collection
from geoapp.feed.formats.columns import Column, Layer, geometries, part, to_bng, value
from spatial.crs import to_bng_or_nan

Groups = Iterable[Sequence[bytes]]
_RECORD_SEPARATOR = b"\x1e"
# The last four are the wide forms of the first, which spreadsheets take for the same.
_BEGINS_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_BNG_URI = "http://www.opengis.net/def/crs/EPSG/0/27700"
FG_CORE = "http://www.opengis.net/spec/json-fg-1/1.0/conf/core"


def geojson(groups: Iterable[bytes], members: Mapping[str, Any]) -> Iterator[bytes]:
    """Give a FeatureCollection out of groups of features, each with commas between its features.

    The bytes of the groups pass through as PostgreSQL wrote them.
    """
    head = json.dumps(members, ensure_ascii=False, separators=(",", ":"))[1:-1]
    before = f'{{"type":"FeatureCollection",{head},"features":[\n'.encode()
    for group in groups:
        yield before
        yield group
        before = b",\n"
    yield b"\n]}" if before == b",\n" else before + b"]}"


def sequence(groups: Groups) -> Iterator[bytes]:
    """Give a GeoJSON text sequence (RFC 8142): each feature between a record separator and a line feed."""
    for texts in groups:
        yield b"".join(_RECORD_SEPARATOR + text + b"\n" for text in texts)


def table(groups: Groups, layer: Layer) -> Iterator[bytes]:
    """Give CSV (RFC 4180) with a header; lists have semicolons, the geometry is WKT in WGS84.

    Points have longitude, latitude, easting and northing (metres by OSTN15) besides. A cell that a
    spreadsheet would take for a formula begins with an apostrophe.
    """
    points = layer.geometry == "Point"
    places = ("wkt", "longitude", "latitude", "easting", "northing") if points else ("wkt",)
    yield _lines([[*(column.name for column in layer.columns), *places]])
    for texts in groups:
        yield _lines(_rows(texts, layer.columns, points=points))


def _rows(texts: Sequence[bytes], shape: Sequence[Column], *, points: bool) -> Iterator[list[str]]:
    read = part(texts)
    wkt = shapely.to_wkt(read.geometries, rounding_precision=7, trim=True)
    said = [[cell(value(column, each, flat=True)) for column in shape] for each in read.properties]
    if not points:
        yield from ([*cells, text or ""] for cells, text in zip(said, wkt, strict=True))
        return
    lon, lat = shapely.get_x(read.geometries), shapely.get_y(read.geometries)
    eastings, northings = to_bng_or_nan(lon, lat)
    for cells, text, *numbers in zip(said, wkt, lon, lat, eastings, northings, strict=True):
        yield [*cells, text or "", *(_number(each) for each in numbers)]


def cell(found: object) -> str:
    """Return a value as a cell that no spreadsheet runs."""
    if found is None:
        return ""
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, datetime):
        return found.isoformat().replace("+00:00", "Z")
    text = str(found)
    return f"'{text}" if isinstance(found, str) and text.startswith(_BEGINS_FORMULA) else text


def _number(found: float) -> str:
    """Return a coordinate as it is, without an exponent; nothing where there is none."""
    return "" if math.isnan(found) else np.format_float_positional(found, trim="-")


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    kept = io.StringIO()
    csv.writer(kept, lineterminator="\r\n").writerows(rows)
    return kept.getvalue().encode()


def jsonfg(
    features: Sequence[dict[str, Any]],
    shown: Collection,
    members: Mapping[str, Any],
    *,
    in_bng: bool = False,
) -> bytes:
    """Return a page as JSON-FG (OGC 21-045r1): GeoJSON with time, type of feature, and place.

    Where National Grid is asked for, `place` has the geometry in it by OSTN15 and `geometry` stays in WGS84
    for readers of GeoJSON.
    """
    if in_bng:
        places = to_bng(geometries([feature["geometry"] for feature in features]))
        for feature, moved in zip(features, places, strict=True):
            feature["place"] = None if moved is None else json.loads(shapely.to_geojson(moved))
    for feature in features:
        feature.setdefault("place", None)
        feature["time"] = _time(feature["properties"])
    head = {
        "type": "FeatureCollection",
        "conformsTo": [FG_CORE],
        "featureType": shown.name,
        **({"coordRefSys": _BNG_URI} if in_bng else {}),
    }
    body = head | dict(members) | {"features": features}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _time(said: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the day or the time of a feature, or the days from which a boundary counts."""
    if said.get("starts_at"):
        return {"interval": [said["starts_at"], said["ends_at"] or ".."]}
    if said.get("period_start"):
        return {"interval": [said["period_start"], said["period_end"]]}
    if said.get("date"):
        return {"date": said["date"]}
    return {"interval": [said["valid_from"], ".."]} if said.get("valid_from") else None
