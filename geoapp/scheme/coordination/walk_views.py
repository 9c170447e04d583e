"""Walks: the team's list, publishing, changing, calling off, closing."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from geoapp.access import Permission, Person, current_person, needs
from geoapp.actions import scheme_matching, scheme_walks
from geoapp.config import Settings
from geoapp.db import scheme_reading, scheme_writing
from geoapp.errors import STATUS, Conflict, LamplightError, Refused
from geoapp.jobs.when import LONDON
from geoapp.queries import coordination
from geoapp.scheme.coordination import inputs, present
from geoapp.scheme.coordination.room import bp, reach_of

# The form's own names for what the actions name otherwise.
_FIELDS = {"starts_at": "start", "ends_at": "end", "meeting_point": "lat", "length_m": "length_km"}


@bp.get("/")
@needs(Permission.RUN_SCHEME)
def overview() -> str:
    """Show the team's walks, and how those of the last year were."""
    person, settings = current_person(), _settings()
    with scheme_reading(reach_of(person)) as session:
        walks = [present.walk_row(each) for each in coordination.walks(session, person.team_id)]
        figures = coordination.feedback(session, person.team_id, settings.rules.feedback_min)
        failed = len(coordination.failed_messages(session))
        waiting = len(coordination.requests(session))
    return render_template(
        "coordination/walks.html",
        walks=walks,
        figures=present.figures(figures),
        least=figures.least,
        failed=failed,
        waiting=waiting,
    )


@bp.get("/walks/new")
@needs(Permission.RUN_SCHEME)
def new_walk() -> str:
    """Show the form for a walk; its identifier comes with it, so that a form sent twice is one walk."""
    return _form(current_person(), uuid.uuid4(), present.walk_fields(None), is_new=True)


@bp.post("/walks")
@needs(Permission.RUN_SCHEME)
def publish() -> AnyResponse | tuple[str, int]:
    """Publish a walk; with mistakes, the form again with what was typed."""
    person, walk_id = current_person(), inputs.identifier(request.form, "walk_id")
    try:
        form = inputs.walk(request.form)
        with scheme_writing(reach_of(person)) as session:
            scheme_walks.publish(session, walk_id, form, by=person)
    except Refused as error:
        return _form(person, walk_id, request.form, is_new=True, error=error), STATUS[Refused]
    return redirect(url_for("coordination.walk", walk_id=walk_id), 303)


@bp.get("/walks/<uuid:walk_id>")
@needs(Permission.RUN_SCHEME)
def walk(walk_id: UUID) -> str:
    """Show a walk of the team: its form, who is on it, who waits."""
    return _walk_page(walk_id)


@bp.post("/walks/<uuid:walk_id>")
@needs(Permission.RUN_SCHEME)
def change(walk_id: UUID) -> AnyResponse | tuple[str, int]:
    """Change a walk, telling whoever has a place on it."""
    person = current_person()
    try:
        form = inputs.walk(request.form)
        with scheme_writing(reach_of(person)) as session:
            scheme_walks.change(session, walk_id, form, by=person)
    except (Refused, Conflict) as error:
        return _walk_page(walk_id, request.form, error), STATUS[type(error)]
    return redirect(url_for("coordination.walk", walk_id=walk_id), 303)


@bp.get("/walks/<uuid:walk_id>/cancel")
@needs(Permission.RUN_SCHEME)
def ask_cancel(walk_id: UUID) -> str:
    """Say what calling the walk off will do, and to how many."""
    person = current_person()
    with scheme_reading(reach_of(person)) as session:
        stored = scheme_walks.look(session, walk_id, by=person)
    when = present.when(stored.starts_at, stored.ends_at)
    return render_template("coordination/call_off.html", walk=stored, when=when)


@bp.post("/walks/<uuid:walk_id>/cancel")
@needs(Permission.RUN_SCHEME)
def cancel(walk_id: UUID) -> AnyResponse:
    """Call a walk off and tell everybody on it."""
    person = current_person()
    with scheme_writing(reach_of(person)) as session:
        scheme_walks.cancel(session, walk_id, by=person)
    return redirect(url_for("coordination.walk", walk_id=walk_id), 303)


@bp.post("/walks/<uuid:walk_id>/finish")
@needs(Permission.RUN_SCHEME)
def finish(walk_id: UUID) -> AnyResponse | tuple[str, int]:
    """Close a walk that has been, with who did not come."""
    person, absent = current_person(), inputs.identifiers(request.form, "no_show")
    try:
        with scheme_writing(reach_of(person)) as session:
            scheme_walks.finish(session, walk_id, absent, by=person)
    except Conflict as error:
        return _walk_page(walk_id, error=error), STATUS[Conflict]
    return redirect(url_for("coordination.walk", walk_id=walk_id), 303)


@bp.post("/walks/<uuid:walk_id>/promote")
@needs(Permission.RUN_SCHEME)
def promote(walk_id: UUID) -> AnyResponse:
    """Offer a free place to whoever has waited longest."""
    person = current_person()
    with scheme_writing(reach_of(person)) as session:
        scheme_matching.promote(session, walk_id, by=person)
    return redirect(url_for("coordination.walk", walk_id=walk_id), 303)


def _walk_page(
    walk_id: UUID, sent: Mapping[str, str] | None = None, error: LamplightError | None = None
) -> str:
    person, settings = current_person(), _settings()
    with scheme_reading(reach_of(person)) as session:
        stored = scheme_walks.look(session, walk_id, by=person)
        found = coordination.requests(session, walk=walk_id)
    today = datetime.now(LONDON).date()
    cards = [present.request_card(each, settings, today) for each in found]
    extra = {
        "walk": stored,
        "state": present.WALK_STATES[stored.state],
        "when": present.when(stored.starts_at, stored.ends_at),
        "lacking": scheme_walks.missing(stored),
        "people": [card for card, each in zip(cards, found, strict=True) if each.has_place],
        "asking": [card for card, each in zip(cards, found, strict=True) if not each.has_place],
        "has_begun": stored.starts_at <= datetime.now(UTC),
    }
    fields = present.walk_fields(stored) if sent is None else sent
    return _form(person, walk_id, fields, is_new=False, error=error, extra=extra)


def _form(
    person: Person,
    walk_id: UUID,
    fields: Mapping[str, str],
    *,
    is_new: bool,
    error: LamplightError | None = None,
    extra: Mapping[str, object] | None = None,
) -> str:
    with scheme_reading(reach_of(person)) as session:
        wards = coordination.ward_choices(session)
        officers = coordination.officers(session, person.team_id)
        extent = coordination.wards_extent(session)
    errors = {} if error is None else _by_field(error)
    return render_template(
        "coordination/walk.html",
        walk_id=walk_id,
        fields={name: fields.get(name, "") for name in present.FORM},
        wards=[{"value": "", "text": "Choose a ward"}]
        + [{"value": each.code, "text": each.name} for each in wards],
        officers=[{"value": "", "text": "Not chosen yet"}]
        + [{"value": str(each.id), "text": f"{each.name}, {each.walks} in 4 weeks"} for each in officers],
        extent=extent,
        is_new=is_new,
        errors=errors,
        **({"walk": None} if extra is None else extra),
    )


def _by_field(error: LamplightError) -> dict[str, str]:
    if not error.errors:
        return {"title": error.detail}
    return {_FIELDS.get(each.field, each.field): each.message for each in error.errors}


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
