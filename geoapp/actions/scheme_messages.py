"""Messages to participants: each queued once, in the transaction of what it tells of."""

import uuid
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.access import Person
from geoapp.actions import audit
from geoapp.errors import Conflict, NotFound
from geoapp.model import JoinRequest, Message

Kind = Literal[
    "received", "waiting", "offered", "confirmed", "changed", "cancelled", "reminder", "afterwards"
]
_QUEUE = text("SELECT participant.queue_message(:message, :at)")
# By text as well as e-mail where she gave both: what she has to know on the day.
_URGENT = frozenset({"offered", "confirmed", "changed", "cancelled", "reminder"})


def queue(session: Session, request: JoinRequest, kind: Kind, *, walk_id: UUID | None = None) -> None:
    """Queue a message by e-mail, by text, or by both; one that was queued before is not queued again.

    `walk_id` names the walk that it is about where that is no longer the request's own.
    """
    session.flush()
    number, about = request.calendar_sequence, walk_id or request.walk_id or request.asked_walk_id
    ways = ["email"] if request.email else []
    if request.phone and (not ways or kind in _URGENT):
        ways.append("text")
    for way in ways:
        message = uuid.uuid4()
        row = {"id": message, "request_id": request.id, "kind": kind, "way": way, "number": number}
        new = insert(Message).values(row | {"walk_id": about}).on_conflict_do_nothing()
        if session.execute(new.returning(Message.id)).scalar() is not None:
            session.execute(_QUEUE, {"message": message, "at": None})


def claim(session: Session, message_id: UUID) -> Message | None:
    """Take a message that waits, so that nobody else sends it; None when there is nothing to send.

    One that was taken before and neither sent nor given back may have gone out when its sender was killed:
    it is not sent a second time, and is shown to the coordinator instead.
    """
    message = session.scalars(select(Message).where(Message.id == message_id).with_for_update()).one_or_none()
    if message is None or message.state in {"sent", "failed", "withdrawn"}:
        return None
    if message.state == "sending":
        message.state, message.ended_at = "failed", datetime.now(UTC)
        message.failure = "Sending was interrupted. It may have arrived."
        return None
    message.state = "sending"
    return message


def ended(
    session: Session,
    message_id: UUID,
    state: Literal["sent", "failed", "withdrawn", "queued"],
    failure: str = "",
) -> bool:
    """Write down how sending ended; False when the participant was erased meanwhile."""
    values = {
        "state": state,
        "failure": failure,
        "ended_at": None if state == "queued" else datetime.now(UTC),
    }
    changed = update(Message).where(Message.id == message_id).values(values).returning(Message.id)
    return session.execute(changed).scalar() is not None


def bounced(session: Session, message_id: UUID) -> bool:
    """Show a message that came back to the coordinator; False when it is not known (any more)."""
    return ended(session, message_id, "failed", "It came back: the address does not take mail.")


def send_again(session: Session, message_id: UUID, *, by: Person) -> None:
    """Queue a failed message once more; Conflict when it has not failed."""
    message = _failed(session, message_id)
    message.state, message.failure, message.ended_at, message.seen_at = "queued", "", None, None
    session.flush()
    session.execute(_QUEUE, {"message": message_id, "at": None})
    audit.note(session, actor=by.email, action="message sent again", subject=f"request {message.request_id}")


def put_aside(session: Session, message_id: UUID, *, by: Person) -> None:
    """Take a failed message off the coordinator's list, because she was reached in another way."""
    message = _failed(session, message_id)
    message.seen_at = datetime.now(UTC)
    audit.note(session, actor=by.email, action="message put aside", subject=f"request {message.request_id}")


def _failed(session: Session, message_id: UUID) -> Message:
    message = session.scalars(select(Message).where(Message.id == message_id).with_for_update()).one_or_none()
    if message is None:
        raise NotFound("There is no such message.")
    if message.state != "failed":
        raise Conflict("This message has not failed.")
    return message
