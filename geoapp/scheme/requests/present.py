"""What a participant's own page shows: when, in which light, where, and a map of the meeting point."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from geoapp.language import LONDON
from geoapp.queries.joining import GroundShape
from geoapp.queries.scheme_request import Meeting, SeenWalk
from spatial.light import DAY_ABOVE_DEG, light_at, sun_elevation

HALF_WIDTH_M, HALF_HEIGHT_M = 260.0, 180.0
_PRECISE = timedelta(seconds=20)
# How far a position is rounded in a link to somebody's own maps app: about a metre.
_DECIMALS = 5


@dataclass(frozen=True)
class Sun:
    """The light when a walk begins, and when the sun sets on that day; None where it does not."""

    light: str
    sets_at: datetime | None


def sun(walk: SeenWalk, lon: float, lat: float) -> Sun:
    """Return the light of the walk's start at a WGS84 place, and that day's sunset in London time."""
    return Sun(light_at(lon, lat, walk.starts_at).value, _sunset(walk.starts_at, lon, lat))


def _sunset(when: datetime, lon: float, lat: float) -> datetime | None:
    """Return when the sun goes under that afternoon, to half a minute, halving from noon to midnight."""
    day = when.astimezone(LONDON).date()
    up = datetime.combine(day, time(12), UTC)
    down = up + timedelta(hours=11, minutes=59)
    if not sun_elevation(lon, lat, down) < DAY_ABOVE_DEG < sun_elevation(lon, lat, up):
        return None
    while down - up > _PRECISE:
        middle = up + (down - up) / 2
        if sun_elevation(lon, lat, middle) > DAY_ABOVE_DEG:
            up = middle
        else:
            down = middle
    return up.astimezone(LONDON)


@dataclass(frozen=True)
class MeetingMap:
    """The base map around the meeting point, drawn in metres from it."""

    shapes: tuple[GroundShape, ...]
    half_width: float
    half_height: float


def meeting_map(shapes: Sequence[GroundShape]) -> MeetingMap | None:
    """Return the map to be drawn; None where the base map holds nothing there."""
    return MeetingMap(tuple(shapes), HALF_WIDTH_M, HALF_HEIGHT_M) if shapes else None


def place_link(meeting: Meeting) -> str:
    """Return a geo: address (RFC 5870), which her own maps app opens: no page of anybody's is asked."""
    return f"geo:{meeting.lat:.{_DECIMALS}f},{meeting.lon:.{_DECIMALS}f}"
