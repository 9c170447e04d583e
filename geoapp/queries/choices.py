"""What a planner can choose from: months that hold data, factors, boroughs, editions."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class FactorChoice:
    """A factor that a concern can be about."""

    code: str
    group: str
    label: str


@dataclass(frozen=True)
class BoroughChoice:
    """A borough that wards of some edition belong to."""

    code: str
    name: str


@dataclass(frozen=True)
class EditionChoice:
    """An edition of ward boundaries."""

    id: int
    name: str
    valid_from: date
    attribution: str


@dataclass(frozen=True)
class HeldMonths:
    """The first and last month with a concern or a walk, the last one up to a given month; None without."""

    first: date | None
    last: date | None
    last_up_to: date | None


# Not the sum over all rows: the ends of an index answer each of these at once.
_MONTHS = text("""
SELECT least((SELECT min(month) FROM concern), (SELECT min(month) FROM walk)) AS first,
       greatest((SELECT max(month) FROM concern), (SELECT max(month) FROM walk)) AS last,
       greatest((SELECT max(month) FROM concern WHERE month <= :month),
                (SELECT max(month) FROM walk WHERE month <= :month)) AS last_up_to""")
_FACTORS = text("SELECT code, factor_group, label FROM factor ORDER BY position, code")
_BOROUGHS = text("""
SELECT b.code, coalesce(b.name, b.code) AS name FROM borough b
WHERE EXISTS (SELECT FROM area a WHERE a.borough_code = b.code)
ORDER BY name, code""")
_EDITION_ON = text("SELECT id, name, valid_from, attribution FROM edition WHERE id = edition_on(:day)")
_EDITION_NAMED = text("SELECT id, name, valid_from, attribution FROM edition WHERE name = :name")
_VERSION = text("SELECT coalesce(max(id), 0) FROM audit")


def held_months(connection: Connection, up_to: date) -> HeldMonths:
    """Return which months hold a concern or a walk; `up_to` is the first day of a month."""
    return HeldMonths(*connection.execute(_MONTHS, {"month": up_to}).one())


def factors(connection: Connection) -> list[FactorChoice]:
    """Return all factors in the scheme's order, retired ones too: old concerns still name them."""
    return [FactorChoice(*row) for row in connection.execute(_FACTORS)]


def boroughs(connection: Connection) -> list[BoroughChoice]:
    """Return the boroughs that have wards, by name."""
    return [BoroughChoice(*row) for row in connection.execute(_BOROUGHS)]


def edition_on(connection: Connection, day: date) -> EditionChoice | None:
    """Return the newest edition valid on a day, the oldest one before all of them, None without any."""
    row = connection.execute(_EDITION_ON, {"day": day}).one_or_none()
    return None if row is None else EditionChoice(*row)


def edition_named(connection: Connection, name: str) -> EditionChoice | None:
    """Return the edition of that name."""
    row = connection.execute(_EDITION_NAMED, {"name": name}).one_or_none()
    return None if row is None else EditionChoice(*row)


def data_version(connection: Connection) -> str:
    """Return a text that changes with every write: each has its audit entry in the same transaction."""
    return f"a{connection.execute(_VERSION).scalar_one()}"
