"""Recording a walk."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from geoapp.access import Person
from geoapp.actions import audit
from geoapp.actions.repeatable import Outcome, Sent, decide, hold
from geoapp.errors import NotFound, refused
from geoapp.model import Walk


@dataclass(frozen=True)
class NewWalk:
    """A walk as an officer states it; `participants` is a number, never names."""

    started_at: datetime
    ended_at: datetime | None
    participants: int | None
    team: str | None
    sent: Sent


def put(session: Session, walk_id: UUID, new: NewWalk, *, by: Person) -> Outcome:
    """Store the walk under its identifier for the officer's team; NotFound when it is another team's."""
    if new.team is not None and new.team != by.team_name:
        raise refused("team", f"Walks are recorded for your own team, {by.team_name}. Leave team out.")
    hold(session, "walk", walk_id)
    walk = session.get(Walk, walk_id)
    if walk is not None and walk.team_id != by.team_id:
        raise NotFound("There is no such walk.")
    outcome = decide(walk.body_hash if walk else None, new.sent)
    if outcome is Outcome.UNCHANGED:
        return outcome
    if walk is None:
        walk = Walk(id=walk_id, team_id=by.team_id)
        session.add(walk)
    walk.officer_id = walk.officer_id or by.id
    walk.started_at = new.started_at
    walk.ended_at = new.ended_at
    walk.participants = new.participants
    walk.body = new.sent.text
    walk.body_hash = new.sent.hash
    audit.note(session, actor=by.email, action=f"walk {outcome.value}", subject=f"walk {walk_id}")
    return outcome


def announced(session: Session, walk_id: UUID, *, by: Person) -> Walk:
    """Return the walk that something belongs to, making room for one that has not arrived yet.

    NotFound when it is another team's.
    """
    walk = session.get(Walk, walk_id)
    if walk is None:
        hold(session, "walk", walk_id)
        walk = session.get(Walk, walk_id, populate_existing=True)
    if walk is None:
        walk = Walk(id=walk_id, team_id=by.team_id, officer_id=by.id)
        session.add(walk)
        session.flush()
    if walk.team_id != by.team_id:
        raise NotFound("There is no such walk.")
    return walk
