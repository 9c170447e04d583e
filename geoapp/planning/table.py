"""The ranked table: groups by verdict, rows in order, each with its interval bar."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from geoapp.planning.classes import GROUPS, axis_end, fill_of, group_of
from geoapp.planning.figures import Answer, AreaFigure, Scale
from geoapp.planning.inputs import View
from geoapp.planning.sentences import area_name, area_words

# Up to so many areas the table comes with the page. More would make the page as heavy as what there is to say
# of them: it comes after it, and where scripts are off, as the page's next one.
AREAS_IN_PAGE = 100
# More rows at once nobody reads; all of them are there for the asking.
MOST_ROWS = 200
# Of hexagons there may be thousands: only what stands out is listed one by one.
_LISTED_CELLS = {"higher", "lower"}
_ICONS = {"higher": "higher", "lower": "lower"}


@dataclass(frozen=True)
class Texts:
    """What rows say beside figures: the least number of walks, and the address of a ward by its code."""

    few: int
    ward_address: Callable[[str], str]


@dataclass(frozen=True)
class Row:
    """One area in the table. `words` is said where there is no bar, and read out where there is one."""

    code: str
    name: str
    borough: str
    href: str
    icon: str
    value: float | None
    decimals: int
    fill: str
    low: float | None
    rate: float | None
    high: float | None
    km: float | None
    words: str


@dataclass(frozen=True)
class Group:
    """Rows of one verdict; `more` are left out of the page, and `closing` says where they are."""

    key: str
    title: str
    count: int
    is_open: bool
    rows: tuple[Row, ...]
    more: int
    closing: str


@dataclass(frozen=True)
class Table:
    """Groups with something in them, the axis of the bars, and whether rows are wards with pages."""

    groups: tuple[Group, ...]
    axis: float
    overall: float | None
    value_title: str
    of_wards: bool


def table(found: Answer, view: View, texts: Texts) -> Table:
    """Return the table in the order of the view; rows beyond what is shown at once are counted."""
    room, groups = len(found.areas) if view.every_row else MOST_ROWS, []
    of_wards = not any(area.code.startswith("hex") for area in found.areas[:1])
    keys = {group_of(area) for area in found.areas}
    any_open = any(kind.is_open and kind.key in keys for kind in GROUPS)
    for kind in GROUPS:
        members = [area for area in found.areas if group_of(area) == kind.key]
        if not members:
            continue
        ordered = _ordered(members, view, kind.key)
        listed = of_wards or kind.key in _LISTED_CELLS
        shown = ordered[: max(room, 0)] if listed else []
        room -= len(shown)
        groups.append(
            Group(
                key=kind.key,
                title=kind.title.format(few=texts.few),
                count=len(members),
                is_open=kind.is_open or not any_open,
                rows=tuple(_row(area, kind.key, found.scale, view, texts) for area in shown),
                more=len(members) - len(shown),
                closing="choose one borough, or" if listed else "on the map and in the download",
            )
        )
    titles = {"eb": "Smoothed", "rate": "Rate", "count": "Concerns"}
    return Table(tuple(groups), axis_end(found.scale), found.overall, titles[view.measure], of_wards)


def _row(area: AreaFigure, key: str, scale: Scale, view: View, texts: Texts) -> Row:
    told = key in {"higher", "as_expected", "lower"}
    value, decimals = measured(area, view.measure), 0 if view.measure == "count" else 2
    fill_by = area.eb_rate if view.measure == "eb" else area.rate
    return Row(
        code=area.code,
        name=area_name(area),
        borough=area.borough_name or area.borough_code or "",
        href=texts.ward_address(quote(area.code, safe="")),
        icon=_ICONS.get(key, "expected" if key == "as_expected" else ""),
        value=value if told or view.measure == "count" else None,
        decimals=decimals,
        fill=fill_of(area, fill_by, scale),
        low=area.rate_low if told else None,
        rate=area.rate if told else None,
        high=area.rate_high if told else None,
        km=area.km,
        words=area_words(area, texts.few),
    )


def measured(area: AreaFigure, measure: str) -> float | None:
    """Return what the fill of a measure says."""
    return {"eb": area.eb_rate, "rate": area.rate, "count": area.concerns}[measure]


def _ordered(members: Sequence[AreaFigure], view: View, key: str) -> list[AreaFigure]:
    """Return a group's areas, which come by code, in the order of the view; what has no figure comes last."""
    columns: dict[str, Callable[[AreaFigure], float | None]] = {
        "rate": lambda area: measured(area, view.measure),
        "km": lambda area: area.km,
        "concerns": lambda area: area.concerns,
    }
    ranks: dict[str, tuple[Callable[[AreaFigure], float | None], bool]] = {
        "higher": (lambda area: area.eb_rate, True),
        "as_expected": (lambda area: area.eb_rate, True),
        "lower": (lambda area: area.eb_rate, False),
        "thin": (lambda area: area.km_needed, False),
    }
    if view.sort in columns:
        value, downwards = columns[view.sort], view.descending
    elif view.sort == "verdict" and key in ranks:
        value, downwards = ranks[key]
    else:
        return sorted(members, key=lambda area: area.name.casefold(), reverse=view.descending)
    there = [area for area in members if value(area) is not None]
    without = [area for area in members if value(area) is None]
    return sorted(there, key=lambda area: value(area) or 0.0, reverse=downwards) + without
