"""What participants are told: each message once as parts, from which plain text, HTML and a text are made.

As both alternatives of an e-mail come from the same parts, neither says less than the other.
"""

from collections.abc import Callable
from dataclasses import dataclass

from geoapp.actions.scheme_messages import Kind
from geoapp.config import Settings
from geoapp.jobs.when import clock, day, short_day
from geoapp.queries.scheme_request import SeenRequest, SeenWalk

_NOT_CRIME = "Walks are not for reporting a crime. In an emergency call 999. Otherwise call 101."


@dataclass(frozen=True)
class Content:
    """A message: `headline` is its biggest line, `facts` are label and words, `short` goes by text."""

    subject: str
    lead: tuple[str, ...]
    headline: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    link_words: str
    link: str
    close: tuple[str, ...]
    short: str


def content(kind: Kind, request: SeenRequest, settings: Settings) -> Content:
    """Return the message of this kind; ValueError when the walk lacks what has to be in it."""
    return _KINDS[kind](request, settings)


def _link(request: SeenRequest, settings: Settings) -> str:
    return f"{settings.public_url}/requests/{request.token}"


def _privacy(settings: Settings) -> str:
    days = f"{settings.rules.retention_days:g}"
    return (
        f"Your name is never on a map. We delete your details {days} days after the walk, or sooner"
        " if you ask: the same link does it."
    )


def _span(walk: SeenWalk) -> tuple[str, str]:
    until = f" to about {clock(walk.ends_at)}" if walk.ends_at is not None else ""
    return day(walk.starts_at), f"{clock(walk.starts_at)}{until}"


def _at(walk: SeenWalk) -> str:
    return f"{short_day(walk.starts_at)}, {clock(walk.starts_at)}, {walk.title}"


def _needed(request: SeenRequest) -> SeenWalk:
    if request.walk is None:
        raise ValueError("this message needs a walk")
    return request.walk


def _received(request: SeenRequest, settings: Settings) -> Content:
    about = (
        f" for {_at(request.walk)}" if request.walk is not None else f" in {request.ward_name or 'your ward'}"
    )
    days = settings.rules.answer_days if request.walk is not None else settings.rules.match_days
    happens = f"Within {days} working days we write to you with a date, a time, a place and an officer."
    return Content(
        subject=f"We have your request{about}",
        lead=(f"Hello {request.first_name},", "This is a request, not yet a booking."),
        headline=_span(request.walk) if request.walk is not None else (),
        facts=(("What happens next", happens), ("Your reference", request.reference)),
        link_words="See, change, cancel or erase your request",
        link=_link(request, settings),
        close=(_privacy(settings), _NOT_CRIME),
        short=(
            f"We have your walk request. Not yet a booking. {happens}"
            f" See or cancel: {_link(request, settings)}"
        ),
    )


def _waiting(request: SeenRequest, settings: Settings) -> Content:
    walk = _needed(request)
    happens = "This walk is full. If a place comes free we offer it to you; if not, we tell you of the next."
    return Content(
        subject=f"You are on the waiting list for {_at(walk)}",
        lead=(f"Hello {request.first_name},", "This is a request, not yet a booking."),
        headline=_span(walk),
        facts=(("What happens next", happens), ("Your reference", request.reference)),
        link_words="See, change, cancel or erase your request",
        link=_link(request, settings),
        close=(_privacy(settings), _NOT_CRIME),
        short=f"You are on the waiting list for {_at(walk)}. See or cancel: {_link(request, settings)}",
    )


def _offered(request: SeenRequest, settings: Settings) -> Content:
    walk = _needed(request)
    return Content(
        subject=f"A walk for you to agree to: {_at(walk)}",
        lead=(
            f"Hello {request.first_name},",
            "we have found a walk for you. Please say whether it suits you.",
        ),
        headline=_span(walk),
        facts=(
            ("Where", f"{walk.title}, {walk.ward_name or walk.ward_code}"),
            *([("With", walk.officer_first_name)] if walk.officer_first_name else []),
            *_going(walk),
            (
                "What happens next",
                "Once you agree we confirm your place, and tell you exactly where to meet.",
            ),
        ),
        link_words="Agree, or ask for another time",
        link=_link(request, settings),
        close=(_privacy(settings), _NOT_CRIME),
        short=f"A walk for you: {_at(walk)}. Agree or ask for another time: {_link(request, settings)}",
    )


def _confirmed(request: SeenRequest, settings: Settings) -> Content:
    return _booked(request, settings, "Confirmed", "your place on this walk is confirmed.")


def _changed(request: SeenRequest, settings: Settings) -> Content:
    return _booked(request, settings, "Changed", "your walk has changed. This is how it is now.")


def _reminder(request: SeenRequest, settings: Settings) -> Content:
    return _booked(request, settings, "Reminder", "this is your walk, coming up soon.")


def _booked(request: SeenRequest, settings: Settings, what: str, lead: str) -> Content:
    """Return all that she needs on the day; without it the database lets nobody be confirmed."""
    walk = _needed(request)
    meeting = walk.meeting
    if meeting is None or walk.ends_at is None or not walk.officer_first_name or not meeting.words.strip():
        raise ValueError("a confirmation needs start, end, meeting point with its words, and officer")
    place = f"{meeting.words} ({meeting.lat:.5f}, {meeting.lon:.5f})"
    nobody = f"After {settings.rules.nobody_minutes} minutes call {settings.scheme.phone}."
    word = f" Word: {meeting.word}." if meeting.word else ""
    return Content(
        subject=f"{what}: {_at(walk)}; meet: {meeting.words}",
        lead=(f"Hello {request.first_name},", lead),
        headline=_span(walk),
        facts=(
            ("Where to meet", place),
            *([("Getting there", meeting.getting_there)] if meeting.getting_there else []),
            ("With", walk.officer_first_name),
            ("How to know the officer", _how_to_know(walk)),
            ("If nobody comes", nobody),
            *_going(walk),
            (
                "To change or cancel",
                "Use the link below, up to the last minute. You need not say why.",
            ),
        ),
        link_words="See, change, cancel or erase",
        link=_link(request, settings),
        close=("A calendar file is attached.", _privacy(settings), _NOT_CRIME),
        short=(
            f"{what}: walk {day(walk.starts_at)}, {_span(walk)[1]}. Meet: {meeting.words}."
            f" With {walk.officer_first_name}.{word} Check: call 101, walk {walk.number}."
            f" See, change or cancel: {_link(request, settings)}"
        ),
    )


def _how_to_know(walk: SeenWalk) -> str:
    meeting = walk.meeting
    parts = []
    if meeting is not None and meeting.word:
        parts.append(f"{walk.officer_first_name} says this word to you first: {meeting.word}.")
    number = f", number {meeting.officer_number}" if meeting is not None and meeting.officer_number else ""
    parts.append(f"{walk.officer_first_name} shows a warrant card{number}.")
    parts.append(f"Not sure? Call 101 and ask for walk {walk.number}.")
    return " ".join(parts)


def _going(walk: SeenWalk) -> list[tuple[str, str]]:
    length = f"{walk.length_m / 1000:.1f} km, " if walk.length_m else ""
    free = "step-free" if walk.step_free else "not step-free"
    return [("The walk", f"{length}{free}. {walk.details}".strip())]


def _cancelled(request: SeenRequest, settings: Settings) -> Content:
    about = f": {_at(request.walk)}" if request.walk is not None else ""
    stands = request.state != "cancelled"
    after = (
        "Your request stands: we look for another walk and write to you."
        if stands
        else "You can ask for another walk at any time."
    )
    return Content(
        subject=f"Cancelled{about}",
        lead=(f"Hello {request.first_name},", f"you are no longer expected on this walk. {after}"),
        headline=_span(request.walk) if request.walk is not None else (),
        facts=(("Your reference", request.reference),),
        link_words="See your request, or have your details erased now",
        link=_link(request, settings),
        close=(_privacy(settings), _NOT_CRIME),
        short=f"Cancelled{about}. {after} {_link(request, settings)}",
    )


def _afterwards(request: SeenRequest, settings: Settings) -> Content:
    walk = _needed(request)
    return Content(
        subject=f"Thank you for walking: {_at(walk)}",
        lead=(
            f"Hello {request.first_name},",
            "thank you. Will you tell us how it was? Three questions, no names.",
        ),
        headline=(),
        facts=(
            ("What came of it", "The same link shows what was raised near there and what is being done."),
        ),
        link_words="Say how it was, and see what came of it",
        link=_link(request, settings),
        close=(_privacy(settings), _NOT_CRIME),
        short=f"Thank you for walking. How was it, and what came of it: {_link(request, settings)}",
    )


_KINDS: dict[Kind, Callable[[SeenRequest, Settings], Content]] = {
    "received": _received,
    "waiting": _waiting,
    "offered": _offered,
    "confirmed": _confirmed,
    "changed": _changed,
    "cancelled": _cancelled,
    "reminder": _reminder,
    "afterwards": _afterwards,
}
