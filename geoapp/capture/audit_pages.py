"""The page on which a safety-audit stop is rated, with or without scripts."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from geoapp.access import Permission, current_person, needs
from geoapp.actions import safety_audits
from geoapp.actions.repeatable import tag
from geoapp.capture import audit_inputs, pin_form, tidy_present
from geoapp.capture.rubric import BY_VERSION, VERSION
from geoapp.capture.tidy_views import back
from geoapp.db import reading, writing
from geoapp.errors import STATUS, Conflict, FieldError, Malformed, NotFound, Refused, Stale
from geoapp.queries import safety_audits as stored_audits
from geoapp.queries.safety_audits import StoredSafetyAudit
from geoapp.queries.team_walks import working_extent
from geoapp.queries.walk_pins import TidyWalk, tidy_walks, walk_pins
from geoapp.wire import parse_body

bp = Blueprint("stop", __name__, template_folder="templates", url_prefix="/walks/<uuid:walk_id>/audits")
_LONDON = ZoneInfo("Europe/London")
_DEPTH = 32


@bp.get("/new")
@needs(Permission.CAPTURE)
def new(walk_id: UUID) -> AnyResponse:
    """Go to an empty form, whose identifier makes sending it twice one stop."""
    return redirect(url_for("capture.stop.show", walk_id=walk_id, audit_id=uuid4()), 302)


@bp.get("/<uuid:audit_id>")
@needs(Permission.CAPTURE)
def show(walk_id: UUID, audit_id: UUID) -> str:
    """Show the form of a stop, as it is stored or empty."""
    return _page(walk_id, audit_id)


@bp.post("/<uuid:audit_id>")
@needs(Permission.CAPTURE)
def save(walk_id: UUID, audit_id: UUID) -> AnyResponse:
    """Keep the stop; sent twice, it is kept once."""
    person = current_person()
    _walk(walk_id)
    stored = _stored(walk_id, audit_id)
    tags = frozenset({f'"{request.form["tag"][:64]}"'}) if request.form.get("tag") else None
    try:
        sent = audit_inputs.safety_audit(parse_body(_body(walk_id, stored), _DEPTH), tags)
        with writing() as session:
            safety_audits.put(session, audit_id, sent, by=person)
    except (Malformed, Refused, Conflict, Stale) as error:
        errors = error.errors or (FieldError("scores", error.detail),)
        return Response(_page(walk_id, audit_id, typed=request.form, errors=errors), STATUS[type(error)])
    return back(walk_id, "audit")


def _page(
    walk_id: UUID,
    audit_id: UUID,
    *,
    typed: Mapping[str, str] | None = None,
    errors: tuple[FieldError, ...] = (),
) -> str:
    walk = _walk(walk_id)
    person = current_person()
    with reading() as connection:
        pins = walk_pins(connection, walk_id, person.team_id)
        extent = working_extent(connection, person.team_id)
    stored = _stored(walk_id, audit_id)
    parameters = BY_VERSION[stored.rubric if stored else VERSION]
    scores: dict[str, int | None] = {each.code: _level(each.code, stored, typed) for each in parameters}
    return render_template(
        "capture/tidy/audit.html",
        walk_id=walk_id,
        audit_id=audit_id,
        made_from=tag(stored.body_hash).strip('"') if stored else "",
        parameters=parameters,
        scores=scores,
        place=typed.get("place", "") if typed is not None else _place(stored),
        recorded=typed.get("recorded", "") if typed is not None else _recorded(stored, walk),
        errors=[{"field": _field_of(each.field), "message": each.message} for each in errors],
        map_data=tidy_present.map_data(pins, None, extent) | {"stop": True},
    )


def _body(walk_id: UUID, stored: StoredSafetyAudit | None) -> bytes:
    """Return the body that a phone would send for what the form says."""
    rubric = stored.rubric if stored else VERSION
    levels = {each.code: request.form.get(each.code, "") for each in BY_VERSION[rubric]}
    body: dict[str, Any] = {
        "walk": str(walk_id),
        "rubric": rubric,
        "recorded_at": pin_form.moment(request.form.get("recorded", ""), "recorded_at"),
        "geometry": pin_form.geometry(request.form.get("place", ""), "Point"),
        "scores": {name: int(level) for name, level in levels.items() if level in {"0", "1", "2", "3"}},
    }
    before = json.loads(stored.body) if stored else {}
    # What was not touched stays as exact as it was sent.
    if stored and request.form.get("recorded", "") == _minute(stored.recorded_at):
        body["recorded_at"] = before["recorded_at"]
    if stored and request.form.get("place", "") == _place(stored):
        body |= {name: before[name] for name in ("geometry", "accuracy_m") if name in before}
    return json.dumps(body).encode()


def _level(code: str, stored: StoredSafetyAudit | None, typed: Mapping[str, str] | None) -> int | None:
    if typed is not None:
        level = typed.get(code, "")
        return int(level) if level in {"0", "1", "2", "3"} else None
    return stored.scores.get(code) if stored else None


def _place(stored: StoredSafetyAudit | None) -> str:
    return pin_form.place_text([stored.longitude, stored.latitude]) if stored else ""


def _recorded(stored: StoredSafetyAudit | None, walk: TidyWalk) -> str:
    """Return the time to begin with: the stored one, now on the day of the walk, else when the walk began."""
    if stored:
        return _minute(stored.recorded_at)
    now = datetime.now(UTC)
    began = walk.started_at or now
    return _minute(now if began.astimezone(_LONDON).date() == now.astimezone(_LONDON).date() else began)


def _minute(when: datetime) -> str:
    return f"{when.astimezone(_LONDON):%Y-%m-%dT%H:%M}"


def _field_of(field: str) -> str:
    known = {"geometry": "place-group", "recorded_at": "recorded"}
    return known.get(field.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0], "scores")


def _walk(walk_id: UUID) -> TidyWalk:
    with reading() as connection:
        found = tidy_walks(connection, current_person().team_id, one=walk_id)
    if not found:
        raise NotFound("There is no such walk.")
    return found[0]


def _stored(walk_id: UUID, audit_id: UUID) -> StoredSafetyAudit | None:
    with reading() as connection:
        found = stored_audits.safety_audits(connection, current_person().team_id, walk=walk_id, one=audit_id)
    return found[0] if found else None
