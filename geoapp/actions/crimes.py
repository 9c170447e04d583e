"""Marking that a concern may be a crime; the mark stays inside the force."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from geoapp.access import Person
from geoapp.actions import audit
from geoapp.actions.concerns import own_or_new
from geoapp.actions.repeatable import Outcome, Sent, decide
from geoapp.errors import NotFound
from geoapp.model import CrimeMark


def mark_of(tags: frozenset[str] | None = None) -> Sent:
    """Return a mark as a body that can be repeated: it says nothing but that it is there."""
    return Sent.of(b"{}", tags)


def mark(session: Session, concern_id: UUID, *, by: Person, tags: frozenset[str] | None = None) -> Outcome:
    """Keep that a concern may be a crime; whether that is new.

    NotFound when the concern is not of this person's team, Gone when it was removed, Stale for a tag when
    there is no mark. Nothing is reported.
    """
    _own(session, concern_id, by)
    stored = session.get(CrimeMark, concern_id)
    outcome = decide(mark_of().hash if stored else None, mark_of(tags))
    if outcome is Outcome.CREATED:
        session.add(CrimeMark(concern_id=concern_id, marked_by=by.id))
        done = "marked as a possible crime"
        audit.note(session, actor=by.email, action=done, subject=f"concern {concern_id}")
    return outcome


def unmark(session: Session, concern_id: UUID, *, by: Person) -> None:
    """Take the mark off again; without one nothing changes. Errors as for `mark`."""
    _own(session, concern_id, by)
    if session.get(CrimeMark, concern_id) is None:
        return
    session.execute(delete(CrimeMark).where(CrimeMark.concern_id == concern_id))
    audit.note(session, actor=by.email, action="crime mark taken off", subject=f"concern {concern_id}")


def _own(session: Session, concern_id: UUID, by: Person) -> None:
    if own_or_new(session, concern_id, by=by) is None:
        raise NotFound("There is no such concern.")
