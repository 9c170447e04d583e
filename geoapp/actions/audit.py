"""The chained record of who did or read what."""

import json
from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

_NOTE = text(
    "INSERT INTO audit (actor, action, subject, detail)"
    " VALUES (:actor, :action, :subject, CAST(:detail AS jsonb))"
)


def note(
    session: Session, *, actor: str, action: str, subject: str, detail: Mapping[str, object] | None = None
) -> None:
    """Write one entry in the transaction of the change it tells of.

    Call it last: from here to the end of the transaction no other entry can be written.
    """
    session.flush()
    session.execute(
        _NOTE, {"actor": actor, "action": action, "subject": subject, "detail": json.dumps(detail or {})}
    )
