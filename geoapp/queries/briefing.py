"""What a ward's briefing says beside its figures: which factors come first, and what was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from geoapp.queries import statement
from geoapp.queries.areas import Selection


@dataclass(frozen=True)
class Answered:
    """A public answer to concerns; `withheld` where it names a place that too few walks spoke of."""

    status: str
    about: str | None
    wording: str
    latest: date
    withheld: bool


def factors_first(connection: Connection, selection: Selection, area_id: int) -> list[str]:
    """Return the codes of the factors of an area's concerns, the most frequent first, all of them."""
    bound = selection.bound() | {"id": area_id}
    return list(connection.execute(statement("briefing_factors"), bound).scalars())


def answered(
    connection: Connection, selection: Selection, area_id: int, months: tuple[date, date], min_walks: int
) -> Sequence[Answered]:
    """Return what was done, is in hand or will not be done, as answered within these months, newest first.

    A wording that names a street is withheld without concerns of `min_walks` walks within 50 m of it.
    """
    bound = {
        "id": area_id,
        "kind": selection.kind,
        "first": months[0],
        "last": months[1],
        "min_walks": min_walks,
    }
    return [Answered(*row) for row in connection.execute(statement("briefing_answers"), bound)]
