"""What was raised and walked in each area of a selection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from geoapp.queries import statement
from spatial.light import Light

# Every light, in the order of the codes that exposure keeps.
LIGHTS: tuple[str, ...] = tuple(light.value for light in Light)
# As raisers_kept() of the database: walks that raised something are told apart up to this number.
RAISERS_KEPT = 12
# The group that these codes are, and no more than it.
_WHOLE_GROUP = text("""
SELECT factor_group FROM factor GROUP BY factor_group
HAVING array_agg(code) <@ CAST(:codes AS text[]) AND count(*) = cardinality(CAST(:codes AS text[]))""")


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
            "light_mask": sum(1 << LIGHTS.index(light) for light in self.lights),
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


def area_counts(
    connection: Connection, selection: Selection, *, voices: int = RAISERS_KEPT, outlines: bool = True
) -> list[AreaCount]:
    """Return the areas of the selection in order of code; of cells only those with a metre or a concern.

    `concern_walks` and `positive_walks` are right up to `voices` and at least that beyond it; with 0, for
    readers from whom nothing is withheld, they are not worked out and stay 0. From the figures kept ready,
    whatever the selection, but for concerns about any of several factors, which are counted one by one.
    Without `outlines` theirs are empty: they are most of the bytes.
    """
    under = _counted_under(connection, selection)
    if under is None or voices > RAISERS_KEPT:
        rows = connection.execute(statement("areas_raw"), selection.bound() | {"outlines": outlines})
    else:
        bound = selection.bound() | {"under": under, "voices": voices, "outlines": outlines}
        rows = connection.execute(statement("areas"), bound)
    return [AreaCount(*row) for row in rows]


def distinct_walks(connection: Connection, selection: Selection, areas: Sequence[int] | None) -> int:
    """Return how many walks have track in any of the areas: fewer than the sum, for most walks cross several.

    None for `areas` is all that the selection has. That is kept ready for all boroughs and for one.
    """
    one_or_all = selection.boroughs is None or len(selection.boroughs) == 1
    if areas is None and one_or_all:
        borough = "" if selection.boroughs is None else selection.boroughs[0]
        cells = selection.area != "ward" and selection.boroughs is None
        scope = {"borough": borough, "scope_edition": None if cells else selection.edition_id}
        return int(connection.execute(statement("areas_walks"), selection.bound() | scope).scalar_one())
    if areas is None:
        areas = [each.id for each in area_counts(connection, selection, voices=0, outlines=False)]
    bound = selection.bound() | {"areas": list(areas)}
    return int(connection.execute(statement("areas_walks_raw"), bound).scalar_one())


def outside(connection: Connection, selection: Selection, *, inside: float | None = None) -> float:
    """Return how many of the selected concerns lie in no ward of the edition, routes by their share.

    `inside` is how many lie in its wards, from whoever has counted them already.
    """
    under = _counted_under(connection, selection)
    if under is None:
        return float(connection.execute(statement("areas_outside_raw"), selection.bound()).scalar_one())
    bound = selection.bound() | {"under": under, "inside": inside}
    return float(connection.execute(statement("areas_outside"), bound).scalar_one())


def _counted_under(connection: Connection, selection: Selection) -> str | None:
    """Return what the cube counts the selected factors under: all, one factor, a whole group; else None."""
    if selection.factors is None:
        return "all"
    if len(selection.factors) == 1:
        return selection.factors[0]
    codes = {"codes": list(selection.factors)}
    groups = connection.execute(_WHOLE_GROUP, codes).scalars().all()
    return str(groups[0]) if len(groups) == 1 else None
