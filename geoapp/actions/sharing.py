"""Sharing a concern with the council, taking it back, and saying what came of it."""

from uuid import UUID

from sqlalchemy.orm import Session

from geoapp.access import Person
from geoapp.actions import audit
from geoapp.actions.repeatable import hold
from geoapp.errors import Conflict, NotFound
from geoapp.model import Concern, StatusEvent

_TAKEN_UP = frozenset({"in_hand", "done", "no_action"})


def share(session: Session, concern_id: UUID, wording: str | None, *, by: Person) -> None:
    """Let the council see a concern with the reviewed wording; the same again changes nothing.

    NotFound when it is not of this person's team. What the council already works on keeps its status.
    """
    concern = _own(session, concern_id, by)
    if concern.status != "raised" and concern.wording == wording:
        return
    concern.wording = wording
    if concern.status == "raised":
        concern.status = "shared"
        session.flush()
        session.add(
            StatusEvent(concern_id=concern_id, status="shared", actor_id=by.id, public_wording=wording)
        )
    audit.note(session, actor=by.email, action="concern shared", subject=f"concern {concern_id}")


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
    hold(session, concern_id)
    concern = session.get(Concern, concern_id)
    if concern is None or concern.team_id != by.team_id:
        raise NotFound("There is no such concern.")
    return concern
