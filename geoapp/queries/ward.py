"""One ward: which it is, and its figures by light and by quarter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from geoapp.queries import statement
from geoapp.queries.areas import LIGHTS, Selection


@dataclass(frozen=True)
class PartCount:
    """Sums of one light, or of one quarter by its first day, in one area; before anything is withheld."""

    light: str | None
    quarter: date | None
    concerns: float
    concern_walks: int
    walks: int
    metres: float
    minutes: float


def ward_parts(connection: Connection, selection: Selection, area_id: int) -> list[PartCount]:
    """Return the area's sums by quarter, then by light, where there is a concern or a walk."""
    bound = selection.bound() | {"id": area_id, "light_names": list(LIGHTS)}
    return [PartCount(*row) for row in connection.execute(statement("ward_parts"), bound)]


@dataclass(frozen=True)
class FactorCount:
    """What was raised about one factor in the area and in others, and by how many walks; nothing withheld."""

    label: str
    concerns: float
    concern_walks: int
    elsewhere: float
    elsewhere_walks: int


@dataclass(frozen=True)
class WardConcern:
    """A concern that the reader may see. `wording` is only there once shared; `answer` is public wording."""

    day: date
    light: str
    kind: str
    feeling: str | None
    status: str
    wording: str | None
    factors: tuple[str, ...]
    answer: str | None
    answered: date | None


@dataclass(frozen=True)
class WardDone:
    """Something done: the day, the council's words, and a place of what it answers, in metres (BNG)."""

    day: date
    answer: str | None
    concerns: int
    factors: tuple[str, ...]
    easting: float
    northing: float


def ward_done(connection: Connection, selection: Selection, area_id: int, *, most: int) -> list[WardDone]:
    """Return what was done within the months of the selection, in order of time, the first `most`."""
    bound = selection.bound() | {"id": area_id, "most": most}
    return [
        WardDone(row.day, row.answer, row.concerns, tuple(row.factors), row.easting, row.northing)
        for row in connection.execute(statement("ward_done"), bound)
    ]


def ward_factors(
    connection: Connection, selection: Selection, area_id: int, areas: Sequence[int]
) -> list[FactorCount]:
    """Return what the area's concerns are about, most first, beside those of `areas` together without it.

    Whatever factors the selection names: each is counted by itself.
    """
    bound = selection.bound() | {"id": area_id, "areas": [*areas, area_id]}
    return [FactorCount(*row) for row in connection.execute(statement("ward_factors"), bound)]


def ward_concerns(
    connection: Connection, selection: Selection, area_id: int, *, team: int | None, most: int
) -> tuple[list[WardConcern], int]:
    """Return the area's shared concerns and those of a team, answered ones first, and how many there are.

    `team` is None for readers who see only what was shared.
    """
    bound = selection.bound() | {"id": area_id, "team": team, "most": most}
    rows = connection.execute(statement("ward_concerns"), bound).all()
    found = [
        WardConcern(
            row.day,
            row.light,
            row.kind,
            row.feeling,
            row.status,
            row.wording,
            tuple(row.factors),
            row.answer,
            row.answered,
        )
        for row in rows
    ]
    return found, rows[0].matched if rows else 0
