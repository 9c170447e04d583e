"""What leaves about a walk that can be joined: each thing named, no meeting point among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _

from geoapp.language import LONDON
from geoapp.queries.joining import OpenWalk, WardShape
from spatial.light import light_at

_STEP_M = 500.0
_FAR_M = 250.0
_MOST_LABELS = 12


@dataclass(frozen=True)
class WalkCard:
    """A walk as its card shows it: `light` is day, twilight or dark, `away` says how far its ward is."""

    id: UUID
    title: str
    ward_code: str
    ward_name: str
    starts_at: datetime
    ends_at: datetime | None
    length_km: float | None
    light: str
    officer: str | None
    step_free: bool
    details: str
    one_to_one: bool
    places_left: int
    away: str


@dataclass(frozen=True)
class MapLabel:
    """The dates of walks in one ward, at its place on the small map."""

    x: float
    y: float
    when: datetime
    more: int


@dataclass(frozen=True)
class SmallMap:
    """The wards of some walks, drawn in metres."""

    wards: tuple[WardShape, ...]
    labels: tuple[MapLabel, ...]
    width: float
    height: float
    names: tuple[str, ...]


def card(walk: OpenWalk) -> WalkCard:
    """Return the walk as its card shows it; the light is that of its ward when it starts."""
    here = (walk.lon or -0.12, walk.lat or 51.5)
    return WalkCard(
        id=walk.id,
        title=walk.title,
        ward_code=walk.ward_code,
        ward_name=walk.ward_name,
        starts_at=walk.starts_at.astimezone(LONDON),
        ends_at=walk.ends_at.astimezone(LONDON) if walk.ends_at else None,
        length_km=walk.length_m / 1000 if walk.length_m else None,
        light=light_at(*here, walk.starts_at).value,
        officer=walk.officer_first_name,
        step_free=walk.step_free,
        details=walk.details,
        one_to_one=walk.kind == "one_to_one",
        places_left=max(walk.places_left, 0),
        away="" if walk.metres is None else _away(walk.metres),
    )


def _away(metres: float) -> str:
    """Return the distance to the ward in steps of half a kilometre, so that nobody can work out a point."""
    if metres < _FAR_M:
        return str(_("in this ward or next to it"))
    km = max(_STEP_M, round(metres / _STEP_M) * _STEP_M) / 1000
    return str(_("about %(km)s km away", km=f"{km:g}"))


def small_map(walks: Sequence[OpenWalk], shapes: Sequence[WardShape]) -> SmallMap | None:
    """Return the map of the walks' wards with the first date of each; None where no ward is known."""
    if not shapes:
        return None
    labels = []
    for shape in shapes:
        here = [walk for walk in walks if walk.ward_code == shape.code] if shape.chosen else []
        if here:
            labels.append(MapLabel(shape.x, shape.y, here[0].starts_at.astimezone(LONDON), len(here) - 1))
    return SmallMap(
        tuple(shapes),
        tuple(labels[:_MOST_LABELS]),
        shapes[0].width,
        shapes[0].height,
        tuple(shape.name for shape in shapes if shape.chosen),
    )


def event(walk: WalkCard, site_url: str) -> dict[str, object]:
    """Return a walk as schema.org's Event, as far as anybody may know it: the ward stands for the place."""
    about: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": walk.title,
        "url": f"{site_url}/walks/{walk.id}",
        "startDate": walk.starts_at.isoformat(timespec="minutes"),
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "isAccessibleForFree": True,
        "location": {"@type": "Place", "name": walk.ward_name, "address": walk.ward_name},
        "organizer": {"@type": "Organization", "name": "Lamplight", "url": site_url},
    }
    if walk.ends_at:
        about["endDate"] = walk.ends_at.isoformat(timespec="minutes")
    if walk.details:
        about["description"] = walk.details
    return about
