"""What was raised and walked in each area of a selection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from geoapp.queries import statement
from spatial.light import Light

# Every light, in the order of the codes that exposure keeps.
LIGHTS: tuple[str, ...] = tuple(light.value for light in Light)


@dataclass(frozen=True)
class Selection:
    """Which concerns and which walking count. None for factors or boroughs is all of them.

    `first` and `last` are the first days of the first and last month, both included.
    """

    area: str
    edition_id: int | None
    first: date
    last: date
    lights: tuple[str, ...] = LIGHTS
    factors: tuple[str, ...] | None = None
    kind: str = "concern"
    boroughs: tuple[str, ...] | None = None

    def bound(self) -> dict[str, object]:
        """Return the values that the statements of this module bind."""
        return {
            "area": self.area,
            "edition": self.edition_id,
            "first": self.first,
            "last": self.last,
            "lights": list(self.lights),
            "light_codes": [LIGHTS.index(light) for light in self.lights],
            "factors": None if self.factors is None else list(self.factors),
            "kind": self.kind,
            "boroughs": None if self.boroughs is None else list(self.boroughs),
        }


@dataclass(frozen=True)
class AreaCount:
    """Sums of one area, before anything is withheld. Counts are sums of shares; walks are distinct ones."""

    id: int
    code: str
    name: str
    borough_code: str | None
    borough_name: str | None
    outline: str
    concerns: float
    positives: float
    concern_walks: int
    positive_walks: int
    walks: int
    metres: float
    minutes: float


def area_counts(connection: Connection, selection: Selection) -> list[AreaCount]:
    """Return the areas of the selection in order of code; of cells only those with a metre or a concern."""
    rows = connection.execute(statement("areas"), selection.bound())
    return [AreaCount(*row) for row in rows]


def distinct_walks(connection: Connection, selection: Selection, areas: Sequence[int]) -> int:
    """Return how many walks have track in any of the areas; most walks cross several."""
    row = connection.execute(statement("areas_walks"), selection.bound() | {"areas": list(areas)})
    return int(row.scalar_one())


def outside(connection: Connection, selection: Selection) -> float:
    """Return how many of the selected concerns lie in no ward of the edition, routes by their share."""
    return float(connection.execute(statement("areas_outside"), selection.bound()).scalar_one())
