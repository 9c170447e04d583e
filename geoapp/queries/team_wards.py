"""The wards that a team's phones keep the map of, and the tiles that takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from geoapp.queries import statement


@dataclass(frozen=True)
class TeamWard:
    """A ward of today's edition with its box in WGS84 degrees; `own` where the team has been."""

    code: str
    name: str
    borough: str | None
    own: bool
    west: float
    south: float
    east: float
    north: float


def team_wards(
    connection: Connection | Session, team: int, boroughs: Sequence[str], *, most: int = 500
) -> list[TeamWard]:
    """Return the team's own wards, longest walked first, then others of their boroughs and of `boroughs`.

    Where there are neither, the wards of the whole edition, so that a new team can choose.
    """
    asked = {"team": team, "boroughs": list(boroughs), "most": most}
    return [TeamWard(*row) for row in connection.execute(statement("team_wards"), asked)]


def ward_tiles(
    connection: Connection | Session, codes: Sequence[str], *, first: int, last: int, most: int
) -> list[tuple[int, int, int]]:
    """Return z, x, y of up to `most` web mercator tiles about these wards, from zoom `first` to `last`."""
    asked = {"codes": list(codes), "first": first, "last": last, "most": most}
    return [(row.z, row.x, row.y) for row in connection.execute(statement("ward_tiles"), asked)]
