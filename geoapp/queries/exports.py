"""Downloads of one person, and what a worker has to know of one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

_COLUMNS = """
SELECT e.id, e.person_id, e.title, e.query, e.codes, e.status, e.created_at, e.expires_at,
       (SELECT count(*) FROM export_part p WHERE p.export_id = e.id) AS done
FROM export e """
_ONE = text(_COLUMNS + "WHERE e.id = :id AND e.expires_at > now()")
_OF_PERSON = text(
    _COLUMNS
    + "WHERE e.person_id = :person AND e.expires_at > now() ORDER BY e.created_at DESC, e.id LIMIT 20"
)
_PARTS = text("SELECT name, body FROM export_part WHERE export_id = :id ORDER BY position")


@dataclass(frozen=True)
class ExportState:
    """A download and how far it is: `done` of `len(codes)` parts."""

    id: UUID
    person_id: UUID
    title: str
    query: str
    codes: Sequence[str]
    status: str
    created_at: datetime
    expires_at: datetime
    done: int

    @property
    def unfinished(self) -> bool:
        """Whether it is still being made."""
        return self.status in {"waiting", "working"}


def export(connection: Connection, export_id: UUID) -> ExportState | None:
    """Return a download whose time is not over, whoever's it is; None without."""
    row = connection.execute(_ONE, {"id": export_id}).one_or_none()
    return None if row is None else ExportState(*row)


def exports_of(connection: Connection, person_id: UUID) -> list[ExportState]:
    """Return the downloads of a person, the newest first."""
    return [ExportState(*row) for row in connection.execute(_OF_PERSON, {"person": person_id})]


def parts(connection: Connection, export_id: UUID) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of the parts that are made, in order."""
    for row in connection.execute(_PARTS, {"id": export_id}):
        yield row.name, bytes(row.body)
