"""`geoapp users`, `geoapp tokens`, `geoapp keys`: who may come in, and with what."""

import json
import re
from datetime import UTC, datetime, timedelta

import click
from sqlalchemy import text

from geoapp.access import Role
from geoapp.actions import keys as key_actions
from geoapp.actions import people
from geoapp.cli.opening import database
from geoapp.db import reading, writing

BY = "command line"
_DURATION = re.compile(r"(\d+)\s*([mhdwy])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_YEAR = timedelta(days=365)


class Duration(click.ParamType[timedelta]):
    """A length of time such as 12h, 90d or 1y."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the length of time, or say how to write one."""
        if isinstance(value, timedelta):
            return value
        found = _DURATION.fullmatch(str(value).strip().lower())
        if not found:
            self.fail(f"{value!r} is not a duration such as 30m, 12h, 90d, 4w or 1y.", param, ctx)
        return int(found[1]) * _UNITS.get(found[2], _YEAR)


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def users() -> None:
    """Make people who may sign in."""


@users.command("create")
@click.argument("email")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    required=True,
    help="What they are to the scheme.",
)
@click.option("--team", required=True, help="Their team; made if it is missing.")
@click.option(
    "--borough", "boroughs", multiple=True, help="A borough's code that a planner sees; repeat for more."
)
@click.option("--name", help="Their name as it stands on pages; else made from the address.")
@json_option
@click.argument("more_boroughs", nargs=-1)
def create_user(  # noqa: PLR0917 (click hands options over by name)
    email: str,
    role: str,
    team: str,
    boroughs: tuple[str, ...],
    name: str | None,
    as_json: bool,
    more_boroughs: tuple[str, ...],
) -> None:
    """Make a person with EMAIL and print their password once.

    \b
    geoapp users create ana@force.example --role officer --team Brixton
    geoapp users create gis@council.example --role planner --team Lambeth --borough E09000022 E09000028
    """  # noqa: D301 (click reads \b)
    new = people.NewPerson(email, Role(role), team, (*boroughs, *more_boroughs), name)
    with database(), writing() as session:
        password = people.create(session, new, by=BY)
    if as_json:
        click.echo(json.dumps({"email": email.strip().lower(), "password": password}))
    else:
        click.echo(f"{email} can sign in with the password {password}\nIt is not shown again.")


@click.group()
def tokens() -> None:
    """Make bearer tokens for the capture API."""


@tokens.command("create")
@click.argument("email")
@click.option(
    "--expires", type=Duration(), help="How long it lasts, such as 12h or 90d; else as RULE_TOKEN_DAYS says."
)
@json_option
def create_token(email: str, expires: timedelta | None, as_json: bool) -> None:
    """Make a bearer token of the person with EMAIL and print it once."""
    with database() as settings, writing() as session:
        lasts = expires or timedelta(days=settings.rules.token_days)
        token = people.create_token(session, email, lasts=lasts, by=BY)
    click.echo(json.dumps({"token": token}) if as_json else token)


@click.group()
def keys() -> None:
    """Make, list and revoke the keys by which councils read the feed."""


@keys.command("create")
@click.argument("name")
@click.option(
    "--borough", "boroughs", multiple=True, help="A borough's code that the key opens; repeat for more."
)
@click.option(
    "--expires", type=Duration(), help="How long it lasts, such as 365d; else it does not end by itself."
)
@click.option("--write", is_flag=True, help="Let the council say what came of a concern.")
@json_option
@click.argument("more_boroughs", nargs=-1)
def create_key(  # noqa: PLR0917 (click hands options over by name)
    name: str,
    boroughs: tuple[str, ...],
    expires: timedelta | None,
    write: bool,
    as_json: bool,
    more_boroughs: tuple[str, ...],
) -> None:
    """Make a key called NAME for these boroughs and print it once.

    A second key of the same name may live beside the first, for a change-over.
    """
    with database(), writing() as session:
        new = key_actions.create(
            session, name, (*boroughs, *more_boroughs), by=BY, lasts=expires, may_write=write
        )
    click.echo(json.dumps({"key": new.secret, "id": str(new.id)}) if as_json else new.secret)


@keys.command("revoke")
@click.argument("name")
@click.option("--keep-newest", is_flag=True, help="Let the key made last go on: the end of a change-over.")
@json_option
def revoke_key(name: str, keep_newest: bool, as_json: bool) -> None:
    """End every living key called NAME at once."""
    with database(), writing() as session:
        ended = key_actions.revoke(session, name, by=BY, keep_newest=keep_newest)
    click.echo(json.dumps({"revoked": ended}) if as_json else f"{ended} ended.")


@keys.command("list")
@json_option
def list_keys(as_json: bool) -> None:
    """List keys with their boroughs and when they were last used; never a key itself."""
    asked = text("""
        SELECT k.id::text, k.name, k.hint, k.created_at, k.expires_at, k.revoked_at, k.last_used_at,
               k.may_write,
               array_agg(b.borough_code ORDER BY b.borough_code) AS boroughs
        FROM feed_key k JOIN feed_key_borough b ON b.feed_key_id = k.id
        GROUP BY k.id ORDER BY k.name, k.created_at""")
    with database(), reading() as connection:
        rows = [dict(row._mapping) for row in connection.execute(asked)]  # noqa: SLF001 (SQLAlchemy's public name)
    if as_json:
        click.echo(json.dumps({"keys": rows}, default=str))
        return
    for row in rows:
        ends = (row["revoked_at"], row["expires_at"])
        over = [when for when in ends if when and when <= datetime.now(UTC)]
        state = f"ended {min(over):%Y-%m-%d}" if over else "working"
        rights = "reads and writes back" if row["may_write"] else "reads"
        used = f"last used {row['last_used_at']:%Y-%m-%d %H:%M}" if row["last_used_at"] else "never used"
        click.echo(f"{row['name']}  …{row['hint']}  {', '.join(row['boroughs'])}  {rights}, {state}, {used}")
