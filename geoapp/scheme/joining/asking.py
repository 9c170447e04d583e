"""Asking to join: one page, no account; for a walk on the list, or for another time."""

from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from geoapp.access import public
from geoapp.actions import scheme_requests
from geoapp.actions.scheme_contact import NewRequest
from geoapp.actions.scheme_door import form_pass, read_pass
from geoapp.db import reading, scheme_writing
from geoapp.errors import STATUS, FieldError, NotFound, Refused, TooManyRequests
from geoapp.queries import joining, said_and_did
from geoapp.scheme.joining.present import card
from geoapp.scheme.joining.room import bp, settings, today
from geoapp.scheme.said import PREFERRED

_LONGEST = 4_000
_TRAP = "website"


@bp.get("/walks/<uuid:walk_id>/ask")
@public
def ask_to_join(walk_id: UUID) -> Response:
    """Show the form for one walk."""
    return _form(walk_id)


@bp.post("/walks/<uuid:walk_id>/ask")
@public
def send_for_walk(walk_id: UUID) -> AnyResponse:
    """Take in the request for one walk, and lead to its own link."""
    return _send(walk_id)


@bp.get("/walks/ask")
@public
def ask_another_time() -> Response:
    """Show the form for another time or place."""
    return _form(None)


@bp.post("/walks/ask")
@public
def send_another_time() -> AnyResponse:
    """Take in the request for another time, and lead to its own link."""
    return _send(None)


def _send(walk_id: UUID | None) -> AnyResponse:
    try:
        identifier = read_pass(
            settings(), request.form.get("pass", "")[:_LONGEST], trap=request.form.get(_TRAP, "")
        )
        if identifier is None:
            # A program is not told that it was noticed; somebody who is only quick sends the same form again.
            return _form(walk_id, notice=True)
        new = _new(walk_id, request.form)
        with scheme_writing(scheme_requests.reach_of_new(identifier)) as session:
            asked = scheme_requests.ask(
                session, identifier, new, address=request.remote_addr, settings=settings()
            )
    except (Refused, TooManyRequests) as error:
        found = error.errors or (FieldError("first_name", error.detail),)
        answer = _form(walk_id, errors=found)
        answer.status_code = STATUS[type(error)]
        if isinstance(error, TooManyRequests):
            answer.headers["Retry-After"] = str(error.retry_after_s)
        return answer
    return redirect(url_for("requests.see", token=asked.token), 303)


def _new(walk_id: UUID | None, sent: MultiDict[str, str]) -> NewRequest:
    def words(name: str) -> str:
        return sent.get(name, "")[:_LONGEST]

    return NewRequest(
        first_name=words("first_name"),
        email=words("email"),
        phone=words("phone"),
        adult=sent.get("adult") == "yes",
        walk_id=walk_id,
        kind=words("kind") or "group",
        ward_code=words("ward_code") or None,
        preferred=tuple(each for each in sent.getlist("preferred")[:20] if len(each) <= 40),  # noqa: PLR2004 (more than the list has, longer than its names)
        times_note=words("times_note"),
        access_needs=words("access_needs"),
        ease=words("ease"),
    )


def _form(walk_id: UUID | None, *, errors: tuple[FieldError, ...] = (), notice: bool = False) -> Response:
    with reading() as connection:
        found = joining.open_walks(connection, one=walk_id) if walk_id else []
        wards = [] if walk_id else said_and_did.public_wards(connection, today())
    if walk_id and not found:
        raise NotFound("This walk is not open any more. Look at the walks that are.")
    sent = request.form
    page = render_template(
        "joining/ask.html",
        walk=card(found[0]) if found else None,
        wards=wards,
        sent=sent,
        chosen=set(sent.getlist("preferred")),
        preferred=PREFERRED,
        errors=errors,
        notice=notice,
        kept_pass=sent["pass"] if notice and sent.get("pass") else form_pass(settings()),
    )
    answer = Response(page)
    answer.headers["Cache-Control"] = "no-store"  # it may hold what she has typed
    return answer
