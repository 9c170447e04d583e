"""An edition of more wards than a page can hold the table of: 121 squares of four kilometres, with teeth."""

from itertools import pairwise

from shapely import MultiPolygon, Polygon

from geoapp import db
from geoapp.actions import wards
from spatial.crs import geometry_to_wgs84
from spatial.wards import WardShape

SIDE_M, ROWS = 4_000, 11
WEST, SOUTH = 510_000, 160_000
COUNT = ROWS * ROWS
Corner = tuple[int, int]


def _toothed(a: Corner, b: Corner) -> list[Corner]:
    """A straight side with a tooth of 80 by 15 metres in its middle, the same from either end."""
    (ax, ay), (bx, by) = a, b
    x, y = (ax + bx) // 2, (ay + by) // 2
    along = (40 * (bx > ax) - 40 * (bx < ax), 40 * (by > ay) - 40 * (by < ay))
    across = (15, 0) if ax == bx else (0, 15)
    return [a, (x - along[0], y - along[1]), (x + across[0], y + across[1]), (x + along[0], y + along[1])]


def shapes() -> tuple[WardShape, ...]:
    """Return the wards, row by row from the south; odd columns are Lambeth's, even ones Southwark's."""
    made = []
    for number in range(COUNT):
        column, row = number % ROWS, number // ROWS
        west, south = WEST + SIDE_M * column, SOUTH + SIDE_M * row
        east, north = west + SIDE_M, south + SIDE_M
        corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
        bng = MultiPolygon([Polygon([at for side in pairwise(corners) for at in _toothed(*side)])])
        borough = ("E09000022", "Lambeth") if column % 2 else ("E09000028", "Southwark")
        made.append(
            WardShape(
                number + 1, f"E05001{number:03d}", f"Ward {number}", *borough, geometry_to_wgs84(bng), bng
            )
        )
    return tuple(made)


def store() -> None:
    """Import the edition."""
    with db.writing() as session:
        wards.import_edition(session, wards.NewEdition("many", shapes()), by="tests")
