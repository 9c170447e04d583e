"""Walks as a phone would record them: when, how fast, where one stood, and what the receiver made of it."""

# ruff: noqa: PLR2004 - each number is a chance or a measure of this drawing, used once and read in its place

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from geoapp.cli.demo.plan import Points
from geoapp.cli.demo.routes import Route
from spatial.crs import to_wgs84

LONDON: Final = ZoneInfo("Europe/London")
_CHUNK_SECONDS: Final = (60, 120, 180, 300)
_LONGEST_S: Final = 74.5 * 60


@dataclass(frozen=True, eq=False)
class DemoChunk:
    """A stretch of a track: `rows` (n, 4) are longitude, latitude (7 decimals), epoch_ms, accuracy_m (1)."""

    number: int
    rows: NDArray[np.float64]
    gap_before: bool

    @property
    def fixes(self) -> list[list[float | int]]:
        """The rows as the capture API takes them: `[lon, lat, epoch_ms, accuracy_m]`."""
        return [[lon, lat, int(t), accuracy] for lon, lat, t, accuracy in self.rows.tolist()]


@dataclass(frozen=True, eq=False)
class DemoWalk:
    """A finished walk: client-made UUIDv7, aware UTC times, how many joined, and its recorded chunks."""

    id: UUID
    team: str
    started_at: datetime
    ended_at: datetime
    participants: int
    chunks: tuple[DemoChunk, ...]


@dataclass(frozen=True, eq=False)
class Outing:
    """A walk before it is recorded: its route, when it starts, how fast it goes."""

    route: Route
    along_m: NDArray[np.float64]
    started_at: datetime
    speed_mps: float

    def places_at(self, metres: NDArray[np.float64]) -> Points:
        """Return British National Grid points (n, 2) at these metres along the route."""
        line = self.route.line
        return np.column_stack([np.interp(metres, self.along_m, line[:, i]) for i in (0, 1)])

    @property
    def length_m(self) -> float:
        """Metres along the route."""
        return float(self.along_m[-1])


@dataclass(frozen=True, eq=False)
class Pace:
    """Where the walk is at which moment: knots of seconds from the start and metres along the route."""

    seconds: NDArray[np.float64]
    metres: NDArray[np.float64]
    stands: NDArray[np.float64]

    @property
    def duration_s(self) -> float:
        """Seconds from start to end."""
        return float(self.seconds[-1])


def outing(route: Route, started_at: datetime, speed_mps: float) -> Outing:
    """Return the route with its metres counted."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(route.line, axis=0).T))])
    return Outing(route, along, started_at, speed_mps)


def start_time(until: date, rng: np.random.Generator) -> datetime:
    """Return a start in the 12 months before `until`: mostly early morning and evening, Europe/London."""
    day = until - timedelta(days=int(rng.integers(1, 366)))
    when = rng.random()
    if when < 0.62:
        minute = float(np.clip(rng.normal(19.6 * 60, 75.0), 16.5 * 60, 22.4 * 60))
    elif when < 0.86:
        minute = float(np.clip(rng.normal(6.8 * 60, 30.0), 5.5 * 60, 8.5 * 60))
    else:
        minute = rng.uniform(10 * 60, 15 * 60)
    whole = int(minute) // 5 * 5
    local = datetime.combine(day, time(whole // 60, whole % 60), LONDON)
    return local.astimezone(UTC) + timedelta(seconds=int(rng.integers(0, 240)))


def pace(walk: Outing, stops_m: NDArray[np.float64], rng: np.random.Generator) -> Pace:
    """Return the walk's timing: a speed that wanders, and 25 to 90 s stood at each stop (rising metres).

    Many stops are shortened, so that no walk takes over 75 minutes. `stands` (k, 2) has each stop's start and
    end in seconds.
    """
    marks = np.unique(np.concatenate([np.arange(0.0, walk.length_m, 60.0), [walk.length_m], stops_m]))
    steps = np.diff(marks) / (walk.speed_mps * np.exp(rng.normal(0.0, 0.09, len(marks) - 1)))
    steps *= (walk.length_m / walk.speed_mps) / steps.sum()
    reached = np.concatenate([[0.0], np.cumsum(steps)])
    dwell = rng.uniform(25.0, 90.0, len(stops_m))
    room = _LONGEST_S - reached[-1]
    if dwell.sum() > room:
        dwell *= room / dwell.sum()
    at = np.searchsorted(marks, stops_m)
    waited = np.zeros(len(marks))
    np.add.at(waited, at, dwell)
    leave = reached + np.cumsum(waited)
    arrive = leave - waited
    order = np.argsort(np.concatenate([arrive, leave + 1e-6]), kind="stable")
    before = np.concatenate([[0.0], np.cumsum(dwell)[:-1]]) if len(dwell) else dwell
    begin = reached[at] + before
    return Pace(
        np.concatenate([arrive, leave + 1e-6])[order],
        np.concatenate([marks, marks])[order],
        np.column_stack([begin, begin + dwell]),
    )


def record(walk: Outing, timing: Pace, rng: np.random.Generator) -> list[tuple[NDArray[np.float64], bool]]:
    """Return chunks of rows of easting, northing, epoch_ms, accuracy_m, and whether a gap comes before.

    One fix every 4 to 6 seconds. The error wanders as a receiver's does (an autoregressive process), a few
    fixes are poor (60 to 140 m and saying so) or jump (and not saying so), and some walks have gaps.
    """
    seconds = 0.5 + np.cumsum(rng.uniform(4.0, 6.0, int(timing.duration_s / 4.0) + 2))
    seconds = np.concatenate([[0.5], seconds[seconds < timing.duration_s]])
    place = walk.places_at(np.interp(seconds, timing.seconds, timing.metres))
    spread = float(rng.uniform(1.6, 4.2))
    place += _wander(len(seconds), spread, rng)
    accuracy = np.clip(spread * rng.lognormal(0.75, 0.22, len(seconds)), 3.0, 12.0)
    _spoil(place, accuracy, rng)
    t_ms = np.floor(walk.started_at.timestamp() * 1000.0 + seconds * 1000.0)
    rows = np.column_stack([place, t_ms, np.round(accuracy, 1)])
    return _chunks(rows, seconds, _gaps(timing, rng), int(rng.choice(_CHUNK_SECONDS)))


def _wander(count: int, spread: float, rng: np.random.Generator) -> Points:
    memory = 0.965
    shocks = rng.normal(0.0, spread * np.sqrt(1.0 - memory**2), (count, 2))
    shocks[0] /= np.sqrt(1.0 - memory**2)
    wandered: Points = signal.lfilter([1.0], [1.0, -memory], shocks, axis=0)
    return wandered


def _spoil(place: Points, accuracy: NDArray[np.float64], rng: np.random.Generator) -> None:
    """Make some fixes poor and a few jump, in the arrays given, which belong to the caller alone."""
    poor = rng.random(len(place)) < 0.014
    place[poor] += rng.normal(0.0, 35.0, (int(poor.sum()), 2))
    accuracy[poor] = rng.uniform(60.0, 140.0, int(poor.sum()))
    jumps = rng.random(len(place)) < 0.004
    angle = rng.uniform(0.0, 2.0 * np.pi, int(jumps.sum()))
    far = rng.uniform(90.0, 260.0, int(jumps.sum()))
    place[jumps] += np.column_stack([np.cos(angle), np.sin(angle)]) * far[:, None]


def _gaps(timing: Pace, rng: np.random.Generator) -> list[tuple[float, float, bool]]:
    """Return stretches without fixes, in seconds, and whether the recorder says that it stopped."""
    count = int(rng.choice([0, 1, 2], p=[0.74, 0.2, 0.06]))
    starts = np.sort(rng.uniform(300.0, timing.duration_s - 400.0, count))
    return [(float(start), float(start + rng.uniform(70.0, 200.0)), rng.random() < 0.5) for start in starts]


def _chunks(
    rows: NDArray[np.float64],
    seconds: NDArray[np.float64],
    gaps: list[tuple[float, float, bool]],
    every_s: int,
) -> list[tuple[NDArray[np.float64], bool]]:
    number = np.floor(seconds / every_s)
    keep = np.ones(len(seconds), dtype=np.bool_)
    said = np.zeros(len(seconds), dtype=np.bool_)
    for start, end, stopped in gaps:
        keep &= (seconds < start) | (seconds >= end)
        after = seconds >= end
        if stopped and after.any():
            number[after] += 1.0
            said[int(np.argmax(after))] = True
    said_before = [bool(said[number == one].any()) for one in np.unique(number[keep])]
    cuts = np.flatnonzero(np.diff(number[keep])) + 1
    return list(zip(np.split(rows[keep], cuts), said_before, strict=True))


def placed(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rows with British National Grid turned into WGS84 degrees of 7 decimals, in one call for all."""
    lon, lat = to_wgs84(rows[:, 0], rows[:, 1])
    return np.column_stack([np.round(lon, 7), np.round(lat, 7), rows[:, 2], rows[:, 3]])


def uuid7(when: datetime, rng: np.random.Generator) -> UUID:
    """Return a version 7 UUID (RFC 9562, section 5.7) of this moment, its other 74 bits from `rng`."""
    chance = int.from_bytes(rng.bytes(10), "big")
    milliseconds = int(when.timestamp() * 1000) & 0xFFFFFFFFFFFF
    high = milliseconds << 16 | 0x7000 | (chance >> 68 & 0xFFF)
    low = 0x8000000000000000 | (chance & 0x3FFFFFFFFFFFFFFF)
    return UUID(int=high << 64 | low)
