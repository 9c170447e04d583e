"""Keeping a safety audit of a stop; it is no concern and takes part in no figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from geoalchemy2.shape import from_shape
from shapely import Point
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.access import Person
from geoapp.actions import audit
from geoapp.actions.repeatable import Outcome, Sent, decide, hold
from geoapp.actions.walks import announced
from geoapp.errors import Gone, NotFound
from geoapp.model import SafetyAudit, SafetyAuditScore, SafetyAuditTombstone
from spatial.crs import BNG, WGS84, geometry_to_bng
from spatial.light import light_at


@dataclass(frozen=True)
class NewSafetyAudit:
    """A stop as it was rated; `place` in WGS84 and in Great Britain, `scores` 0 to 3 by parameter."""

    walk: UUID
    rubric: str
    place: Point
    recorded_at: datetime
    scores: Mapping[str, int]
    sent: Sent


def put(session: Session, audit_id: UUID, new: NewSafetyAudit, *, by: Person) -> Outcome:
    """Store the audit under its identifier; NotFound when it or its walk is another team's.

    Gone when it was removed, Conflict or Stale when it is stored with other content and no tag fits.
    """
    hold(session, "concern", audit_id)
    if session.get(SafetyAuditTombstone, (audit_id, by.team_id)) is not None:
        raise Gone("This stop was removed. Rate the place again under a new identifier.")
    stored = session.get(SafetyAudit, audit_id)
    if stored is not None and stored.team_id != by.team_id:
        raise NotFound("There is no such audit.")
    outcome = decide(stored.body_hash if stored else None, new.sent)
    if outcome is Outcome.UNCHANGED:
        return outcome
    announced(session, new.walk, by=by)
    if stored is None:
        stored = SafetyAudit(id=audit_id, team_id=by.team_id)
        session.add(stored)
    stored.walk_id, stored.rubric, stored.recorded_at = new.walk, new.rubric, new.recorded_at
    stored.geom = from_shape(new.place, srid=WGS84, extended=True)
    stored.geom_bng = from_shape(geometry_to_bng(new.place), srid=BNG, extended=True)
    stored.light = light_at(new.place.x, new.place.y, new.recorded_at).value
    stored.body, stored.body_hash = new.sent.text, new.sent.hash
    session.flush()
    session.execute(delete(SafetyAuditScore).where(SafetyAuditScore.audit_id == audit_id))
    session.add_all(
        SafetyAuditScore(audit_id=audit_id, parameter=name, score=score) for name, score in new.scores.items()
    )
    audit.note(
        session, actor=by.email, action=f"safety audit {outcome.value}", subject=f"safety audit {audit_id}"
    )
    return outcome


def remove(session: Session, audit_id: UUID, *, by: Person) -> None:
    """Remove an audit with its levels, and keep its identifier from being used again.

    The same again, an unknown one and another team's all end alike: nothing of it is there for this team.
    """
    hold(session, "concern", audit_id)
    if session.get(SafetyAuditTombstone, (audit_id, by.team_id)) is not None:
        return
    left = insert(SafetyAuditTombstone).values(audit_id=audit_id, team_id=by.team_id)
    session.execute(left.on_conflict_do_nothing())
    session.execute(delete(SafetyAudit).where(SafetyAudit.id == audit_id, SafetyAudit.team_id == by.team_id))
    audit.note(session, actor=by.email, action="safety audit removed", subject=f"safety audit {audit_id}")
