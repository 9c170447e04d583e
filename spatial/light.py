"""Day, twilight or dark at a place and time, from the elevation of the sun.

Clock time says little about light: half past five is day in June and dark in December.
"""

import math
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import numpy as np
from astral import Observer
from astral.sun import elevation
from numpy.typing import NDArray

DAY_ABOVE_DEG: Final = -0.833
"""Sunrise and sunset: 34 minutes of arc of refraction and 16 of the sun's radius, 50 in all."""
DARK_BELOW_DEG: Final = -6.0
"""The end of civil twilight."""

# The sky turns by 15 degrees an hour; the sun's own drift in right ascension and declination adds under 0.03.
_FASTEST_DEG_PER_MS: Final = 15.04 / 3_600_000
# astral counts whole seconds, which is 0.0042 degrees of turning.
_SLACK_DEG: Final = 0.01
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Light(StrEnum):
    """The three kinds of light: by day, in civil twilight, and in the dark."""

    DAY = "day"
    TWILIGHT = "twilight"
    DARK = "dark"


LIGHTS: Final[tuple[Light, ...]] = (Light.DAY, Light.TWILIGHT, Light.DARK)
"""What the codes of `lights_along` stand for: 0 day, 1 twilight, 2 dark."""


def sun_elevation(lon: float, lat: float, when: datetime) -> float:
    """Return the elevation of the sun's centre above the horizon in degrees, at a WGS84 place.

    Geometric, without refraction: the threshold of -0.833 already holds it. NOAA's solar calculator after
    Meeus, "Astronomical Algorithms" (1998), chapters 22 and 25, as in the astral library; about 0.01 degrees.
    Raises ValueError for a time without a zone or a place that is not finite.
    """
    if when.utcoffset() is None:
        raise ValueError(f"The time {when.isoformat()} has no time zone. Give one, such as +00:00.")
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise ValueError(f"Longitude {lon}, latitude {lat} is not a place. Give finite degrees.")
    return elevation(Observer(latitude=lat, longitude=lon), when.astimezone(UTC), with_refraction=False)


def light_at(lon: float, lat: float, when: datetime) -> Light:
    """Return the light at a WGS84 place and time: day above -0.833 degrees, dark below -6, else twilight.

    Exactly -0.833 and exactly -6 are twilight. Raises ValueError like `sun_elevation`.
    """
    return LIGHTS[_code(sun_elevation(lon, lat, when))]


def lights_along(
    lon: NDArray[np.float64], lat: NDArray[np.float64], t_ms: NDArray[np.int64]
) -> NDArray[np.int8]:
    """Return for each fix (WGS84 degrees, milliseconds since 1970 UTC) the code of its light in `LIGHTS`.

    The same answers as `light_at` one by one, in any order of times, at a fraction of the cost: while the
    sun cannot have reached the next threshold since it was last worked out, however it and the walker
    moved, the light is known without working it out. Raises ValueError where a place is not finite.
    """
    lons, lats, times = np.asarray(lon, float), np.asarray(lat, float), np.asarray(t_ms, np.int64)
    if not lons.shape == lats.shape == times.shape or lons.ndim != 1:
        raise ValueError("Longitudes, latitudes and times need to be three lists of the same length.")
    if not (np.isfinite(lons).all() and np.isfinite(lats).all()):
        raise ValueError("A longitude or latitude is not finite. Give degrees.")
    order = np.argsort(times, kind="stable")
    in_order = zip(lons[order].tolist(), lats[order].tolist(), times[order].tolist(), strict=True)
    codes = np.empty(times.shape, dtype=np.int8)
    known_lon, known_lat, known_t, margin, code = 0.0, 0.0, 0, -math.inf, 0
    found: list[int] = []
    for x, y, t in in_order:
        # A place moved by d degrees of arc sees the sun at most d higher or lower, and d <= |dlon| + |dlat|.
        change = (t - known_t) * _FASTEST_DEG_PER_MS + abs(x - known_lon) + abs(y - known_lat)
        if change >= margin:
            sun = sun_elevation(x, y, _EPOCH + timedelta(milliseconds=t))
            known_lon, known_lat, known_t, code = x, y, t, _code(sun)
            margin = min(abs(sun - DAY_ABOVE_DEG), abs(sun - DARK_BELOW_DEG)) - _SLACK_DEG
        found.append(code)
    codes[order] = found
    return codes


def _code(sun_deg: float) -> int:
    if sun_deg > DAY_ABOVE_DEG:
        return 0
    return 1 if sun_deg >= DARK_BELOW_DEG else 2
