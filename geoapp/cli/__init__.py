"""The command `geoapp`: everything that is done from a terminal."""

from importlib import import_module

import click

# Commands are imported when they are asked for: `geoapp --help` and a second start must not wait for pandas.
_COMMANDS = {
    "up": "geoapp.cli.up:up",
    "web": "geoapp.cli.up:web",
    "worker": "geoapp.cli.up:worker",
    "db": "geoapp.cli.database:db",
    "verify": "geoapp.cli.verify:verify",
    "demo": "geoapp.cli.demo_command:demo",
    "wards": "geoapp.cli.districts:wards",
    "concerns": "geoapp.cli.concerns:concerns",
    "walks": "geoapp.cli.walks:walks",
    "users": "geoapp.cli.people:users",
    "tokens": "geoapp.cli.people:tokens",
    "keys": "geoapp.cli.people:keys",
    "erase": "geoapp.cli.participants:erase",
    "retention": "geoapp.cli.participants:retention",
    "messages": "geoapp.cli.participants:messages",
    "feed": "geoapp.cli.feed_sync:feed",
}


class _Commands(click.Group):
    """A group whose commands lie in modules of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click calls it so)
        """Return the names in the order of a newcomer's day."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click calls it so)
        """Import and return one command."""
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lamplight", prog_name="geoapp")
def main() -> None:
    """Lamplight: concerns raised on walks, honest ward heatmaps, and a feed for councils.

    \b
    From nothing to a running demo:     geoapp up --demo
    Own wards into the database:        geoapp wards import FILE --edition 2022
    An officer and a token for scripts: geoapp users create EMAIL --role officer --team NAME
                                        geoapp tokens create EMAIL
    """  # noqa: D301 (click reads \b)
