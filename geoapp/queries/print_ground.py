"""The base map for a print: land, parks and water as shapes, no finer than the print shows."""

from dataclasses import dataclass

from sqlalchemy import Connection

from geoapp.queries import statement


@dataclass(frozen=True)
class GroundShape:
    """One shape of the base map as WKB in degrees; `layer` is land, park, water or river."""

    layer: str
    shape: bytes


def print_ground(
    connection: Connection, frame: tuple[float, float, float, float], fine: float
) -> list[GroundShape]:
    """Return what lies in a frame of west, south, east, north, simplified to `fine` degrees, lowest first.

    What is smaller than four times that is left out, and so is what comes after the 3,000 largest shapes.
    """
    west, south, east, north = frame
    bound = {"west": west, "south": south, "east": east, "north": north, "fine": fine}
    rows = connection.execute(statement("print_ground"), bound)
    return [GroundShape(row.layer, bytes(row.shape)) for row in rows]
