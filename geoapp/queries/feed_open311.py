"""Shared concerns as an Open311 system knows them: services and requests."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection, text

from geoapp.queries import statement

GENERAL = "general"
_SERVICES = text("SELECT code, label, factor_group FROM factor ORDER BY position, code")


@dataclass(frozen=True)
class Service:
    """What a request can be about: a factor of the scheme."""

    code: str
    name: str
    group: str


@dataclass(frozen=True)
class Asked:
    """Which requests; None restricts nothing. Days are included at both ends."""

    statuses: tuple[str, ...]
    most: int
    skip: int = 0
    ids: tuple[str, ...] | None = None
    services: tuple[str, ...] | None = None
    borough: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    updated_from: date | None = None


@dataclass(frozen=True)
class Request311:
    """One shared concern. Place in WGS84; days alone, as everywhere in the feed."""

    id: str
    status: str
    wording: str | None
    service: str
    day: date
    updated: date
    ward_name: str
    borough_code: str
    lat: float
    lon: float
    owner: str | None = None
    notes: str | None = None


def services(connection: Connection) -> tuple[Service, ...]:
    """Return every factor as a service, in the scheme's order, and one for concerns without any."""
    found = tuple(Service(row.code, row.label, row.factor_group) for row in connection.execute(_SERVICES))
    return (*found, Service(GENERAL, "Something else", "environment"))


def requests(connection: Connection, asked: Asked, known: Sequence[Service]) -> tuple[Request311, ...]:
    """Return the requests that the role of the feed sees, newest first."""
    bound = {
        "services": [each.code for each in known if each.code != GENERAL],
        "ids": None if asked.ids is None else list(asked.ids),
        "statuses": list(asked.statuses),
        "borough": asked.borough,
        "first_day": asked.first_day,
        "last_day": asked.last_day,
        "updated_from": asked.updated_from,
        "wanted": None if asked.services is None else list(asked.services),
        "most": asked.most,
        "skip": asked.skip,
    }
    return tuple(Request311(*row) for row in connection.execute(statement("feed_open311"), bound))


def with_notes(connection: Connection, shown: Sequence[Request311]) -> tuple[Request311, ...]:
    """Return the same requests with what the public is told of each; they have to be the reader's to see."""
    if not shown:
        return ()
    rows = connection.execute(statement("feed_open311_notes"), {"ids": [each.id for each in shown]})
    notes = {row.id: (row.owner, row.notes) for row in rows}
    told = ((each, notes.get(each.id, (None, None))) for each in shown)
    return tuple(replace(each, owner=owner, notes=said) for each, (owner, said) in told)
