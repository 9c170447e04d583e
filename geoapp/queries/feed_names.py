"""What a reader of the feed may know about the own key, and the names behind codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class KeyStatus:
    """A key as its holder sees it; never the key itself."""

    name: str
    last_used_at: datetime | None
    expires_at: datetime | None


_KEY = text("SELECT name, last_used_at, expires_at FROM feed_key WHERE id = :id")
_BOROUGHS = text("SELECT coalesce(name, code) AS name FROM borough WHERE code = ANY (:codes) ORDER BY 1")
_FACTORS = text("SELECT code, label FROM factor ORDER BY position, code")
_ATTRIBUTIONS = text("SELECT DISTINCT attribution FROM edition WHERE attribution <> '' ORDER BY 1")


def key_status(connection: Connection, key_id: UUID) -> KeyStatus | None:
    """Return what the holder of a key is told about it."""
    row = connection.execute(_KEY, {"id": key_id}).one_or_none()
    return None if row is None else KeyStatus(*row)


def borough_names(connection: Connection, codes: Sequence[str]) -> list[str]:
    """Return the names of boroughs, or their codes where they have none, in order."""
    return list(connection.scalars(_BOROUGHS, {"codes": list(codes)}))


def factor_labels(connection: Connection) -> dict[str, str]:
    """Return the label of every factor by its code."""
    return {row.code: row.label for row in connection.execute(_FACTORS)}


def boundary_attribution(connection: Connection) -> str:
    """Return whose ward boundaries these are, as their licences ask; empty where no edition says."""
    return "; ".join(connection.scalars(_ATTRIBUTIONS))
