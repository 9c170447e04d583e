"""`geoapp up`: database, web and worker together, until Ctrl-C; `web` and `worker` alone for production."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from types import FrameType

import click
from flask import Flask

from geoapp import schema
from geoapp.cli.opening import say, settings_or_exit, with_cluster
from geoapp.config import Settings
from geoapp.embedded import Cluster, EmbeddedError, running

_PR_SET_PDEATHSIG = 1
_PATIENCE_S = 20.0
_READY_S = 120.0  # a machine that is busy or slow; a server that has ended is noticed at once
_ROUND_S = 0.5
_AGAIN_S = 5.0


class _Stopped(Exception):
    """Somebody pressed Ctrl-C or asked the process to end."""


@click.command(short_help="Serve everything: database, web and worker, until Ctrl-C.")
@click.option("--demo/--no-demo", default=False, help="Load the invented demo borough first, once.")
def up(demo: bool) -> None:
    """Serve everything: the embedded database (unless DATABASE_URL is set), web and worker, until Ctrl-C.

    \b
    HOST and PORT say where (127.0.0.1:8000); GEOAPP_VAR says where data lies (var/).
    """  # noqa: D301 (click reads \b)
    settings = settings_or_exit()
    _refuse_taken_port(settings)
    try:
        with _stoppable():
            if settings.database_url is not None:
                _serve(settings, None, demo=demo)
            else:
                with running(settings.var, log=say) as cluster:
                    _serve(with_cluster(settings, cluster), cluster, demo=demo)
    except (EmbeddedError, schema.SchemaError) as error:
        raise click.ClickException(str(error)) from error
    except _Stopped:
        say("Stopped.")


def _refuse_taken_port(settings: Settings) -> None:
    """End the command where something else listens already: its answers would be taken for our own."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise click.ClickException(
            f"Nothing can listen on {settings.host}:{settings.port} ({error.strerror}). "
            "Stop what is there, or choose another place: PORT=8001 geoapp up"
        ) from error


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM end the block in order, and hold back further ones while it ends."""

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 (the shape of a handler)
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise _Stopped

    before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _serve(settings: Settings, cluster: Cluster | None, *, demo: bool) -> None:
    schema.upgrade(str(settings.database_owner_url))
    accounts = _load_demo(settings) if demo else []
    children = [_Child("web", settings, demo), _Child("worker", settings, demo)]
    try:
        for child in children:
            child.start()
        _wait_until_ready(settings, children[0])
        _greet(settings, accounts)
        while True:
            time.sleep(_ROUND_S)
            if cluster is not None:
                cluster.ensure_running()
            for child in children:
                child.keep()
    finally:
        for child in children:
            child.ask_to_end()
        for child in children:
            child.wait()


def _load_demo(settings: Settings) -> list[tuple[str, str, str]]:
    from geoapp.cli.demo_command import load_once  # noqa: PLC0415 (the generator is needed only for a demo)

    return load_once(settings)


@dataclass
class _Child:
    """A process of ours: `geoapp web` or `geoapp worker`, told in its environment where the database is."""

    command: str
    settings: Settings
    demo: bool
    process: subprocess.Popen[bytes] | None = None
    started: float = field(default=0.0)

    def start(self) -> None:
        """Start it in a session of its own, so that the terminal's Ctrl-C reaches only its parent."""
        settings = self.settings
        environment = os.environ | {
            "DATABASE_URL": str(settings.database_url),
            "DATABASE_OWNER_URL": str(settings.database_owner_url),
            "DATABASE_FEED_URL": str(settings.database_feed_url),
            "SECRET_KEY": settings.secret_key,
            "GEOAPP_VAR": str(settings.var),
            "GEOAPP_DEMO": "1" if self.demo else "",
            "GEOAPP_PARENT": str(os.getpid()),
        }
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 (this program itself)
            [sys.executable, "-m", "geoapp", self.command], env=environment, start_new_session=True
        )

    def keep(self) -> None:
        """Start it again if it has ended, at most once in a few seconds."""
        if self.process is None or self.process.poll() is None or time.monotonic() - self.started < _AGAIN_S:
            return
        say(f"The {self.command} process ended with {self.process.returncode}; starting it again.")
        self.start()

    def ask_to_end(self) -> None:
        """Ask it to finish what it has begun."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self) -> None:
        """Wait until it has ended; end it by force when it does not."""
        if self.process is None:
            return
        try:
            self.process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _wait_until_ready(settings: Settings, web_child: _Child) -> None:
    address = f"http://{_reachable(settings.host)}:{settings.port}/readyz"
    until = time.monotonic() + _READY_S
    while time.monotonic() < until:
        if web_child.process is not None and web_child.process.poll() is not None:
            raise click.ClickException(
                f"The web server did not start on {settings.host}:{settings.port}. The lines above say why."
            )
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise click.ClickException("The web server did not answer in time. The lines above say why.")


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 (what to ask, not where to listen)


def _greet(settings: Settings, accounts: list[tuple[str, str, str]]) -> None:
    click.echo(f"\nLamplight is at {settings.public_url}/")
    if accounts:
        click.echo("Demo sign-ins (everything in the demo is invented):")
        width = max(len(email) for _, email, _ in accounts)
        for role, email, password in accounts:
            click.echo(f"  {role:<14} {email:<{width}}  {password}")
    click.echo("Ctrl-C stops it.\n")


def _end_with_parent() -> None:
    """Be ended by the kernel when the process that started this one is gone, also if it was killed."""
    parent = os.environ.get("GEOAPP_PARENT")
    if parent and sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(parent):
            raise SystemExit(1)


@click.command()
def web() -> None:
    """Serve the pages, the capture API and the feed on HOST:PORT; needs DATABASE_URL."""
    from geoapp.cli.gunicorn_app import serve  # noqa: PLC0415 (the server is needed only here)

    _end_with_parent()
    serve(_settings_with_database(), demo=bool(os.environ.get("GEOAPP_DEMO")))


@click.command()
def worker() -> None:
    """Do background jobs and what is due by the clock; needs DATABASE_URL."""
    from geoapp import db, logs  # noqa: PLC0415 (start-up of the other commands stays short)
    from geoapp.jobs.queue import make_queue  # noqa: PLC0415 (likewise)
    from geoapp.planning import background  # noqa: PLC0415 (likewise)

    _end_with_parent()
    settings = _settings_with_database()
    logs.configure()
    db.connect(settings)
    made = make_queue(settings)
    background.add_tasks(made, settings, lambda: _pages(settings, demo=bool(os.environ.get("GEOAPP_DEMO"))))
    try:
        with made.open() as queue:
            queue.run_worker(install_signal_handlers=True)
    finally:
        db.disconnect()


@cache
def _pages(settings: Settings, *, demo: bool) -> Flask:
    """Return the application for its templates, made when the first print of this process is."""
    from geoapp import create_app  # noqa: PLC0415 (likewise)

    app = create_app(settings)
    app.extensions["lamplight_demo"] = demo
    return app


def _settings_with_database() -> Settings:
    settings = settings_or_exit()
    if settings.database_url is None:
        raise click.ClickException("Set DATABASE_URL. To serve with the embedded database run: geoapp up")
    return settings
