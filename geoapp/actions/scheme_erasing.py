"""Erasing participants: on her word, by the clock, or from the command line; each with a receipt."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.orm import Session

from geoapp.access import secret_hash
from geoapp.actions import audit
from geoapp.actions.scheme_requests import held
from geoapp.config import Rules
from geoapp.errors import NotFound
from geoapp.model import Erasure, JoinRequest, Message, RequestEvent

Cause = Literal["asked", "clock", "command"]
_ACTORS: dict[Cause, str] = {"asked": "participant", "clock": "clock", "command": "command line"}
# From the end of the walk; from the cancelling; or, where no walk was found, from the last step.
DUE = text("""
SELECT r.id, r.reference
FROM participant.request r LEFT JOIN joinable_walk w ON w.id = r.walk_id
WHERE CASE WHEN r.state IN ('asked', 'offered', 'agreed') AND (w.id IS NULL OR w.starts_at > :now)
           THEN r.state_at + make_interval(secs => :unmatched * 86400)
           WHEN r.state = 'cancelled' THEN r.state_at + make_interval(secs => :kept * 86400)
           ELSE coalesce(w.ends_at, w.starts_at) + make_interval(secs => :kept * 86400) END <= :now
ORDER BY r.created_at, r.id""")


@dataclass(frozen=True)
class Receipt:
    """That somebody was erased: when, why, and how much was removed with her request."""

    id: UUID
    erased_at: datetime
    cause: str
    messages: int
    events: int


@dataclass(frozen=True)
class Due:
    """A request whose time has run out."""

    id: UUID
    reference: str


def erase(session: Session, token: str, *, mail: Path) -> Receipt:
    """Remove all that is kept of whoever holds this link; again, the same receipt. NotFound when unknown."""
    known = _receipt(session, Erasure.token_hash == secret_hash(token))
    if known is not None:
        return known
    found = session.scalars(select(JoinRequest).where(JoinRequest.token_hash == secret_hash(token)))
    return _remove(session, held(session, found.one_or_none()), "asked", mail)


def erase_by_reference(session: Session, reference: str, *, mail: Path) -> Receipt:
    """Do the same by the reference, R- and eight characters; needs Reach.everyone()."""
    plain = reference.strip().upper()
    known = _receipt(session, Erasure.reference_hash == secret_hash(plain))
    if known is not None:
        return known
    request = session.scalars(select(JoinRequest).where(JoinRequest.reference == plain)).one_or_none()
    if request is None:
        raise NotFound("There is nobody with this reference. It looks like R-7K2M9QPD.")
    return _remove(session, held(session, request), "command", mail)


def due(session: Session, rules: Rules, *, now: datetime | None = None) -> list[Due]:
    """Return the requests whose time has run out, oldest first; needs Reach.everyone()."""
    values = {
        "now": now or datetime.now(UTC),
        "kept": rules.retention_days,
        "unmatched": rules.unmatched_days,
    }
    return [Due(*row) for row in session.execute(DUE, values)]


def erase_due(session: Session, one: Due, *, mail: Path) -> Receipt | None:
    """Erase one of `due`; None when she was erased meanwhile."""
    request = session.get(JoinRequest, one.id)
    return None if request is None else _remove(session, held(session, request), "clock", mail)


def mail_file(mail: Path, message_id: UUID) -> Path:
    """Return where a message lies that was written instead of sent; its name says nothing of anybody."""
    return mail / f"{message_id}.eml"


def _remove(session: Session, request: JoinRequest, cause: Cause, mail: Path) -> Receipt:
    messages = session.scalars(select(Message.id).where(Message.request_id == request.id)).all()
    events = select(func.count()).select_from(RequestEvent).where(RequestEvent.request_id == request.id)
    row = {
        "id": uuid.uuid4(),
        "erased_at": datetime.now(UTC),
        "cause": cause,
        "reference_hash": secret_hash(request.reference),
        "token_hash": request.token_hash,
        "messages": len(messages),
        "events": session.scalar(events) or 0,
    }
    # Before the commit: a file without its request is a loss that hurts nobody, the other way round it does.
    for each in messages:
        for file in (mail_file(mail, each), mail_file(mail, each).with_suffix(".txt")):
            file.unlink(missing_ok=True)
    session.execute(insert(Erasure).values(row))
    session.execute(delete(JoinRequest).where(JoinRequest.id == request.id))
    detail = {"cause": cause, "messages": len(messages)}
    audit.note(
        session,
        actor=_ACTORS[cause],
        action="participant erased",
        subject=f"erasure {row['id']}",
        detail=detail,
    )
    return Receipt(*(row[name] for name in ("id", "erased_at", "cause", "messages", "events")))  # type: ignore[arg-type]  # a row of mixed kinds


def _receipt(session: Session, condition: object) -> Receipt | None:
    found = session.scalars(select(Erasure).where(condition)).one_or_none()  # type: ignore[arg-type]  # a column's comparison
    return (
        None
        if found is None
        else Receipt(found.id, found.erased_at, found.cause, found.messages, found.events)
    )
