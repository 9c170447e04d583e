"""Shared concerns as those see them who answer them: owner, steps, and the words for the public."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, text

from geoapp.queries import statement


@dataclass(frozen=True)
class DeskConcern:
    """A shared concern without its note, its exact place and who recorded it.

    `words` is None, 'written' (nobody has read them over yet) or 'public'. `recorded_at` orders the list and
    is not shown.
    """

    id: UUID
    recorded_at: datetime
    day: date
    light: str
    kind: str
    status: str
    wording: str | None
    ward_code: str
    ward_name: str
    factors: tuple[str, ...]
    owner: str | None
    words: str | None


@dataclass(frozen=True)
class DeskStep:
    """One thing that happened to a concern: which, when, by whom, in which words."""

    at: datetime
    what: str
    words: str | None
    reason: str | None
    actor: str | None


@dataclass(frozen=True)
class DeskWords:
    """Words for the public: written, perhaps reviewed, perhaps withdrawn."""

    id: int
    status: str
    happened_on: date
    you_said: str
    answer: str
    reviewed_at: datetime | None
    withdrawn_at: datetime | None


_STEPS = text("""
SELECT s.happened_at AS at, s.status AS what, s.public_wording AS words, s.reason,
       coalesce(p.name, s.actor) AS actor
FROM status_event s LEFT JOIN person p ON p.id = s.actor_id WHERE s.concern_id = :id
UNION ALL
SELECT o.set_at, 'owner', o.owner, NULL, p.name
FROM concern_owner o JOIN person p ON p.id = o.set_by WHERE o.concern_id = :id
UNION ALL
SELECT w.written_at, 'written', w.you_said || ' / ' || w.answer, NULL, p.name
FROM public_answer w JOIN person p ON p.id = w.written_by WHERE w.concern_id = :id
UNION ALL
SELECT w.reviewed_at, 'reviewed', NULL, NULL, p.name
FROM public_answer w JOIN person p ON p.id = w.reviewed_by WHERE w.concern_id = :id
UNION ALL
SELECT w.withdrawn_at, 'withdrawn', NULL, NULL, p.name
FROM public_answer w JOIN person p ON p.id = w.withdrawn_by WHERE w.concern_id = :id
ORDER BY at, what""")
_WORDS = text("""
SELECT id, status, happened_on, you_said, answer, reviewed_at, withdrawn_at
FROM public_answer WHERE concern_id = :id ORDER BY id DESC""")


def desk(
    connection: Connection,
    *,
    ward: str | None = None,
    status: str | None = None,
    after: tuple[datetime, UUID] | None = None,
    most: int = 50,
) -> list[DeskConcern]:
    """Return shared concerns, newest first; `after` is the time and identifier of the last one seen."""
    before, number = after or (None, None)
    bound = {"one": None, "ward": ward, "status": status, "before": before, "id": number, "most": most}
    return [_concern(row) for row in connection.execute(statement("answer_desk"), bound)]


def desk_concern(connection: Connection, concern_id: UUID) -> DeskConcern | None:
    """Return one shared concern; None where there is none of that identifier."""
    bound = {"one": concern_id, "ward": None, "status": None, "before": None, "id": None, "most": 1}
    row = connection.execute(statement("answer_desk"), bound).one_or_none()
    return None if row is None else _concern(row)


def desk_steps(connection: Connection, concern_id: UUID) -> list[DeskStep]:
    """Return all that happened to a concern, first to last."""
    return [DeskStep(*row) for row in connection.execute(_STEPS, {"id": concern_id})]


def desk_words(connection: Connection, concern_id: UUID) -> list[DeskWords]:
    """Return the words for the public about a concern, newest first."""
    return [DeskWords(*row) for row in connection.execute(_WORDS, {"id": concern_id})]


def _concern(row: object) -> DeskConcern:
    values = list(row)  # type: ignore[call-overload]  # a row of the statement, in its order
    values[9] = tuple(values[9])
    return DeskConcern(*values)
