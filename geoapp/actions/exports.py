"""Downloads that take long: asked for, made part by part, given to whom they are for, and taken away.

1. `ask` stores what is wanted and the job of its first part, in one transaction.
2. A worker makes one part and calls `keep_part`, which stores it with the job of the next one. Between two
   parts other jobs get their turn, and a worker that is killed loses one part at most.
3. After the last part it is ready; `forget_old` removes it when its time is over, whatever its state.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.actions import audit
from geoapp.errors import TooManyRequests
from geoapp.model import Export, ExportPart

TASK = "make a part of an export"
LASTS = timedelta(hours=24)
_UNFINISHED = ("waiting", "working")
_MOST_UNFINISHED = 3
_LATER = -10
# In the transaction of the row that it is about: procrastinate's own function, called as its library does.
_DEFER = text("""
SELECT procrastinate_defer_jobs_v1(ARRAY[CAST(
    ROW('default', :task, :priority, NULL, NULL, CAST(:args AS jsonb), NULL)
    AS procrastinate_job_to_defer_v1)])""")


@dataclass(frozen=True)
class Wanted:
    """What somebody wants: a title for people, the selection as a query string, and the wards."""

    title: str
    query: str
    codes: Sequence[str]


def ask(session: Session, wanted: Wanted, *, person_id: UUID, email: str) -> UUID:
    """Store what is wanted, and return its identifier; the same, still under way, is not made twice.

    TooManyRequests while as many as one may have are under way.
    """
    # One at a time for each person, so that the count below holds.
    session.execute(text("SELECT 1 FROM person WHERE id = :id FOR UPDATE"), {"id": person_id})
    mine = session.scalars(
        select(Export).where(Export.person_id == person_id, Export.status.in_(_UNFINISHED))
    ).all()
    for each in mine:
        if (each.title, each.query, list(each.codes)) == (wanted.title, wanted.query, list(wanted.codes)):
            return each.id
    if len(mine) >= _MOST_UNFINISHED:
        raise TooManyRequests(
            f"{_MOST_UNFINISHED} downloads of yours are being made. Wait for one of them.", retry_after_s=60
        )
    made = Export(
        id=uuid4(),
        person_id=person_id,
        title=wanted.title,
        query=wanted.query,
        codes=list(wanted.codes),
        expires_at=datetime.now(UTC) + LASTS,
    )
    session.add(made)
    session.flush()
    _next(session, made.id)
    audit.note(
        session,
        actor=email,
        action="export asked for",
        subject=f"export {made.id}",
        detail={"title": wanted.title, "query": wanted.query, "wards": len(wanted.codes)},
    )
    return made.id


def keep_part(session: Session, export_id: UUID, position: int, name: str, body: bytes) -> None:
    """Store a part and order the next one, or say that all are there; what is there already stays."""
    found = session.get(Export, export_id, with_for_update=True)
    if found is None or found.status not in _UNFINISHED:
        return
    row = {"export_id": export_id, "position": position, "name": name, "body": body}
    session.execute(insert(ExportPart).values(row).on_conflict_do_nothing())
    done = session.scalar(select(func.count()).select_from(ExportPart).filter_by(export_id=export_id)) or 0
    if done >= len(found.codes):
        found.status, found.expires_at = "ready", datetime.now(UTC) + LASTS
        return
    found.status = "working"
    _next(session, export_id)


def give_up(session: Session, export_id: UUID) -> None:
    """Say that it could not be made; what was made of it goes."""
    found = session.get(Export, export_id, with_for_update=True)
    if found is not None and found.status in _UNFINISHED:
        found.status = "failed"
        session.execute(delete(ExportPart).where(ExportPart.export_id == export_id))


def forget_old(session: Session) -> None:
    """Remove what is past its time."""
    session.execute(delete(Export).where(Export.expires_at < datetime.now(UTC)))


def _next(session: Session, export_id: UUID) -> None:
    args = json.dumps({"export": str(export_id)})
    session.execute(_DEFER, {"task": TASK, "priority": _LATER, "args": args})
