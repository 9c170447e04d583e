"""What a coordinator works from: the team's walks, requests to match, failed messages, how walks were."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from geoapp.queries import statement
from geoapp.sealed import Sealed

_EXTENT = text("""
SELECT ST_XMin(box) AS west, ST_YMin(box) AS south, ST_XMax(box) AS east, ST_YMax(box) AS north
FROM (SELECT ST_Extent(geom) AS box FROM area
      WHERE kind = 'ward' AND edition_id = edition_on((now() AT TIME ZONE 'Europe/London')::date)) found""")


@dataclass(frozen=True)
class ListedWalk:
    """A walk in the team's list; `number` is LW-2614."""

    id: UUID
    number: str
    title: str
    ward_code: str
    ward_name: str | None
    starts_at: datetime
    ends_at: datetime | None
    kind: str
    listed: bool
    state: str
    places: int
    places_taken: int
    places_confirmed: int
    officer_first_name: str | None
    has_point: bool
    has_words: bool
    asking: int
    waiting: int
    no_shows: int

    @property
    def complete(self) -> bool:
        """Whether somebody could be confirmed on it."""
        named = bool((self.officer_first_name or "").strip())
        return self.ends_at is not None and self.has_point and self.has_words and named


@dataclass(frozen=True)
class ListedRequest:
    """A request to be matched, with all that the coordinator needs to match and to call."""

    id: UUID
    reference: str
    state: str
    kind: str
    ward_code: str | None
    ward_name: str | None
    preferred: tuple[str, ...]
    first_name: str
    email: str | None
    phone: str | None
    times_note: str | None
    access_needs: str | None
    ease: str | None
    created_at: datetime
    waiting: bool
    no_show: bool | None
    unassigned: bool
    walk_id: UUID | None
    walk_number: str | None
    walk_title: str | None
    walk_starts_at: datetime | None
    has_place: bool


@dataclass(frozen=True)
class FailedMessage:
    """A message that did not arrive, and how else to reach her."""

    id: UUID
    kind: str
    way: str
    failure: str
    ended_at: datetime
    request_id: UUID
    reference: str
    first_name: str
    email: str | None
    phone: str | None


@dataclass(frozen=True)
class Officer:
    """An officer of the team, and how many walks are to come in four weeks."""

    id: UUID
    name: str
    walks: int


@dataclass(frozen=True)
class FeedbackFigures:
    """How walks of the last year were: means of 1 to 5, and the share that would walk again.

    None in place of the means when fewer than `least` have answered; so is the number of answers.
    """

    answers: int | None
    felt_heard: float | None
    felt_safer: float | None
    walk_again: float | None
    least: int


@dataclass(frozen=True)
class WardChoice:
    """A ward to choose."""

    code: str
    name: str


def walks(session: Session, team: int) -> list[ListedWalk]:
    """Return the team's walks, those to come first."""
    rows = session.execute(statement("coordination_walks"), {"team": team}).mappings()
    return [ListedWalk(**(dict(row) | {"number": f"LW-{row['number']}"})) for row in rows]


def requests(
    session: Session, *, walk: UUID | None = None, ward: str | None = None, time: str | None = None
) -> list[ListedRequest]:
    """Return requests within reach that need an answer, or all of one walk, longest waiting first."""
    sealed = {
        name: Sealed() for name in ("first_name", "email", "phone", "times_note", "access_needs", "ease")
    }
    typed = statement("coordination_requests").columns(**sealed)
    rows = session.execute(typed, {"walk": walk, "ward": ward, "time": time}).mappings()
    return [
        ListedRequest(
            **(
                dict(row)
                | {
                    "preferred": tuple(row["preferred"]),
                    "walk_number": f"LW-{row['walk_number']}" if row["walk_number"] else None,
                }
            )
        )
        for row in rows
    ]


def failed_messages(session: Session) -> list[FailedMessage]:
    """Return messages within reach that did not arrive and were not put aside, latest first."""
    typed = statement("coordination_messages").columns(first_name=Sealed(), email=Sealed(), phone=Sealed())
    return [FailedMessage(**row) for row in session.execute(typed).mappings()]


def officers(session: Session, team: int) -> list[Officer]:
    """Return the team's officers, those with the fewest walks to come first."""
    return [Officer(*row) for row in session.execute(statement("coordination_officers"), {"team": team})]


def feedback(session: Session, team: int, least: int) -> FeedbackFigures:
    """Return how the team's walks were over a year, withheld when fewer than `least` have answered."""
    row = session.execute(statement("coordination_feedback"), {"team": team}).one()
    if row.answers < least:
        return FeedbackFigures(None, None, None, None, least)
    return FeedbackFigures(row.answers, row.felt_heard, row.felt_safer, row.walk_again, least)


def ward_choices(session: Session) -> list[WardChoice]:
    """Return the wards in force by name."""
    return [WardChoice(*row) for row in session.execute(statement("coordination_wards"))]


@dataclass(frozen=True)
class WardsExtent:
    """A box around all wards in force, in WGS84 degrees."""

    west: float
    south: float
    east: float
    north: float


def wards_extent(session: Session) -> WardsExtent | None:
    """Return where the wards in force lie; None without wards."""
    row = session.execute(_EXTENT).one()
    return None if row.west is None else WardsExtent(*row)
