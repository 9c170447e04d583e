"""What is true in the demo: concerns raised per km by ward and light, and how much is walked."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geoapp.cli.demo import plan
from geoapp.cli.demo.borough import DemoBorough

NEVER_WALKED: Final = "Gull Point"
HARDLY_WALKED: Final = (("Lighthouse", 0.008, 2), ("Hythe Lane", 0.016, 4))
"""Ward, part of all walks that enter it, and at least this many walks."""

RELATIVE_RISK: Final = {
    "Saltmarsh": (1.1, 2.2, 4.6),
    "Station Fields": (1.0, 2.0, 3.9),
    "Tallow Cross": (1.2, 2.4, 4.2),
    "Priory Wood": (0.35, 0.35, 0.35),
    "Abbot's Bridge": (0.4, 0.35, 0.3),
}
"""Concerns per km against an ordinary ward by day, in day, twilight and dark, where a ward differs."""
ORDINARY: Final = (1.0, 1.15, 1.3)

SPOTS: Final = (
    ("Saltmarsh", "park", (4650.0, 1030.0)),
    ("Station Fields", "station", (2750.0, 930.0)),
    ("Tallow Cross", "underpass", (430.0, 1484.0)),
)
"""Ward, kind of place, and where in it the concerns of the dark gather."""
SPOT_RADIUS_M: Final = 230.0
_SPOT_TIMES: Final = 4.0

POPULARITY: Final = {
    "Market": 3.2,
    "Rope Walk": 1.7,
    "Lanthorn Quay": 1.7,
    "Abbot's Park": 1.4,
    "Castle Mound": 1.2,
    "Seawall": 2.4,
    "Ferry Landing": 1.8,
    "Southgate": 1.7,
    "Beacon Hill": 1.6,
    "Gull Point": 0.0,
    "Lighthouse": 0.0,
    "Hythe Lane": 0.0,
}
"""How often walks head for a ward; 1 where it is not named."""


@dataclass(frozen=True)
class WardTruth:
    """One ward in one light: what the concerns were drawn from.

    `km` is the planned length walked, `rate_per_km` the true rate of concerns (positives left out),
    `relative_risk` that rate against an ordinary ward by day.
    """

    ward_code: str
    ward_name: str
    light: str
    km: float
    relative_risk: float
    rate_per_km: float


def relative_risks(borough: DemoBorough) -> NDArray[np.float64]:
    """Return the true relative risk, shape (wards + 1, 3): day, twilight, dark; the last row is outside."""
    rows = [RELATIVE_RISK.get(ward.name, ORDINARY) for ward in borough.wards]
    return np.array([*rows, ORDINARY])


def local_weights(
    borough: DemoBorough, points_bng: plan.Points, ward: NDArray[np.int64], light: NDArray[np.int8]
) -> NDArray[np.float64]:
    """Return how places differ within their ward, with mean 1 over the points of each ward and light.

    So concerns gather at an underpass, a park path or a station without changing the ward's true rate.
    """
    weight = np.ones(len(points_bng))
    names = [one.name for one in borough.wards]
    for name, _, place in SPOTS:
        away = np.hypot(*(points_bng - np.array(place) - np.array(plan.ORIGIN)).T)
        near = (ward == names.index(name)) & (light > 0)
        weight[near] += _SPOT_TIMES * np.exp(-((away[near] / SPOT_RADIUS_M) ** 2))
    group = (ward + 1) * 3 + light
    total = np.bincount(group, weights=weight)
    count = np.bincount(group)
    evened: NDArray[np.float64] = weight * (count[group] / total[group])
    return evened
