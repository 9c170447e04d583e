"""The API definition (OpenAPI 3.0), written from the same tables that read requests."""

from collections.abc import Sequence
from typing import Any

from geoapp.feed import definitions, formats, openapi_tiles, present
from geoapp.feed.collections import COLLECTIONS, Collection
from geoapp.feed.inputs import GEOJSON, HTML, JSON, OPENAPI, SCHEMA
from geoapp.feed.parameters import F, Parameter
from geoapp.feed.tiles import TILED

PROBLEM = "application/problem+json"
_OBJECT = {"type": "object"}
_FILE = {"type": "string", "format": "binary"}
_LINKS = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
_FAILURES = {
    "400": ("Malformed", "A parameter is unknown or wrong; the answer names it."),
    "401": ("SignInNeeded", "No valid key was sent."),
    "403": ("NotAllowed", "The role of the person signed in does not read shared concerns."),
    "404": ("NotFound", "It does not exist, or it is not for this reader."),
    "406": ("NotAcceptable", "None of the formats asked for exists here."),
    "422": ("Refused", "A file of this format cannot hold so many features."),
    "429": definitions.FAILURES["429"],
    "503": ("DatabaseAway", "The service is not available just now; Retry-After says when to try again."),
}
_DOCUMENTS = {
    "queryables": "what can be filtered by",
    "sortables": "what can be sorted by",
    "schema": "what features are made of",
}
_ALWAYS = ("400", "401", "406", "429", "503")


def document(root: str) -> dict[str, Any]:
    """Return the API definition of the feed at this address."""
    paths: dict[str, Any] = {
        "/": _plain("landingPage", "The landing page", JSON),
        "/conformance": _plain("conformance", "What of the standard is met", JSON),
        "/api": _plain("apiDefinition", "This definition", OPENAPI),
        "/collections": _plain("collections", "The collections that this reader can open", JSON),
    }
    paths |= _grids()
    for each in COLLECTIONS.values():
        paths |= _paths(each)
        paths |= _tiles(each) if each.name in TILED else {}
        for path, operations in definitions.paths(each).items():
            paths.setdefault(path, {}).update(operations)
    paths |= definitions.open311_paths()
    return {
        "openapi": "3.0.3",
        "info": {"title": present.TITLE, "description": present.DESCRIPTION, "version": "1"},
        "servers": [{"url": root}],
        "paths": paths,
        "components": _components(),
    }


def _paths(shown: Collection) -> dict[str, Any]:
    address = f"/collections/{shown.name}"
    identifier = {
        "name": "featureId",
        "in": "path",
        "required": True,
        "description": shown.properties["id"]["description"],
        "schema": {"type": "string"},
    }
    keyed = shown.keyed
    several = _operation(
        f"{shown.name}.items", f"{shown.title}: features", shown.parameters, GEOJSON, keyed=keyed
    )
    one = _operation(
        f"{shown.name}.item", f"{shown.title}: one feature", shown.item_parameters, GEOJSON, keyed=keyed
    )
    several["responses"]["200"]["content"] |= {
        each.media.partition(";")[0]: {"schema": dict(_OBJECT if each.paged else _FILE)}
        for each in formats.FORMATS
        if each.media != GEOJSON
    }
    several["responses"]["303"] = {
        "description": "A page's form left fields empty; Location is without them."
    }
    several["responses"]["422"] = {"$ref": "#/components/responses/Refused"}
    several["responses"]["200"]["content"][GEOJSON]["schema"] = _feature_collection(shown)
    one["responses"]["200"]["content"][GEOJSON]["schema"] = {"$ref": f"#/components/schemas/{shown.name}"}
    one["parameters"].insert(0, identifier)
    described = _operation(f"{shown.name}.describe", shown.title, (F,), JSON, keyed=keyed)
    documents = {
        f"{address}/{what}": {
            "get": _operation(f"{shown.name}.{what}", f"{shown.title}: {words}", (F,), SCHEMA, keyed=keyed)
        }
        for what, words in _DOCUMENTS.items()
    }
    return documents | {
        address: {"get": described},
        f"{address}/items": {"get": several},
        f"{address}/items/{{featureId}}": {"get": one},
    }


def _grids() -> dict[str, Any]:
    grid = _plain("tileMatrixSet", "The grid that tiles are cut by", JSON)
    grid["get"]["responses"]["404"] = {"$ref": f"#/components/responses/{_FAILURES['404'][0]}"}
    grid["get"]["parameters"].insert(0, openapi_tiles.GRID_PARAMETER)
    return {
        "/tileMatrixSets": _plain("tileMatrixSets", "The grids that tiles are cut by", JSON),
        "/tileMatrixSets/{tileMatrixSetId}": grid,
    }


def _tiles(shown: Collection) -> dict[str, Any]:
    made = {}
    for address, (identifier, title, asked) in openapi_tiles.parts(shown).items():
        operation = _operation(identifier, title, (), JSON, keyed=shown.keyed)
        operation["parameters"] = asked or [F.as_openapi()]
        operation["responses"]["200"]["content"].pop(HTML)
        if identifier.endswith("getTile"):
            openapi_tiles.as_tile(operation)
        made[address] = {"get": operation}
    return made


def _plain(identifier: str, title: str, media: str) -> dict[str, Any]:
    operation = _operation(identifier, title, (F,), media, keyed=False)
    del operation["responses"]["404"]
    return {"get": operation}


def _operation(
    identifier: str, title: str, table: Sequence[Parameter], media: str, *, keyed: bool
) -> dict[str, Any]:
    content = {media: {"schema": dict(_OBJECT)}, HTML: {"schema": {"type": "string"}}}
    headers = {"Link": {"schema": {"type": "string"}}, "ETag": {"schema": {"type": "string"}}}
    statuses = [*_ALWAYS, "404", *(["403"] if keyed else [])]
    operation: dict[str, Any] = {
        "operationId": identifier,
        "summary": title,
        "parameters": [each.as_openapi() for each in table],
        "responses": {
            "200": {"description": title, "headers": headers, "content": content},
            "304": {"description": "Not changed since the tag that was sent in If-None-Match."},
        }
        | {status: {"$ref": f"#/components/responses/{_FAILURES[status][0]}"} for status in sorted(statuses)},
    }
    if keyed:
        operation["security"] = [{"bearer": []}, {"header": []}, {"basic": []}]
    return operation


def _feature_collection(shown: Collection) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "features", "numberReturned", "timeStamp", "links"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": {"$ref": f"#/components/schemas/{shown.name}"}},
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
            "timeStamp": {"type": "string", "format": "date-time"},
            "links": _LINKS,
        },
    }


def _feature(shown: Collection) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "string"},
            "geometry": _geometry(shown.geometry) | ({"nullable": True} if shown.placeless else {}),
            "properties": {
                "type": "object",
                "properties": {name: dict(schema) for name, schema in shown.properties.items()},
                "additionalProperties": False,
            },
            "links": _LINKS,
        },
    }


def _geometry(name: str) -> dict[str, Any]:
    coordinates: dict[str, Any] = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    for _ in range({"Point": 0, "LineString": 1, "MultiPolygon": 3}[name]):
        coordinates = {"type": "array", "items": coordinates}
    return {
        "type": "object",
        "required": ["type", "coordinates"],
        "properties": {"type": {"type": "string", "enum": [name]}, "coordinates": coordinates},
    }


def _components() -> dict[str, Any]:
    link = {
        "type": "object",
        "required": ["href", "rel", "type", "title"],
        "properties": {name: {"type": "string"} for name in ("href", "rel", "type", "title")},
    }
    field = {"type": "object", "properties": {"field": {"type": "string"}, "message": {"type": "string"}}}
    problem = {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {"type": "array", "items": field},
        },
    }
    failure = {PROBLEM: {"schema": {"$ref": "#/components/schemas/problem"}}}
    return {
        "schemas": {"link": link, "problem": problem}
        | {each.name: _feature(each) for each in COLLECTIONS.values()},
        "responses": {
            name: {"description": words, "content": failure}
            for name, words in (_FAILURES | definitions.FAILURES).values()
        },
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            "basic": {
                "type": "http",
                "scheme": "basic",
                "description": "Any user name, the key as password.",
            },
        },
    }
