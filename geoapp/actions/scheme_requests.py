"""What a participant does: ask, agree, decline, change, cancel, say how it was, and be forgotten.

Every function takes a session of `scheme_writing(reach_of_token(token))` (for `ask` of
`scheme_writing(reach_of_new(id))`), in which no other participant can be seen. All may be repeated: a second
time changes nothing and queues no second message. NotFound stands for unknown and for erased.

    ask(session, request_id, new, *, address, settings) -> Asked
    agree / decline / cancel(session, token) -> None
    change(session, token, wish) -> None                     asks for another time, and gives the place back
    give_feedback(session, token, answers) -> None
    erase(session, token, *, mail) -> Receipt                in actions.scheme_erasing
    see(session, token, rules) -> SeenRequest                in queries.scheme_request, with scheme_reading
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from geoapp.access import secret_hash
from geoapp.actions import audit, scheme_messages
from geoapp.actions.repeatable import hold
from geoapp.actions.scheme_contact import NewRequest, checked, checked_times
from geoapp.actions.scheme_door import count_asking, new_reference
from geoapp.config import Settings
from geoapp.db import Reach
from geoapp.errors import Conflict, Gone, NotFound, refused
from geoapp.model import Erasure, Feedback, JoinableWalk, JoinRequest
from geoapp.sealed import link_token

_LONDON = ZoneInfo("Europe/London")
_WARD = text(
    "SELECT 1 FROM area WHERE kind = 'ward' AND code = :code"
    " AND edition_id = edition_on((now() AT TIME ZONE 'Europe/London')::date)"
)
_TEAM_OF_WARD = text(
    "SELECT team_id FROM joinable_walk WHERE ward_code = :code ORDER BY starts_at DESC, number DESC LIMIT 1"
)
_ACTOR = "participant"


@dataclass(frozen=True)
class Asked:
    """A request as it was taken in; `token` is her personal link. It is a request, not yet a booking."""

    id: UUID
    reference: str
    token: str
    state: str
    waiting: bool
    answer_by: date


@dataclass(frozen=True)
class Wish:
    """Another time: `preferred` holds keys of PREFERRED, `times_note` her own words."""

    preferred: tuple[str, ...] = ()
    times_note: str | None = None


@dataclass(frozen=True)
class Answers:
    """How the walk was: 1 (not at all) to 5 (very much), and whether she would walk again."""

    felt_heard: int
    felt_safer: int
    walk_again: bool


def reach_of_token(token: str) -> Reach:
    """Return the reach of whoever shows this link."""
    return Reach.holder(secret_hash(token))


def reach_of_new(request_id: UUID) -> Reach:
    """Return the reach of the request that is about to be made under this identifier."""
    return reach_of_token(link_token(request_id))


def ask(
    session: Session, request_id: UUID, new: NewRequest, *, address: str | None, settings: Settings
) -> Asked:
    """Take in a request, counted against the limits; the same identifier again is the same request.

    Refused names fields; NotFound when the walk is not open to join; Gone when it was erased already.
    """
    token = link_token(request_id)
    hold(session, "request", request_id)
    known = session.get(JoinRequest, request_id)
    if known is not None:
        return _asked(known, token, settings)
    if session.scalar(select(Erasure.id).where(Erasure.token_hash == secret_hash(token))) is not None:
        raise Gone("This request was erased. Open the page again to make a new one.")
    new = checked(new)
    count_asking(session, new.contacts, address, settings.limits)
    walk = None if new.walk_id is None else _joinable(session, new.walk_id)
    request = _stored(session, request_id, new, walk, token)
    scheme_messages.queue(session, request, "waiting" if request.waiting_since else "received")
    audit.note(session, actor=_ACTOR, action="request made", subject=f"request {request_id}")
    return _asked(request, token, settings)


def _stored(
    session: Session, request_id: UUID, new: NewRequest, walk: JoinableWalk | None, token: str
) -> JoinRequest:
    if walk is None and session.scalar(_WARD, {"code": new.ward_code}) is None:
        raise refused("ward_code", "There is no such ward. Choose one from the list.")
    team = session.scalar(_TEAM_OF_WARD, {"code": new.ward_code}) if walk is None else walk.team_id
    request = JoinRequest(
        id=request_id,
        reference=new_reference(),
        team_id=team,
        asked_walk_id=None if walk is None else walk.id,
        kind=new.kind if walk is None else walk.kind,
        waiting_since=datetime.now(UTC) if walk is not None and walk.state == "full" else None,
        ward_code=new.ward_code if walk is None else walk.ward_code,
        preferred=list(new.preferred),
        adult=new.adult,
        first_name=new.first_name,
        email=new.email,
        phone=new.phone,
        times_note=new.times_note,
        access_needs=new.access_needs,
        ease=new.ease,
        token_hash=secret_hash(token),
    )
    session.add(request)
    session.flush()
    return request


def _joinable(session: Session, walk_id: UUID) -> JoinableWalk:
    walk = session.get(JoinableWalk, walk_id)
    if walk is None or not walk.listed or walk.state not in {"open", "full"}:
        raise NotFound("This walk is not open to join (any more). Choose another.")
    if walk.starts_at <= datetime.now(UTC):
        raise NotFound("This walk has begun already. Choose another.")
    return walk


def _asked(request: JoinRequest, token: str, settings: Settings) -> Asked:
    return Asked(
        request.id,
        request.reference,
        token,
        request.state,
        request.waiting_since is not None,
        answer_by(request.created_at, settings, for_a_walk=request.asked_walk_id is not None),
    )


def answer_by(asked_at: datetime, settings: Settings, *, for_a_walk: bool) -> date:
    """Return the day by which she is answered: so many working days after she asked."""
    left = settings.rules.answer_days if for_a_walk else settings.rules.match_days
    day = asked_at.astimezone(_LONDON).date()
    while left > 0:
        day += timedelta(days=1)
        left -= day.weekday() < 5  # noqa: PLR2004 (Saturday)
    return day


def agree(session: Session, token: str) -> None:
    """Say yes to the walk that was offered; Conflict when none is on offer."""
    request = own(session, token)
    if request.state in {"agreed", "confirmed", "changed"}:
        if request.state == "changed":
            request.state = "confirmed"
            _note(session, request, "change agreed")
        return
    if request.state != "offered":
        raise Conflict("There is no walk on offer (any more). Ask for another time.")
    request.state = "agreed"
    _note(session, request, "offer agreed")


def decline(session: Session, token: str) -> None:
    """Say no to the walk that was offered, and stay on the list; Conflict once it was agreed."""
    request = own(session, token)
    if request.state == "asked":
        return
    if request.state != "offered":
        raise Conflict("There is no walk on offer. Cancel, or ask for another time.")
    _give_back(request)
    _note(session, request, "offer declined")


def change(session: Session, token: str, wish: Wish) -> None:
    """Ask for another time, giving back the place if she has one; Conflict when the request is over."""
    request = own(session, token)
    if request.state in {"cancelled", "done"}:
        raise Conflict("This request is over. Make a new one.")
    preferred, times_note = checked_times(wish.preferred, wish.times_note)
    told, walk_id = request.state in {"confirmed", "changed"}, request.walk_id
    if request.state != "asked":
        _give_back(request)
        request.calendar_sequence += int(told)
    request.preferred, request.times_note = list(preferred), times_note
    if told:
        scheme_messages.queue(session, request, "cancelled", walk_id=walk_id)
    _note(session, request, "another time asked for")


def _give_back(request: JoinRequest) -> None:
    if request.ward_code is None:
        raise RuntimeError("a request without a ward")
    request.state, request.walk_id, request.asked_walk_id = "asked", None, None


def cancel(session: Session, token: str) -> None:
    """Take the request back; nobody asks why. Conflict when the walk has been."""
    request = own(session, token)
    if request.state == "cancelled":
        return
    if request.state == "done":
        raise Conflict("This walk has been. You can still have your details erased.")
    request.waiting_since = None
    request.state = "cancelled"
    request.calendar_sequence += 1
    scheme_messages.queue(session, request, "cancelled")
    _note(session, request, "request cancelled")


def give_feedback(session: Session, token: str, answers: Answers) -> None:
    """Keep the answers without her: team and month alone. Once only; Conflict before the walk."""
    request = own(session, token)
    if request.answered_feedback:
        return
    if request.state != "done" or request.no_show or request.team_id is None:
        raise Conflict("You can say how it was once the walk has been.")
    if not (1 <= answers.felt_heard <= 5 and 1 <= answers.felt_safer <= 5):  # noqa: PLR2004 (the scale of the form)
        raise refused("felt_heard", "Choose one answer from 1 to 5.")
    walk = session.get_one(JoinableWalk, request.walk_id)
    request.answered_feedback = True
    session.flush()
    session.execute(
        insert(Feedback).values(
            id=uuid.uuid4(),  # given here, because it must not be read back: no participant reads answers
            team_id=request.team_id,
            month=walk.starts_at.astimezone(_LONDON).date().replace(day=1),
            felt_heard=answers.felt_heard,
            felt_safer=answers.felt_safer,
            walk_again=answers.walk_again,
        )
    )


def own(session: Session, token: str) -> JoinRequest:
    """Return the request of this link, held until the transaction ends, its walk before it; else NotFound."""
    asked = select(JoinRequest).where(JoinRequest.token_hash == secret_hash(token))
    return held(session, session.scalars(asked).one_or_none())


def held(session: Session, request: JoinRequest | None) -> JoinRequest:
    """Hold walk, then request: everybody in this order, so that nobody waits in a circle."""
    if request is None:
        raise NotFound("This link does not work (any more).")
    if request.walk_id is not None:
        session.execute(select(JoinableWalk.id).where(JoinableWalk.id == request.walk_id).with_for_update())
    again = select(JoinRequest).where(JoinRequest.id == request.id).with_for_update()
    found = session.scalars(again, execution_options={"populate_existing": True}).one_or_none()
    if found is None:
        raise NotFound("This link does not work (any more).")
    return found


def _note(session: Session, request: JoinRequest, action: str) -> None:
    audit.note(session, actor=_ACTOR, action=action, subject=f"request {request.id}")
