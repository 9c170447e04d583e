"""A walk and the receipt of what was received of it, for its own team."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from geoapp.model import Team, Track, Walk
from geoapp.queries import statement


@dataclass(frozen=True)
class StoredWalk:
    """A walk as it was stated, with the length of its cleaned track where there is one."""

    id: UUID
    body: str | None
    body_hash: bytes | None
    team: str
    metres: float | None
    minutes: float | None


@dataclass(frozen=True)
class Receipt:
    """Identifiers and SHA-256 of all that was received of a walk and not removed.

    `crimes` are concerns that carry the mark of a possible crime, which says nothing else.
    """

    concerns: tuple[tuple[str, bytes], ...]
    chunks: tuple[tuple[int, bytes], ...]
    photos: tuple[tuple[str, bytes], ...]
    audits: tuple[tuple[str, bytes], ...]
    crimes: tuple[str, ...]


def stored_walk(connection: Connection | Session, walk_id: UUID, team: int | None) -> StoredWalk | None:
    """Return the walk if it is there and of that team (None: of any team)."""
    asked = (
        select(Walk.id, Walk.body, Walk.body_hash, Team.name, Track.metres, Track.minutes)
        .join(Team, Team.id == Walk.team_id)
        .outerjoin(Track, Track.walk_id == Walk.id)
        .where(Walk.id == walk_id)
    )
    row = connection.execute(asked if team is None else asked.where(Walk.team_id == team)).one_or_none()
    return None if row is None else StoredWalk(*row)


def receipt(connection: Connection | Session, walk_id: UUID) -> Receipt:
    """Return what was received of a walk, in order of identifier and chunk."""
    rows = connection.execute(statement("receipt"), {"walk": walk_id}).all()
    chunks = sorted((int(row.id), row.hash) for row in rows if row.kind == "chunk")
    return Receipt(
        tuple((row.id, row.hash) for row in rows if row.kind == "concern"),
        tuple(chunks),
        tuple((row.id, row.hash) for row in rows if row.kind == "photo"),
        tuple((row.id, row.hash) for row in rows if row.kind == "audit"),
        tuple(row.id for row in rows if row.kind == "crime"),
    )
