"""What a council says back of a concern: its status, its own number for it, and words for the public."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from geoapp.actions import audit
from geoapp.actions.repeatable import hold
from geoapp.errors import NotFound, Refused, Stale, refused
from geoapp.model import Borough, Concern, StatusEvent

# What may follow a status. A council takes up what was shared; what is done, or will not be done, stays so.
FOLLOWS: dict[str, tuple[str, ...]] = {
    "shared": ("in_hand", "no_action"),
    "in_hand": ("done", "no_action"),
    "done": (),
    "no_action": (),
}
_INSIDE = text("SELECT id FROM concern WHERE outside_id(id, recorded_at) = :outside AND status <> 'raised'")


@dataclass(frozen=True)
class Answer:
    """What is to change; what `stated` does not name stays as it is."""

    stated: frozenset[str]
    status: str | None = None
    owner_reference: str | None = None
    wording: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Answering:
    """Who answers: as the log and the step name them, and the person where it is one."""

    actor: str
    person_id: UUID | None


def answer(
    session: Session,
    outside_id: UUID,
    new: Answer,
    *,
    by: Answering,
    boroughs: Sequence[str],
    check: Callable[[], tuple[str, bool]],
) -> bool:
    """Store an answer with its step and audit entry; whether anything changed.

    `check` is called while nobody else can change the concern. It returns the code of the borough that it
    lies in, and whether it still is what the change was made from. NotFound when the concern is gone, Stale
    when it is another by now and the answer is not stored already, Refused for a step that does not follow.
    """
    concern_id = session.scalar(_INSIDE, {"outside": outside_id})
    if concern_id is None:
        raise NotFound("There is no such feature.")
    hold(session, "concern", concern_id)
    concern = session.get(Concern, concern_id, with_for_update=True, populate_existing=True)
    if concern is None or concern.status == "raised":
        raise NotFound("There is no such feature.")
    borough, fresh = check()
    if borough not in boroughs:
        raise NotFound("There is no such feature.")
    if not fresh:
        if _stored(session, concern, new):
            return False
        raise Stale("It was changed in the meantime. Read it again and make your change on that.")
    steps = _steps(session, concern, new)
    renamed = "owner_reference" in new.stated and new.owner_reference != concern.owner_reference
    if not steps and not renamed:
        return False
    if renamed:
        concern.owner_reference = new.owner_reference
    concern.owner = session.scalar(select(Borough.name).where(Borough.code == borough)) or borough
    if steps:
        keep_step(
            session, concern, new.status or concern.status, by=by, wording=new.wording, reason=new.reason
        )
    audit.note(
        session,
        actor=by.actor,
        action="concern answered",
        subject=f"concern {concern_id}",
        detail={"status": concern.status, "stated": sorted(new.stated)},
    )
    return True


def keep_step(
    session: Session, concern: Concern, status: str, *, by: Answering, wording: str | None, reason: str | None
) -> None:
    """Take a concern to a status and write the step down; whether it may come next was asked before."""
    concern.status = status
    session.flush()
    session.add(
        StatusEvent(
            concern_id=concern.id,
            status=status,
            actor_id=by.person_id,
            actor=by.actor,
            public_wording=wording,
            reason=reason,
        )
    )


def _steps(session: Session, concern: Concern, new: Answer) -> bool:
    """Return whether the answer is a step; Refused when it is one that does not follow."""
    status = new.status or concern.status
    if status != concern.status:
        _follows(concern.status, status)
    if status == "no_action" and status != concern.status and new.reason is None:
        raise refused("reason", "Say why nothing will be done.")
    if new.reason is not None and status != "no_action":
        raise refused("reason", "A reason belongs to no_action. Leave it out, or put it into wording.")
    said = {"wording", "reason"} & new.stated
    if said and status == "shared":
        raise refused("wording", "Words for the public belong to a step. Send status in_hand with them.")
    if status != concern.status:
        return True
    if not said:
        return False
    last = _last(session, concern)
    if status == "no_action" and new.reason is None:
        raise refused("reason", "Say again why nothing will be done; a step is told as a whole.")
    return last is None or (last.public_wording, last.reason) != (new.wording, new.reason)


def _stored(session: Session, concern: Concern, new: Answer) -> bool:
    """Return whether the answer is what is there: the same request once more, after a lost reply."""
    last = _last(session, concern)
    held = {
        "status": concern.status,
        "owner_reference": concern.owner_reference,
        "wording": last.public_wording if last else None,
        "reason": last.reason if last else None,
    }
    return all(getattr(new, name) == held[name] for name in new.stated)


def _last(session: Session, concern: Concern) -> StatusEvent | None:
    return session.scalars(
        select(StatusEvent)
        .where(StatusEvent.concern_id == concern.id, StatusEvent.status == concern.status)
        .order_by(StatusEvent.happened_at.desc(), StatusEvent.id.desc())
        .limit(1)
    ).first()


def _follows(before: str, after: str) -> None:
    following = FOLLOWS.get(before, ())
    if after in following:
        return
    if not following:
        raise _not_so(f"It is {before.replace('_', ' ')} already, and stays so.")
    raise _not_so(f"After {before} comes {' or '.join(following)}, not {after}.")


def _not_so(message: str) -> Refused:
    return refused("status", message)
