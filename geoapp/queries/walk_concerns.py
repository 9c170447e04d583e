"""What was raised on one walk, and what a concern can be about, for the team's own page."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from geoapp.model import Factor
from geoapp.queries import statement


@dataclass(frozen=True)
class WalkConcern:
    """A concern with its note; `place` is GeoJSON in WGS84, `factors` are labels in the scheme's order."""

    id: UUID
    kind: str
    place: str
    feeling: str | None
    applies: tuple[str, ...]
    basis: str | None
    setting: str | None
    note: str | None
    recorded_at: datetime
    light: str
    status: str
    wording: str | None
    body_hash: bytes
    ward: str | None
    factors: tuple[str, ...]
    has_photo: bool


@dataclass(frozen=True)
class FactorInUse:
    """A factor that a new concern can be about; `group` is environment or behaviour."""

    code: str
    group: str
    label: str


def walk_concerns(connection: Connection | Session, walk_id: UUID, team: int) -> list[WalkConcern]:
    """Return the concerns of a team's walk in the order they were raised."""
    rows = connection.execute(statement("walk_concerns"), {"walk": walk_id, "team": team})
    return [
        WalkConcern(**(dict(row) | {"applies": tuple(row["applies"]), "factors": tuple(row["factors"])}))
        for row in rows.mappings()
    ]


def factors_in_use(connection: Connection | Session) -> list[FactorInUse]:
    """Return the factors that are not retired, in the scheme's order."""
    rows = connection.execute(
        select(Factor.code, Factor.factor_group, Factor.label)
        .where(Factor.retired_at.is_(None))
        .order_by(Factor.position, Factor.code)
    )
    return [FactorInUse(*row) for row in rows]
