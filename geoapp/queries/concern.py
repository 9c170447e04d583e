"""One concern, as its own team sees it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.orm import Session

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


def stored_concern(
    connection: Connection | Session, concern_id: UUID, team: int | None
) -> StoredConcern | None:
    """Return the concern if it is there and of that team (None: of any team)."""
    row = connection.execute(statement("concern"), {"id": concern_id, "team": team}).one_or_none()
    return None if row is None else StoredConcern(*row)
