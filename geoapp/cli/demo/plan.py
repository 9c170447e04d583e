"""The town plan: what is drawn by hand before streets are grown into it.

All coordinates here are metres east and north of `ORIGIN`, a place in the sea off the coast of Kent.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
StreetClass = Literal["main", "street", "path", "railway", "river"]

ORIGIN: Final = (647_000.0, 153_600.0)
"""British National Grid easting and northing of the plan's (0, 0)."""


@dataclass(frozen=True)
class PlannedLine:
    """A line through its control points; `names` pairs each name with its last control point."""

    names: tuple[tuple[str, int], ...]
    class_: StreetClass
    points: tuple[tuple[float, float], ...]


BOUNDARY: Final = (
    *((150, 620), (900, 200), (1900, 90), (3000, 190), (3900, 40), (4700, 330), (5230, 880)),
    *((5480, 1500), (5390, 2050), (5480, 2330), (5640, 2720), (5480, 3300), (5060, 3860), (4200, 4230)),
    *((3200, 4380), (2300, 4180), (1400, 4330), (620, 3980), (130, 3320), (-60, 2500), (70, 1500)),
)
"""The edge of both boroughs together; the east side is the shore."""

LAND: Final = (
    *((-950, -400), (-150, -620), (700, -400), (1900, -520), (3050, -950), (4000, -520), (4790, 250)),
    *((5300, 840), (5560, 1490), (5450, 2050), (5540, 2330), (5720, 2720), (5560, 3330), (5130, 3930)),
    *((4600, 4560), (3700, 5150), (2900, 4950), (2000, 4700), (1200, 5050), (300, 5000), (-250, 4450)),
    *((-1150, 4150), (-1250, 3500), (-800, 2900), (-760, 2000), (-1250, 1300), (-1300, 400)),
)
"""The invented island; the boroughs and some country around them lie on it."""

RIVER: Final = (
    *((-1000, 3390), (-100, 3150), (600, 2900), (1150, 2960), (1700, 2600), (2300, 2430), (2800, 2610)),
    *((3400, 2700), (3950, 2400), (4600, 2260), (5200, 2330), (6000, 2290)),
)
RIVER_NAME: Final = "River Wick"
RIVER_HALF_WIDTH_M: Final = (16.0, 18.0, 20.0, 22.0, 26.0, 30.0, 34.0, 38.0, 46.0, 62.0, 95.0, 150.0)
"""Half the river's width at each of its control points."""

RAILWAY: Final = (
    *((-1100, 1450), (200, 1480), (1000, 1500), (1700, 1310), (2300, 1030), (2740, 960), (3300, 1000)),
    *((3800, 930), (4200, 560), (4450, 50), (4560, -700)),
)
RAILWAY_NAME: Final = "Lanthorn and Quay line"

STATIONS: Final = (
    ("Tallowgate station", (300.0, 1484.0)),
    ("Lanthorn Central station", (2725.0, 962.0)),
    ("Saltmarsh station", (4010.0, 760.0)),
)
"""Name and a place beside the railway, which the station is moved onto."""

MAIN_ROADS: Final = (
    PlannedLine(
        (
            ("South Road", 1),
            ("Station Parade", 2),
            ("High Street", 4),
            ("Bridge Street", 5),
            ("North Road", 8),
        ),
        "main",
        (
            *(
                (2640, -700),
                (2760, 700),
                (2690, 1180),
                (2790, 1760),
                (2850, 2150),
                (3020, 2900),
                (3080, 3310),
            ),
            *((2950, 3850), (3010, 5100)),
        ),
    ),
    PlannedLine(
        (("Tallow Road", 3), ("Corn Street", 4), ("Quay Road", 8)),
        "main",
        (
            *(
                (-900, 1980),
                (320, 1950),
                (1000, 1860),
                (2110, 1700),
                (2790, 1760),
                (3590, 1880),
                (4460, 1660),
            ),
            *((4900, 1720), (5410, 1610)),
        ),
    ),
    PlannedLine(
        (("Wickmere Road", 2), ("Abbot's Way", 4), ("Lighthouse Road", 8)),
        "main",
        (
            *(
                (-800, 3960),
                (480, 3500),
                (1080, 3360),
                (2240, 3260),
                (3080, 3310),
                (3850, 3360),
                (4560, 3160),
            ),
            *((5100, 3120), (5560, 2960)),
        ),
    ),
    PlannedLine(
        (("Northgate Ring", 5), ("Westgate Ring", 9), ("Southgate Ring", 13), ("Eastgate Ring", 15)),
        "main",
        (
            *(
                (4560, 3160),
                (4330, 3620),
                (3700, 3830),
                (2950, 3850),
                (2150, 3770),
                (1420, 3830),
                (1080, 3360),
            ),
            *((1010, 2920), (930, 2350), (1000, 1860), (1060, 1230), (1640, 770), (2760, 700), (3580, 620)),
            *((4230, 1010), (4460, 1660)),
        ),
    ),
    PlannedLine(
        (("Eastgate Ring", 1),),
        "main",
        ((4460, 1660), (4440, 2280)),
    ),
    PlannedLine(
        (("Mill Lane", 2), ("Castle Street", 4), ("Rope Walk", 6)),
        "main",
        ((2210, 2450), (2110, 1700), (2270, 1290), (2690, 1180), (3260, 1300), (3590, 1880), (3550, 2660)),
    ),
    PlannedLine((("Saltmarsh Road", 2),), "main", ((2270, 1290), (1640, 770), (760, -560))),
    PlannedLine((("Marsh Lane", 2),), "main", ((3260, 1300), (3580, 620), (3420, -520))),
    PlannedLine((("Priory Road", 2),), "main", ((2240, 3260), (2150, 3770), (1760, 4900))),
    PlannedLine((("Beacon Road", 2),), "main", ((3080, 3310), (3700, 3830), (4060, 4820))),
    PlannedLine((("Chandlers Way", 3),), "main", ((330, -100), (520, 1050), (320, 1950), (560, 2910))),
    PlannedLine((("Hythe Lane", 1),), "main", ((520, 1050), (1060, 1230))),
    PlannedLine((("Ferry Road", 1),), "main", ((4560, 3160), (4310, 2330))),
)

PARKS: Final = (
    ("Castle Gardens", (2480.0, 2050.0), 55_000.0),
    ("Abbot's Park", (3500.0, 3050.0), 150_000.0),
    ("Wickmere Common", (700.0, 3760.0), 190_000.0),
    ("Saltmarsh Fields", (4650.0, 1050.0), 170_000.0),
    ("Hythe Recreation Ground", (1500.0, 1950.0), 95_000.0),
    ("Beacon Hill Park", (2250.0, 4020.0), 130_000.0),
)
"""Name, a point inside, and about how large the park is in m²."""

BOROUGHS: Final = (("X09000001", "Lanthorn"), ("X09000002", "Tallowgate"))

WARDS: Final = (
    ("Market", 0, (2450.0, 1560.0)),
    ("Castle Mound", 0, (2480.0, 2100.0)),
    ("Rope Walk", 0, (3250.0, 2050.0)),
    ("Lanthorn Quay", 0, (4020.0, 2080.0)),
    ("Seawall", 0, (4960.0, 1950.0)),
    ("Saltmarsh", 0, (4650.0, 950.0)),
    ("Marsh End", 0, (3850.0, 380.0)),
    ("Station Fields", 0, (3150.0, 600.0)),
    ("Southgate", 0, (2150.0, 480.0)),
    ("Chalk Pits", 0, (1650.0, 1150.0)),
    ("Hythe Meadow", 0, (1550.0, 2120.0)),
    ("Abbot's Bridge", 0, (2600.0, 2980.0)),
    ("Abbot's Park", 0, (3600.0, 3020.0)),
    ("Ferry Landing", 0, (4600.0, 2700.0)),
    ("Lighthouse", 0, (5100.0, 3420.0)),
    ("Gull Point", 0, (4300.0, 3950.0)),
    ("Beacon Hill", 0, (3350.0, 3900.0)),
    ("Priory Wood", 0, (2350.0, 3850.0)),
    ("Wickmere", 0, (1650.0, 3150.0)),
    ("Northgate", 0, (1000.0, 3850.0)),
    ("Tallow Hill", 1, (520.0, 3250.0)),
    ("Chandlers", 1, (520.0, 2350.0)),
    ("Hythe Lane", 1, (650.0, 700.0)),
    ("Tallow Cross", 1, (600.0, 1500.0)),
)
"""Name, place in `BOROUGHS`, and where each ward is grown from, in plan metres."""

PROMENADE_INSET_M: Final = 55.0
RIVERSIDE_M: Final = 13.0
"""How far inside the shore the promenade runs, and how far from the water the riverside paths."""


BRIDGES: Final = frozenset({"Bridge Street", "Westgate Ring"})
"""The roads that cross the river; every other road stops at the riverside path."""


def rough(ring: Points, rng: np.random.Generator, *, levels: int, amount: float) -> Points:
    """Return the closed ring with each stretch broken at its middle by chance, `levels` times over.

    Midpoint displacement (Fournier, Fussell and Carpenter, 1982); `amount` is a part of a stretch's length.
    """
    for _ in range(levels):
        after = np.roll(ring, -1, axis=0)
        along = after - ring
        normal = np.column_stack([-along[:, 1], along[:, 0]])
        middle = (ring + after) / 2 + normal * rng.normal(0.0, amount, len(ring))[:, None]
        ring = np.stack([ring, middle], axis=1).reshape(-1, 2)
    return ring


def spline(points: tuple[tuple[float, float], ...], *, step_m: float = 28.0, closed: bool = False) -> Points:
    """Return a curve of about `step_m` spacing through all `points`, each of them a vertex of it.

    Centripetal interpolation after Catmull and Rom (1974), which makes no loops between uneven points.
    """
    given = np.asarray(points, dtype=np.float64)
    if closed:
        around = np.vstack([given[-1], given, given[0], given[1]])
    else:
        around = np.vstack([2 * given[0] - given[1], given, 2 * given[-1] - given[-2]])
    pieces = []
    for p0, p1, p2, p3 in zip(around, around[1:], around[2:], around[3:], strict=False):
        knots = np.concatenate([[0.0], np.cumsum([_root(p0, p1), _root(p1, p2), _root(p2, p3)])])
        count = max(2, round(float(np.hypot(*(p2 - p1))) / step_m))
        t = np.linspace(knots[1], knots[2], count, endpoint=False)[:, None]
        pieces.append(_barry_goldman((p0, p1, p2, p3), knots, t))
    last = pieces[0][:1] if closed else given[-1:]
    return np.vstack([*pieces, last])


def _root(a: Points, b: Points) -> float:
    return float(np.sqrt(np.hypot(*(b - a))))


def _barry_goldman(p: tuple[Points, Points, Points, Points], k: Points, t: Points) -> Points:
    def between(a: Points, b: Points, start: float, end: float) -> Points:
        mixed: Points = (end - t) / (end - start) * a + (t - start) / (end - start) * b
        return mixed

    a1, a2, a3 = (between(p[i], p[i + 1], k[i], k[i + 1]) for i in range(3))
    return between(between(a1, a2, k[0], k[2]), between(a2, a3, k[1], k[3]), k[1], k[2])
