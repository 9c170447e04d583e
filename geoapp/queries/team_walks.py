"""The walks of a team, and where its work is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from geoapp.queries import statement

# Where the team raised something of late, else the wards; one row, all null on an empty map.
_EXTENT = text("""
SELECT ST_XMin(box) AS west, ST_YMin(box) AS south, ST_XMax(box) AS east, ST_YMax(box) AS north
FROM (SELECT coalesce(
    (SELECT ST_Extent(late.geom) FROM (
        SELECT geom FROM concern WHERE team_id = :team ORDER BY recorded_at DESC, id LIMIT 50) late),
    (SELECT ST_Extent(geom) FROM area WHERE kind = 'ward')) AS box) found""")


@dataclass(frozen=True)
class TeamWalk:
    """A walk as it stands in a list. Without `started_at` only something that belongs to it has arrived."""

    id: UUID
    started_at: datetime | None
    ended_at: datetime | None
    officer: str | None
    concerns: int


@dataclass(frozen=True)
class Extent:
    """A box in WGS84 degrees."""

    west: float
    south: float
    east: float
    north: float


def team_walks(
    connection: Connection | Session, team: int, *, asked: UUID | None, most: int = 30
) -> list[TeamWalk]:
    """Return the team's latest walks, newest first; the one asked for is among them if it is the team's."""
    rows = connection.execute(statement("team_walks"), {"team": team, "asked": asked, "most": most})
    return [TeamWalk(*row) for row in rows]


def working_extent(connection: Connection | Session, team: int) -> Extent | None:
    """Return where the team raised something of late, else where the wards are; None without either."""
    row = connection.execute(_EXTENT, {"team": team}).one()
    return None if row.west is None else Extent(*row)
