"""What a coordinator does with a request: take, offer, confirm, call off, promote.

Each takes a session of `scheme_writing(Reach.team(by.team_id))`.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.access import Person
from geoapp.actions import audit, scheme_messages, scheme_walks
from geoapp.actions.scheme_requests import held
from geoapp.errors import Conflict, NotFound, Refused, refused
from geoapp.model import JoinableWalk, JoinRequest


def offer(session: Session, request_id: UUID, walk_id: UUID, *, by: Person) -> None:
    """Offer a walk of the own team, which takes a place until she answers; again, the same offer.

    Refused when the walk is full; Conflict when she has a walk already.
    """
    walk = scheme_walks.own(session, walk_id, by=by)
    request = _request(session, request_id)
    if request.walk_id == walk_id and request.state in {"offered", "agreed", "confirmed", "changed"}:
        return
    if request.state != "asked":
        raise Conflict("She has a walk already, or the request is over.")
    _has_place(walk)
    request.team_id, request.waiting_since = by.team_id, None
    request.walk_id, request.state = walk_id, "offered"
    request.calendar_sequence += 1
    scheme_messages.queue(session, request, "offered")
    _note(session, request, "walk offered", by)


def confirm(session: Session, request_id: UUID, *, by: Person) -> None:
    """Confirm the walk that she asked for or agreed to; again, nothing. This is what sends date and place.

    Refused by field while the walk is incomplete, or when it is full; Conflict before she has agreed.
    """
    request = session.get(JoinRequest, request_id)
    if request is None:
        raise NotFound("There is no such request.")
    walk_id = request.walk_id or request.asked_walk_id
    if walk_id is None:
        raise Conflict("Offer her a walk first.")
    walk = scheme_walks.own(session, walk_id, by=by)
    request = _request(session, request_id)
    if request.state in {"confirmed", "changed"}:
        return
    if request.state not in {"agreed", "asked"}:
        raise Conflict("She has not agreed yet, or the request is over.")
    lacking = scheme_walks.missing(walk)
    if lacking:
        raise Refused(f"This walk cannot be confirmed yet. {lacking[0].message}", errors=tuple(lacking))
    if request.state == "asked":
        _has_place(walk)
    request.team_id, request.waiting_since = by.team_id, None
    request.walk_id, request.state = walk_id, "confirmed"
    request.calendar_sequence += 1
    scheme_messages.queue(session, request, "confirmed")
    _note(session, request, "place confirmed", by)


def cancel(session: Session, request_id: UUID, *, by: Person) -> None:
    """Call a request off for the scheme, and tell her; again, nothing."""
    request = _request(session, request_id)
    if request.state == "cancelled":
        return
    if request.state == "done":
        raise Conflict("This walk has been.")
    request.team_id = request.team_id or by.team_id
    request.waiting_since, request.state = None, "cancelled"
    request.calendar_sequence += 1
    scheme_messages.queue(session, request, "cancelled")
    _note(session, request, "request called off", by)


def promote(session: Session, walk_id: UUID, *, by: Person) -> UUID | None:
    """Offer a free place to whoever has waited longest; None when nobody waits or the walk is full."""
    walk = scheme_walks.own(session, walk_id, by=by)
    if walk.places_taken >= walk.places:
        return None
    longest = (
        select(JoinRequest.id)
        .where(JoinRequest.asked_walk_id == walk_id, JoinRequest.waiting_since.is_not(None))
        .order_by(JoinRequest.waiting_since, JoinRequest.id)
        .limit(1)
    )
    request_id = session.scalar(longest)
    if request_id is not None:
        offer(session, request_id, walk_id, by=by)
    return request_id


def _request(session: Session, request_id: UUID) -> JoinRequest:
    request = session.get(JoinRequest, request_id)
    if request is None:
        raise NotFound("There is no such request.")
    return held(session, request)


def _has_place(walk: JoinableWalk) -> None:
    if walk.places_taken >= walk.places:
        raise refused("walk", "This walk is full. Choose another, or add a place.")


def _note(session: Session, request: JoinRequest, action: str, by: Person) -> None:
    audit.note(session, actor=by.email, action=action, subject=f"request {request.id}")
