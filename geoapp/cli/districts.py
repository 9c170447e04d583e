"""`geoapp wards districts`: which wards a postcode district touches, for looking for walks."""

import csv
from pathlib import Path

import click

from geoapp.actions.districts import replace_districts
from geoapp.cli.opening import database
from geoapp.cli.people import BY
from geoapp.cli.wards import wards
from geoapp.db import writing


@wards.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def districts(file: Path) -> None:
    """Keep the pairs of a CSV file with the columns district and ward_code, instead of all others."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = csv.DictReader(text)
        if not {"district", "ward_code"} <= set(rows.fieldnames or ()):
            raise click.ClickException("The file needs the columns district and ward_code.")
        pairs = [(row["district"] or "", row["ward_code"] or "") for row in rows]
    with database():
        with writing() as session:
            count = replace_districts(session, pairs, by=BY)
        click.echo(f"{count:,} pairs of district and ward are kept.")
