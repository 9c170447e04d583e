"""Reading GPX 1.0 and 1.1 files from devices and route planners into chunks of fixes.

Only position and time are read. Elevation, heart rate and whatever else a device adds are never looked at, so
they cannot be kept by mistake.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, ParseError  # types only: parsing is left to defusedxml

import numpy as np
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import parse

from spatial.crs import to_bng_or_nan
from spatial.tracks import Chunk, FloatArray

MAX_BYTES = 50_000_000
FIXES_PER_CHUNK = 2_000
PACE_MPS = 1.3

# Laid times need a fix well within the 60 s after which cleaning sees a gap: one at least each 30 s of
# walking.
_LAID_STEP_M = 39.0
# Longer than anybody walks in a day at that pace; also bounds the fixes that a drawn file can ask for.
_MAX_LAID_M = 112_000.0

_MAX_LAT, _MAX_LON = 90.0, 180.0


class RefusedGpx(ValueError):  # a refusal with its reason, in the words of API.md
    """The file cannot become a walk; `reason` says why and what to do, for the person who sent it."""

    def __init__(self, reason: str) -> None:
        """Keep the reason as the whole message."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, eq=False)
class GpxTrack:
    """One track or route of a file.

    `chunks` are numbered on through the whole file, at most 2,000 fixes each, with a gap before each segment,
    times UTC and accuracy nan (GPX has none). `points_read` counts the points of the file; those without a
    readable time and place are in `points_without_time` and in no chunk. A track without any time has no
    chunks.
    """

    name: str | None
    chunks: tuple[Chunk, ...]
    points_read: int
    points_without_time: int


@dataclass(frozen=True, slots=True, eq=False)
class _Path:
    """A track or route as written: per segment rows of lon, lat, epoch_ms; nan where unreadable."""

    name: str | None
    segments: tuple[FloatArray, ...]
    is_route: bool

    @property
    def has_times(self) -> bool:
        """Whether any point has a time; a route is a plan and never has."""
        return any(bool(np.isfinite(segment[:, 2]).any()) for segment in self.segments)

    @property
    def points(self) -> int:
        return sum(len(segment) for segment in self.segments)


def read_gpx(
    data: bytes, *, start: datetime | None = None, max_bytes: int = MAX_BYTES
) -> tuple[GpxTrack, ...]:
    """Return the tracks of a GPX file that have points, in the order of the file.

    Times come from the file; points without one are left out and counted. When no point has a time, `start`
    (with its zone) lays times along the line at 1.3 m/s of distance in British National Grid, segments one
    after the other, with points added so that none are over 30 s apart. Times without a zone are UTC, as GPX
    says. Routes (plans, without times) become walks only when no track has a point and `start` is given.

    Raises RefusedGpx when the file is too large, not XML, not GPX, has a DTD or entities, has no track or
    route with points, no times and no `start`, or lies outside Great Britain entirely, and for a `start`
    without its zone.
    """
    if start is not None and start.tzinfo is None:
        raise RefusedGpx("The start has no time zone: give one, for example 2026-03-01T18:30:00+00:00.")
    root = _root(data, max_bytes)
    paths = [path for path in _paths(root) if path.points]
    if not paths:
        raise RefusedGpx(_why_nothing(root))
    drawn = [path for path in paths if not path.is_route] or paths
    timed = any(path.has_times for path in drawn)
    if not timed and start is None:
        raise RefusedGpx("No point of this file has a time: give the time at which the walk started.")
    _refuse_elsewhere(drawn, timed=timed)

    clock = _Clock(start.timestamp() * 1000.0) if start is not None and not timed else None
    tracks: list[GpxTrack] = []
    number = 0
    for path in paths:
        chunks: list[Chunk] = []
        used = 0
        for segment in path.segments if path in drawn else ():
            # Without a clock a point needs its own time, with one its place is enough.
            given = segment[np.isfinite(segment if clock is None else segment[:, :2]).all(axis=1)]
            used += len(given)
            chunks.extend(_chunks(given if clock is None else clock.lay(given), number + len(chunks)))
        number += len(chunks)
        tracks.append(GpxTrack(path.name, tuple(chunks), path.points, path.points - used))
    return tuple(tracks)


class _Clock:
    """Lays times along lines without any, each beginning when the one before it ended."""

    def __init__(self, start_ms: float) -> None:
        self.now_ms = start_ms
        self.laid_m = 0.0

    def lay(self, points: FloatArray) -> FloatArray:
        """Return lon, lat, epoch_ms at 1.3 m/s, with points added so that no step is over 39 m (30 s).

        Points outside Great Britain have no metres and are left out.
        """
        easting, northing = to_bng_or_nan(points[:, 0], points[:, 1])
        inside = np.isfinite(easting) & np.isfinite(northing)
        if not inside.any():
            return np.empty((0, 3))
        steps = np.hypot(np.diff(easting[inside]), np.diff(northing[inside]))
        along = np.concatenate([[0.0], np.cumsum(steps)])
        self.laid_m += float(along[-1])
        if self.laid_m > _MAX_LAID_M:
            raise RefusedGpx(
                f"The lines without times are over {_MAX_LAID_M / 1000:.0f} km long, more than a day's walk: "
                "split the file, or record with times."
            )
        parts = np.maximum(np.ceil(steps / _LAID_STEP_M), 1).astype(np.int64)
        # Position k + j/n stands for the j-th of n parts of the step after point k.
        where = np.concatenate([*(k + np.arange(n) / n for k, n in enumerate(parts)), [len(steps)]])
        given = np.arange(len(along))
        lon, lat, metres = (
            np.interp(where, given, column) for column in (points[inside, 0], points[inside, 1], along)
        )
        t_ms = self.now_ms + metres / PACE_MPS * 1000.0
        self.now_ms = float(t_ms[-1])
        return np.column_stack([lon, lat, t_ms])


def _root(data: bytes, max_bytes: int) -> Element:
    if len(data) > max_bytes:
        raise RefusedGpx(
            f"The file has {len(data):,} bytes, more than the {max_bytes:,} that are read: "
            "split it into single walks."
        )
    if not data.strip():
        raise RefusedGpx("The file is empty: export the walk again.")
    try:
        root = parse(io.BytesIO(data), forbid_dtd=True).getroot()
    except DefusedXmlException as error:
        raise RefusedGpx(
            "The file has a document type or entities, which GPX does not need and which are not opened: "
            "export the walk again as plain GPX."
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise RefusedGpx(
            f"The file is not whole XML ({error}): it may be cut off or of another type, "
            "so export it again as GPX."
        ) from error
    if root is None or _tag(root) != "gpx":
        found = "nothing" if root is None else f"<{_tag(root)}>"
        raise RefusedGpx(f"The file is XML but not GPX, it begins with {found}: export the walk as GPX.")
    return root


def _why_nothing(root: Element) -> str:
    if any(_tag(child) == "wpt" for child in root):
        return "The file has waypoints only, single places without a line: export the recorded track as GPX."
    return "The file has no track or route with points: record or choose a walk and export it again."


def _paths(root: Element) -> Iterator[_Path]:
    for child in root:
        if _tag(child) == "trk":
            segments = (grandchild for grandchild in child if _tag(grandchild) == "trkseg")
            yield _Path(
                _name(child), tuple(_points(segment, "trkpt") for segment in segments), is_route=False
            )
        elif _tag(child) == "rte":
            points = _points(child, "rtept")
            points[:, 2] = np.nan
            yield _Path(_name(child), (points,), is_route=True)


def _points(parent: Element, tag: str) -> FloatArray:
    rows = [(*_place(point), _time_ms(point)) for point in parent if _tag(point) == tag]
    return np.array(rows, dtype=np.float64).reshape(-1, 3)


def _place(point: Element) -> tuple[float, float]:
    """Return lon, lat in degrees, both nan when they cannot be read or lie outside the globe."""
    try:
        lon, lat = float(point.get("lon", "nan")), float(point.get("lat", "nan"))
    except ValueError:
        return np.nan, np.nan
    return (lon, lat) if abs(lon) <= _MAX_LON and abs(lat) <= _MAX_LAT else (np.nan, np.nan)


def _time_ms(point: Element) -> float:
    """Return the point's own time in epoch ms, UTC where it names no zone; nan without a readable one."""
    text = next((child.text for child in point if _tag(child) == "time"), None)
    if not text:
        return np.nan
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return np.nan
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000.0


def _name(path: Element) -> str | None:
    text = next((child.text for child in path if _tag(child) == "name"), None)
    return (text or "").strip() or None


def _tag(element: Element) -> str:
    """Return the name without its namespace: 1.0, 1.1, a prefix or none at all are read alike."""
    return element.tag.rpartition("}")[2]


def _refuse_elsewhere(paths: list[_Path], *, timed: bool) -> None:
    points = np.concatenate([segment for path in paths for segment in path.segments])
    points = points[np.isfinite(points if timed else points[:, :2]).all(axis=1)]
    if not len(points):
        raise RefusedGpx("No point of this file has a readable place: export the walk again as GPX.")
    easting, _ = to_bng_or_nan(points[:, 0], points[:, 1])
    if not np.isfinite(easting).any():
        raise RefusedGpx("The whole walk lies outside Great Britain: choose the file of a walk in it.")


def _chunks(fixes: FloatArray, first_number: int) -> list[Chunk]:
    """Return one segment as chunks, the first with a gap before it, accuracy nan."""
    with_accuracy = np.column_stack([fixes, np.full(len(fixes), np.nan)])
    return [
        Chunk(first_number + k, with_accuracy[at : at + FIXES_PER_CHUNK], gap_before=at == 0)
        for k, at in enumerate(range(0, len(fixes), FIXES_PER_CHUNK))
    ]
