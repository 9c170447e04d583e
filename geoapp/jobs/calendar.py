"""The walk as a file for her calendar (RFC 5545, and RFC 5546 for asking and calling off).

It carries neither her link nor the officer's word: calendars are shared, and kept by others.
"""

from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import Literal
from urllib.parse import quote

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vText

from geoapp.config import Settings
from geoapp.jobs.when import LONDON
from geoapp.queries.scheme_request import SeenRequest, SeenWalk

_HOUR = timedelta(hours=1)


def calendar_file(
    request: SeenRequest,
    settings: Settings,
    *,
    method: Literal["REQUEST", "CANCEL"] = "REQUEST",
    now: datetime | None = None,
) -> bytes:
    """Return the calendar file of the request's walk; its UID stays, its SEQUENCE rises with each change.

    ValueError when the walk has no end or, to ask, no meeting point: such a walk is never confirmed.
    """
    walk = request.walk
    if walk is None or walk.ends_at is None or (method == "REQUEST" and walk.meeting is None):
        raise ValueError("this request has no walk that belongs in a calendar")
    calendar = Calendar()
    calendar.add("prodid", "-//Lamplight//Walks//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_london())
    calendar.add_component(_event(request, walk, settings, method, now or datetime.now(UTC)))
    return bytes(calendar.to_ical())


def _event(request: SeenRequest, walk: SeenWalk, settings: Settings, method: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{request.id}.{walk.number}@lamplight")
    event.add("sequence", request.calendar_sequence)
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", walk.starts_at.astimezone(LONDON))
    event.add("dtend", (walk.ends_at or walk.starts_at).astimezone(LONDON))
    event.add("summary", f"{'Called off: ' if method == 'CANCEL' else ''}Walk, {walk.title}")
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("class", "PRIVATE")
    organizer = vCalAddress(f"mailto:{parseaddr(settings.scheme.mail_from)[1]}")
    organizer.params["cn"] = vText("Lamplight walks")
    event.add("organizer", organizer, encode=False)
    event.add("attendee", _attendee(request), encode=False)
    if walk.meeting is not None:
        event.add("location", walk.meeting.words)
        event.add("geo", (round(walk.meeting.lat, 6), round(walk.meeting.lon, 6)))
        event.add("description", _description(walk, settings))
    return event


def _attendee(request: SeenRequest) -> vCalAddress:
    known = request.email is not None
    attendee = vCalAddress(
        f"mailto:{quote(request.email or '', safe='@+')}" if known else f"tel:{request.phone}"
    )
    attendee.params["partstat"] = vText("ACCEPTED")
    attendee.params["rsvp"] = vText("FALSE")
    return attendee


def _description(walk: SeenWalk, settings: Settings) -> str:
    return "\n".join(
        [
            f"Walk {walk.number} with {walk.officer_first_name}.",
            "The word in our message is said to you first, and a warrant card is shown.",
            f"Not sure? Call 101 and ask for walk {walk.number}.",
            f"If nobody comes within {settings.rules.nobody_minutes} minutes, call {settings.scheme.phone}.",
            "To change or cancel, use the link in our message.",
        ]
    )


def _london() -> Timezone:
    """Return the rules of British time since 1996: clocks change at 1:00 UTC on last Sundays."""
    zone = Timezone()
    zone.add("tzid", "Europe/London")
    for part, name, first, month, offsets in (
        (TimezoneDaylight(), "BST", datetime(1996, 3, 31, 1), 3, (0 * _HOUR, _HOUR)),  # noqa: DTZ001 (local time, as RFC 5545 has it)
        (TimezoneStandard(), "GMT", datetime(1996, 10, 27, 2), 10, (_HOUR, 0 * _HOUR)),  # noqa: DTZ001 (likewise)
    ):
        part.add("tzname", name)
        part.add("dtstart", first)
        part.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1su"})
        part.add("tzoffsetfrom", offsets[0])
        part.add("tzoffsetto", offsets[1])
        zone.add_component(part)
    return zone
