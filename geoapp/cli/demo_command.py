"""`geoapp demo`: an invented borough in the sea off Kent, with a season of walks."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

import click
from sqlalchemy import select

from geoapp.cli.opening import database, say
from geoapp.config import Settings
from geoapp.db import connect, disconnect, reading
from geoapp.model import Edition

Account = tuple[str, str, str]
_SEED, _WALKS, _CONCERNS = 2026, 240, 900
_EDITION = "demo"


@click.group()
def demo() -> None:
    """Load an invented borough, so that every screen has something to show."""


@demo.command()
@click.option(
    "--seed", type=int, default=_SEED, show_default=True, help="The same seed makes the same borough."
)
@click.option(
    "--walks", "walks", type=click.IntRange(1), default=_WALKS, show_default=True, help="How many walks."
)
@click.option(
    "--concerns", type=click.IntRange(1), default=_CONCERNS, show_default=True, help="How many concerns."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def load(seed: int, walks: int, concerns: int, as_json: bool) -> None:
    """Load the demo borough with a season of walks that ends yesterday; loading again changes nothing."""
    with database() as settings:
        fresh = not _is_loaded()
        if fresh:
            _load(settings, seed, walks, concerns)
        accounts = _accounts(settings)
    if as_json:
        named = [{"role": role, "email": email, "password": password} for role, email, password in accounts]
        click.echo(json.dumps({"loaded": fresh, "accounts": named}))
        return
    click.echo("The demo is loaded." if fresh else "The demo was loaded before.")
    for role, email, password in accounts:
        click.echo(f"  {role:<14} {email:<36} {password}")


def load_once(settings: Settings) -> list[Account]:
    """Load the demo if it is not there, and return its sign-ins: role, address, password."""
    connect(settings, pooled=False)
    try:
        if not _is_loaded():
            _load(settings, _SEED, _WALKS, _CONCERNS)
        return _accounts(settings)
    finally:
        disconnect()


def _is_loaded() -> bool:
    with reading() as connection:
        return connection.scalar(select(Edition.id).where(Edition.name == _EDITION)) is not None


def _load(settings: Settings, seed: int, walks: int, concerns: int) -> None:
    from geoapp.cli.demo.load import store  # noqa: PLC0415 (a second start must not wait for the generator)

    say("Drawing the demo borough and walking its streets (once)")
    _keep_accounts(settings.var / "demo_accounts.json", store(settings, seed, walks, concerns))


def _accounts(settings: Settings) -> list[Account]:
    kept = settings.var / "demo_accounts.json"
    if not kept.exists():
        return []
    return [(role, email, password) for role, email, password in json.loads(kept.read_text())]


def _keep_accounts(path: Path, accounts: Iterable[tuple[str, str, str]]) -> None:
    """Keep the demo's passwords where only this account can read them; they are made anew for each demo."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
        json.dump(list(accounts), file)
