"""What features of each collection say of themselves, and the parameters by which they are chosen."""

from collections.abc import Mapping
from typing import Any

from geoapp.feed import parameters
from geoapp.feed.parameters import Parameter
from geoapp.feed.values import name as whole_name

KINDS = ("concern", "positive")
LIGHTS = ("day", "twilight", "dark")
FEELINGS = ("frightening", "uncomfortable", "acceptable", "comfortable")
SETTINGS = ("quiet_street", "busy_place", "park", "transport_hub", "other")
BASES = ("seen_on_walk", "experienced_here", "felt_here", "heard_from_others")
STATUSES = ("shared", "in_hand", "done", "no_action")
ANSWERED = ("in_hand", "done", "no_action")
WALK_KINDS = ("group", "one_to_one")


def _text(description: str, *, nullable: bool = False, **more: object) -> dict[str, object]:
    return {"type": "string", "description": description} | ({"nullable": True} if nullable else {}) | more


def _choice(description: str, choices: tuple[str, ...], *, nullable: bool = False) -> dict[str, object]:
    # A nullable enumeration of OpenAPI 3.0 has to name null itself.
    return _text(description, nullable=nullable, enum=[*choices, *([None] if nullable else [])])


CONCERN: dict[str, Mapping[str, Any]] = {
    "id": _text("Identifier; stays the same for good.", format="uuid"),
    "kind": _choice("A concern, or something that works well.", KINDS),
    "factors": {"type": "array", "items": {"type": "string"}, "description": "What it is about."},
    "feeling": _choice("How it feels there.", FEELINGS, nullable=True),
    "applies": {
        "type": "array",
        "items": {"type": "string", "enum": list(LIGHTS)},
        "description": "The light in which it applies, as she says.",
    },
    "light": _choice("The light when it was recorded, from the sun's elevation.", LIGHTS),
    "setting": _choice("The kind of place.", SETTINGS, nullable=True),
    "basis": _choice("How she knows of it.", BASES, nullable=True),
    "date": _text("The day it was recorded, in London. The time is not given.", format="date"),
    "status": _choice("What has come of it.", STATUSES),
    "wording": _text("Her words, as reviewed for the council.", nullable=True),
    "ward_code": _text("The ward by today's boundaries; of a route, the one with its longest part."),
    "ward_name": _text("The name of the ward."),
    "borough_code": _text("The borough of the ward."),
    "updated": _text(
        "The day of the last change, at the earliest the day it was shared. The time is not given.",
        format="date",
    ),
}
WARD: dict[str, Mapping[str, Any]] = {
    "id": _text("Edition and code."),
    "ward_code": _text("The GSS code of the ward."),
    "ward_name": _text("The name of the ward."),
    "borough_code": _text("The GSS code of the borough.", nullable=True),
    "borough_name": _text("The name of the borough.", nullable=True),
    "edition": _text("The edition of boundaries that the ward belongs to."),
    "valid_from": _text(
        "The day from which the edition counts; null: from the beginning.", format="date", nullable=True
    ),
}
WALK: dict[str, Mapping[str, Any]] = {
    "id": _text("Identifier; the walk's page is at /walks/ and this.", format="uuid"),
    "title": _text("What the walk is called."),
    "ward_code": _text("The GSS code of the ward. The meeting point is told when a place is confirmed."),
    "ward_name": _text("The name of the ward."),
    "date": _text("The day it starts, in London.", format="date"),
    "starts_at": _text("When it starts, in UTC.", format="date-time"),
    "ends_at": _text("When it ends, in UTC.", format="date-time", nullable=True),
    "length_m": {"type": "integer", "description": "How long the way is, in metres.", "nullable": True},
    "step_free": {"type": "boolean", "description": "Whether there are no steps on the way."},
    "details": _text("What else there is to know."),
    "officer": _text("The first name of the officer.", nullable=True),
    "kind": _choice("Several women, or one alone with the officer.", WALK_KINDS),
    "places_left": {"type": "integer", "description": "How many can still join; 0: ask for the next."},
}
ACTION: dict[str, Mapping[str, Any]] = {
    "id": _text("Number of the answer. A newer answer on the same concern has its own and replaces it."),
    "ward_code": _text("The ward by today's boundaries."),
    "ward_name": _text("The name of the ward."),
    "borough_code": _text("The GSS code of the borough.", nullable=True),
    "borough_name": _text("The name of the borough.", nullable=True),
    "status": _choice("What has come of it.", ANSWERED),
    "date": _text("The day of this step.", format="date"),
    "you_said": _text("What was said, in words for the whole ward that somebody has read over."),
    "answer": _text("What was done, or why nothing will be; read over too."),
}
WARD_FIGURE: dict[str, Mapping[str, Any]] = {
    "id": _text("Release and ward."),
    "ward_code": _text("The GSS code of the ward."),
    "ward_name": _text("The name of the ward."),
    "borough_code": _text("The GSS code of the borough.", nullable=True),
    "edition": _text("The edition of boundaries that the release is by."),
    "release": _text("The release that the figure is from."),
    "version": {"type": "integer", "description": "The version of the release."},
    "period_start": _text("The first day of the period.", format="date"),
    "period_end": _text("The last day of the period.", format="date"),
    "concerns": {
        "type": "number",
        "description": "Concerns raised; null where they are too few to be shown, never 0 for that.",
        "nullable": True,
    },
    "walks": {"type": "integer", "description": "Distinct walks.", "nullable": True},
    "km": {"type": "number", "description": "Kilometres walked.", "nullable": True},
    "suppressed": {"type": "boolean", "description": "Whether a figure is held back as too few."},
}
CONCERN_FILTERS = (
    parameters.choice("kind", "kind", KINDS),
    parameters.choice("status", "status", STATUSES),
    parameters.choice("light", "light when recorded", LIGHTS),
    parameters.choice("feeling", "feeling", FEELINGS),
    parameters.choice("setting", "setting", SETTINGS),
    parameters.choice("basis", "basis", BASES),
    parameters.code("ward_code", "ward"),
    parameters.code("borough_code", "borough"),
)
CONCERN_LISTS = (parameters.holding("factors"), parameters.holding("applies", LIGHTS))
WARD_FILTERS = (
    parameters.code("ward_code", "code"),
    parameters.code("borough_code", "borough"),
    Parameter("edition", "Only wards of this edition.", {"type": "string", "maxLength": 80}, whole_name),
)
WARD_FIGURE_FILTERS = (
    *WARD_FILTERS,
    Parameter("release", "Only figures of this release.", {"type": "string", "maxLength": 80}, whole_name),
)
ACTION_FILTERS = (
    parameters.code("ward_code", "ward"),
    parameters.code("borough_code", "borough"),
    parameters.choice("status", "status", ANSWERED),
)
WALK_FILTERS = (parameters.code("ward_code", "ward"), parameters.choice("kind", "kind", WALK_KINDS))
