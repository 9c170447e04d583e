"""`geoapp wards`: taking in, checking and listing editions of ward boundaries."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy import text

from geoapp.actions import imports
from geoapp.actions import wards as ward_actions
from geoapp.cli.opening import database, say
from geoapp.cli.people import BY, json_option
from geoapp.cli.progress import Bar, progress
from geoapp.db import reading, writing
from spatial.coverage import Coverage, check_coverage
from spatial.wards import FieldNames, RefusedBoundaries, WardFile, read_wards

F = TypeVar("F", bound=Callable[..., Any])
_SHOWN = 20
_EDITIONS = text("""
SELECT e.name, e.valid_from::text AS valid_from, count(a.id) AS wards,
       count(DISTINCT a.borough_code) AS boroughs, e.imported_at::text AS imported_at
FROM edition e LEFT JOIN area a ON a.edition_id = e.id
GROUP BY e.id ORDER BY e.valid_from, e.name""")


@dataclass(frozen=True)
class Found:
    """A boundary file and how its wards lie together."""

    file: WardFile
    coverage: Coverage

    @property
    def boroughs(self) -> int:
        """How many boroughs the wards name."""
        return len({ward.borough_code for ward in self.file.wards if ward.borough_code})

    @property
    def faults(self) -> bool:
        """Whether anything at all is amiss."""
        file, coverage = self.file, self.coverage
        return bool(file.refused or file.repaired or file.repeated or coverage.gaps or coverage.overlaps)

    def answer(self, edition: str | None) -> dict[str, object]:
        """Return the figures of the contract; `wards`, `boroughs` and `repaired` are numbers."""
        return {
            "edition": edition,
            "wards": len(self.file.wards),
            "boroughs": self.boroughs,
            "repaired": len(self.file.repaired),
            "refused": [{"row": each.row, "reason": each.reason} for each in self.file.refused],
            "gaps_m2": self.coverage.gaps_m2,
            "overlaps_m2": self.coverage.overlaps_m2,
        }


def field_options(command: F) -> F:
    """Add the options that name columns outright."""
    for option, what in (
        ("borough", "the borough's code or name"),
        ("name", "ward names"),
        ("code", "ward codes"),
    ):
        command = click.option(
            f"--{option}-field", metavar="F", help=f"The column with {what}; else by its usual name."
        )(command)
    return command


@click.group()
def wards() -> None:
    """Take in, check and list editions of ward boundaries."""


@wards.command("import")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--edition", required=True, help="What this edition is called, such as 2022.")
@click.option(
    "--valid-from",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The first day these wards are in force; else they always were.",
)
@field_options
@json_option
def import_(
    path: Path,
    *,
    edition: str,
    valid_from: datetime | None,
    code_field: str | None,
    name_field: str | None,
    borough_field: str | None,
    as_json: bool,
) -> None:
    """Store the wards of FILE as an edition and assign every concern and walk to it.

    FILE is a GeoPackage, Shapefile (also zipped), GeoJSON or TopoJSON in any stated coordinate system.
    An edition of the same name is replaced, all of it or nothing. Rows that are refused are named with their
    reason, the others are stored, and the command ends with 1.

    \b
    geoapp wards import wards_2022.gpkg --edition 2022 --valid-from 2022-05-05
    """  # noqa: D301 (click reads \b)
    with progress(quiet=as_json) as bar:
        found = _look(path, FieldNames(code_field, name_field, borough_field), bar)
        if found.file.wards:
            bar.step("Storing the wards and assigning what was recorded to them")
            since = valid_from.date() if valid_from else ward_actions.ALWAYS
            new = ward_actions.NewEdition(edition, found.file.wards, since)
            with database(), writing() as session:
                imports.without_time_limit(session)
                ward_actions.import_edition(session, new, by=BY)
    _tell(found, edition, as_json=as_json)
    if not as_json:
        stored = f"stored as edition {edition}" if found.file.wards else "and nothing was stored"
        click.echo(f"{len(found.file.wards):,} wards of {found.boroughs:,} boroughs, {stored}.")
        if found.file.refused:
            click.echo(f"{len(found.file.refused):,} rows were refused and are not part of it.")
    if found.file.refused or not found.file.wards:
        raise click.exceptions.Exit(1)


@wards.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@field_options
@json_option
def check(
    path: Path, *, code_field: str | None, name_field: str | None, borough_field: str | None, as_json: bool
) -> None:
    """Say what is amiss with FILE without storing anything; ends with 1 when there is something.

    Invalid shapes, rows that would be refused, repeated codes, gaps and overlaps.
    """
    with progress(quiet=as_json) as bar:
        found = _look(path, FieldNames(code_field, name_field, borough_field), bar)
    _tell(found, None, as_json=as_json)
    if not as_json:
        verdict = "Something is amiss, as listed." if found.faults else "Nothing is amiss."
        click.echo(f"{len(found.file.wards):,} wards of {found.boroughs:,} boroughs. {verdict}")
    if found.faults or not found.file.wards:
        raise click.exceptions.Exit(1)


@wards.command("list")
@json_option
def list_editions(as_json: bool) -> None:
    """List the editions with the day they are valid from."""
    with database(), reading() as connection:
        rows = [dict(row._mapping) for row in connection.execute(_EDITIONS)]  # noqa: SLF001 (SQLAlchemy's public name)
    if as_json:
        click.echo(json.dumps({"editions": rows}))
        return
    for row in rows:
        since = "always" if row["valid_from"] == str(ward_actions.ALWAYS) else f"from {row['valid_from']}"
        click.echo(f"{row['name']}  {since}  {row['wards']:,} wards of {row['boroughs']:,} boroughs")


def _look(path: Path, given: FieldNames, bar: Bar) -> Found:
    bar.step(f"Reading {path.name}")
    try:
        file = read_wards(path, given)
    except (RefusedBoundaries, OSError) as error:
        raise click.ClickException(str(error)) from error
    bar.step("Looking for gaps and overlaps")
    return Found(file, check_coverage(file.wards))


def _tell(found: Found, edition: str | None, *, as_json: bool) -> None:
    """Print the figures, and beside them every finding in words."""
    file, coverage = found.file, found.coverage
    lines = [
        *file.remarks,
        *(f"Row {each.row}, {each.code}: repaired, {each.what}" for each in file.repaired),
        *(f"Row {each.row} refused: {each.reason}" for each in file.refused),
        *(f"The code {code} occurs more than once." for code in file.repeated),
        *(
            f"Overlap of {each.code_a} and {each.code_b}: {each.area_m2:,.1f} m2"
            for each in coverage.overlaps
        ),
        *(_place("Gap", each.area_m2, each.geom_bng.centroid) for each in coverage.gaps),
        *(
            _place("Notch of the outline, no gap", each.area_m2, each.geom_bng.centroid)
            for each in coverage.notches
        ),
    ]
    for line in lines[:_SHOWN]:
        say(line)
    if len(lines) > _SHOWN:
        say(f"… and {len(lines) - _SHOWN:,} more findings.")
    if as_json:
        click.echo(json.dumps(found.answer(edition)))


def _place(what: str, area_m2: float, middle: Any) -> str:  # noqa: ANN401 (a shapely Point)
    return f"{what} around easting {middle.x:.0f}, northing {middle.y:.0f}: {area_m2:,.1f} m2"
