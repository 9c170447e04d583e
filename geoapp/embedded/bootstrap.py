"""Making the cluster: its files, its settings, its roles and its database. Each step can be run again."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import sql

from geoapp.embedded.binaries import Binaries
from geoapp.embedded.errors import EmbeddedError
from geoapp.embedded.places import PORT, Places

DATABASE = "lamplight"
SUPERUSER = "postgres"
SETTINGS_FILE = "lamplight.conf"
_INITDB_TIMEOUT_S = 300
_MIB = 1024 * 1024

# Nobody but the owner of the socket's folder (and root) reaches the socket, so it asks no password.
_HBA = "local all all trust\nlocal replication all trust\n"

# Private and durable: what was acknowledged survives a crash. The log keeps neither values nor statements,
# because a note on a walk must not end up in it.
_SETTINGS = f"""\
listen_addresses = ''
port = {PORT}
unix_socket_permissions = 0700
max_connections = 100
fsync = on
synchronous_commit = on
full_page_writes = on
jit = off
random_page_cost = 1.1
timezone = 'UTC'
log_timezone = 'UTC'
log_checkpoints = off
log_error_verbosity = terse
log_min_error_statement = panic
"""


def make_data(places: Places, binaries: Binaries, log: Callable[[str], None]) -> None:
    """Make the data folder: under another name, renamed when complete, so that a half-made one is never used.

    Raises EmbeddedError where `initdb` fails, or where the folder holds something else.
    """
    _remove_halves(places.data)
    if places.data.is_dir():
        if any(places.data.iterdir()):
            aside = f"mv {places.data} {places.data}.old"
            raise EmbeddedError(f"{places.data} exists and is no PostgreSQL data folder. Run: {aside}")
        places.data.rmdir()
    log(f"Making the database in {places.data} (PostgreSQL {binaries.major}, once)")
    fresh = Path(tempfile.mkdtemp(prefix=_half_prefix(places.data), dir=places.data.parent))
    try:
        places.account.own(fresh)
        _initdb(fresh, places, binaries)
        fresh.rename(places.data)
    except BaseException:  # Ctrl-C too leaves no half behind
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _initdb(fresh: Path, places: Places, binaries: Binaries) -> None:
    done = places.account.run(
        *(binaries.program("initdb"), "--pgdata", str(fresh), "--username", SUPERUSER),
        *("--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"),
        *("--auth-local=trust", "--auth-host=reject", "--no-instructions"),
        timeout_s=_INITDB_TIMEOUT_S,
    )
    if done.returncode != 0:
        raise EmbeddedError(f"the database could not be made in {places.data}:\n{done.stdout.strip()}")
    with (fresh / "postgresql.conf").open("a") as conf:
        conf.write(f"\ninclude '{SETTINGS_FILE}'\n")
    (fresh / "pg_hba.conf").write_text(_HBA)


def write_settings(places: Places) -> None:
    """Write our settings into the data folder, with memory by the machine's size; never through a link."""
    memory = _memory_mib()
    shared = max(64, min(4096, memory // 6))
    text = (
        f"{_SETTINGS}unix_socket_directories = '{places.socket}'\n"
        f"shared_buffers = {shared}MB\n"
        f"effective_cache_size = {max(128, memory // 2)}MB\n"
        f"maintenance_work_mem = {max(64, min(512, memory // 32))}MB\n"
        f"work_mem = {max(4, min(32, memory // 256))}MB\n"
    )
    descriptor, name = tempfile.mkstemp(prefix=".settings-", dir=places.data)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    places.account.own(Path(name))
    Path(name).replace(places.data / SETTINGS_FILE)


def prepare(socket: Path) -> None:
    """Make the roles, the database and its extension, whichever of them is missing, and their grants.

    `owner` migrates and is a member of `app` and `feed`, so that it can hand out and test their rights.
    """
    with _superuser(socket, SUPERUSER) as server:
        have = {row[0] for row in server.execute("SELECT rolname FROM pg_roles")}
        wanted = {"owner": "LOGIN CREATEROLE", "app": "LOGIN NOINHERIT", "feed": "LOGIN", "scheme": "NOLOGIN"}
        for role, rights in wanted.items():
            if role not in have:
                server.execute(sql.SQL("CREATE ROLE {} " + rights).format(sql.Identifier(role)))
        # Participants are seen under `scheme` alone: `app` may take it on, and inherits nothing from it.
        server.execute("ALTER ROLE app NOINHERIT")
        server.execute("GRANT scheme TO app")
        # With the admin option, because from PostgreSQL 16 CREATEROLE alone may not alter other roles.
        server.execute("GRANT app, feed TO owner WITH ADMIN OPTION")
        database = sql.Identifier(DATABASE)
        known = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if known is None:
            server.execute(
                sql.SQL("CREATE DATABASE {} OWNER owner TEMPLATE template0 ENCODING 'UTF8'").format(database)
            )
        server.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        server.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO owner, app, feed").format(database))
    with _superuser(socket, DATABASE) as server:
        _bring_postgis(server)


def _bring_postgis(server: psycopg.Connection[tuple[str | None, ...]]) -> None:
    row = server.execute(
        "SELECT installed_version, default_version FROM pg_available_extensions WHERE name = 'postgis'"
    ).fetchone()
    installed, offered = row or (None, None)
    if installed is None:
        server.execute("CREATE EXTENSION postgis")
    elif installed != offered:  # the machine's PostGIS was upgraded since
        server.execute("ALTER EXTENSION postgis UPDATE")


def _superuser(socket: Path, database: str) -> psycopg.Connection[tuple[str | None, ...]]:
    return psycopg.connect(
        host=str(socket), port=PORT, user=SUPERUSER, dbname=database, connect_timeout=10, autocommit=True
    )


def _half_prefix(data: Path) -> str:
    return f"{data.name}.new-"


def _remove_halves(data: Path) -> None:
    for half in data.parent.glob(_half_prefix(data) + "*"):
        shutil.rmtree(half)


def _memory_mib() -> int:
    """Memory that this process may use: the machine's, or its control group's where that is less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        group = int(Path("/sys/fs/cgroup/memory.max").read_text())
    except (OSError, ValueError):
        group = machine
    return min(machine, group) // _MIB
