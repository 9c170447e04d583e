"""Walks that can be joined: published, changed, called off and closed by a coordinator of the team.

Each takes a session of `scheme_writing(Reach.team(by.team_id))`, because participants are told.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from geoalchemy2.shape import from_shape, to_shape
from shapely import Point
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from geoapp.access import Person
from geoapp.actions import audit, scheme_messages
from geoapp.actions.repeatable import hold
from geoapp.errors import Conflict, FieldError, NotFound, Refused, refused
from geoapp.model import JoinableWalk, JoinRequest
from spatial.crs import WGS84

_TAKES = ("offered", "agreed", "confirmed", "changed")
_TOLD = ("confirmed", "changed")
_WARD = text(
    "SELECT 1 FROM area WHERE kind = 'ward' AND code = :code"
    " AND edition_id = edition_on((now() AT TIME ZONE 'Europe/London')::date)"
)


@dataclass(frozen=True)
class WalkForm:
    """A walk as a coordinator states it; `meeting_point` is longitude, latitude in WGS84.

    End, meeting point, its words and the officer may still be missing: then nobody can be confirmed.
    """

    title: str
    ward_code: str
    starts_at: datetime
    ends_at: datetime | None
    step_free: bool
    kind: str = "group"
    places: int = 1
    length_m: int | None = None
    details: str = ""
    meeting_point: tuple[float, float] | None = None
    meeting_words: str | None = None
    getting_there: str = ""
    officer_id: UUID | None = None
    officer_first_name: str | None = None
    officer_number: str = ""
    word: str = ""
    listed: bool = True


# What she was told, and has to be told again when it changes.
_TELLING = (
    "starts_at",
    "ends_at",
    "meeting_point",
    "meeting_words",
    "officer_first_name",
    "officer_number",
    "word",
    "getting_there",
)
_KEPT = (
    "title",
    "ward_code",
    "starts_at",
    "ends_at",
    "step_free",
    "kind",
    "places",
    "length_m",
    "details",
    "meeting_words",
    "getting_there",
    "officer_id",
    "officer_first_name",
    "officer_number",
    "word",
    "listed",
)


def publish(session: Session, walk_id: UUID, form: WalkForm, *, by: Person) -> JoinableWalk:
    """Publish a walk of the own team under this identifier; again, it is the same walk.

    Refused names fields; NotFound when the identifier is another team's.
    """
    hold(session, "joinable walk", walk_id)
    known = session.get(JoinableWalk, walk_id)
    if known is not None:
        if known.team_id != by.team_id:
            raise NotFound("There is no such walk.")
        return known
    _check(session, form, by)
    walk = JoinableWalk(id=walk_id, team_id=by.team_id)
    _fill(walk, form)
    session.add(walk)
    audit.note(session, actor=by.email, action="walk published", subject=f"joinable walk {walk_id}")
    return walk


def change(session: Session, walk_id: UUID, form: WalkForm, *, by: Person) -> int:
    """Change a walk and return how many participants are told.

    Who was confirmed is told of the change; who was offered it or had agreed is offered it again. Refused by
    the database when a confirmed walk would lose what she has to know.
    """
    walk = own(session, walk_id, by=by)
    _check(session, form, by, before=walk)
    before = _stated(walk)
    _fill(walk, form)
    if _stated(walk) == before:
        return 0
    told_of = any(_stated(walk)[name] != before[name] for name in _TELLING)
    if told_of:
        walk.sequence += 1
    session.flush()
    told = _tell(session, walk) if told_of else 0
    audit.note(
        session,
        actor=by.email,
        action="walk changed",
        subject=f"joinable walk {walk_id}",
        detail={"told": told},
    )
    return told


def _tell(session: Session, walk: JoinableWalk) -> int:
    told = _requests(session, walk, _TAKES)
    for request in told:
        request.calendar_sequence += 1
        if request.state == "confirmed":
            request.state = "changed"
        elif request.state == "agreed":
            request.state, request.walk_id = "asked", None
            session.flush()
            request.state, request.walk_id = "offered", walk.id
        scheme_messages.queue(session, request, "changed" if request.state in _TOLD else "offered")
    return len(told)


def cancel(session: Session, walk_id: UUID, *, by: Person) -> int:
    """Call a walk off and return how many participants are told; those who waited for it stay on the list."""
    walk = own(session, walk_id, by=by, over=True)
    if walk.state == "cancelled":
        return 0
    if walk.state == "done":
        raise Conflict("This walk has been.")
    told = _requests(session, walk, _TAKES)
    for request in told:
        request.state = "cancelled"
        request.calendar_sequence += 1
        scheme_messages.queue(session, request, "cancelled")
    for request in _let_go(session, walk):
        request.calendar_sequence += 1
        scheme_messages.queue(session, request, "cancelled", walk_id=walk.id)
    session.flush()
    session.refresh(walk)
    walk.state = "cancelled"
    audit.note(
        session,
        actor=by.email,
        action="walk called off",
        subject=f"joinable walk {walk_id}",
        detail={"told": len(told)},
    )
    return len(told)


def finish(session: Session, walk_id: UUID, no_shows: frozenset[UUID], *, by: Person) -> int:
    """Close a walk that has been: who was confirmed is done, or did not come; return how many came.

    Refused before the walk has begun. Offers that were never confirmed go back to the list.
    """
    walk = own(session, walk_id, by=by, over=True)
    if walk.state == "done":
        return 0
    if walk.state == "cancelled" or walk.starts_at > datetime.now(UTC):
        raise Conflict("A walk can be closed once it has begun.")
    came = 0
    for request in _requests(session, walk, _TAKES):
        if request.state in _TOLD:
            request.state, request.no_show = "done", request.id in no_shows
            came += not request.no_show
            if not request.no_show:
                scheme_messages.queue(session, request, "afterwards")
        else:
            request.state, request.walk_id, request.asked_walk_id = "asked", None, None
    _let_go(session, walk)
    session.flush()
    session.refresh(walk)
    walk.state = "done"
    audit.note(session, actor=by.email, action="walk closed", subject=f"joinable walk {walk_id}")
    return came


def own(session: Session, walk_id: UUID, *, by: Person, over: bool = False) -> JoinableWalk:
    """Return a walk of the own team, held; NotFound else, Conflict when it is over and that matters."""
    held = select(JoinableWalk).where(JoinableWalk.id == walk_id).with_for_update()
    walk = session.scalars(held, execution_options={"populate_existing": True}).one_or_none()
    if walk is None or walk.team_id != by.team_id:
        raise NotFound("There is no such walk.")
    if not over and walk.state in {"cancelled", "done"}:
        raise Conflict("This walk is over.")
    return walk


def look(session: Session, walk_id: UUID, *, by: Person) -> JoinableWalk:
    """Return a walk of the own team to read; NotFound else."""
    walk = session.get(JoinableWalk, walk_id)
    if walk is None or walk.team_id != by.team_id:
        raise NotFound("There is no such walk.")
    return walk


def missing(walk: JoinableWalk) -> list[FieldError]:
    """Return what a walk lacks before anybody can be confirmed, by field."""
    lacking = []
    if walk.ends_at is None:
        lacking.append(FieldError("ends_at", "Say when the walk ends."))
    if walk.meeting_point is None:
        lacking.append(FieldError("meeting_point", "Put the meeting point on the map."))
    if not (walk.meeting_words or "").strip():
        lacking.append(FieldError("meeting_words", "Say in words where to meet."))
    if not (walk.officer_first_name or "").strip():
        lacking.append(FieldError("officer_first_name", "Say who the officer is."))
    return lacking


def _requests(session: Session, walk: JoinableWalk, states: tuple[str, ...]) -> list[JoinRequest]:
    asked = select(JoinRequest).where(JoinRequest.walk_id == walk.id, JoinRequest.state.in_(states))
    held = asked.order_by(JoinRequest.id).with_for_update()
    return list(session.scalars(held, execution_options={"populate_existing": True}))


def _let_go(session: Session, walk: JoinableWalk) -> list[JoinRequest]:
    """Return those who still asked for this walk, no longer bound to it; their requests stand."""
    asked = select(JoinRequest).where(JoinRequest.asked_walk_id == walk.id, JoinRequest.state == "asked")
    held = asked.order_by(JoinRequest.id).with_for_update()
    found = list(session.scalars(held, execution_options={"populate_existing": True}))
    for request in found:
        request.asked_walk_id = request.waiting_since = None
    return found


def _stated(walk: JoinableWalk) -> dict[str, object]:
    point = walk.meeting_point
    place = None if point is None else to_shape(point).coords[0]
    return {name: getattr(walk, name) for name in _KEPT} | {"meeting_point": place}


def _fill(walk: JoinableWalk, form: WalkForm) -> None:
    for name in _KEPT:
        setattr(walk, name, getattr(form, name))
    point = form.meeting_point
    now = None if walk.meeting_point is None else to_shape(walk.meeting_point).coords[0]
    if point != now:
        walk.meeting_point = None if point is None else from_shape(Point(point), srid=WGS84)


def _check(session: Session, form: WalkForm, by: Person, before: JoinableWalk | None = None) -> None:
    wrong = []
    if session.scalar(_WARD, {"code": form.ward_code}) is None:
        wrong.append(FieldError("ward_code", "There is no such ward. Choose one from the list."))
    if form.ends_at is not None and form.ends_at <= form.starts_at:
        wrong.append(FieldError("ends_at", "The end is before the start. Check both times."))
    if (before is None or before.starts_at != form.starts_at) and form.starts_at <= datetime.now(UTC):
        wrong.append(FieldError("starts_at", "This time has passed. Choose one to come."))
    if before is not None and form.places < before.places_taken:
        wrong.append(FieldError("places", f"{before.places_taken} places are taken already."))
    if wrong:
        raise Refused(wrong[0].message, errors=tuple(wrong))
    if form.officer_id is not None:
        found = session.execute(
            text("SELECT 1 FROM person WHERE id = :id AND team_id = :team AND active"),
            {"id": form.officer_id, "team": by.team_id},
        )
        if found.scalar() is None:
            raise refused("officer_id", "Choose an officer of your own team.")
