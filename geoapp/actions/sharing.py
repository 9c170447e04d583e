"""Sharing a concern with the council, taking it back, and saying what came of it."""

from uuid import UUID

import rfc8785
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from geoapp.access import Person
from geoapp.actions import audit
from geoapp.actions.concerns import own_or_new
from geoapp.actions.repeatable import Outcome, Sent, decide, hold
from geoapp.errors import Conflict, NotFound
from geoapp.model import Concern, StatusEvent

_TAKEN_UP = frozenset({"in_hand", "done", "no_action"})
_READY = text("SELECT ready_to_share(c) FROM concern c WHERE c.id = :id")


def sharing_of(wording: str | None, tags: frozenset[str] | None = None) -> Sent:
    """Return a sharing as a body that can be repeated: with these words or, None, without any."""
    return Sent.of(rfc8785.dumps({"wording": wording}), tags)


def share(
    session: Session, concern_id: UUID, wording: str | None, *, by: Person, tags: frozenset[str] | None = None
) -> Outcome:
    """Let the council see a concern with the reviewed wording; other words need the tag of the present ones.

    NotFound when it is not of this person's team, Gone when it was removed, Conflict or Stale when it is
    shared with other words. What the council already works on keeps its status.
    """
    concern = _own(session, concern_id, by)
    now = None if concern.status == "raised" else sharing_of(concern.wording).hash
    outcome = decide(now, sharing_of(wording, tags))
    if outcome is Outcome.UNCHANGED:
        return outcome
    concern.wording = wording
    if concern.status == "raised":
        concern.status = "shared"
    session.flush()
    if concern.status == "shared":  # the council's own steps keep the wording that they were taken with
        session.add(
            StatusEvent(concern_id=concern_id, status="shared", actor_id=by.id, public_wording=wording)
        )
    done = "concern shared" if outcome is Outcome.CREATED else "wording changed"
    audit.note(session, actor=by.email, action=done, subject=f"concern {concern_id}")
    return outcome


def take_back(session: Session, concern_id: UUID, *, by: Person) -> None:
    """Hide a shared concern from the council again; Conflict once the council works on it."""
    concern = _own(session, concern_id, by)
    if concern.status == "raised":
        return
    if concern.status in _TAKEN_UP:
        raise Conflict("The council already works on this concern. Ask them before it is taken back.")
    concern.status = "raised"
    concern.wording = None
    session.flush()
    session.add(StatusEvent(concern_id=concern_id, status="raised", actor_id=by.id))
    audit.note(session, actor=by.email, action="concern taken back", subject=f"concern {concern_id}")


def _own(session: Session, concern_id: UUID, by: Person) -> Concern:
    concern = own_or_new(session, concern_id, by=by)
    if concern is None:
        raise NotFound("There is no such concern.")
    return concern


def share_ready(session: Session, walk_id: UUID, *, by: Person) -> int:
    """Share what of a walk needs no checking, without any words; return how many were shared by this.

    What that is, the database says (`ready_to_share`): about the place alone, known where, no possible crime.
    Each is looked at again once it is held, so that nothing added meanwhile slips through.
    """
    waiting = (
        select(Concern.id)
        .where(Concern.walk_id == walk_id, Concern.team_id == by.team_id, Concern.status == "raised")
        .order_by(Concern.id)
    )
    shared = 0
    for concern_id in session.scalars(waiting).all():
        hold(session, "concern", concern_id)
        if session.scalar(_READY, {"id": concern_id}):
            share(session, concern_id, None, by=by)
            shared += 1
    return shared
