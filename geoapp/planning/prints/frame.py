"""Where a printed map lies: web mercator, as on the screen, in px of a style sheet."""

from dataclasses import dataclass
from math import asinh, cos, pi, radians, tan

import numpy as np

_EARTH_M = 6_378_137.0

Degrees = tuple[float, float, float, float]
Points = np.ndarray[tuple[int, int], np.dtype[np.float64]]


@dataclass(frozen=True)
class Frame:
    """A sheet in px over web mercator, as on the screen: corner, px per unit, size, and metres in a px."""

    west: float
    north: float
    scale: float
    width: float
    height: float
    metres: float

    def place(self, degrees: Points) -> Points:
        """Return px right and down of the corner, shape (n, 2), for longitudes and latitudes."""
        x = np.radians(degrees[:, 0])
        y = np.arcsinh(np.tan(np.radians(degrees[:, 1])))
        return np.column_stack([(x - self.west) * self.scale, (self.north - y) * self.scale])

    @property
    def degrees(self) -> Degrees:
        """West, south, east and north of the sheet in degrees."""
        south = self.north - self.height / self.scale
        return (
            self.west * 180 / pi,
            float(np.degrees(np.arctan(np.sinh(south)))),
            (self.west + self.width / self.scale) * 180 / pi,
            float(np.degrees(np.arctan(np.sinh(self.north)))),
        )


def frame_around(bounds: Degrees, width: float, height: float, margin: float) -> Frame:
    """Return the frame of this size in px that holds `bounds` in its middle, with `margin` px around."""
    west, south, east, north = bounds
    low, high = asinh(tan(radians(south))), asinh(tan(radians(north)))
    across, down = max(radians(east - west), 1e-6), max(high - low, 1e-6)
    scale = min((width - 2 * margin) / across, (height - 2 * margin) / down)
    middle = radians(west + east) / 2
    metres = _EARTH_M * cos(radians((south + north) / 2)) / scale
    return Frame(
        middle - width / 2 / scale, (low + high) / 2 + height / 2 / scale, scale, width, height, metres
    )


def shape_ratio(bounds: Degrees) -> float:
    """Return height over width of a frame that just holds `bounds`."""
    west, south, east, north = bounds
    down = asinh(tan(radians(north))) - asinh(tan(radians(south)))
    return down / max(radians(east - west), 1e-6)
