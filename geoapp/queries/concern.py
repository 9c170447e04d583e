"""One concern, as its own team sees it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, exists, select
from sqlalchemy.orm import Session

from geoapp.model import Photo, Tombstone
from geoapp.queries import statement


@dataclass(frozen=True)
class StoredConcern:
    """A concern with what was worked out on writing; `body` is the canonical JSON that was sent."""

    id: UUID
    body: str
    body_hash: bytes
    light: str
    status: str
    wording: str | None
    ward: str | None
    borough: str | None


@dataclass(frozen=True)
class StoredPhoto:
    """The re-encoded photo of a concern, and the SHA-256 of the bytes that were sent."""

    image: bytes
    sent_hash: bytes


def stored_concern(
    connection: Connection | Session, concern_id: UUID, team: int | None
) -> StoredConcern | None:
    """Return the concern if it is there and of that team (None: of any team)."""
    row = connection.execute(statement("concern"), {"id": concern_id, "team": team}).one_or_none()
    return None if row is None else StoredConcern(*row)


def stored_photo(connection: Connection | Session, concern_id: UUID, team: int | None) -> StoredPhoto | None:
    """Return the photo under this identifier if it is there and of that team (None: of any team)."""
    asked = select(Photo.image, Photo.sent_hash).where(Photo.concern_id == concern_id)
    row = connection.execute(asked if team is None else asked.where(Photo.team_id == team)).one_or_none()
    return None if row is None else StoredPhoto(*row)


def removed_by(connection: Connection | Session, concern_id: UUID, team: int) -> bool:
    """Whether that team removed this concern."""
    left = exists().where(Tombstone.concern_id == concern_id, Tombstone.team_id == team)
    return bool(connection.execute(select(left)).scalar_one())
