"""You said, we did: who looks after a concern, each step of its status, and words for the public."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from geoapp.access import Person
from geoapp.actions import audit
from geoapp.actions.answering import FOLLOWS, Answering, keep_step
from geoapp.errors import Conflict, NotFound, refused
from geoapp.model import Concern, ConcernOwner, PublicAnswer

# Where something was done, or an answer given.
ANSWERED = frozenset({"in_hand", "done", "no_action"})

# What points at one person or place: addresses, telephone numbers, postcodes, number plates, times of day.
_TELLING = re.compile(
    r"\S+@\S+|\+?\d[\d ]{7,}\d|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\b[A-Z]{2}\d{2} ?[A-Z]{3}\b"
    r"|\b\d{1,2}[:.]\d{2}\b|\b\d{1,2} ?[ap]m\b|https?:",
    re.IGNORECASE,
)
_STREET_SAID = text("""
SELECT name FROM ground
WHERE layer = 'street' AND length(name) > 4 AND position(lower(name) IN lower(:words)) > 0
ORDER BY length(name) DESC, name LIMIT 1""")


@dataclass(frozen=True)
class NewStep:
    """A step in the life of a concern; `wording` is for the council, a `reason` is due with no_action."""

    status: str
    wording: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class NewAnswer:
    """Words for the whole ward: what was said, what came of it, and on which day."""

    happened_on: date
    you_said: str
    answer: str


def set_owner(session: Session, concern_id: UUID, owner: str, *, by: Person) -> None:
    """Keep who looks after a shared concern from now on; the same owner again changes nothing."""
    concern = _shared(session, concern_id)
    if owner == concern.owner:
        return
    concern.owner = owner
    session.add(ConcernOwner(concern_id=concern_id, owner=owner, set_by=by.id))
    audit.note(session, actor=by.email, action="concern owner set", subject=f"concern {concern_id}")


def step(session: Session, concern_id: UUID, new: NewStep, *, by: Person) -> None:
    """Take a shared concern one step on, with time and actor; the same step again changes nothing.

    Conflict where that status does not follow the present one; Refused for no_action without a reason.
    """
    concern = _shared(session, concern_id)
    if new.status == concern.status:
        return
    if new.status not in FOLLOWS[concern.status]:
        raise Conflict("This status does not follow the present one. Look at the concern again.")
    if new.status == "no_action" and not new.reason:
        raise refused("reason", "Say why nothing will be done.")
    if new.status != "no_action" and new.reason:
        raise refused("reason", "A reason belongs to 'no action'. Leave it out, or put it into the words.")
    who = Answering(by.email, by.id)
    keep_step(session, concern, new.status, by=who, wording=new.wording, reason=new.reason)
    audit.note(
        session,
        actor=by.email,
        action="concern status changed",
        subject=f"concern {concern_id}",
        detail={"status": new.status},
    )


def write(session: Session, concern_id: UUID, new: NewAnswer, *, by: Person) -> int:
    """Keep words for the public, still unseen, and return their number.

    Conflict before anything was done about the concern; Refused where the words name a street of the base
    map, or hold what points at one person or moment, and for a day that is still to come.
    """
    concern = _shared(session, concern_id)
    if concern.status not in ANSWERED:
        raise Conflict("Nothing has been done about this concern yet. Take the step first.")
    for field, words in (("you_said", new.you_said), ("answer", new.answer)):
        _general(session, field, words)
    if new.happened_on > _today(session):
        raise refused("happened_on", "This day is still to come.")
    made = PublicAnswer(
        concern_id=concern_id,
        status=concern.status,
        happened_on=new.happened_on,
        you_said=new.you_said,
        answer=new.answer,
        written_by=by.id,
    )
    session.add(made)
    session.flush()
    audit.note(session, actor=by.email, action="public words written", subject=f"concern {concern_id}")
    return made.id


def review(session: Session, answer_id: int, *, by: Person) -> UUID:
    """Let the public read these words, and return their concern; Conflict once withdrawn."""
    found = _answer(session, answer_id)
    if found.withdrawn_at is not None:
        raise Conflict("These words were withdrawn. Write new ones.")
    if found.reviewed_at is None:
        found.reviewed_at, found.reviewed_by = datetime.now(UTC), by.id
        audit.note(
            session, actor=by.email, action="public words reviewed", subject=f"concern {found.concern_id}"
        )
    return found.concern_id


def withdraw(session: Session, answer_id: int, *, by: Person) -> UUID:
    """Take words from the public again, or drop them unread, and return their concern."""
    found = _answer(session, answer_id)
    if found.withdrawn_at is None:
        found.withdrawn_at, found.withdrawn_by = datetime.now(UTC), by.id
        audit.note(
            session, actor=by.email, action="public words withdrawn", subject=f"concern {found.concern_id}"
        )
    return found.concern_id


def _shared(session: Session, concern_id: UUID) -> Concern:
    concern = session.get(Concern, concern_id, with_for_update=True)
    if concern is None or concern.status == "raised":
        raise NotFound("There is no such shared concern.")
    return concern


def _answer(session: Session, answer_id: int) -> PublicAnswer:
    found = session.get(PublicAnswer, answer_id, with_for_update=True)
    if found is None:
        raise NotFound("There are no such words.")
    return found


def _general(session: Session, field: str, words: str) -> None:
    """Refuse words that say where or who more closely than the ward."""
    if _TELLING.search(words):
        raise refused(
            field,
            "Leave out addresses, telephone numbers, plates, postcodes and times. Say it for the whole ward.",
        )
    street = session.scalar(_STREET_SAID, {"words": words})
    if street is not None:
        raise refused(field, f"This names {street}. Say it for the whole ward, without a street.")


def _today(session: Session) -> date:
    today: date = session.scalar(text("SELECT (now() AT TIME ZONE 'Europe/London')::date"))
    return today
