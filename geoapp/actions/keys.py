"""Keys by which councils read the feed: shown once, kept as hashes, scoped to boroughs."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from geoapp.access import secret_hash
from geoapp.actions import audit
from geoapp.actions.people import name_boroughs
from geoapp.errors import NotFound, refused
from geoapp.model import FeedKey, FeedKeyBorough


@dataclass(frozen=True)
class NewKey:
    """A key just made; `secret` cannot be shown again."""

    id: UUID
    secret: str


def create(
    session: Session, name: str, boroughs: Sequence[str], *, by: str, lasts: timedelta | None = None
) -> NewKey:
    """Make a key for these boroughs; several keys may bear one name, so that a change-over loses no night."""
    if not boroughs:
        raise refused("borough", "A key needs at least one borough.")
    expires_at = None if lasts is None else datetime.now(UTC) + lasts
    new = NewKey(uuid.uuid4(), "llk_" + secrets.token_urlsafe(32))
    session.add(
        FeedKey(
            id=new.id,
            name=name.strip(),
            key_hash=secret_hash(new.secret),
            hint=new.secret[-4:],
            expires_at=expires_at,
        )
    )
    session.flush()
    name_boroughs(session, boroughs)
    session.add_all(FeedKeyBorough(feed_key_id=new.id, borough_code=code) for code in set(boroughs))
    audit.note(
        session,
        actor=by,
        action="key created",
        subject=f"key {new.id}",
        detail={"boroughs": sorted(set(boroughs))},
    )
    return new


def revoke(session: Session, name: str, *, by: str) -> int:
    """End every living key of this name at once and return how many; NotFound when there is none."""
    living = session.scalars(
        select(FeedKey.id).where(FeedKey.name == name.strip(), FeedKey.revoked_at.is_(None))
    ).all()
    if not living:
        raise NotFound(f"There is no living key named {name}.")
    session.execute(update(FeedKey).where(FeedKey.id.in_(living)).values(revoked_at=func.now()))
    audit.note(session, actor=by, action="key revoked", subject=f"key {name}", detail={"keys": len(living)})
    return len(living)


def used(session: Session, key_id: UUID) -> None:
    """Keep when the key was last used, to the minute."""
    session.execute(
        update(FeedKey)
        .where(FeedKey.id == key_id)
        .where(
            (FeedKey.last_used_at.is_(None))
            | (FeedKey.last_used_at < func.now() - func.make_interval(0, 0, 0, 0, 0, 1))
        )
        .values(last_used_at=func.now())
    )
