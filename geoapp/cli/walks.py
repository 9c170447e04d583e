"""`geoapp walks`: taking in recorded tracks."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import click

from geoapp.actions import import_walks, imports
from geoapp.actions.imports import IMPORTED_TEAM
from geoapp.actions.tracks import cleaned_track
from geoapp.cli.opening import database, say
from geoapp.cli.people import BY, json_option
from geoapp.cli.progress import Bar, progress
from geoapp.config import Settings
from geoapp.db import writing
from geoapp.errors import Refused
from spatial.gpx import MAX_BYTES, GpxTrack, RefusedGpx, read_gpx
from spatial.tracks import Chunk, CleanTrack


class Moment(click.ParamType[datetime]):
    """A time with its zone."""

    name = "timestamp"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the time, or say how to write one."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value).strip())
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self.fail(
                f"{value!r} is not a time with its zone, such as 2026-03-01T18:30:00+00:00.", param, ctx
            )
        return moment


@dataclass(frozen=True)
class Part:
    """What becomes one walk: chunks numbered from 0, and counts of the points they come from."""

    name: str
    number: int
    chunks: tuple[Chunk, ...]
    points: int
    left_out: dict[str, int]


@dataclass(frozen=True)
class Done:
    """A walk as stored; `outcome` is added or unchanged."""

    walk: str
    name: str
    points: int
    kept: int
    dropped: dict[str, int]
    km: float
    minutes: float
    outcome: str


@dataclass
class Report:
    """What a file gave."""

    walks: list[Done] = field(default_factory=list)
    refused: list[dict[str, str]] = field(default_factory=list)

    def refuse(self, name: str, reason: str) -> None:
        """Keep why a track did not become a walk."""
        self.refused.append({"name": name, "reason": reason})


@click.group()
def walks() -> None:
    """Take in recorded tracks as walks."""


@walks.command("import")
@click.argument("path", metavar="FILE.gpx", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--walk", type=click.UUID, help="The walk that all tracks of the file belong to.")
@click.option("--officer", metavar="EMAIL", help=f"Whose walk it is; else the team {IMPORTED_TEAM}.")
@click.option(
    "--start", type=Moment(), help="When the walk began, for a file without times: 1.3 m/s from there."
)
@json_option
def import_(
    path: Path, *, walk: UUID | None, officer: str | None, start: datetime | None, as_json: bool
) -> None:
    """Store the tracks of a GPX 1.0 or 1.1 file, with their times; running it again changes nothing.

    Each track of the file becomes a walk of its own, which begins and ends with it. With --walk all of them
    go to that walk, with gaps between them; one that is not recorded yet begins and ends with the file. What
    cannot be imported is named with its reason, and the command ends with 1.
    """
    report = Report()
    with progress(quiet=as_json) as bar:
        bar.step(f"Reading {path.name}")
        try:
            data = _read(path)
            tracks = read_gpx(data, start=start)
        except RefusedGpx as error:
            report.refuse(path.name, error.reason)
        else:
            with database() as settings:
                parts = _together(path, tracks) if walk else _apart(path, tracks)
                run = _Run(settings, officer, walk, start, sha256(data).digest())
                _store(run, parts, report, bar)
    _print(report, as_json=as_json)
    if report.refused or not report.walks:
        raise click.exceptions.Exit(1)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be read ({error.strerror}).") from error


def _apart(path: Path, tracks: Sequence[GpxTrack]) -> list[Part]:
    """Return a part for each track."""
    return [
        Part(
            track.name or f"{path.name}, track {number}",
            number,
            _renumbered(track.chunks),
            track.points_read,
            {"without time or place": track.points_without_time},
        )
        for number, track in enumerate(tracks, start=1)
    ]


def _together(path: Path, tracks: Sequence[GpxTrack]) -> list[Part]:
    """Return all tracks as one part."""
    chunks = _renumbered([chunk for track in tracks for chunk in track.chunks])
    without = sum(track.points_without_time for track in tracks)
    points = sum(track.points_read for track in tracks)
    return [Part(path.name, 1, chunks, points, {"without time or place": without})]


def _renumbered(chunks: Sequence[Chunk]) -> tuple[Chunk, ...]:
    return tuple(replace(chunk, number=number) for number, chunk in enumerate(chunks))


@dataclass(frozen=True)
class _Run:
    """What is the same for all walks of a file."""

    settings: Settings
    officer: str | None
    walk: UUID | None
    start: datetime | None
    content_hash: bytes


def _store(run: _Run, parts: Sequence[Part], report: Report, bar: Bar) -> None:
    """Store each part in a transaction of its own."""
    bar.step("Walks", len(parts))
    for part in parts:
        chunks, out_of_time = import_walks.in_time(part.chunks, run.settings.limits)
        cleaned = cleaned_track(chunks, run.settings.rules)
        reason = _why_nothing(part, cleaned, out_of_time)
        if reason is None:
            try:
                stored = _add(run, part, chunks, cleaned)
            except Refused as error:
                reason = error.detail
        if reason is not None:
            report.refuse(part.name, reason)
        else:
            report.walks.append(_done(part, stored, cleaned, out_of_time))
        bar.advance()


def _why_nothing(part: Part, cleaned: CleanTrack, out_of_time: int) -> str | None:
    """Return why there is nothing to store, None when there is something."""
    if not part.chunks:
        return "No point has a time: give the time at which the walk started with --start."
    if any(len(piece.lon) > 1 for piece in cleaned.pieces):
        return None
    why = ", ".join(
        _counts(cleaned.dropped) + ([f"{out_of_time} with a time before 2015 or ahead"] * bool(out_of_time))
    )
    return f"No two points of it make a line ({why or 'too far apart in time'})."


def _counts(dropped: object) -> list[str]:
    return [f"{count:,} {why}" for why, count in dict(dropped).items() if count]  # type: ignore[call-overload] # a mapping


def _add(run: _Run, part: Part, chunks: tuple[Chunk, ...], cleaned: CleanTrack) -> import_walks.StoredTrack:
    rules = run.settings.rules
    with writing() as session:
        imports.without_time_limit(session)
        if run.walk is not None:
            return import_walks.add_to_walk(
                session, run.walk, chunks, cleaned, by=BY, officer=run.officer, rules=rules
            )
        whose = import_walks.keeper(session, run.officer)
        walk = import_walks.walk_of_file(run.content_hash, part.number, run.start)
        return import_walks.add_walk(session, walk, chunks, cleaned, by=BY, whose=whose, rules=rules)


def _done(part: Part, stored: import_walks.StoredTrack, cleaned: CleanTrack, out_of_time: int) -> Done:
    return Done(
        walk=str(stored.walk),
        name=part.name,
        points=part.points,
        kept=sum(len(piece.lon) for piece in cleaned.pieces),
        dropped=part.left_out | {"time out of range": out_of_time} | dict(cleaned.dropped),
        km=cleaned.metres / 1000,
        minutes=cleaned.minutes,
        outcome="added" if stored.added else "unchanged",
    )


def _print(report: Report, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"walks": [asdict(done) for done in report.walks], "refused": report.refused}))
        return
    for done in report.walks:
        click.echo("".join(_line(done)))
    for refused in report.refused:
        say(f"{refused['name']}: refused. {refused['reason']}")


def _line(done: Done) -> Iterator[str]:
    yield f"{done.name}: {done.km:.2f} km in {done.minutes:.0f} min"
    yield f" from {done.kept:,} of {done.points:,} points"
    left_out = _counts(done.dropped)
    yield f" (left out: {', '.join(left_out)})" if left_out else ""
    yield f", {done.outcome}. Walk {done.walk}"
