"""Concerns raised along the walks, drawn at the true rate of each ward and light."""

# ruff: noqa: PLR2004 - each number is a chance or a measure of this drawing, used once and read in its place

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Point

from geoapp.cli.demo import answers, phrases, plan, risk
from geoapp.cli.demo.borough import DemoBorough
from geoapp.cli.demo.walks import LONDON, Outing, uuid7

Status = Literal["shared", "in_hand", "done", "no_action"]
PositionMethod = Literal["gps", "moved", "map"]

POSITIVE_PART: Final = 0.12
ROUTE_PART: Final = 0.15
_QUICK_PART: Final = 0.12
_ANSWERED_PART: Final = 0.66
_LIGHT_NAMES: Final = ("day", "twilight", "dark")


@dataclass(frozen=True)
class DemoStatus:
    """One step after `raised`: when, public wording where there is any, and the reason of `no_action`."""

    status: Status
    at: datetime
    wording: str | None
    reason: str | None


@dataclass(frozen=True, eq=False)
class DemoConcern:
    """A concern as an officer's phone would send it, and what became of it.

    `bng` and `wgs84` are a Point or a LineString; `statuses` are in order of time and may be empty.
    A quick pin has no factors, feeling, applies, basis, setting or note.
    """

    id: UUID
    walk: UUID
    kind: Literal["concern", "positive"]
    recorded_at: datetime
    bng: Point | LineString
    wgs84: Point | LineString
    factors: tuple[str, ...]
    feeling: str | None
    applies: tuple[str, ...]
    basis: str | None
    setting: str | None
    note: str | None
    accuracy_m: float | None
    position_method: PositionMethod | None
    statuses: tuple[DemoStatus, ...]


@dataclass(frozen=True, eq=False)
class Raised:
    """A concern before it is worded: where on its walk, and in what light."""

    metres: float
    offset: plan.Points
    kind: Literal["concern", "positive"]
    light: int
    street: int


class Speaker:
    """Words concerns so that they fit the place; remembers which sentence was said last."""

    def __init__(self, borough: DemoBorough, until: datetime) -> None:
        """Remember the streets; no status is set at or after `until`."""
        self._streets = borough.streets
        self._turn: dict[tuple[str, ...], int] = {}
        self._until = until
        self._stations = np.vstack([shapely.get_coordinates(one.bng) for one in borough.stations])
        spots = [place for _, kind, place in risk.SPOTS if kind == "underpass"]
        self._underpasses = np.array(spots) + np.array(plan.ORIGIN)
        self._chances = {
            place: (tuple(weights), np.array(list(weights.values())) / sum(weights.values()))
            for place, weights in phrases.PLACES.items()
        }

    def place(self, street: int, at: plan.Points) -> str:
        """Return what kind of place this is, a key of `phrases.PLACES`."""
        road = self._streets[street]
        if np.hypot(*(self._underpasses - at).T).min() < 110.0:
            return "underpass"
        if np.hypot(*(self._stations - at).T).min() < 170.0:
            return "station"
        if road.park is not None:
            return "park"
        if road.class_ == "path" or road.name in {"The Promenade", "Marine Parade"}:
            return "waterside"
        if road.class_ == "main":
            return "main"
        return "close" if road.close else "street"

    def concern(
        self, walk_id: UUID, walk: Outing, raised: Raised, recorded_at: datetime, rng: np.random.Generator
    ) -> DemoConcern:
        """Return the concern, its `wgs84` not yet worked out (it is `bng` until then)."""
        shape = _shape(walk, raised, rng)
        quick = raised.kind == "concern" and shape.geom_type == "Point" and rng.random() < _QUICK_PART
        method: PositionMethod | None = None
        accuracy = None
        if not quick and shape.geom_type == "Point":
            method = "gps" if (chance := rng.random()) < 0.72 else "moved" if chance < 0.91 else "map"
            accuracy = (
                round(float(np.clip(rng.lognormal(1.8, 0.4), 3.0, 25.0)), 1) if method == "gps" else None
            )
        at = walk.places_at(np.array([raised.metres]))[0]
        kind_of_place = self.place(raised.street, at)
        factors = () if quick else self._factors(kind_of_place, raised.kind, rng)
        return DemoConcern(
            id=uuid7(recorded_at, rng),
            walk=walk_id,
            kind=raised.kind,
            recorded_at=recorded_at,
            bng=shape,
            wgs84=shape,
            factors=factors,
            feeling=None if quick else _feeling(raised, factors, rng),
            applies=() if quick else _applies(raised.light, rng),
            basis=None if quick else _basis(factors, rng),
            setting=None if quick else phrases.SETTINGS[kind_of_place],
            note=None if quick else self._note(factors, raised.kind, rng),
            accuracy_m=accuracy,
            position_method=method,
            statuses=self._statuses(factors, raised, recorded_at, rng) if factors else (),
        )

    def _note(self, factors: tuple[str, ...], kind: str, rng: np.random.Generator) -> str | None:
        if rng.random() < 0.22:
            return None
        if kind == "positive":
            return self._said_next(phrases.PRAISE[factors[0]])
        both = factors[: 1 + int(rng.random() < 0.4)]
        return " ".join(self._said_next(phrases.NOTES[factor]) for factor in both)

    def _said_next(self, choices: tuple[str, ...]) -> str:
        """Go through the sentences in turn, so that the same one does not stand twice on a walk."""
        turn = self._turn.get(choices, 0)
        self._turn[choices] = turn + 1
        return choices[turn % len(choices)]

    def _factors(self, place: str, kind: str, rng: np.random.Generator) -> tuple[str, ...]:
        names, chances = self._chances[place]
        if kind == "positive":
            known = [name for name in names if name in phrases.PRAISE] or ["lighting"]
            return (str(known[int(rng.integers(len(known)))]),)
        count = int(rng.choice([1, 2, 3], p=[0.5, 0.36, 0.14]))
        return tuple(names[i] for i in rng.choice(len(names), count, replace=False, p=chances))

    def _statuses(
        self, factors: tuple[str, ...], raised: Raised, recorded_at: datetime, rng: np.random.Generator
    ) -> tuple[DemoStatus, ...]:
        """Return the steps up to `until`: always shared first, with wording that an officer has reviewed."""
        if rng.random() > _ANSWERED_PART:
            return ()
        street = self._streets[raised.street].name
        wording = answers.PRAISE_WORDING if raised.kind == "positive" else answers.WORDING[factors[0]]
        at = recorded_at + timedelta(hours=float(rng.uniform(24.0, 150.0)))
        # A day at least between steps, so that moving them to office hours keeps their order.
        steps = [DemoStatus("shared", _at_work(at), wording.format(street=street), None)]
        end = rng.random() if raised.kind == "concern" else 0.0
        built = factors[0] in phrases.ENVIRONMENT
        if end > 0.9:
            choices = answers.NO_ACTION[built]
            reason, answer = choices[int(rng.integers(len(choices)))]
            at += timedelta(days=float(rng.uniform(5.0, 40.0)))
            steps.append(DemoStatus("no_action", _at_work(at), answer, reason))
        elif end > 0.36:
            at += timedelta(days=float(rng.uniform(3.0, 30.0)))
            steps.append(DemoStatus("in_hand", _at_work(at), _one(answers.IN_HAND[built], rng), None))
            if end > 0.6:
                at += timedelta(days=float(rng.uniform(10.0, 75.0)))
                steps.append(DemoStatus("done", _at_work(at), _one(answers.DONE[built], rng), None))
        return tuple(step for step in steps if step.at < self._until)


def draw(
    points_bng: plan.Points,
    ward: NDArray[np.int64],
    light: NDArray[np.int8],
    *,
    borough: DemoBorough,
    count: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], int]:
    """Return which of these evenly spaced places each concern falls on, and how many are kind concern.

    Those come first, in proportion to the true risk; the rest are positives, which are
    raised more where less is wrong. Given their number, this is how a Poisson process falls.
    """
    negatives = count - round(count * POSITIVE_PART)
    true = risk.relative_risks(borough)[ward, light]
    weight = true * risk.local_weights(borough, points_bng, ward, light)
    one = rng.choice(len(weight), negatives, p=weight / weight.sum())
    well = 1.0 / np.sqrt(true)
    other = rng.choice(len(weight), count - negatives, p=well / well.sum())
    return np.concatenate([one, other]).astype(np.int64), negatives


def _shape(walk: Outing, raised: Raised, rng: np.random.Generator) -> Point | LineString:
    if rng.random() >= ROUTE_PART or walk.length_m < 300.0:
        at = walk.places_at(np.array([raised.metres]))[0] + raised.offset
        return Point(np.round(at, 3))
    length = float(rng.uniform(40.0, 250.0))
    start = float(np.clip(raised.metres, 0.0, walk.length_m - length))
    inside = walk.along_m[(walk.along_m > start) & (walk.along_m < start + length)]
    line = LineString(walk.places_at(np.concatenate([[start], inside, [start + length]])))
    drawn = shapely.get_coordinates(line.simplify(3.0))
    return LineString(np.round(drawn + np.clip(rng.normal(0.0, 1.6, drawn.shape), -4.0, 4.0), 3))


def _feeling(raised: Raised, factors: tuple[str, ...], rng: np.random.Generator) -> str:
    if raised.kind == "positive":
        return str(rng.choice(["comfortable", "acceptable"], p=[0.8, 0.2]))
    chances = [0.42, 0.5, 0.08] if raised.light == 2 else [0.2, 0.62, 0.18]
    if any(factor not in phrases.ENVIRONMENT for factor in factors):
        chances = [0.45, 0.55, 0.0]
    return str(rng.choice(["frightening", "uncomfortable", "acceptable"], p=chances))


def _applies(light: int, rng: np.random.Generator) -> tuple[str, ...]:
    if light == 0:
        choices: tuple[tuple[str, ...], ...] = (("day",), ("day", "twilight", "dark"), ("dark",))
    else:
        choices = (("dark",), ("twilight", "dark"), (_LIGHT_NAMES[light],))
    return choices[int(rng.choice(3, p=[0.45, 0.35, 0.2]))]


def _basis(factors: tuple[str, ...], rng: np.random.Generator) -> str:
    built = factors[0] in phrases.ENVIRONMENT
    chances = [0.62, 0.08, 0.26, 0.04] if built else [0.14, 0.5, 0.14, 0.22]
    names = ["seen_on_walk", "experienced_here", "felt_here", "heard_from_others"]
    return str(rng.choice(names, p=chances))


def _one(choices: tuple[str, ...], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(len(choices)))]


def _at_work(when: datetime) -> datetime:
    """Return a moment between 9 and 17 in Europe/London, on that day or, at a weekend, on Monday."""
    local = when.astimezone(LONDON)
    days_on = max(0, 8 - local.isoweekday()) if local.isoweekday() > 5 else 0
    opens = datetime.combine(local.date() + timedelta(days=days_on), time(9), LONDON).astimezone(UTC)
    return opens + timedelta(seconds=int(local.timestamp()) % (8 * 3600))
