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
from geoapp.errors import NotFound, refused
from geoapp.model import Borough, FeedKey, FeedKeyBorough


@dataclass(frozen=True)
class NewKey:
    """A key just made; `secret` cannot be shown again."""

    id: UUID
    secret: str


def create(
    session: Session,
    name: str,
    boroughs: Sequence[str],
    *,
    by: str,
    lasts: timedelta | None = None,
    may_write: bool = False,
) -> NewKey:
    """Make a key for these boroughs; several keys may bear one name, so that a change-over loses no night.

    Refused for a borough that no ward file and nobody has named so far. `may_write` lets the council say what
    came of a concern.
    """
    if not boroughs:
        raise refused("borough", "A key needs at least one borough.")
    _known(session, boroughs)
    expires_at = None if lasts is None else datetime.now(UTC) + lasts
    new = NewKey(uuid.uuid4(), "llk_" + secrets.token_urlsafe(32))
    session.add(
        FeedKey(
            id=new.id,
            name=name.strip(),
            key_hash=secret_hash(new.secret),
            hint=new.secret[-4:],
            expires_at=expires_at,
            may_write=may_write,
        )
    )
    session.flush()
    session.add_all(FeedKeyBorough(feed_key_id=new.id, borough_code=code) for code in set(boroughs))
    audit.note(
        session,
        actor=by,
        action="key created",
        subject=f"key {new.id}",
        detail={"boroughs": sorted(set(boroughs)), "may_write": may_write},
    )
    return new


def _known(session: Session, codes: Sequence[str]) -> None:
    names = {each.code: each.name for each in session.scalars(select(Borough))}
    unknown = sorted(set(codes) - set(names))
    if not unknown:
        return
    if not names:
        raise refused(
            "borough", "No borough is known yet. Import wards first: geoapp wards import FILE --edition NAME."
        )
    known = ", ".join(f"{code} {names[code] or ''}".strip() for code in sorted(names)[:_KNOWN_SHOWN])
    more = "" if len(names) <= _KNOWN_SHOWN else f" and {len(names) - _KNOWN_SHOWN} more"
    raise refused("borough", f"There is no borough {unknown[0][:40]}. There are {known}{more}.")


_KNOWN_SHOWN = 12


def revoke(session: Session, name: str, *, by: str, keep_newest: bool = False) -> int:
    """End every living key of this name at once and return how many; NotFound when there is none.

    With `keep_newest` the one made last goes on: the end of a change-over.
    """
    order = select(FeedKey.id).order_by(FeedKey.created_at.desc(), FeedKey.id)
    living = session.scalars(
        order.where(FeedKey.name == name.strip(), FeedKey.revoked_at.is_(None)).where(
            (FeedKey.expires_at.is_(None)) | (FeedKey.expires_at > func.now())
        )
    ).all()[1 if keep_newest else 0 :]
    if not living:
        raise NotFound(f"There is no {'older ' if keep_newest else ''}living key named {name}.")
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
