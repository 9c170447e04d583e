"""Single shared concerns for the planning map, read as the feed's role sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from geoapp.queries import statement
from geoapp.queries.areas import Selection

Degrees = tuple[float, float, float, float]


@dataclass(frozen=True)
class SharedConcern:
    """A concern as a council may see it; `geometry` is GeoJSON text, the day is all there is of its time."""

    id: str
    geometry: str
    kind: str
    factors: Sequence[str]
    feeling: str | None
    light: str
    day: date
    status: str
    wording: str | None
    ward: str


def shared_concerns(
    connection: Connection, selection: Selection, last_day: date, frame: Degrees, *, most: int
) -> tuple[list[SharedConcern], bool]:
    """Return what was shared in a frame (west, south, east, north), newest first, and whether there is more.

    `connection` is one of `feed_reading`: without its boroughs nothing is seen.
    """
    west, south, east, north = frame
    bound = {
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "kind": selection.kind,
        "lights": list(selection.lights),
        "first": selection.first,
        "last_day": last_day,
        "factors": None if selection.factors is None else list(selection.factors),
        "boroughs": None if selection.boroughs is None else list(selection.boroughs),
        "most": most,
    }
    rows = connection.execute(statement("shared_concerns"), bound).all()
    return [SharedConcern(*row) for row in rows[:most]], len(rows) > most
