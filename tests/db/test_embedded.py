"""The private cluster, tried by really starting, racing and killing it."""

import contextlib
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from geoapp import embedded
from geoapp.embedded import places, postmaster

ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not ROOT, reason="only root steps down to another account")
USER = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests may ignore it
import json, sys
from pathlib import Path
from geoapp import embedded
with embedded.running(Path(sys.argv[1])) as cluster:
    print(json.dumps({"pid": cluster.pid}), flush=True)
    sys.stdin.read()
"""
FORKING_USER = """
import os, sys
from pathlib import Path
from geoapp import embedded
with embedded.running(Path(sys.argv[1])) as cluster:
    child = os.fork()
    if child == 0:
        sys.exit(7)  # falls out of the with statement, as a web server's worker does
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(code, embedded.status(Path(sys.argv[1])).state)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return an empty folder that any account may enter (pytest's own are closed to others)."""
    made = Path(tempfile.mkdtemp(prefix="lamplight-test-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    for var in (lock.parent for lock in made.rglob("pg.lock")):
        embedded.stop(var)
    shutil.rmtree(made)


@pytest.fixture
def var(folder: Path) -> Path:
    return folder / "var"


@pytest.fixture
def users() -> Iterator[Callable[[Path], subprocess.Popen[str]]]:
    """Return a function that starts another process which uses the cluster until its input closes."""
    started: list[subprocess.Popen[str]] = []

    def start(var: Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", USER, str(var)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def pid_seen_by(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(json.loads(process.stdout.readline())["pid"])


def leave(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=30)
    return process.returncode


def ended(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"  # dead, and not yet collected by its parent


def connect(cluster: embedded.Cluster, role: str = "owner") -> psycopg.Connection[Any]:
    return psycopg.connect(cluster.url(role).replace("+psycopg", ""), autocommit=True)


def ask(cluster: embedded.Cluster, question: str, role: str = "owner") -> list[Any]:
    with connect(cluster, role) as connection:
        return connection.execute(question).fetchall()


def account_of_cluster() -> int:
    return pwd.getpwnam("postgres").pw_uid if ROOT else os.geteuid()


def test_first_start_is_private_durable_and_not_root(var: Path) -> None:
    half = var / "pg.new-left-by-a-crash"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("15\n")
    said: list[str] = []
    with embedded.running(var, log=said.append) as cluster:
        assert cluster.data == var / "pg"
        assert not half.exists()
        settings = dict(ask(cluster, "SELECT name, setting FROM pg_settings", "postgres"))
        wanted = {
            "listen_addresses": "", "data_checksums": "on", "fsync": "on", "synchronous_commit": "on",
            "full_page_writes": "on", "jit": "off", "max_connections": "100", "server_encoding": "UTF8",
        }  # fmt: skip
        assert {name: settings[name] for name in wanted} == wanted
        assert ask(cluster, "SELECT datcollate FROM pg_database WHERE datname = 'lamplight'") == [
            ("C.UTF-8",)
        ]
        process = Path(f"/proc/{cluster.pid}")
        assert process.stat().st_uid == account_of_cluster() != 0
        assert os.getsid(cluster.pid) != os.getsid(0)  # a terminal's Ctrl-C goes to our session alone
        listing = cluster.places.account.run("ls", "-l", str(process / "fd"), timeout_s=10).stdout
        inodes = set(re.findall(r"socket:\[(\d+)\]", listing))
        tcp = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
        assert inodes
        assert not inodes & {line.split()[9] for line in tcp.splitlines() if ":" in line.split()[0]}
        assert places.places_for(var).socket.stat().st_mode & 0o077 == 0
    assert len(said) == 1
    assert embedded.status(var) == embedded.Status("stopped", var / "pg", None)


def test_roles_have_the_rights_they_need_and_no_more(var: Path) -> None:
    with embedded.running(var) as cluster:
        rights = (
            "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolcanlogin FROM pg_roles "
        )
        assert ask(cluster, rights + "WHERE rolname IN ('owner', 'app', 'feed') ORDER BY 1", "postgres") == [
            ("app", False, False, False, False, True),
            ("feed", False, False, False, False, True),
            ("owner", False, True, False, False, True),
        ]
        member = "SELECT pg_has_role('owner', 'app', 'USAGE'), pg_has_role('owner', 'feed', 'USAGE')"
        assert ask(cluster, member) == [(True, True)]
        assert ask(cluster, "SELECT datdba::regrole::text FROM pg_database WHERE datname = 'lamplight'") == [
            ("owner",)
        ]
        for role in ("app", "feed"):
            assert ask(cluster, "SELECT ST_AsText(ST_Point(1, 2))", role) == [("POINT(1 2)",)]
        ask_as_superuser = connect(cluster, "postgres")
        ask_as_superuser.execute("CREATE ROLE stranger LOGIN")
        ask_as_superuser.close()
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            connect(cluster, "stranger")
    with embedded.running(var) as cluster:  # preparing again changes nothing and breaks nothing
        assert ask(cluster, member) == [(True, True)]


def test_a_second_process_shares_the_server_and_the_last_one_stops_it(
    var: Path, users: Callable[[Path], subprocess.Popen[str]]
) -> None:
    with embedded.running(var) as cluster:
        second = users(var)
        assert pid_seen_by(second) == cluster.pid
        first_pid = cluster.pid
    assert embedded.status(var).pid == first_pid
    assert leave(second) == 0
    assert embedded.status(var).state == "stopped"


def test_racing_first_starts_make_one_cluster(
    var: Path, users: Callable[[Path], subprocess.Popen[str]]
) -> None:
    racers = [users(var) for _ in range(3)]
    pids = {pid_seen_by(racer) for racer in racers}
    assert len(pids) == 1
    assert [leave(racer) for racer in racers] == [0, 0, 0]
    assert embedded.status(var).state == "stopped"


def test_every_acknowledged_row_survives_kill_9_of_postgres(var: Path) -> None:
    acknowledged: list[int] = []

    def write(cluster: embedded.Cluster) -> None:
        with contextlib.suppress(psycopg.OperationalError), connect(cluster) as connection:
            for number in range(10**9):
                connection.execute("INSERT INTO kept VALUES (%s)", [number])
                acknowledged.append(number)

    with embedded.running(var) as cluster:
        with connect(cluster) as connection:
            connection.execute("CREATE TABLE kept (number integer PRIMARY KEY)")
        assert cluster.ensure_running() is False
        for _ in range(2):
            acknowledged.clear()
            with connect(cluster) as connection:
                connection.execute("TRUNCATE kept")
            writer = threading.Thread(target=write, args=[cluster])
            writer.start()
            while len(acknowledged) < 50:
                time.sleep(0.001)
            killed = cluster.pid
            os.kill(killed, signal.SIGKILL)
            writer.join(30)
            assert cluster.ensure_running() is True
            assert cluster.pid != killed
            kept = {row[0] for row in ask(cluster, "SELECT number FROM kept")}
            # At most the one row that was on its way is there without its answer.
            assert set(acknowledged) <= kept
            assert len(kept) - len(acknowledged) in (0, 1)


def test_a_busy_backend_of_a_killed_server_does_not_hinder_the_next(var: Path) -> None:
    with embedded.running(var) as cluster:
        busy = connect(cluster)
        backend = busy.info.backend_pid
        busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000) AS a(x)")
        os.kill(cluster.pid, signal.SIGKILL)
        while postmaster.running_pid(cluster.data) is not None:
            time.sleep(0.001)
        assert not ended(backend)
        assert cluster.ensure_running() is True
        assert ended(backend)
        assert ask(cluster, "SELECT 1") == [(1,)]
        busy.close()


def test_after_kill_9_of_everything_the_next_start_has_the_rows(
    var: Path, users: Callable[[Path], subprocess.Popen[str]]
) -> None:
    with embedded.running(var) as cluster, connect(cluster) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 41 AS number")
    process = users(var)
    server = pid_seen_by(process)
    process.kill()
    os.kill(server, signal.SIGKILL)
    with embedded.running(var) as cluster:
        assert cluster.pid != server
        assert ask(cluster, "SELECT number FROM kept") == [(41,)]


def test_after_kill_9_of_the_program_the_next_one_takes_its_server_over(
    var: Path, users: Callable[[Path], subprocess.Popen[str]]
) -> None:
    process = users(var)
    server = pid_seen_by(process)
    process.kill()
    process.wait()
    assert embedded.status(var) == embedded.Status("running", var / "pg", server)
    with embedded.running(var) as cluster:
        assert cluster.pid == server
    assert embedded.status(var).state == "stopped"


def test_a_pid_file_that_names_another_process_is_stale(var: Path) -> None:
    embedded.start(var)
    lines = (var / "pg" / "postmaster.pid").read_text().splitlines()
    assert embedded.stop(var) is True
    assert embedded.stop(var) is False
    account = {"user": account_of_cluster(), "group": 0 if ROOT else os.getegid()} if ROOT else {}
    stranger = subprocess.Popen(["sleep", "60"], **account)  # type: ignore[call-overload]
    zombie = subprocess.Popen(["true"], **account)  # type: ignore[call-overload]
    while not ended(zombie.pid):
        time.sleep(0.001)
    try:
        for pid in (stranger.pid, zombie.pid, 2**22 - 1, os.getpid()):
            (var / "pg" / "postmaster.pid").write_text("\n".join([str(pid), *lines[1:]]) + "\n")
            assert embedded.status(var).state == "stopped"
            with embedded.running(var) as cluster:
                assert cluster.pid != pid
                assert ask(cluster, "SELECT 1") == [(1,)]
        (var / "pg" / "postmaster.pid").write_text("")  # torn by a full disk
        with embedded.running(var) as cluster:
            assert ask(cluster, "SELECT 1") == [(1,)]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
        zombie.wait()


def test_a_long_path_gets_a_short_private_socket_and_refuses_a_planted_one(folder: Path) -> None:
    var = folder / ("a-long-name-" * 9) / "with space, comma and é"
    socket = places.places_for(var).socket
    assert len(os.fsencode(socket)) < 80
    assert not socket.is_relative_to(folder)
    socket.mkdir(mode=0o755)
    try:
        with pytest.raises(embedded.EmbeddedError, match=f"rm -rf {socket}"), embedded.running(var):
            pass
    finally:
        socket.rmdir()
    with embedded.running(var) as cluster:
        assert ask(cluster, "SELECT 1", "app") == [(1,)]
        assert socket.stat().st_mode & 0o777 == 0o700
        assert socket.stat().st_uid == account_of_cluster()
    assert not socket.exists()


@only_root
def test_a_project_that_postgres_cannot_enter_keeps_its_data_elsewhere(folder: Path) -> None:
    home = folder / "home"
    home.mkdir(mode=0o700)
    var = home / "var"
    said: list[str] = []
    with embedded.running(var, log=said.append) as cluster:
        data = cluster.data
        assert data.parent == Path("/var/lib/lamplight")
        assert (var / "pg.location").read_text() == f"{data}\n"
        assert any(str(data) in line for line in said)
        connect(cluster).execute("CREATE TABLE kept AS SELECT 1 AS number").connection.close()
    try:
        home.chmod(0o755)  # opened later: the data stays where it is
        with embedded.running(var) as cluster:
            assert cluster.data == data
            assert ask(cluster, "SELECT number FROM kept") == [(1,)]
    finally:
        for path in data.parent.glob(f"{data.name}*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@only_root
def test_an_ordinary_user_runs_it_as_herself_and_root_joins_in_her_name(folder: Path) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    home = folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, nobody, nobody)
    var = home / "var"
    child = os.fork()  # not a new program: the interpreter may lie where she cannot read
    if child == 0:
        code = 1
        with contextlib.suppress(BaseException):
            os.setgroups([])
            os.setgid(nobody)
            os.setuid(nobody)
            os.environ["HOME"] = str(home)
            with embedded.running(var) as cluster:
                mine = Path(f"/proc/{cluster.pid}").stat().st_uid == nobody
                code = 0 if mine and ask(cluster, "SELECT 1", "app") == [(1,)] else 2
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert embedded.status(var).state == "stopped"
    with embedded.running(var) as cluster:
        assert cluster.data == var / "pg"
        assert Path(f"/proc/{cluster.pid}").stat().st_uid == nobody


def test_missing_programs_are_named_with_the_line_that_installs_them(
    var: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = folder / "bin"
    empty.mkdir()
    monkeypatch.setenv("GEOAPP_PG_BIN", str(empty))
    line = r"sudo apt-get install -y postgresql-\d+ postgresql-\d+-postgis-3"
    with pytest.raises(embedded.EmbeddedError, match=line), embedded.running(var):
        pass
    assert not (var / "pg").exists()


def test_data_of_another_version_and_foreign_folders_are_left_alone(var: Path) -> None:
    data = var / "pg"
    data.mkdir(parents=True)
    os.chown(data, account_of_cluster(), -1)
    (data / "PG_VERSION").write_text("12\n")
    with pytest.raises(embedded.EmbeddedError, match=r"made by PostgreSQL 12.* postgresql-12 "):
        embedded.start(var)
    (data / "PG_VERSION").rename(data / "letter.txt")
    with pytest.raises(embedded.EmbeddedError, match="no PostgreSQL data folder"):
        embedded.start(var)
    assert (data / "letter.txt").read_text() == "12\n"


def test_ctrl_c_at_the_terminal_stops_everything(
    var: Path, users: Callable[[Path], subprocess.Popen[str]]
) -> None:
    process = users(var)
    server = pid_seen_by(process)
    os.killpg(process.pid, signal.SIGINT)  # the terminal signals the whole group
    _, _ = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert embedded.status(var).state == "stopped"
    assert ended(server)


def test_a_forked_worker_that_ends_does_not_stop_the_server(var: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKING_USER, str(var)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "7 running\n"
    assert embedded.status(var).state == "stopped"
