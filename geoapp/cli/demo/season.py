"""One season of walks and concerns in the demo boroughs, with the truth that they were drawn from."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray

from geoapp.cli.demo import risk
from geoapp.cli.demo.borough import DemoBorough
from geoapp.cli.demo.concerns import DemoConcern, Raised, Speaker, draw
from geoapp.cli.demo.plan import Points
from geoapp.cli.demo.risk import WardTruth
from geoapp.cli.demo.routes import Route, Router, ward_of
from geoapp.cli.demo.walks import (
    LONDON,
    DemoChunk,
    DemoWalk,
    Outing,
    Pace,
    outing,
    pace,
    placed,
    record,
    start_time,
    uuid7,
)
from spatial.crs import geometries_to_wgs84, to_wgs84
from spatial.light import LIGHTS, lights_along

TEAMS: Final = ("Lanthorn north", "Lanthorn south", "Tallowgate")
_STEP_M: Final = 20.0
_SECOND_STREAM: Final = 1


@dataclass(frozen=True, eq=False)
class DemoSeason:
    """Walks by start, concerns by time, and the truth by ward (in order of code) and light."""

    seed: int
    until: date
    walks: tuple[DemoWalk, ...]
    concerns: tuple[DemoConcern, ...]
    truth: tuple[WardTruth, ...]
    never_walked: tuple[str, ...]
    hardly_walked: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Places:
    """Every twentieth metre of every walk: which walk, where on it, in which ward, light and street."""

    walk: NDArray[np.int64]
    metres: NDArray[np.float64]
    points: Points
    offset: Points
    ward: NDArray[np.int64]
    light: NDArray[np.int8]
    street: NDArray[np.int64]


def make_season(
    borough: DemoBorough, *, seed: int = 2026, walks: int = 240, concerns: int = 900, until: date
) -> DemoSeason:
    """Return the 12 months before `until`: the same for the same borough, numbers and `until`.

    Each walk takes 30 to 75 minutes and ends before `until` begins in Europe/London. Cost grows with the
    number of walks and concerns; tracks are kept as arrays.
    """
    if walks < 1 or concerns < 0:
        raise ValueError(f"A season needs at least one walk and no negative number: {walks}, {concerns}.")
    rng = np.random.default_rng([seed, _SECOND_STREAM])
    outings = _outings(borough, walks, until, rng)
    places = _places(borough, outings, rng)
    chosen, negatives = draw(
        places.points, places.ward, places.light, borough=borough, count=concerns, rng=rng
    )
    raised = _raised(outings, places, chosen, negatives, rng)
    speaker = Speaker(borough, datetime.combine(until, time(), LONDON))
    done: list[_Recorded] = []
    said: list[DemoConcern] = []
    for walk, own in zip(outings, raised, strict=True):
        timing = pace(walk, np.array([one.metres for one in own]), rng)
        walk_id = uuid7(walk.started_at, rng)
        for one, (begin, end) in zip(own, timing.stands.tolist(), strict=True):
            at = walk.started_at + timedelta(seconds=round(rng.uniform(begin, end), 3))
            said.append(speaker.concern(walk_id, walk, one, at, rng))
        done.append(_Recorded(walk_id, walk, timing, record(walk, timing, rng), int(rng.integers(1, 5))))
    return DemoSeason(
        seed=seed,
        until=until,
        walks=_walks(borough, done),
        concerns=_in_wgs84(sorted(said, key=lambda one: (one.recorded_at, one.id))),
        truth=_truth(borough, places, negatives),
        never_walked=tuple(ward.code for ward in borough.wards if ward.name == risk.NEVER_WALKED),
        hardly_walked=tuple(
            ward.code for ward in borough.wards if ward.name in {name for name, _, _ in risk.HARDLY_WALKED}
        ),
    )


@dataclass(frozen=True, eq=False)
class _Recorded:
    id: UUID
    walk: Outing
    timing: Pace
    chunks: list[tuple[NDArray[np.float64], bool]]
    participants: int


def _outings(borough: DemoBorough, count: int, until: date, rng: np.random.Generator) -> list[Outing]:
    router = Router(borough, rng)
    into: list[str | None] = []
    for name, part, least in risk.HARDLY_WALKED:
        into.extend([name] * min(max(least, round(part * count)), max(0, count - len(into) - 1)))
    into.extend([None] * (count - len(into)))
    outings = []
    for ward in into:
        minutes = float(np.clip(rng.normal(46.0, 11.0), 31.0, 66.0))
        speed = float(np.clip(rng.normal(1.25, 0.08), 1.05, 1.45))
        route: Route = router.route(minutes * 60.0 * speed, rng, into=ward)
        outings.append(outing(route, start_time(until, rng), speed))
    return sorted(outings, key=lambda one: one.started_at)


def _places(borough: DemoBorough, outings: list[Outing], rng: np.random.Generator) -> _Places:
    metres = [np.arange(_STEP_M / 2, walk.length_m, _STEP_M) for walk in outings]
    along = np.vstack([walk.places_at(m) for walk, m in zip(outings, metres, strict=True)])
    # One walks on one pavement or the other: a street between two wards belongs to both by halves.
    offset = np.clip(rng.normal(0.0, 3.2, along.shape), -9.0, 9.0)
    points = along + offset
    t_ms = np.concatenate(
        [
            (walk.started_at.timestamp() + m / walk.speed_mps) * 1000.0
            for walk, m in zip(outings, metres, strict=True)
        ]
    )
    lon, lat = to_wgs84(points[:, 0], points[:, 1])
    street = [
        walk.route.street[np.searchsorted(walk.along_m, m)] for walk, m in zip(outings, metres, strict=True)
    ]
    return _Places(
        walk=np.repeat(np.arange(len(outings)), [len(m) for m in metres]),
        metres=np.concatenate(metres),
        points=points,
        offset=offset,
        ward=ward_of(borough, points),
        light=lights_along(lon, lat, t_ms.astype(np.int64)),
        street=np.concatenate(street),
    )


def _raised(
    outings: list[Outing],
    places: _Places,
    chosen: NDArray[np.int64],
    negatives: int,
    rng: np.random.Generator,
) -> list[list[Raised]]:
    """Return for each walk what is raised on it, by metres walked."""
    raised: list[list[Raised]] = [[] for _ in outings]
    within = rng.uniform(-_STEP_M / 2, _STEP_M / 2, len(chosen))
    for number, (place, shift) in enumerate(zip(chosen.tolist(), within.tolist(), strict=True)):
        walk = int(places.walk[place])
        metres = float(np.clip(places.metres[place] + shift, 5.0, outings[walk].length_m - 5.0))
        raised[walk].append(
            Raised(
                metres=metres,
                offset=places.offset[place],
                kind="concern" if number < negatives else "positive",
                light=int(places.light[place]),
                street=int(places.street[place]),
            )
        )
    for own in raised:
        own.sort(key=lambda one: one.metres)
    return raised


def _walks(borough: DemoBorough, done: list[_Recorded]) -> tuple[DemoWalk, ...]:
    """Return the walks with all their fixes turned into WGS84 in one call."""
    every = placed(np.vstack([rows for one in done for rows, _ in one.chunks]))
    north = {number for number, ward in enumerate(borough.wards) if _is_north(borough, ward.bng)}
    walks, start = [], 0
    for one in done:
        chunks = []
        for number, (rows, gap_before) in enumerate(one.chunks):
            chunks.append(DemoChunk(number, every[start : start + len(rows)], gap_before))
            start += len(rows)
        home = one.walk.route.home_ward
        if borough.wards[home].borough_name == "Tallowgate":
            team = TEAMS[2]
        else:
            team = TEAMS[0] if home in north else TEAMS[1]
        ended = one.walk.started_at + timedelta(seconds=np.ceil(one.timing.duration_s))
        walks.append(DemoWalk(one.id, team, one.walk.started_at, ended, one.participants, tuple(chunks)))
    return tuple(walks)


def _is_north(borough: DemoBorough, ward: shapely.Polygon) -> bool:
    """Tell whether the ward lies north of the river: its middle is above the river's at that easting."""
    middle = ward.representative_point()
    river = shapely.union_all([street.line for street in borough.streets if street.class_ == "river"])
    nearest = shapely.get_coordinates(shapely.shortest_line(middle, river))[1]
    return bool(middle.y > nearest[1])


def _in_wgs84(concerns: list[DemoConcern]) -> tuple[DemoConcern, ...]:
    if not concerns:
        return ()
    shapes = geometries_to_wgs84(np.array([one.bng for one in concerns], dtype=object))
    shapes = shapely.transform(shapes, lambda degrees: np.round(degrees, 7))
    return tuple(replace(one, wgs84=shape) for one, shape in zip(concerns, shapes, strict=True))


def _truth(borough: DemoBorough, places: _Places, negatives: int) -> tuple[WardTruth, ...]:
    """Return each ward's true rate: the relative risk times the rate that makes the whole come out."""
    km = np.zeros((len(borough.wards) + 1, len(LIGHTS)))
    np.add.at(km, (places.ward, places.light), _STEP_M / 1000.0)
    risks = risk.relative_risks(borough)
    base = negatives / float((km * risks).sum())
    return tuple(
        WardTruth(
            ward_code=ward.code,
            ward_name=ward.name,
            light=str(light),
            km=float(km[number, code]),
            relative_risk=float(risks[number, code]),
            rate_per_km=base * float(risks[number, code]),
        )
        for number, ward in enumerate(borough.wards)
        for code, light in enumerate(LIGHTS)
    )
