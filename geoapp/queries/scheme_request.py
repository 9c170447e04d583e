"""A participant's request as she sees it by her link, and as a message to her is made from it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from geoapp.access import secret_hash
from geoapp.config import Rules
from geoapp.errors import NotFound
from geoapp.queries import statement
from geoapp.sealed import Sealed, link_token

_LONDON = ZoneInfo("Europe/London")
_SEALED = ("first_name", "email", "phone", "times_note", "access_needs", "ease")
_WALK_OF = text("SELECT walk_id FROM participant.request WHERE id = :id")
_TOLD = frozenset({"confirmed", "changed", "done"})


@dataclass(frozen=True)
class Meeting:
    """Where, with whom and how to know that it is her or him. Told with a confirmation, never before.

    `lon`, `lat` are WGS84 degrees.
    """

    words: str
    lon: float
    lat: float
    getting_there: str
    officer_number: str
    word: str


@dataclass(frozen=True)
class SeenWalk:
    """A walk as a participant may see it; `meeting` is None until her place is confirmed."""

    id: UUID
    number: str
    title: str
    ward_code: str
    ward_name: str | None
    starts_at: datetime
    ends_at: datetime | None
    length_m: int | None
    step_free: bool
    details: str
    officer_first_name: str | None
    kind: str
    state: str
    others: int
    meeting: Meeting | None


@dataclass(frozen=True)
class SeenRequest:
    """A request in its holder's eyes. `walk` is the one offered or confirmed, or the one she asked for.

    `token` is her link's; `erase_on` the day on which her details go at the latest by the clock.
    """

    id: UUID
    reference: str
    token: str
    state: str
    state_at: datetime
    kind: str
    waiting: bool
    no_show: bool | None
    ward_code: str | None
    ward_name: str | None
    preferred: tuple[str, ...]
    first_name: str
    email: str | None
    phone: str | None
    times_note: str | None
    access_needs: str | None
    ease: str | None
    calendar_sequence: int
    answered_feedback: bool
    created_at: datetime
    walk: SeenWalk | None
    erase_on: date


def see(session: Session, token: str, rules: Rules) -> SeenRequest:
    """Return the request of this link; NotFound when there is none (any more)."""
    return _one(session, {"token_hash": secret_hash(token), "id": None, "about": None}, rules)


def by_id(session: Session, request_id: UUID, rules: Rules, *, about: UUID | None = None) -> SeenRequest:
    """Return a request within reach; `about` names another walk, as that of a cancelling message."""
    return _one(session, {"token_hash": None, "id": request_id, "about": about}, rules)


def _one(session: Session, asked: dict[str, Any], rules: Rules) -> SeenRequest:
    typed = statement("scheme_request").columns(**{name: Sealed() for name in _SEALED})
    row = session.execute(typed, asked).one_or_none()
    if row is None:
        raise NotFound("This link does not work (any more).")
    return SeenRequest(
        **{name: getattr(row, name) for name in _SEALED},
        id=row.id,
        reference=row.reference,
        token=link_token(row.id),
        state=row.state,
        state_at=row.state_at,
        kind=row.kind,
        waiting=row.waiting,
        no_show=row.no_show,
        ward_code=row.ward_code,
        ward_name=row.ward_name,
        preferred=tuple(row.preferred),
        calendar_sequence=row.calendar_sequence,
        answered_feedback=row.answered_feedback,
        created_at=row.created_at,
        walk=_walk(row),
        erase_on=_erase_on(row, rules),
    )


def _walk(row: Any) -> SeenWalk | None:  # noqa: ANN401 (a row of the statement)
    if row.walk_id is None:
        return None
    told = row.state in _TOLD and row.meeting_lon is not None
    return SeenWalk(
        id=row.walk_id,
        number=f"LW-{row.walk_number}",
        title=row.title,
        ward_code=row.walk_ward_code,
        ward_name=row.ward_name,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        length_m=row.length_m,
        step_free=row.step_free,
        details=row.details,
        officer_first_name=row.officer_first_name,
        kind=row.walk_kind,
        state=row.walk_state,
        others=max(0, row.places_confirmed - 1) if told else 0,
        meeting=Meeting(
            row.meeting_words,
            row.meeting_lon,
            row.meeting_lat,
            row.getting_there,
            row.officer_number,
            row.word,
        )
        if told
        else None,
    )


def _erase_on(row: Any, rules: Rules) -> date:  # noqa: ANN401 (a row of the statement)
    """Return the day that actions.scheme_erasing works out for the same request."""
    kept, unmatched = timedelta(days=rules.retention_days), timedelta(days=rules.unmatched_days)
    if row.state == "cancelled":
        at = row.state_at + kept
    elif row.state in {"asked", "offered", "agreed"} or row.walk_id is None:
        at = row.state_at + unmatched
    else:
        at = (row.ends_at or row.starts_at) + kept
    day: date = at.astimezone(_LONDON).date()
    return day


def walk_id_of(session: Session, request_id: UUID) -> UUID | None:
    """Return the walk on which this request has or had a place."""
    found: UUID | None = session.scalar(_WALK_OF, {"id": request_id})
    return found
