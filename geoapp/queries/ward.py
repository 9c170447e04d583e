"""One ward: which it is, and its figures by light and by quarter."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from geoapp.queries import statement
from geoapp.queries.areas import LIGHTS, Selection


@dataclass(frozen=True)
class PartCount:
    """Sums of one light, or of one quarter by its first day, in one area; before anything is withheld."""

    light: str | None
    quarter: date | None
    concerns: float
    concern_walks: int
    walks: int
    metres: float
    minutes: float


def ward_parts(connection: Connection, selection: Selection, area_id: int) -> list[PartCount]:
    """Return the area's sums by quarter, then by light, where there is a concern or a walk."""
    bound = selection.bound() | {"id": area_id, "light_names": list(LIGHTS)}
    return [PartCount(*row) for row in connection.execute(statement("ward_parts"), bound)]
