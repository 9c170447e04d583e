"""From the fixes of a phone or a GPX file to a cleaned track: pieces, gaps, length and time.

Fixes are WGS84 degrees with a time in epoch milliseconds (UTC); every metre is British National Grid
(EPSG:27700). The rule: a fix with accuracy over 50 m, or that would need over 4 m/s from the last kept fix,
is dropped. After 60 s without a kept fix, or where the recorder says so, the next fix begins a new piece, and
nothing bridges the two.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import hypot
from types import MappingProxyType
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from spatial.crs import to_bng_or_nan
from spatial.light import lights_along

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_Number = TypeVar("_Number", np.float64, np.int64)

GapReason = Literal["recorder", "chunk missing", "no fix"]

# Exactly 4 m/s stays in: both ends are rounded to the millimetre, and no GNSS fix is as good as that.
_ROUNDING_M = 0.002
_MS_PER_S = 1000.0
_MS_PER_MINUTE = 60_000.0
# The last millisecond a calendar can name (year 9999): later "times" are another unit or noise.
_LAST_MS = 253_402_300_799_999.0


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """A stretch of a recording as it was sent.

    `fixes` has shape (n, 4): longitude, latitude (degrees, WGS84), epoch_ms, accuracy_m (nan when unknown).
    `gap_before` says that the recorder stopped before the first of them.
    """

    number: int
    fixes: FloatArray
    gap_before: bool


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Kept fixes without a gap, at least one: degrees WGS84, epoch ms strictly rising, metres BNG."""

    lon: FloatArray
    lat: FloatArray
    t_ms: IntArray
    easting: FloatArray
    northing: FloatArray


@dataclass(frozen=True, slots=True)
class Gap:
    """From the last kept fix of one piece to the first of the next, in epoch ms.

    `reason`: the recorder said so, a chunk between has not arrived, or there was no usable fix for too long.
    """

    start_ms: int
    end_ms: int
    reason: GapReason


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Straight steps between consecutive fixes of one piece; arrays of one length.

    Ends in metres BNG, times in epoch ms, `metres` BNG, and the light code (`lights_along`) in the middle of
    each step, in time and place.
    """

    e1: FloatArray
    n1: FloatArray
    e2: FloatArray
    n2: FloatArray
    t1_ms: IntArray
    t2_ms: IntArray
    metres: FloatArray
    minutes: FloatArray
    light: NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class CleanTrack:
    """A cleaned track: pieces in recorded order, the gaps between them, and how many fixes were dropped why.

    `dropped` has the keys "unreadable", "accuracy", "outside Great Britain", "out of order" and "speed", zero
    or not.
    """

    pieces: tuple[Piece, ...]
    gaps: tuple[Gap, ...]
    dropped: Mapping[str, int]

    @property
    def metres(self) -> float:
        """Length in metres BNG inside the pieces; gaps count nothing."""
        return float(sum(_steps(piece).sum() for piece in self.pieces))

    @property
    def minutes(self) -> float:
        """Minutes walked or stood inside the pieces; gaps count nothing."""
        return sum(int(piece.t_ms[-1] - piece.t_ms[0]) for piece in self.pieces) / _MS_PER_MINUTE

    @property
    def started_ms(self) -> int | None:
        """Earliest kept time in epoch ms; None when nothing was kept."""
        return min((int(piece.t_ms[0]) for piece in self.pieces), default=None)

    @property
    def ended_ms(self) -> int | None:
        """Latest kept time in epoch ms; None when nothing was kept."""
        return max((int(piece.t_ms[-1]) for piece in self.pieces), default=None)

    def segments(self) -> Segments:
        """Return every step of every piece; they sum to the track, as none crosses a gap."""
        lon1, lon2 = _ends([piece.lon for piece in self.pieces], np.float64)
        lat1, lat2 = _ends([piece.lat for piece in self.pieces], np.float64)
        e1, e2 = _ends([piece.easting for piece in self.pieces], np.float64)
        n1, n2 = _ends([piece.northing for piece in self.pieces], np.float64)
        t1_ms, t2_ms = _ends([piece.t_ms for piece in self.pieces], np.int64)
        middle_ms = t1_ms + (t2_ms - t1_ms) // 2
        return Segments(
            e1=e1,
            n1=n1,
            e2=e2,
            n2=n2,
            t1_ms=t1_ms,
            t2_ms=t2_ms,
            metres=np.hypot(e2 - e1, n2 - n1),
            minutes=(t2_ms - t1_ms) / _MS_PER_MINUTE,
            light=lights_along((lon1 + lon2) / 2, (lat1 + lat2) / 2, middle_ms),
        )


def clean(
    chunks: Iterable[Chunk],
    *,
    max_accuracy_m: float = 50.0,
    max_speed_mps: float = 4.0,
    gap_after_s: float = 60.0,
) -> CleanTrack:
    """Return the cleaned track of the chunks, in the order of their numbers.

    A chunk is joined to the last fix of the one before it, unless it has `gap_before` or the number before it
    is absent (a part of the walk that has not arrived). Each fix is tried in this order:

    1. not finite or not a time of 1970 to 9999 (unreadable), accuracy over `max_accuracy_m`, or outside Great
       Britain: dropped;
    2. at a gap, or over `gap_after_s` since the last kept fix: begins a new piece, whatever its speed;
    3. not after the last kept fix: dropped as out of order;
    4. over `max_speed_mps` from the last kept fix: dropped.

    Values exactly at a limit stay in. Nothing passed in is changed.
    """
    fixes, breaks = _in_order(chunks)
    lon, lat, t_ms, accuracy = (np.ascontiguousarray(column) for column in fixes.T)
    t_ms = np.rint(t_ms)
    readable = np.isfinite(lon) & np.isfinite(lat) & (t_ms >= 0) & (t_ms <= _LAST_MS)
    tried = readable & ~(accuracy > max_accuracy_m)
    easting, northing = np.full(lon.shape, np.nan), np.full(lon.shape, np.nan)
    if tried.any():
        easting[tried], northing[tried] = to_bng_or_nan(lon[tried], lat[tried])
    usable = np.flatnonzero(np.isfinite(easting) & np.isfinite(northing))
    dropped = {
        "unreadable": int((~readable).sum()),
        "accuracy": int((readable & ~tried).sum()),
        "outside Great Britain": int(tried.sum()) - len(usable),
    }

    walked = _walk_through(
        np.column_stack([easting, northing, t_ms])[usable],
        # A break holds from the first usable fix at or after it.
        {int(np.searchsorted(usable, at)): reason for at, reason in breaks},
        max_m_per_ms=max_speed_mps / _MS_PER_S,
        gap_after_ms=gap_after_s * _MS_PER_S,
    )
    pieces = tuple(
        Piece(lon[own], lat[own], t_ms[own].astype(np.int64), easting[own], northing[own])
        for own in np.split(usable[walked.kept], walked.starts[1:])
        if len(own)
    )
    return CleanTrack(pieces, tuple(walked.gaps), MappingProxyType(dropped | walked.dropped))


def _in_order(chunks: Iterable[Chunk]) -> tuple[FloatArray, list[tuple[int, GapReason]]]:
    """Return all fixes in order of chunk number, and before which of them a new piece is forced."""
    ordered = sorted(chunks, key=lambda chunk: chunk.number)
    breaks: list[tuple[int, GapReason]] = []
    position = 0
    expected: int | None = None
    for chunk in ordered:
        if chunk.gap_before:
            breaks.append((position, "recorder"))
        elif expected is not None and chunk.number != expected:
            breaks.append((position, "chunk missing"))
        position += len(chunk.fixes)
        expected = chunk.number + 1
    parts = [np.asarray(chunk.fixes, dtype=np.float64).reshape(-1, 4) for chunk in ordered]
    return np.concatenate([np.empty((0, 4)), *parts]), breaks


@dataclass(slots=True)
class _Walked:
    """What the sequential rules decided: rows kept, which of those begin a piece, gaps, drops by reason."""

    kept: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=lambda: {"out of order": 0, "speed": 0})


def _walk_through(
    fixes: FloatArray, breaks: Mapping[int, GapReason], *, max_m_per_ms: float, gap_after_ms: float
) -> _Walked:
    """Apply the rules that need the last kept fix to rows of easting, northing, epoch_ms.

    Plain floats in a loop, because each decision hangs on the one before it.
    """
    walked = _Walked()
    last_e = last_n = last_t = 0.0
    for row, (e, n, t) in enumerate(fixes.tolist()):
        forced = breaks.get(row)
        elapsed = t - last_t
        if not walked.kept:
            walked.starts.append(0)
        elif forced or elapsed > gap_after_ms:
            walked.gaps.append(Gap(int(last_t), int(t), forced or "no fix"))
            walked.starts.append(len(walked.kept))
        elif elapsed <= 0:
            walked.dropped["out of order"] += 1
            continue
        elif hypot(e - last_e, n - last_n) > max_m_per_ms * elapsed + _ROUNDING_M:
            walked.dropped["speed"] += 1
            continue
        walked.kept.append(row)
        last_e, last_n, last_t = e, n, t
    return walked


def _steps(piece: Piece) -> FloatArray:
    return np.hypot(np.diff(piece.easting), np.diff(piece.northing))


def _ends(
    columns: Sequence[NDArray[_Number]], dtype: type[_Number]
) -> tuple[NDArray[_Number], NDArray[_Number]]:
    """Return the first and the second ends of the steps inside each column, one column after the other."""
    nothing = [np.empty(0, dtype=dtype)]
    return (
        np.concatenate([column[:-1] for column in columns] or nothing),
        np.concatenate([column[1:] for column in columns] or nothing),
    )
