"""`geoapp concerns`: taking in concerns from files."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO
from uuid import UUID

import click
import shapely
from sqlalchemy import select

from geoapp.actions import people
from geoapp.actions.imports import IMPORTED_TEAM, BatchDone, ImportedConcern, add_concerns
from geoapp.cli.concern_columns import BadRow, Columns, match_columns
from geoapp.cli.concern_rows import Naming, Said, make_concerns, read_row
from geoapp.cli.opening import database, say
from geoapp.cli.people import BY, json_option
from geoapp.cli.progress import Bar, progress
from geoapp.config import Limits
from geoapp.db import reading, writing
from geoapp.model import Factor
from spatial.point_files import FileRow, RefusedRows, RowFile, open_rows

_BATCH = 1000
_SHOWN = 5


@dataclass
class Count:
    """What became of the rows so far."""

    read: int = 0
    added: int = 0
    unchanged: int = 0
    rejected: int = 0
    outside: int = 0
    time_taken: int = 0

    def answer(self) -> dict[str, int]:
        """Return the figures of the contract."""
        names = ("read", "added", "unchanged", "rejected", "outside")
        return {name: getattr(self, name) for name in names}


@dataclass
class Rejects:
    """The rows that cannot be kept, with number and reason, in a file of their own once there is one."""

    path: Path
    columns: tuple[str, ...]
    written: bool
    reasons: list[str] = field(default_factory=list)
    _file: IO[str] | None = None

    def add(self, row: FileRow, reason: str) -> None:
        """Write one row down."""
        if len(self.reasons) < _SHOWN:
            self.reasons.append(f"Row {row.number}: {reason}")
        if not self.written:
            return
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8", errors="replace", newline="")
            self._line([*self.columns, "row", "reason"])
        cells = dict(row.cells)
        if row.geometry is not None:
            cells["wkt"] = _wkt(row.geometry)
        self._line([*(cells.get(name, "") for name in self.columns), row.number, reason])

    def _line(self, values: Iterable[object]) -> None:
        csv.writer(self._file).writerow(str(value).replace("\x00", "\ufffd") for value in values)  # type: ignore[arg-type] # open by now

    def close(self) -> None:
        """Finish the file; one of an earlier run is removed when nothing was rejected this time."""
        if self._file is not None:
            self._file.close()
        elif self.written and self.path.exists():
            self.path.unlink()
            say(f"Nothing was rejected this time: {self.path} of an earlier run is removed.")


class _Import:
    """One run over one file."""

    def __init__(
        self, file: RowFile, columns: Columns, limits: Limits, rejects: Rejects, *, source: str, team: str
    ) -> None:
        self.columns = columns
        self.limits = limits
        self.rejects = rejects
        self.source = source
        self.team = team
        self.rows = file.rows
        self.count = Count()
        self.naming = Naming()
        # Content and row by identifier, because a file can hold one twice.
        self.seen: dict[UUID, tuple[bytes, int, str | None]] = {}
        with reading() as connection:
            known = connection.scalars(select(Factor.code).where(Factor.retired_at.is_(None)))
            self.factors = frozenset(known)

    def run(self, bar: Bar, *, keep: bool) -> Count:
        """Store the file batch by batch, or try it all and take each batch back."""
        while batch := list(islice(self.rows, _BATCH)):
            refused: list[tuple[FileRow, str]] = []
            said = list(self._read(batch, refused))
            made, misplaced = make_concerns(said, self.naming, self.limits)
            refused += [(each.row, why) for each, why in misplaced]
            self._store(list(self._once(made, refused)), refused, keep=keep)
            self.count.read += len(batch)
            self.count.rejected += len(refused)
            for row, why in sorted(refused, key=lambda pair: pair[0].number):
                self.rejects.add(row, why)
            bar.advance(len(batch))
        return self.count

    def _read(self, batch: Sequence[FileRow], refused: list[tuple[FileRow, str]]) -> Iterator[Said]:
        for row in batch:
            try:
                said = read_row(row, self.columns, self.factors, self.limits)
            except BadRow as error:
                refused.append((row, str(error)))
                continue
            self.count.time_taken += said.time_taken
            yield said

    def _once(
        self, made: list[tuple[Said, ImportedConcern]], refused: list[tuple[FileRow, str]]
    ) -> Iterator[tuple[Said, ImportedConcern]]:
        """Give what this file has not held before; a repetition is unchanged, or rejected if it differs."""
        for said, concern in made:
            earlier = self.seen.get(concern.id)
            if earlier is None:
                self.seen[concern.id] = (concern.hash, said.row.number, None)
                yield said, concern
            elif earlier[0] == concern.hash and earlier[2] is None:
                self.count.unchanged += 1
            else:
                column = self.columns.name("id")
                why = earlier[2] if earlier[0] == concern.hash else None
                refused.append(
                    (said.row, why or f"{column}: is that of row {earlier[1]}, which has other content")
                )

    def _store(
        self,
        new: list[tuple[Said, ImportedConcern]],
        refused: list[tuple[FileRow, str]],
        *,
        keep: bool,
    ) -> None:
        if not new:
            return
        with writing() as session:
            team = people.team_id(session, self.team)
            concerns = [concern for _, concern in new]
            done = add_concerns(session, concerns, team=team, by=BY, source=self.source)
            if not keep:
                session.rollback()
        self._tally(done)
        for said, concern in new:
            why = done.rejected.get(concern.id)
            if why is not None:
                self.seen[concern.id] = (concern.hash, said.row.number, why)
                refused.append((said.row, why))

    def _tally(self, done: BatchDone) -> None:
        self.count.added += len(done.added)
        self.count.unchanged += len(done.unchanged)
        self.count.outside += done.outside


@click.group()
def concerns() -> None:
    """Take in concerns from files."""


@concerns.command("import")
@click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Try it all and store nothing; no file of rejected rows.")
@click.option(
    "--map", "maps", multiple=True, metavar="THEIRS=OURS", help="Their column is ours; repeat for more."
)
@click.option(
    "--team", default=IMPORTED_TEAM, show_default=True, help="Whose concerns they are; made if missing."
)
@json_option
def import_(path: Path, dry_run: bool, maps: tuple[str, ...], team: str, as_json: bool) -> None:
    """Store the concerns of FILE (CSV, GeoJSON, GeoPackage), each once, however often this is run.

    \b
    Columns, in any case; all but place and time may be missing:
      id                    a UUID, or any text that stays the same; without it a row is
                            known by its content and how many times that has occurred
      longitude, latitude   WGS84 degrees; or easting, northing in National Grid metres;
                            or wkt, a POINT or LINESTRING (SRID=27700;POINT (530000 180000))
      recorded_at           2026-03-30T21:14:05Z; without a zone it is London time; a day
                            without a time is noon of it in London
      month                 2026-03, where there is no recorded_at: noon of its first day
      kind                  concern (also when empty) or positive
      factors, applies      parted by semicolons
      feeling, basis, setting, note, walk (a UUID)

    \b
    geoapp concerns import pins.csv
    geoapp concerns import events.csv --map lon=longitude --map lat=latitude --map occurred_at=recorded_at

    Rows that cannot be kept go with row number and reason to FILE.rejected.csv, made anew by each run and
    removed by one that rejects nothing; the command then ends with 1. CSV is UTF-8, or Windows-1252 with a
    remark; parted by comma, semicolon or tab. What is stored is not changed by another import: a row with
    the same id and other content is rejected.
    """  # noqa: D301 (click reads \b)
    mapped = [_pair(each) for each in maps]
    try:
        file = open_rows(path)
        columns = match_columns(file, mapped)
    except (RefusedRows, OSError) as error:
        raise click.ClickException(str(error)) from error
    rejects = Rejects(Path(f"{path}.rejected.csv"), _original(file), written=not dry_run)
    with database() as settings, progress(quiet=as_json) as bar:
        bar.step("Concerns", file.count)
        run = _Import(file, columns, settings.limits, rejects, source=path.name, team=team)
        try:
            count = run.run(bar, keep=not dry_run)
            rejects.close()
        except OSError as error:
            raise click.ClickException(f"{rejects.path} cannot be written ({error}).") from error
    if as_json:
        click.echo(json.dumps(count.answer()))
    else:
        for remark in (*file.remarks, *_remarks(columns, count)):
            say(remark)
        _report(count, rejects, dry_run=dry_run)
    if count.rejected:
        raise click.exceptions.Exit(1)


def _pair(text: str) -> tuple[str, str]:
    theirs, equals, ours = text.rpartition("=")
    if not (theirs and equals and ours):
        raise click.BadParameter(f"{text!r} is not THEIRS=OURS, such as lon=longitude.", param_hint="--map")
    return theirs, ours


def _original(file: RowFile) -> tuple[str, ...]:
    """Return the columns that a rejected row is handed back with; row and reason of another run left out."""
    columns = file.columns[:-2] if file.columns[-2:] == ("row", "reason") else file.columns
    return (*columns, "wkt") if file.has_places and "wkt" not in columns else columns


def _wkt(geometry: object) -> str:
    """Return a GeoJSON geometry as WKT, or as the JSON that it is when nobody can read it."""
    written = json.dumps(geometry)
    try:
        return str(shapely.to_wkt(shapely.from_geojson(written), rounding_precision=-1))
    except shapely.errors.ShapelyError:
        return written


def _remarks(columns: Columns, count: Count) -> Iterator[str]:
    if columns.unused:
        yield f"Not used: {', '.join(columns.unused)}."
    if count.time_taken:
        yield (
            f"{count.time_taken:,} {'row has' if count.time_taken == 1 else 'rows have'} a day or month "
            "without a time: noon in London was taken, so the light is that of noon."
        )


def _report(count: Count, rejects: Rejects, *, dry_run: bool) -> None:
    added = "would be added" if dry_run else "added"
    click.echo(
        f"{count.read:,} rows read: {count.added:,} {added}, {count.unchanged:,} unchanged, "
        f"{count.rejected:,} rejected; {count.outside:,} of the kept ones lie outside all wards."
    )
    for reason in rejects.reasons:
        say(reason)
    if count.rejected > len(rejects.reasons):
        say(f"… and {count.rejected - len(rejects.reasons):,} more.")
    if count.rejected and not dry_run:
        say(f"The rejected rows are in {rejects.path}.")
