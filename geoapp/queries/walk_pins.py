"""The pins of a walk as its own team tidies them up, and the track beside them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from geoapp.queries import statement


@dataclass(frozen=True)
class WalkPin:
    """A concern with its note and its place in the walk.

    `place` is GeoJSON in WGS84; `codes` and `labels` are its factors in the scheme's order; `todo` names what
    is left to tidy up (feeling, factors, place, wording); `ready` that it can be shared without a check.
    """

    id: UUID
    number: int
    kind: str
    place: str
    feeling: str | None
    applies: tuple[str, ...]
    basis: str | None
    setting: str | None
    note: str | None
    recorded_at: datetime
    light: str
    accuracy_m: float | None
    position_method: str | None
    status: str
    wording: str | None
    body: str
    body_hash: bytes
    todo: tuple[str, ...]
    ready: bool
    ward: str | None
    codes: tuple[str, ...]
    labels: tuple[str, ...]
    crime: bool
    has_photo: bool


@dataclass(frozen=True)
class TidyWalk:
    """A walk of a team with how far it is tidied up; counts are of concerns, `metres` of track."""

    id: UUID
    at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    officer: str | None
    metres: float | None
    concerns: int
    to_tidy: int
    shared: int
    ready: int


@dataclass(frozen=True)
class WalkTrack:
    """A cleaned track: GeoJSON MultiLineString in WGS84, its length; its gaps, their minutes and reasons."""

    line: str
    metres: float
    minutes: float
    gaps: int
    gap_minutes: float
    gap_reasons: tuple[str, ...]


def walk_pins(
    connection: Connection | Session, walk_id: UUID, team: int, *, one: UUID | None = None
) -> list[WalkPin]:
    """Return the pins of a team's walk in the order they were raised, or only `one`, numbered alike."""
    rows = connection.execute(statement("walk_pins"), {"walk": walk_id, "team": team, "one": one})
    lists = ("applies", "todo", "codes", "labels")
    return [WalkPin(**(dict(row) | {name: tuple(row[name]) for name in lists})) for row in rows.mappings()]


def tidy_walks(
    connection: Connection | Session,
    team: int,
    *,
    one: UUID | None = None,
    before: tuple[datetime, UUID] | None = None,
    most: int = 30,
) -> list[TidyWalk]:
    """Return a team's walks, newest first: those after the one with this time and id, or only `one`."""
    at, identifier = before or (None, None)
    asked = {"team": team, "one": one, "before": at, "before_id": identifier, "most": most}
    return [TidyWalk(*row) for row in connection.execute(statement("tidy_walks"), asked)]


def walk_track(connection: Connection | Session, walk_id: UUID) -> WalkTrack | None:
    """Return the cleaned track of a walk for drawing; None without one."""
    row = connection.execute(statement("walk_track"), {"walk": walk_id}).one_or_none()
    if row is None:
        return None
    *measured, reasons = tuple(row)
    line, metres, minutes, gaps, gap_minutes = measured
    return WalkTrack(line, metres, minutes, gaps, gap_minutes, tuple(reasons))
