"""The rule by which a PUT can be repeated: first time, the same again, another body, a stale change."""

import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from geoapp.errors import Conflict, Stale

Held: TypeAlias = Literal["concern", "walk", "request", "joinable walk"]


class Outcome(Enum):
    """What a repeatable write did."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    CHANGED = "changed"


@dataclass(frozen=True)
class Sent:
    """A body as it is kept: canonical JSON (RFC 8785), its SHA-256, and the entity tags it was sent for."""

    text: str
    hash: bytes
    tags: frozenset[str] | None = None

    @classmethod
    def of(cls, canonical: bytes, tags: frozenset[str] | None = None) -> "Sent":
        """Return a body that is already canonical JSON."""
        return cls(canonical.decode(), hashlib.sha256(canonical).digest(), tags)


def tag(body_hash: bytes) -> str:
    """Return the strong entity tag of a stored body, with its quotes."""
    return f'"{body_hash.hex()[:40]}"'


def decide(stored: bytes | None, sent: Sent) -> Outcome:
    """Return what is to be done; Conflict or Stale when nothing may be."""
    if stored is None:
        if sent.tags is not None:
            raise Stale("Nothing is stored under this identifier, so there is nothing to change.")
        return Outcome.CREATED
    if stored == sent.hash:
        return Outcome.UNCHANGED
    if sent.tags is None:
        raise Conflict(
            "This identifier is already stored with other content."
            " To change it, send If-Match with its current ETag."
        )
    if tag(stored) in sent.tags or "*" in sent.tags:
        return Outcome.CHANGED
    raise Stale("It was changed in the meantime. Read it again and make your change on that.")


def hold(session: Session, kind: Held, identifier: UUID) -> None:
    """Let one writer at a time handle this identifier, also when nothing is stored under it yet.

    A concern is held before its walk, never after it. The kind is part of what is held, so that a concern
    and a walk that were given the same identifier cannot wait for each other.
    """
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:held, 0))"), {"held": f"{kind} {identifier}"}
    )
