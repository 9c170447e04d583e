"""Safety audits of a walk, for its own team."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, exists, select
from sqlalchemy.orm import Session

from geoapp.model import SafetyAuditTombstone
from geoapp.queries import statement


@dataclass(frozen=True)
class StoredSafetyAudit:
    """A stop as it was rated; `scores` by parameter, `body` the canonical JSON that was sent."""

    id: UUID
    walk: UUID
    rubric: str
    longitude: float
    latitude: float
    recorded_at: datetime
    light: str
    body: str
    body_hash: bytes
    scores: Mapping[str, int]


def safety_audits(
    connection: Connection | Session, team: int, *, walk: UUID | None = None, one: UUID | None = None
) -> list[StoredSafetyAudit]:
    """Return a team's audits of a walk, or the one asked for, in the order they were made."""
    asked = {"team": team, "walk": walk, "one": one}
    return [StoredSafetyAudit(*row) for row in connection.execute(statement("safety_audits"), asked)]


def removed_by(connection: Connection | Session, audit_id: UUID, team: int) -> bool:
    """Whether that team removed this audit."""
    tombstone = SafetyAuditTombstone
    left = exists().where(tombstone.audit_id == audit_id, tombstone.team_id == team)
    return bool(connection.execute(select(left)).scalar_one())
