"""JSON Schemas of a collection: its features, what it can be filtered by, what it can be sorted by."""

from collections.abc import Mapping
from typing import Any

from geoapp.feed.collections import Collection
from geoapp.queries.feed_sources import GEOMETRY

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_GEOMETRIES = {
    "Point": "geometry-point",
    "LineString": "geometry-linestring",
    "MultiPolygon": "geometry-multipolygon",
}
_ROLES = {
    "id": "id",
    "date": "primary-instant",
    "period_start": "primary-interval-start",
    "period_end": "primary-interval-end",
}
_NUMBERS = {
    "easting": "Metres east in British National Grid, of the middle.",
    "northing": "Metres north in British National Grid, of the middle.",
}


def features(shown: Collection, address: str) -> dict[str, Any]:
    """Return the schema of features, properties and geometry with roles (OGC API - Features Part 5)."""
    properties = {
        name: _property(name, said, number) for number, (name, said) in enumerate(shown.properties.items())
    }
    return _document(shown, address, "features") | {"properties": properties | {GEOMETRY: _geometry(shown)}}


def queryables(shown: Collection, address: str) -> dict[str, Any]:
    """Return the schema of what filters and parameters may name; anything else is refused."""
    found = {}
    for number, name in enumerate(shown.source.queryables):
        if name in shown.properties:
            found[name] = _property(name, shown.properties[name], number)
        elif name == GEOMETRY:
            found[name] = _geometry(shown)
        else:
            found[name] = {"type": "number", "title": name, "description": _NUMBERS[name]}
    return _document(shown, address, "what can be filtered by") | {
        "properties": found,
        "additionalProperties": False,
    }


def sortables(shown: Collection, address: str) -> dict[str, Any]:
    """Return the schema of what features can be sorted by."""
    found = queryables(shown, address)["properties"]
    chosen = {name: found[name] for name in shown.sortables}
    return _document(shown, address, "what can be sorted by") | {
        "properties": chosen,
        "additionalProperties": False,
    }


def _document(shown: Collection, address: str, what: str) -> dict[str, Any]:
    return {"$schema": DIALECT, "$id": address, "type": "object", "title": f"{shown.title}: {what}"}


def _property(name: str, said: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Return a property as JSON Schema has it; as it is written down, null is said as in OpenAPI 3.0."""
    made = {member: value for member, value in said.items() if member != "nullable"}
    if said.get("nullable"):
        made["type"] = [made["type"], "null"]
    role = {"x-ogc-role": _ROLES[name]} if name in _ROLES else {}
    return {"title": name.replace("_", " ")} | made | role | {"x-ogc-propertySeq": number + 1}


def _geometry(shown: Collection) -> dict[str, Any]:
    return {"title": "place", "format": _GEOMETRIES[shown.geometry], "x-ogc-role": "primary-geometry"}
