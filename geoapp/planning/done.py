"""What was done in a ward, numbered in order of time: the same numbers in list, chart and map."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from geoapp.planning.address import with_query
from geoapp.queries.areas import Selection
from geoapp.queries.ward import WardDone, ward_done
from spatial.grid import HexGrid

_MOST = 20


@dataclass(frozen=True)
class Done:
    """Something done: its number, what it was, and the address that compares the ward before and after."""

    number: int
    what: WardDone
    compare: str


def numbered(connection: Connection, selection: Selection, area_id: int) -> list[WardDone]:
    """Return what was done; the first is number 1."""
    return ward_done(connection, selection, area_id, most=_MOST)


def listed(found: Sequence[WardDone], path: str, query: list[tuple[str, str]]) -> tuple[Done, ...]:
    """Return them for the page at `path` with `query`."""
    return tuple(
        Done(number, each, with_query(path, query, changed=each.day.isoformat()) + "#helped")
        for number, each in enumerate(found, start=1)
    )


def days(found: Sequence[WardDone]) -> list[tuple[int, date]]:
    """Return the numbers of what was done, each with its day."""
    return [(number, each.day) for number, each in enumerate(found, start=1)]


def cells(found: Sequence[WardDone]) -> list[tuple[str, tuple[float, float]]]:
    """Return the middles of hexagons of 200 m in which something was done, in metres, with its numbers.

    The map of a ward names no place more closely than it draws figures.
    """
    grid = HexGrid.HEX200
    places = [tuple(int(axis) for axis in grid.cell_of(each.easting, each.northing)) for each in found]
    numbers: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for number, place in enumerate(places, start=1):
        numbers[place].append(str(number))
    middles = [grid.centre(*place) for place in numbers]
    return [
        (", ".join(each), (float(east), float(north)))
        for each, (east, north) in zip(numbers.values(), middles, strict=True)
    ]
