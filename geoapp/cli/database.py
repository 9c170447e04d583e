"""`geoapp db`: the schema, and a way in."""

import json
import os
import subprocess

import click
from sqlalchemy.engine import make_url

from geoapp import schema
from geoapp.cli.opening import database, say


@click.group()
def db() -> None:
    """Bring the database to the newest schema, ask where it stands, or look inside."""


@db.command()
def upgrade() -> None:
    """Run every migration that is missing; safe to repeat."""
    with database(migrated=False) as settings:
        say(f"The schema is at {schema.upgrade(str(settings.database_owner_url))}.")


@db.command()
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take migrations back to REVISION ('base': all). What they held is lost."""
    with database(migrated=False) as settings:
        schema.downgrade(str(settings.database_owner_url), revision)
        say(f"The schema is at {schema.status(str(settings.database_owner_url))[0]}.")


@db.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(as_json: bool) -> None:
    """Say which revision the database has and which is the newest."""
    with database(migrated=False) as settings:
        reached, newest = schema.status(str(settings.database_owner_url))
    if as_json:
        click.echo(json.dumps({"revision": reached, "newest": newest, "up_to_date": reached == newest}))
    else:
        click.echo(f"Revision {reached}, newest {newest}.")
    if reached != newest:
        raise click.exceptions.Exit(1)


@db.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> None:
    """Open psql on the database as the owner; further ARGUMENTS go to psql, such as -c 'SELECT 1'."""
    with database(migrated=False) as settings:
        url = make_url(str(settings.database_owner_url))
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        environment = {**os.environ, "PGOPTIONS": "-c search_path=lamplight,public"}
        done = subprocess.run(["psql", plain, *arguments], env=environment, check=False)  # noqa: S603, S607 (the person's own psql)
    raise click.exceptions.Exit(done.returncode)
