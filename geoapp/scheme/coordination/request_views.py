"""Requests to match, and messages that did not arrive."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import current_app, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from geoapp.access import Permission, Person, current_person, needs
from geoapp.actions import scheme_matching, scheme_messages
from geoapp.actions.scheme_contact import PREFERRED
from geoapp.db import scheme_reading, scheme_writing
from geoapp.errors import STATUS, Conflict, LamplightError, Refused
from geoapp.jobs.when import LONDON
from geoapp.queries import coordination
from geoapp.scheme.coordination import inputs, present
from geoapp.scheme.coordination.room import bp, reach_of


@bp.get("/requests")
@needs(Permission.RUN_SCHEME)
def matching() -> str:
    """Show who asks, by ward and time, with the walks that could be offered."""
    return _matching()


@bp.post("/requests/<uuid:request_id>/offer")
@needs(Permission.RUN_SCHEME)
def offer(request_id: UUID) -> AnyResponse | tuple[str, int]:
    """Offer a walk."""
    person, walk_id = current_person(), inputs.identifier(request.form, "walk")
    return _act(person, lambda session: scheme_matching.offer(session, request_id, walk_id, by=person))


@bp.post("/requests/<uuid:request_id>/confirm")
@needs(Permission.RUN_SCHEME)
def confirm(request_id: UUID) -> AnyResponse | tuple[str, int]:
    """Confirm the walk that she asked for or agreed to."""
    person = current_person()
    return _act(person, lambda session: scheme_matching.confirm(session, request_id, by=person))


@bp.post("/requests/<uuid:request_id>/cancel")
@needs(Permission.RUN_SCHEME)
def cancel_request(request_id: UUID) -> AnyResponse | tuple[str, int]:
    """Call a request off."""
    person = current_person()
    return _act(person, lambda session: scheme_matching.cancel(session, request_id, by=person))


@bp.get("/messages")
@needs(Permission.RUN_SCHEME)
def failed() -> str:
    """Show messages that did not go out or came back."""
    with scheme_reading(reach_of(current_person())) as session:
        found = coordination.failed_messages(session)
    rows = [
        {
            "id": each.id,
            "what": present.MESSAGES[each.kind],
            "way": "E-mail" if each.way == "email" else "Text",
            "why": each.failure,
            "when": present.when(each.ended_at),
            "first_name": each.first_name,
            "reference": each.reference,
            "contacts": [contact for contact in (each.email, each.phone) if contact],
        }
        for each in found
    ]
    return render_template("coordination/messages.html", rows=rows)


@bp.post("/messages/<uuid:message_id>/again")
@needs(Permission.RUN_SCHEME)
def send_again(message_id: UUID) -> AnyResponse:
    """Send a failed message once more."""
    person = current_person()
    with scheme_writing(reach_of(person)) as session:
        scheme_messages.send_again(session, message_id, by=person)
    return redirect(url_for("coordination.failed"), 303)


@bp.post("/messages/<uuid:message_id>/aside")
@needs(Permission.RUN_SCHEME)
def put_aside(message_id: UUID) -> AnyResponse:
    """Take a failed message off the list."""
    person = current_person()
    with scheme_writing(reach_of(person)) as session:
        scheme_messages.put_aside(session, message_id, by=person)
    return redirect(url_for("coordination.failed"), 303)


def _act(person: Person, action: Callable[[Session], None]) -> AnyResponse | tuple[str, int]:
    """Do it and go back to the list, as it was filtered; what is refused is said on the list."""
    try:
        with scheme_writing(reach_of(person)) as session:
            action(session)
    except (Refused, Conflict) as error:
        return _matching(error), STATUS[type(error)]
    chosen = inputs.filters(request.args)
    return redirect(url_for("coordination.matching", ward=chosen.ward, time=chosen.time), 303)


def _matching(error: LamplightError | None = None) -> str:
    person, chosen = current_person(), inputs.filters(request.args)
    with scheme_reading(reach_of(person)) as session:
        found = coordination.requests(session, ward=chosen.ward, time=chosen.time)
        walks = coordination.walks(session, person.team_id)
        wards = coordination.ward_choices(session)
        officers = coordination.officers(session, person.team_id)
    today, settings = datetime.now(LONDON).date(), current_app.config["SETTINGS"]
    free = [
        present.walk_choice(each)
        for each in walks
        if each.state == "open" and each.starts_at.timestamp() > datetime.now(LONDON).timestamp()
    ]
    return render_template(
        "coordination/requests.html",
        cards=[present.request_card(each, settings, today) for each in found],
        walks=free,
        wards=[{"value": "", "text": "All wards"}]
        + [{"value": each.code, "text": each.name} for each in wards],
        times=[{"value": "", "text": "Any time"}, *({"value": k, "text": v} for k, v in PREFERRED.items())],
        officers=officers,
        chosen=chosen,
        set_count=sum(each is not None for each in (chosen.ward, chosen.time)),
        problem=None if error is None else error.detail,
    )
