"""Vector tiles of the collections (OGC API - Tiles 1.0, OGC 20-057), described as JSON and TileJSON."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request

from geoapp.access import public
from geoapp.db import feed_reading
from geoapp.errors import NotFound, malformed
from geoapp.feed import collections, disclosure, inputs, links, pages, parameters, present, values
from geoapp.feed.collections import Collection
from geoapp.feed.links import Link
from geoapp.feed.parameters import Parameter
from geoapp.queries import feed_tile
from geoapp.queries.feed import Summary

bp = Blueprint("feed_tiles", __name__)
GRID = "WebMercatorQuad"
MVT = "application/vnd.mapbox-vector-tile"
DEEPEST = 20
TILED = ("concerns", "concern_routes", "wards")
GRID_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{GRID}"
MERCATOR_URI = "http://www.opengis.net/def/crs/EPSG/0/3857"
_REL = "http://www.opengis.net/def/rel/ogc/1.0/"
_EDGE_M = 20037508.342789244
_PIXELS = 256
_PIXEL_M = 0.00028  # of the standardised rendering of OGC 17-083r4, clause 6
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_LEFT_OUT = ("wording",)
_TILESET_FORMATS = ("json", "tilejson")
TILESET_F = Parameter(
    "f",
    "The format of the answer: metadata of OGC API - Tiles, or TileJSON 3.0.",
    {"type": "string", "enum": list(_TILESET_FORMATS)},
    lambda text: values.one_of(_TILESET_FORMATS)(text)[0],
)
TILE_F = Parameter(
    "f",
    "The format of a tile.",
    {"type": "string", "enum": ["mvt"]},
    lambda text: values.one_of(("mvt",))(text)[0],
)


def address(root: str, name: str) -> str:
    """Return where the tilesets of a collection are."""
    return f"{links.collection_address(root, name)}/tiles"


def collection_links(root: str, name: str) -> list[Link]:
    """Return the links of a collection to its tilesets; none where it has no tiles."""
    if name not in TILED:
        return []
    return [Link(address(root, name), f"{_REL}tilesets-vector", inputs.JSON, "Vector tiles")]


@bp.get("/tileMatrixSets")
@public
def grids() -> Response:
    """List the grids that tiles are cut by: one."""
    inputs.read(request, (parameters.F,))
    root = links.base(request)
    own = [
        Link(f"{root}/tileMatrixSets", "self", inputs.JSON, "Tile matrix sets"),
        Link(f"{root}/tileMatrixSets/{GRID}", f"{_REL}tiling-scheme", inputs.JSON, GRID),
    ]
    listed = {"id": GRID, "title": "Web Mercator", "uri": GRID_URI, "links": links.as_members(own[1:])}
    return present.document(request, {"tileMatrixSets": [listed], "links": links.as_members(own)}, own)


@bp.get("/tileMatrixSets/<grid>")
@public
def grid(grid: str) -> Response:
    """Describe the grid, matrix by matrix."""
    inputs.read(request, (parameters.F,))
    _known(grid)
    own = [Link(f"{links.base(request)}/tileMatrixSets/{GRID}", "self", inputs.JSON, GRID)]
    body = {
        "id": GRID,
        "title": "Web Mercator",
        "uri": GRID_URI,
        "crs": MERCATOR_URI,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [_matrix(z) for z in range(DEEPEST + 1)],
    }
    return present.document(request, body, own)


def _matrix(z: int) -> dict[str, Any]:
    metres = 2 * _EDGE_M / (_PIXELS * 2**z)
    return {
        "id": str(z),
        "scaleDenominator": metres / _PIXEL_M,
        "cellSize": metres,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-_EDGE_M, _EDGE_M],
        "tileWidth": _PIXELS,
        "tileHeight": _PIXELS,
        "matrixWidth": 2**z,
        "matrixHeight": 2**z,
    }


@bp.get("/collections/<name>/tiles")
@public
def tilesets(name: str) -> Response:
    """List the tilesets of a collection: one."""
    shown = _tiled(name)
    inputs.read(request, (parameters.F,))
    disclosure.reader_of(shown)
    root = links.base(request)
    own = [
        Link(address(root, name), "self", inputs.JSON, f"{shown.title}: tilesets"),
        Link(links.collection_address(root, name), "collection", inputs.JSON, shown.title),
    ]
    listed = _short(shown) | {"links": links.as_members(_tileset_links(root, shown))}
    return present.document(request, {"tilesets": [listed], "links": links.as_members(own)}, own)


@bp.get("/collections/<name>/tiles/<grid>")
@public
def tileset(name: str, grid: str) -> Response:
    """Describe a tileset, as OGC API - Tiles or TileJSON wants it."""
    shown = _tiled(name)
    _known(grid)
    form = inputs.read(request, (TILESET_F,)).get("f", "json")
    reader = disclosure.reader_of(shown)
    with feed_reading(disclosure.boroughs_of(reader)) as connection:
        summary = shown.summary(connection)
    root = links.base(request)
    own = _tileset_links(root, shown)
    body = _tilejson(root, shown, summary) if form == "tilejson" else _described(root, shown, summary, own)
    return present.document(request, body, own)


@bp.get("/collections/<name>/tiles/<grid>/<z>/<row>/<col>")
@public
def tile(name: str, grid: str, z: str, row: str, col: str) -> Response:
    """Give a tile; 204 where nothing lies in it."""
    shown = _tiled(name)
    _known(grid)
    inputs.read(request, (TILE_F,))
    place = {field: _number(field, text) for field, text in (("z", z), ("row", row), ("col", col))}
    if place["z"] > DEEPEST or max(place["row"], place["col"]) >= 2 ** place["z"]:
        raise NotFound("There is no such tile.")
    reader = disclosure.reader_of(shown)
    with feed_reading(disclosure.boroughs_of(reader)) as connection:
        found = feed_tile.tile(connection, name, place["z"], x=place["col"], y=place["row"])
    answer = Response(found.data, 200 if found.data else 204, content_type=MVT)
    if found.data:
        answer.set_etag(hashlib.sha256(found.data).hexdigest()[:40])
        answer.make_conditional(request)
    if found.features:
        disclosure.note(reader, shown, found.features, request=request, status=answer.status_code)
    return answer


def _number(field: str, text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise malformed(field, "It has to be a whole number of at most 9 digits.")
    return int(text)


def _known(grid: str) -> None:
    if grid != GRID:
        raise NotFound(f"There is no such tile matrix set. There is {GRID}.")


def _tiled(name: str) -> Collection:
    shown = collections.find(name)
    if name not in TILED:
        raise NotFound("This collection has no tiles.")
    return shown


def _template(root: str, name: str, *names: str) -> str:
    return "/".join([address(root, name), GRID, *(f"{{{each}}}" for each in names)])


def _tileset_links(root: str, shown: Collection) -> list[Link]:
    here = f"{address(root, shown.name)}/{GRID}"
    return [
        Link(here, "self", inputs.JSON, f"{shown.title}: tileset"),
        Link(f"{here}?f=tilejson", "alternate", inputs.JSON, f"{shown.title}: TileJSON"),
        Link(f"{root}/tileMatrixSets/{GRID}", f"{_REL}tiling-scheme", inputs.JSON, GRID),
        Link(links.collection_address(root, shown.name), f"{_REL}geodata", inputs.JSON, shown.title),
    ]


def _short(shown: Collection) -> dict[str, Any]:
    return {
        "title": shown.title,
        "dataType": "vector",
        "crs": MERCATOR_URI,
        "tileMatrixSetURI": GRID_URI,
    }


def _described(root: str, shown: Collection, summary: Summary, own: Sequence[Link]) -> dict[str, Any]:
    tiles = {
        "href": _template(root, shown.name, "tileMatrix", "tileRow", "tileCol"),
        "rel": "item",
        "type": MVT,
        "title": f"{shown.title}: tiles",
        "templated": True,
    }
    described = _short(shown) | {
        "links": [*links.as_members(own), tiles],
        "layers": [_layer(shown)],
    }
    if summary.box is not None:
        west, south, east, north = summary.box
        described["boundingBox"] = {
            "lowerLeft": [west, south],
            "upperRight": [east, north],
            "crs": present.CRS84,
        }
    return described


def _layer(shown: Collection) -> dict[str, Any]:
    return {
        "id": shown.name,
        "dataType": "vector",
        "geometryDimension": {"Point": 0, "LineString": 1}.get(shown.geometry, 2),
        "minTileMatrix": "0",
        "maxTileMatrix": str(DEEPEST),
        "propertiesSchema": {"type": "object", "properties": _properties(shown)},
    }


def _properties(shown: Collection) -> dict[str, Mapping[str, Any]]:
    """Return what a tile says of a feature: lists are texts with semicolons, words are left out."""
    return {
        name: {"type": "string", "description": schema["description"]}
        for name, schema in shown.properties.items()
        if name not in _LEFT_OUT
    }


def _tilejson(root: str, shown: Collection, summary: Summary) -> dict[str, Any]:
    """Return TileJSON 3.0, whose y is the row and x the column."""
    fields = {name: schema["description"] for name, schema in _properties(shown).items()}
    made: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": shown.title,
        "description": shown.description,
        "scheme": "xyz",
        "tiles": [_template(root, shown.name, "z", "y", "x")],
        "minzoom": 0,
        "maxzoom": DEEPEST,
        "vector_layers": [{"id": shown.name, "fields": fields, "minzoom": 0, "maxzoom": DEEPEST}],
    }
    credit = pages.attribution()
    if credit:
        made["attribution"] = credit
    return made | ({"bounds": list(summary.box)} if summary.box is not None else {})
