"""You said, we did: reviewed answers for everybody, and what a ward raised in a fixed period."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from geoapp.queries import statement


@dataclass(frozen=True)
class Answer:
    """Reviewed words about one concern, for its whole ward; `status` is in_hand, done or no_action."""

    id: int
    ward_code: str
    ward_name: str
    borough_name: str | None
    status: str
    happened_on: date
    you_said: str
    answer: str


@dataclass(frozen=True)
class Raised:
    """What was raised about one factor, or one factor group, before anything is withheld."""

    group: str
    code: str
    label: str
    concerns: int
    walks: int


@dataclass(frozen=True)
class PublicWard:
    """A ward that a public page can name."""

    area_id: int
    code: str
    name: str
    borough_name: str | None


_WARD = text("""
SELECT a.id, a.code, a.name, b.name AS borough_name
FROM area a JOIN edition e ON e.id = a.edition_id LEFT JOIN borough b ON b.code = a.borough_code
WHERE a.kind = 'ward' AND a.code = :code
ORDER BY e.id = edition_on(:day) DESC, e.valid_from DESC, e.id DESC LIMIT 1""")
_WARDS = text("""
SELECT a.id, a.code, a.name, b.name AS borough_name
FROM area a LEFT JOIN borough b ON b.code = a.borough_code
WHERE a.kind = 'ward' AND a.edition_id = edition_on(:day)
ORDER BY borough_name, a.name, a.code""")


def public_ward(connection: Connection, code: str, day: date) -> PublicWard | None:
    """Return the ward of this code, of the edition of that day where it is in there, else of the newest."""
    row = connection.execute(_WARD, {"code": code, "day": day}).one_or_none()
    return None if row is None else PublicWard(*row)


def public_wards(connection: Connection, day: date) -> list[PublicWard]:
    """Return all wards of the edition of that day, by borough and name."""
    return [PublicWard(*row) for row in connection.execute(_WARDS, {"day": day})]


def answers(
    connection: Connection, *, ward: str | None = None, after: tuple[date, int] | None = None, most: int = 50
) -> tuple[list[Answer], int]:
    """Return reviewed answers, newest first, and how many there are from there on.

    `after` is the day and number of the last one that was seen.
    """
    day, number = after or (None, None)
    bound = {"ward": ward, "day": day, "id": number, "most": most}
    rows = connection.execute(statement("said_and_did"), bound).all()
    return [Answer(*row[:-1]) for row in rows], rows[0].matched if rows else 0


def raised_factors(connection: Connection, area_id: int, first: date, last: date) -> list[Raised]:
    """Return each factor raised in the ward in whole months from `first` to `last`, most first."""
    bound = {"area": area_id, "first": first, "last": last}
    return [Raised(*row) for row in connection.execute(statement("raised_in_ward"), bound)]


def raised_groups(connection: Connection, area_id: int, first: date, last: date) -> list[Raised]:
    """Return the two factor groups, environment first, where anything of them was raised."""
    bound = {"area": area_id, "first": first, "last": last}
    rows = connection.execute(statement("raised_groups"), bound)
    return [Raised(row.factor_group, "", "", row.concerns, row.walks) for row in rows]
