"""What the pages for tidying up show of walks and pins; every outgoing field is named here."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from geoapp.actions.repeatable import tag
from geoapp.capture.listing import BASES, FEELINGS, LIGHTS, SETTINGS, STATUSES, clock
from geoapp.capture.rubric import BY_VERSION
from geoapp.queries.safety_audits import StoredSafetyAudit
from geoapp.queries.team_walks import Extent
from geoapp.queries.walk_pins import TidyWalk, WalkPin, WalkTrack
from geoapp.words import day_month_year, km, number

# What the map shows while there is neither a pin nor a ward: Great Britain.
_ALL = Extent(-6.5, 49.9, 1.8, 58.7)
_LEFT = {
    "feeling": {"icon": "plus", "text": "Add feeling", "part": "#feeling-group"},
    "factors": {"icon": "plus", "text": "Add factors", "part": "#factors-group"},
    "place": {"icon": "pin", "text": "Check the place", "part": "#place-group"},
    "wording": {"icon": "pencil", "text": "Check the wording", "part": "/share"},
}
_GAPS = {
    "hidden": "screen off or another app open",
    "paused": "paused",
    "no_position": "no position",
    "poor_accuracy": "poor position",
    "restarted": "the app was closed",
}


def walk(found: TidyWalk) -> dict[str, Any]:
    """Return a walk as it stands in the list and above its own page."""
    at = found.started_at
    span = ""
    if at:
        span = clock(at) + (f" to {clock(found.ended_at)}" if found.ended_at else "")
    return {
        "id": str(found.id),
        "day": day_month_year(at) if at else None,
        "span": span,
        "officer": found.officer,
        "km": None if found.metres is None else km(found.metres / 1000),
        "concerns": found.concerns,
        "to_tidy": found.to_tidy,
        "shared": found.shared,
        "ready": found.ready,
        "open": at is not None and found.ended_at is None,
    }


def pin(found: WalkPin) -> dict[str, Any]:
    """Return a pin as it stands in the list of its walk."""
    positive = found.kind == "positive"
    feeling = FEELINGS.get(found.feeling or "")
    applies = ", ".join(LIGHTS[each].lower() for each in found.applies)
    about = ", ".join(found.labels) or "No factors"
    poor = f"position ±{number(found.accuracy_m)} m" if "place" in found.todo else None
    return {
        "id": str(found.id),
        "number": found.number,
        "positive": positive,
        "heading": "Works well here" if positive else feeling or "No feeling chosen",
        "about": " · ".join(part for part in (about, applies or None, poor) if part),
        "feeling": feeling if positive else None,
        "route": _kind_of(found) == "LineString",
        "ward": found.ward,
        "when": f"{day_month_year(found.recorded_at)}, {clock(found.recorded_at)}",
        "light": LIGHTS[found.light].lower(),
        "setting": SETTINGS.get(found.setting or ""),
        "basis": BASES.get(found.basis or ""),
        "note": found.note,
        "left": [_LEFT[each] for each in found.todo],
        "shared": found.status != "raised",
        "taken_up": found.status not in {"raised", "shared"},
        "status": STATUSES[found.status],
        "wording": found.wording,
        "crime": found.crime,
        "photo": found.has_photo,
        "check_first": found.crime or "wording" in found.todo,
    }


def map_data(pins: Sequence[WalkPin], track: WalkTrack | None, extent: Extent | None) -> dict[str, Any]:
    """Return what the map draws: places with their numbers and kinds, and the track; no words."""
    box = extent or _ALL
    marks = [
        {"id": str(each.id), "number": each.number, "kind": each.kind, "place": json.loads(each.place)}
        | {"accuracy": each.accuracy_m if each.position_method in {None, "gps"} else None}
        for each in pins
    ]
    return {
        "extent": [[box.south, box.west], [box.north, box.east]],
        "pins": marks,
        "track": json.loads(track.line) if track else None,
    }


def track(found: WalkTrack | None) -> dict[str, Any] | None:
    """Return the three figures of a track as the receipt shows them."""
    if found is None:
        return None
    gaps = f"{found.gaps} gap{'' if found.gaps == 1 else 's'}"
    return {
        "minutes": f"{number(found.minutes)} min",
        "km": km(found.metres / 1000),
        "gaps": gaps if found.gaps else "No gaps",
        "gap_minutes": f"{number(found.gap_minutes)} min" if found.gaps else None,
        "gap_reasons": ", ".join(words for code, words in _GAPS.items() if code in found.gap_reasons),
    }


def safety_audit(stored: StoredSafetyAudit) -> dict[str, Any]:
    """Return an audit with the words of the rubric that it was rated by."""
    rated = [
        {
            "label": each.label,
            "score": stored.scores[each.code],
            "words": each.levels[stored.scores[each.code]],
        }
        for each in BY_VERSION.get(stored.rubric, ())
        if each.code in stored.scores
    ]
    return {
        "id": str(stored.id),
        "when": f"{day_month_year(stored.recorded_at)}, {clock(stored.recorded_at)}",
        "light": LIGHTS[stored.light].lower(),
        "rubric": stored.rubric,
        "rated": rated,
    }


def differences(
    stored: Mapping[str, Any], typed: Mapping[str, Any], labels: Mapping[str, str]
) -> list[dict[str, str]]:
    """Return where two sides of a pin differ, field by field, both in words."""
    names = {
        "kind": ("What is it?", {"concern": "Concern", "positive": "Works well here"}),
        "feeling": ("How does it feel here?", FEELINGS),
        "factors": ("Factors", labels),
        "applies": ("When does it apply?", LIGHTS),
        "basis": ("How do you know?", BASES),
        "setting": ("What is it like there?", SETTINGS),
        "recorded": ("When was it raised?", {}),
        "note": ("Note", {}),
        "place": ("Where is it?", {}),
    }
    return [
        {"label": label, "stored": _said(stored[name], words), "typed": _said(typed[name], words)}
        for name, (label, words) in names.items()
        if stored[name] != typed[name]
    ]


def pin_tag(found: WalkPin) -> str:
    """Return the entity tag of a pin as a form carries it: without quotes."""
    return tag(found.body_hash).strip('"')


def _said(value: str | Sequence[str], words: Mapping[str, str]) -> str:
    said = [value] if isinstance(value, str) else list(value)
    return ", ".join(words.get(each, each) for each in said if each) or "Nothing"


def _kind_of(found: WalkPin) -> str:
    return str(json.loads(found.place)["type"])
