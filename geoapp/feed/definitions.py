"""What the API definition says of partners' own routes: changes, and writing back."""

from typing import Any

from geoapp.feed import changes, open311, write_back
from geoapp.feed.collections import Collection
from geoapp.feed.inputs import GEOJSON

_KEYED: list[dict[str, list[str]]] = [{"bearer": []}, {"header": []}, {"basic": []}]


def paths(shown: Collection) -> dict[str, dict[str, Any]]:
    """Return the operations of one collection by path and method."""
    if not shown.keyed:
        return {}
    return {
        f"/collections/{shown.name}/changes": {"get": _changes(shown)},
        f"/collections/{shown.name}/items/{{featureId}}": {"patch": _write_back(shown)},
    }


def open311_paths() -> dict[str, dict[str, Any]]:
    """Return the operations of the Open311 adapter by path and method; each there is as .json and as .xml."""
    jurisdiction = open311.JURISDICTION.as_openapi()
    requests = [each.as_openapi() for each in open311.REQUESTS]
    return {
        "/open311/v2/services.{kind}": _open311("services", "services", [jurisdiction]),
        "/open311/v2/requests.{kind}": _open311("requests", "requests and their status", requests),
        "/open311/v2/requests/{featureId}.{kind}": _open311("request", "one", [_FEATURE, jurisdiction]),
    }


def _open311(name: str, title: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    content = {
        "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
        "application/xml": {"schema": {"type": "string"}},
    }
    operation = {
        "operationId": f"open311.{name}",
        "summary": f"Open311 GeoReport v2: {title}",
        "parameters": [*parameters, _KIND],
        "security": _KEYED,
        "responses": {
            "200": {"description": title, "content": content},
            "304": {"description": "Not changed since the tag that was sent in If-None-Match."},
            **refusals("400", "401", "403", "404", "429", "503"),
        },
    }
    return {"get": operation}


_FEATURE = {
    "name": "featureId",
    "in": "path",
    "required": True,
    "description": "The identifier of the concern.",
    "schema": {"type": "string"},
}
_KIND = {
    "name": "kind",
    "in": "path",
    "required": True,
    "description": "The format of the answer.",
    "schema": {"type": "string", "enum": ["json", "xml"]},
}


def _write_back(shown: Collection) -> dict[str, Any]:
    text = {"type": "string", "nullable": True}
    written = {
        "status": {"type": "string", "enum": list(write_back.STATUSES)},
        "owner_reference": text | {"maxLength": 80, "description": "The council's own number for it."},
        "wording": text | {"description": "What the public is told of this step."},
        "reason": text | {"description": "Why nothing will be done; with no_action alone, and needed there."},
    }
    patch = {
        "type": "object",
        "required": ["properties"],
        "properties": {
            "properties": {"type": "object", "properties": written, "additionalProperties": False}
        },
        "additionalProperties": False,
    }
    return {
        "operationId": f"{shown.name}.change",
        "summary": f"{shown.title}: say what came of one",
        "parameters": [
            _FEATURE,
            {
                "name": "If-Match",
                "in": "header",
                "required": True,
                "description": "The ETag of the feature that the change was made from.",
                "schema": {"type": "string"},
            },
        ],
        "security": _KEYED,
        "requestBody": {"required": True, "content": {write_back.MEDIA: {"schema": patch}}},
        "responses": {
            "200": {
                "description": "The feature as it is now.",
                "headers": {"ETag": {"schema": {"type": "string"}}},
                "content": {GEOJSON: {"schema": {"$ref": f"#/components/schemas/{shown.name}"}}},
            },
            **refusals("400", "401", "403", "404", "412", "413", "415", "422", "428", "429", "503"),
        },
    }


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
            **refusals("400", "401", "403", "404", "406", "410", "429", "503"),
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
    "410": "Gone",
    "412": "Stale",
    "413": "TooLarge",
    "415": "WrongMediaType",
    "422": "Refused",
    "428": "TagNeeded",
    "429": "TooManyRequests",
    "503": "DatabaseAway",
}
FAILURES = {
    "410": ("Gone", "The cursor has ended, or was given for other boroughs. Read the full set again."),
    "412": ("Stale", "It was changed since the ETag that was sent. Read it again."),
    "413": ("TooLarge", "The body is too large."),
    "415": ("WrongMediaType", "The body is not JSON."),
    "422": ("Refused", "The value can be read, and the step does not follow; the answer names the member."),
    "428": ("TagNeeded", "If-Match is missing."),
    "429": ("TooManyRequests", "Too many requests; Retry-After says when to come back."),
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
