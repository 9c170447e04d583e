"""Starting, attaching to, restarting and stopping the private cluster."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import psycopg

from geoapp.embedded import locks, postmaster
from geoapp.embedded.binaries import Binaries, find
from geoapp.embedded.bootstrap import DATABASE, SUPERUSER, make_data, prepare, write_settings
from geoapp.embedded.errors import EmbeddedError
from geoapp.embedded.places import PORT, Places, make_socket_folder, places_for, remove_socket_folder

Log = Callable[[str], None]
_START_TIMEOUT_S = 600  # recovery after a crash may have much to read
_READY_TIMEOUT_S = 30  # one that says it is ready and does not answer has lost its socket
_STOP_TIMEOUT_S = 60
_LOG_LIMIT = 10 * 1024 * 1024
_POLL_S = 0.02


def _silent(_line: str) -> None:
    return


@dataclass(frozen=True)
class Cluster:
    """A cluster that was running when this value was made."""

    places: Places
    log: Log = _silent

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.places.data

    @property
    def pid(self) -> int:
        """The server's process id now; EmbeddedError if it does not run."""
        pid = postmaster.running_pid(self.data)
        if pid is None:
            raise EmbeddedError(f"the database in {self.data} is not running. Run: geoapp up")
        return pid

    def url(self, role: str, database: str = DATABASE) -> str:
        """Return the address for a role, for SQLAlchemy with psycopg 3 over the Unix socket.

        The port is named although it is the usual one, because libpq would otherwise take it from PGPORT.
        """
        host = quote(str(self.places.socket), safe="/")
        return f"postgresql+psycopg://{quote(role)}@/{quote(database)}?host={host}&port={PORT}"

    def ensure_running(self) -> bool:
        """Restart the server if it died; return whether that was so. Cheap when it lives: call it often."""
        if postmaster.running_pid(self.data) is not None:
            return False
        with locks.exclusive(self.places.lock, self.log):
            if postmaster.running_pid(self.data) is not None:
                return False
            self.log("The database ended unexpectedly; starting it again")
            _start(self.places, self.log)
        return True


@dataclass(frozen=True)
class Status:
    """What is known of a cluster without touching it; `pid` is None unless it runs."""

    state: Literal["missing", "stopped", "running"]
    data: Path
    pid: int | None


@contextmanager
def running(var: Path, *, log: Log = _silent) -> Iterator[Cluster]:
    """Make the cluster of a `var` folder if it is missing, run it, and stop it when the last user leaves.

    A cluster that another process runs from the same folder is shared: whoever leaves last stops it, also
    if others were killed. `log` gets one plain line for each step that takes time. SIGTERM has to be turned
    into an exception by the caller, as Python does for Ctrl-C. Raises EmbeddedError.
    """
    places = places_for(var)
    users = locks.open_lock(places.users)
    us = os.getpid()
    try:
        with locks.exclusive(places.lock, log):
            locks.share(users)
            cluster = Cluster(_start(places, log), log)
        yield cluster
    finally:
        if os.getpid() == us:  # a forked child that falls out of here is not the one who leaves
            _leave(places, users, log)


def start(var: Path, *, log: Log = _silent) -> Cluster:
    """Make and start the cluster and let it run after this process; the next `running` to end stops it."""
    places = places_for(var)
    with locks.exclusive(places.lock, log):
        return Cluster(_start(places, log), log)


def stop(var: Path, *, log: Log = _silent) -> bool:
    """Stop the cluster whoever uses it, with nothing lost; return whether it ran."""
    places = places_for(var)
    if postmaster.running_pid(places.data) is None:
        return False
    with locks.exclusive(places.lock, log):
        return _stop(places)


def status(var: Path) -> Status:
    """Return whether the cluster of a `var` folder is missing, stopped or running."""
    data = places_for(var).data
    if not (data / "PG_VERSION").exists():
        return Status("missing", data, None)
    pid = postmaster.running_pid(data)
    return Status("stopped" if pid is None else "running", data, pid)


def _leave(places: Places, users: int, log: Log) -> None:
    try:
        with locks.exclusive(places.lock, log):
            if locks.alone(users):
                _stop(places)
    finally:
        locks.release(users)


def _start(places: Places, log: Log) -> Places:
    """Bring the cluster up and return where it really is; the caller holds its lock.

    1. A server that already answers is used as it is. One that is just ending is waited for.
    2. Otherwise programs are sought that fit the data folder, and the folder is made if there is none.
    3. The remains of a crash are cleared, settings written, and the server started.
    4. Roles, database and extension are completed.
    """
    if places.moved:
        log(f"The database lies in {places.data}, because {places.account.name} cannot enter this project")
    if not _answers(places):
        binaries = find(_version_of(places.data))
        if not (places.data / "PG_VERSION").exists():
            make_data(places, binaries, log)
        make_socket_folder(places)
        postmaster.clear_remains(places.data, places.socket, places.account)
        write_settings(places)
        _launch(places, binaries)
        if not _answers(places):
            raise EmbeddedError(f"the database ended while starting:\n{_last_lines(places.data)}")
    live = _live(places)
    prepare(live.socket)
    return live


def _launch(places: Places, binaries: Binaries) -> None:
    server_log = places.data / "server.log"
    if server_log.exists() and server_log.stat().st_size > _LOG_LIMIT:
        server_log.replace(places.data / "server.log.1")
    done = places.account.run(
        *(binaries.program("pg_ctl"), "start", "--silent", "--pgdata", str(places.data)),
        *("--log", str(server_log), "--wait", "--timeout", str(_START_TIMEOUT_S)),
        timeout_s=_START_TIMEOUT_S + 10,
    )
    if done.returncode != 0:
        raise EmbeddedError(
            f"the database in {places.data} does not start: {done.stdout.strip()}\n{_last_lines(places.data)}"
        )


def _stop(places: Places) -> bool:
    if postmaster.running_pid(places.data) is None:
        return False
    live = _live(places)
    binaries = find(_version_of(places.data))
    for mode in ("fast", "immediate"):  # the second loses nothing either, but recovers at the next start
        done = places.account.run(
            *(binaries.program("pg_ctl"), "stop", "--silent", "--pgdata", str(places.data)),
            *("--mode", mode, "--wait", "--timeout", str(_STOP_TIMEOUT_S)),
            timeout_s=_STOP_TIMEOUT_S + 10,
        )
        if done.returncode == 0 or postmaster.running_pid(places.data) is None:
            remove_socket_folder(live)
            return True
    raise EmbeddedError(f"the database in {places.data} does not stop: {done.stdout.strip()}")


def _answers(places: Places) -> bool:
    """Wait until the server answers or is gone; say which. One that recovers or ends makes us wait."""
    began = time.monotonic()
    while postmaster.running_pid(places.data) is not None:
        file = postmaster.read_pid_file(places.data)
        host = str(_live(places).socket)
        try:
            psycopg.connect(
                host=host, port=PORT, user=SUPERUSER, dbname="postgres", connect_timeout=5
            ).close()
        except psycopg.OperationalError as error:
            patience = _READY_TIMEOUT_S if file and file.ready else _START_TIMEOUT_S
            if time.monotonic() - began > patience:
                raise EmbeddedError(
                    f"the database in {places.data} runs and does not answer ({error}).\n"
                    f"{_last_lines(places.data)}"
                ) from None
            time.sleep(_POLL_S)
        else:
            return True
    return False


def _live(places: Places) -> Places:
    """Return the places with the socket that the running server really has: root's choice is not a user's."""
    file = postmaster.read_pid_file(places.data)
    return replace(places, socket=file.socket) if file and file.socket else places


def _version_of(data: Path) -> int | None:
    try:
        return int((data / "PG_VERSION").read_text().strip())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise EmbeddedError(
            f"{data} holds no readable PG_VERSION ({error}). Restore it from a backup"
        ) from None


def _last_lines(data: Path) -> str:
    try:
        lines = (data / "server.log").read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-8:])
