"""What the officer's page shows of walks and concerns; every outgoing field is named here."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from geoapp.actions.repeatable import tag
from geoapp.queries.team_walks import Extent, TeamWalk
from geoapp.queries.walk_concerns import FactorInUse, WalkConcern
from geoapp.words import day_month_year

_LONDON = ZoneInfo("Europe/London")
# What the map shows while there is neither a concern nor a ward: Great Britain.
_ALL = Extent(-6.5, 49.9, 1.8, 58.7)

FEELINGS = {
    "frightening": "Frightening",
    "uncomfortable": "Uncomfortable",
    "acceptable": "Acceptable",
    "comfortable": "Comfortable",
}
LIGHTS = {"day": "Day", "twilight": "Twilight", "dark": "Dark"}
BASES = {
    "seen_on_walk": "Seen on the walk",
    "experienced_here": "It happened to her here",
    "felt_here": "She feels it here",
    "heard_from_others": "Heard from others",
}
SETTINGS = {
    "quiet_street": "Quiet street",
    "busy_place": "Busy place",
    "park": "Park",
    "transport_hub": "Transport hub",
    "other": "Other",
}
STATUSES = {
    "raised": "Not shared",
    "shared": "Shared",
    "in_hand": "In hand",
    "done": "Done",
    "no_action": "No action",
}


def clock(when: datetime) -> str:
    """Return a time of day in London as staff read it, '19:30'."""
    return f"{when.astimezone(_LONDON):%H:%M}"


def walk_choice(walk: TeamWalk) -> dict[str, Any]:
    """Return a walk as it is chosen from a list."""
    when = f"{day_month_year(walk.started_at)}, {clock(walk.started_at)}" if walk.started_at else ""
    count = f"{walk.concerns} concern{'' if walk.concerns == 1 else 's'}"
    label = " · ".join(part for part in (when or "Start not received yet", walk.officer, count) if part)
    return {"value": str(walk.id), "text": label, "when": when, "count": walk.concerns}


def concern(stored: WalkConcern, number: int) -> dict[str, Any]:
    """Return a concern as it stands in the list."""
    said = FEELINGS.get(stored.feeling or "", "No feeling chosen")
    return {
        "id": str(stored.id),
        "number": number,
        "positive": stored.kind == "positive",
        "heading": "Works well here" if stored.kind == "positive" else said,
        "feeling": FEELINGS.get(stored.feeling or "") if stored.kind == "positive" else None,
        "factors": list(stored.factors),
        "applies": [LIGHTS[each] for each in stored.applies],
        "basis": BASES.get(stored.basis or ""),
        "setting": SETTINGS.get(stored.setting or ""),
        "note": stored.note,
        "when": f"{day_month_year(stored.recorded_at)}, {clock(stored.recorded_at)}",
        "light": LIGHTS[stored.light].lower(),
        "ward": stored.ward,
        "route": json.loads(stored.place)["type"] == "LineString",
        "shared": stored.status != "raised",
        "taken_up": stored.status not in {"raised", "shared"},
        "status": STATUSES[stored.status],
        "wording": stored.wording,
        "photo": stored.has_photo,
    }


def map_data(concerns: Sequence[WalkConcern], extent: Extent | None, walk: TeamWalk | None) -> dict[str, Any]:
    """Return what the map draws: places with their numbers and kinds, no words; and where to begin."""
    box = extent or _ALL
    marks = [
        {"id": str(each.id), "number": number, "kind": each.kind, "place": json.loads(each.place)}
        | {"tag": tag(each.body_hash)}
        for number, each in enumerate(concerns, start=1)
    ]
    return {
        "walk": str(walk.id) if walk else None,
        "started_at": walk.started_at.isoformat() if walk and walk.started_at else None,
        "last_at": concerns[-1].recorded_at.isoformat() if concerns else None,
        "extent": [[box.south, box.west], [box.north, box.east]],
        "concerns": marks,
    }


def factor_choices(factors: Sequence[FactorInUse], group: str) -> list[dict[str, str]]:
    """Return the factors of a group as checkboxes take them."""
    return [{"value": each.code, "text": each.label} for each in factors if each.group == group]


def choices(labels: dict[str, str]) -> list[dict[str, str]]:
    """Return labelled values as radios and checkboxes take them."""
    return [{"value": value, "text": text} for value, text in labels.items()]
