"""What the API definition says of partners' own routes: changes."""

from typing import Any

from geoapp.feed import changes
from geoapp.feed.collections import Collection
from geoapp.feed.inputs import GEOJSON

_KEYED: list[dict[str, list[str]]] = [{"bearer": []}, {"header": []}, {"basic": []}]


def paths(shown: Collection) -> dict[str, dict[str, Any]]:
    """Return the operations of one collection by path and method."""
    if not shown.keyed:
        return {}
    return {f"/collections/{shown.name}/changes": {"get": _changes(shown)}}


def _changes(shown: Collection) -> dict[str, Any]:
    return {
        "operationId": f"{shown.name}.changes",
        "summary": f"{shown.title}: what changed since a cursor, in the order of commits",
        "parameters": [each.as_openapi() for each in changes.PARAMETERS],
        "security": _KEYED,
        "responses": {
            "200": {
                "description": "A page of changes. The full set comes first where no cursor is sent.",
                "headers": {"Link": {"schema": {"type": "string"}}, "ETag": {"schema": {"type": "string"}}},
                "content": {GEOJSON: {"schema": _page(shown)}},
            },
            "304": {"description": "Nothing changed since the tag that was sent in If-None-Match."},
            "410": {"$ref": "#/components/responses/Gone"},
            **refusals("400", "401", "403", "404", "406", "503"),
        },
    }


def refusals(*statuses: str) -> dict[str, Any]:
    """Return the answers that are told once, in the components."""
    return {status: {"$ref": f"#/components/responses/{RESPONSES[status]}"} for status in statuses}


RESPONSES = {
    "400": "Malformed",
    "401": "SignInNeeded",
    "403": "NotAllowed",
    "404": "NotFound",
    "406": "NotAcceptable",
    "503": "DatabaseAway",
}
FAILURES = {
    "410": ("Gone", "The cursor has ended, or was given for other boroughs. Read the full set again.")
}


def _page(shown: Collection) -> dict[str, Any]:
    tombstone = {
        "type": "object",
        "required": ["type", "id", "geometry", "properties", "deleted"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "string"},
            "geometry": {"type": "object", "nullable": True, "enum": [None]},
            "properties": {"type": "object", "nullable": True, "enum": [None]},
            "deleted": {"type": "boolean", "enum": [True]},
        },
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "required": ["type", "features", "cursor", "more", "links"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {
                "type": "array",
                "items": {"anyOf": [{"$ref": f"#/components/schemas/{shown.name}"}, tombstone]},
            },
            "cursor": {"type": "string"},
            "more": {"type": "boolean"},
            "links": {"type": "array", "items": {"$ref": "#/components/schemas/link"}},
        },
    }
