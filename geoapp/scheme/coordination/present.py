"""What leaves to the coordinator's pages: every field named, times on a clock of 24 hours."""

from datetime import date, datetime
from typing import Any

from geoalchemy2.shape import to_shape

from geoapp.actions.scheme_contact import PREFERRED
from geoapp.actions.scheme_requests import answer_by
from geoapp.config import Settings
from geoapp.jobs.when import LONDON
from geoapp.model import JoinableWalk
from geoapp.queries.coordination import FeedbackFigures, ListedRequest, ListedWalk

WALK_STATES = {"open": "Open", "full": "Full", "cancelled": "Called off", "done": "Done"}
STATES = {
    "asked": "Asked",
    "offered": "Offered, waits for her answer",
    "agreed": "Agreed, to be confirmed",
    "confirmed": "Confirmed",
    "changed": "Confirmed, told of a change",
    "cancelled": "Cancelled",
    "done": "Came",
}
KINDS = {"group": "Group", "one_to_one": "One to one"}
MESSAGES = {
    "received": "We have your request",
    "waiting": "On the waiting list",
    "offered": "A walk is offered",
    "confirmed": "Confirmation",
    "changed": "The walk has changed",
    "cancelled": "Cancelled",
    "reminder": "Reminder",
    "afterwards": "How was it?",
}


FORM = (
    *("title", "ward_code", "day", "start", "end", "kind", "places", "length_km", "step_free", "details"),
    *("lon", "lat", "meeting_words", "getting_there", "officer_id", "officer_first_name", "officer_number"),
    *("word", "listed"),
)


def when(moment: datetime | None, end: datetime | None = None) -> str:
    """Return 'Thu 16 April 2026, 18:30 to 19:15' in London; nothing for None."""
    if moment is None:
        return ""
    local = moment.astimezone(LONDON)
    until = f" to {end.astimezone(LONDON):%H:%M}" if end is not None else ""
    return f"{local:%a} {local.day} {local:%B %Y}, {local:%H:%M}{until}"


def walk_row(walk: ListedWalk) -> dict[str, Any]:
    """Return a walk as a row of the list."""
    over = walk.state in {"cancelled", "done"}
    return {
        "id": walk.id,
        "number": walk.number,
        "title": walk.title,
        "ward": walk.ward_name or walk.ward_code,
        "when": when(walk.starts_at, walk.ends_at),
        "kind": KINDS[walk.kind],
        "listed": walk.listed,
        "officer": walk.officer_first_name or "",
        "state": WALK_STATES[walk.state],
        "over": over,
        "lacking": not walk.complete and not over,
        "places": f"{walk.places_taken} of {walk.places}",
        "asking": walk.asking,
        "waiting": walk.waiting,
        "no_shows": walk.no_shows,
    }


def walk_choice(walk: ListedWalk) -> dict[str, str]:
    """Return a walk as something to offer."""
    left = walk.places - walk.places_taken
    lacking = "" if walk.complete else ", incomplete"
    officer = walk.officer_first_name or "no officer yet"
    text = f"{walk.number} {walk.title}, {when(walk.starts_at)}, {officer}, {left} left{lacking}"
    return {"value": str(walk.id), "text": text}


def request_card(request: ListedRequest, settings: Settings, today: date) -> dict[str, Any]:
    """Return a request with all that the coordinator needs, and what can be done with it."""
    due = answer_by(request.created_at, settings, for_a_walk=request.walk_id is not None)
    state = "Did not come" if request.no_show else STATES[request.state]
    return {
        "id": request.id,
        "reference": request.reference,
        "first_name": request.first_name,
        "contacts": [each for each in (request.email, request.phone) if each],
        "state": "Asked, on the waiting list" if request.waiting else state,
        "waiting": request.waiting,
        "asked": when(request.created_at),
        "answer_by": due,
        "late": due < today and request.state == "asked",
        "kind": KINDS[request.kind],
        "ward": request.ward_name or request.ward_code or "",
        "unassigned": request.unassigned,
        "times": [PREFERRED[each] for each in request.preferred if each in PREFERRED],
        "times_note": request.times_note or "",
        "access_needs": request.access_needs or "",
        "ease": request.ease or "",
        "walk_id": request.walk_id,
        "walk": f"{request.walk_number} {request.walk_title}, {when(request.walk_starts_at)}"
        if request.walk_id
        else "",
        "can_offer": request.state == "asked",
        "can_confirm": request.walk_id is not None and request.state in {"asked", "agreed"},
        "can_cancel": request.state not in {"cancelled", "done"},
        "came_or_will": request.state in {"confirmed", "changed"},
    }


def walk_fields(walk: JoinableWalk | None) -> dict[str, str]:
    """Return a walk as its form shows it; what a new one begins with for None."""
    if walk is None:
        return {"kind": "group", "places": "4", "listed": "yes", "step_free": "yes"}
    point = None if walk.meeting_point is None else to_shape(walk.meeting_point).coords[0]
    start, end = walk.starts_at.astimezone(LONDON), walk.ends_at
    return {
        "title": walk.title,
        "ward_code": walk.ward_code,
        "day": start.date().isoformat(),
        "start": f"{start:%H:%M}",
        "end": "" if end is None else f"{end.astimezone(LONDON):%H:%M}",
        "kind": walk.kind,
        "places": str(walk.places),
        "length_km": "" if walk.length_m is None else f"{walk.length_m / 1000:g}",
        "step_free": "yes" if walk.step_free else "no",
        "details": walk.details,
        "lon": "" if point is None else f"{point[0]:.7f}".rstrip("0"),
        "lat": "" if point is None else f"{point[1]:.7f}".rstrip("0"),
        "meeting_words": walk.meeting_words or "",
        "getting_there": walk.getting_there,
        "officer_id": str(walk.officer_id or ""),
        "officer_first_name": walk.officer_first_name or "",
        "officer_number": walk.officer_number,
        "word": walk.word,
        "listed": "yes" if walk.listed else "",
    }


def figures(found: FeedbackFigures) -> dict[str, str] | None:
    """Return how walks were, in words; None when too few have answered to show it."""
    if found.answers is None or found.felt_heard is None or found.felt_safer is None:
        return None
    return {
        "Answers": f"{found.answers}",
        "Felt heard": f"{found.felt_heard:.1f} of 5",
        "Felt safer": f"{found.felt_safer:.1f} of 5",
        "Would walk again": f"{(found.walk_again or 0) * 100:.0f}%",
    }
