"""Opening the database for a command: the one named by DATABASE_URL, or the embedded cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import click

from geoapp import db, schema
from geoapp.config import Settings, SettingsError, read_settings
from geoapp.embedded import Cluster, EmbeddedError, running
from geoapp.errors import LamplightError


def say(line: str) -> None:
    """Tell the person at the terminal what is happening, beside the answer on standard output."""
    click.echo(line, err=True)


def with_cluster(settings: Settings, cluster: Cluster) -> Settings:
    """Return the settings with the addresses of the embedded cluster in them."""
    return replace(
        settings,
        database_url=cluster.url("app"),
        database_owner_url=cluster.url("owner"),
        database_feed_url=cluster.url("feed"),
    )


def settings_or_exit() -> Settings:
    """Return the settings of the environment, or end the command with what is wrong with them."""
    try:
        return read_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def database(*, migrated: bool = True) -> Iterator[Settings]:
    """Give the settings with an open database at the newest schema; errors end the command in words."""
    settings = settings_or_exit()
    try:
        if settings.database_url is not None:
            with _opened(settings, migrated=migrated):
                yield settings
            return
        with running(settings.var, log=say) as cluster:
            settings = with_cluster(settings, cluster)
            with _opened(settings, migrated=migrated):
                yield settings
    except (EmbeddedError, schema.SchemaError) as error:
        raise click.ClickException(str(error)) from error
    except LamplightError as error:
        raise click.ClickException(error.detail) from error


@contextmanager
def _opened(settings: Settings, *, migrated: bool) -> Iterator[None]:
    if migrated:
        schema.upgrade(str(settings.database_owner_url))
    db.connect(settings, pooled=False)
    try:
        yield
    finally:
        db.disconnect()
