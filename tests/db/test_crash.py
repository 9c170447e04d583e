"""Killing the running service while it is written to: what was acknowledged is there, once."""

import contextlib
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from geoapp import embedded

Server = Any  # the class of the fixture lies in conftest.py, which tests cannot import
ROOT = Path(__file__).resolve().parents[2]
WRITERS = 4
PATIENCE_S = 150


def processes() -> dict[int, tuple[int, str]]:
    """Every process with its parent and its command line."""
    found = {}
    for each in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            parent = int((each / "stat").read_text().rpartition(")")[2].split()[1])
            command = (each / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            found[int(each.name)] = (parent, command.strip())
    return found


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@dataclass
class Service:
    """`geoapp up` on a folder of its own, and whatever belongs to it."""

    var: Path
    port: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it, and return after how many seconds it answered."""
        began = time.monotonic()
        with (self.var.parent / "up.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "geoapp", "up", "--no-demo"],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=ROOT,
            )
        self.wait_until_ready()
        return time.monotonic() - began

    def wait_until_ready(self) -> None:
        until = time.monotonic() + PATIENCE_S
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.send("GET", "/readyz")[0] == 200:
                    return
            assert self.process is not None
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < until, self.log()
            time.sleep(0.05)

    def send(self, method: str, path: str, body: object = None, token: str = "") -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def command(self, *arguments: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "geoapp", *arguments, "--json"],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            cwd=ROOT,
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def log(self) -> str:
        return (self.var.parent / "up.log").read_text()

    def children(self) -> dict[str, list[int]]:
        """The process ids of the web server, its workers, the background worker and the database server."""
        assert self.process is not None
        everything = processes()
        below = {pid for pid, (parent, _) in everything.items() if parent == self.process.pid}
        web = [pid for pid in below if everything[pid][1].endswith("geoapp web")]
        return {
            "web": web,
            "web worker": [pid for pid, (parent, _) in everything.items() if parent in web],
            "worker": [pid for pid in below if everything[pid][1].endswith("geoapp worker")],
            "postmaster": [pid for pid in [embedded.status(self.var).pid] if pid],
        }

    def left_behind(self) -> list[str]:
        """Command lines of processes that still belong to this folder."""
        mark = str(self.var.parent).encode()
        found = []
        for pid, (_, command) in processes().items():
            with contextlib.suppress(OSError):
                if mark in command.encode() or mark in Path(f"/proc/{pid}/environ").read_bytes():
                    found.append(f"{pid} {command}")
        return found


@pytest.fixture
def service() -> Iterator[Service]:
    folder = Path(tempfile.mkdtemp(prefix="lamplight-crash-", dir="/tmp"))
    folder.chmod(0o755)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("GEOAPP", "DATABASE"))},
        "GEOAPP_VAR": str(folder / "var"),
        "PORT": str(port),
        "WEB_PROCESSES": "2",
        "WEB_THREADS": "8",
    }
    made = Service(folder / "var", port, environment)
    try:
        yield made
    finally:
        if made.process is not None and made.process.poll() is None:
            made.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                made.process.wait(30)
        embedded.stop(made.var)
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Writer:
    """A phone in bad weather: sends each thing until it is acknowledged, and remembers what was."""

    service: Service
    token: str
    ending: threading.Event
    walk: str = field(default_factory=lambda: str(uuid.uuid4()))
    concerns: list[str] = field(default_factory=list)
    chunks: list[int] = field(default_factory=list)
    refused: list[tuple[int, bytes]] = field(default_factory=list)

    def run(self) -> None:
        number = 0
        while not self.ending.is_set():
            concern, lon = str(uuid.uuid4()), -0.12 + number * 1e-5
            feature = {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [lon, 51.46]},
                "properties": {"walk": self.walk, "kind": "concern", "recorded_at": "2026-02-10T19:30:00Z"},
            }
            if self.until_acknowledged(f"/capture/api/concerns/{concern}", feature):
                self.concerns.append(concern)
            at = 1_770_750_000_000 + number * 60_000
            fixes = [[lon, 51.46 + step * 1e-5, at + step * 1000, 5] for step in range(10)]
            path = f"/capture/api/walks/{self.walk}/track/{number}"
            if self.until_acknowledged(path, {"fixes": fixes, "gap_before": True}):
                self.chunks.append(number)
            number += 1

    def until_acknowledged(self, path: str, body: object) -> bool:
        while not self.ending.is_set():
            try:
                status, said = self.service.send("PUT", path, body, self.token)
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)
                continue
            if status in {200, 201}:
                return True
            if status != 503:
                self.refused.append((status, said))
                return False
            time.sleep(0.02)
        return False


def test_whatever_is_killed_what_was_acknowledged_is_there_once(service: Service) -> None:
    chance = random.Random(7)  # noqa: S311 (moments to kill at, the same ones each time)
    service.start()
    officer = "ana@force.example"
    service.command("users", "create", officer, "--role", "officer", "--team", "Brixton")
    token = service.command("tokens", "create", officer)["token"]
    ending = threading.Event()
    writers = [Writer(service, token, ending) for _ in range(WRITERS)]
    threads = [threading.Thread(target=writer.run) for writer in writers]
    for thread in threads:
        thread.start()
    try:
        for victim in ("web worker", "postmaster", "worker", "web", "postmaster"):
            time.sleep(chance.uniform(0.5, 2))
            there = service.children()[victim]
            assert there, (victim, service.log())
            kill(chance.choice(there))
            time.sleep(0.3)
            service.wait_until_ready()
        time.sleep(chance.uniform(0.5, 1.5))
        assert service.process is not None
        for pid in [service.process.pid, *(pid for pids in service.children().values() for pid in pids)]:
            kill(pid)
        service.process.wait(10)
        again = service.start()
        time.sleep(1)
    finally:
        ending.set()
        for thread in threads:
            thread.join(60)
    assert [writer.refused for writer in writers] == [[]] * WRITERS
    acknowledged = sorted(concern for writer in writers for concern in writer.concerns)
    assert len(acknowledged) > 50
    _check_receipts(service, writers)
    service.process.send_signal(signal.SIGINT)
    assert service.process.wait(40) == 0, service.log()
    assert service.left_behind() == []
    _check_stored(service, acknowledged, writers)
    assert again < PATIENCE_S


def _check_receipts(service: Service, writers: list[Writer]) -> None:
    for writer in writers:
        status, said = service.send("GET", f"/capture/api/walks/{writer.walk}/receipt", token=writer.token)
        receipt = json.loads(said)
        assert status == 200
        assert set(writer.concerns) <= {each["id"] for each in receipt["concerns"]}
        assert set(writer.chunks) <= {each["chunk"] for each in receipt["chunks"]}


def _check_stored(service: Service, acknowledged: list[str], writers: list[Writer]) -> None:
    """Look into the database itself: nothing lost, nothing twice, nothing half."""
    with embedded.running(service.var) as cluster:
        url = (
            make_url(cluster.url("owner")).set(drivername="postgresql").render_as_string(hide_password=False)
        )
        with psycopg.connect(url, options="-c search_path=lamplight,public") as owner:
            stored = [str(one) for (one,) in owner.execute("SELECT id FROM concern").fetchall()]
            assert len(stored) == len(set(stored))
            assert set(acknowledged) <= set(stored)
            # One that was stored while its answer was cut off is there too, one for each writer at most.
            assert len(stored) - len(acknowledged) <= WRITERS
            places = owner.execute(
                "SELECT count(*), count(DISTINCT (geom_bng, walk_id)) FROM concern"
            ).fetchone()
            assert places == (len(stored), len(stored))
            kept = "SELECT count(*) FROM audit WHERE action = 'concern created'"
            assert owner.execute(kept).fetchone() == (len(stored),)
            holes = """SELECT count(*) FROM
                (SELECT id, row_number() OVER (ORDER BY id) n FROM audit) a WHERE id <> n"""
            assert owner.execute(holes).fetchone() == (0,)
            broken = """SELECT count(*) FROM (SELECT audit.*, audit_hash(audit) AS again,
                lag(hash, 1, '\\x00') OVER (ORDER BY id) AS before FROM audit) a
                WHERE hash <> again OR previous <> before"""
            assert owner.execute(broken).fetchone() == (0,)
            for writer in writers:
                track = "SELECT ST_NumGeometries(geom) FROM track WHERE walk_id = %s"
                chunks = "SELECT count(*) FROM track_chunk WHERE walk_id = %s"
                assert (
                    owner.execute(track, [writer.walk]).fetchone()
                    == owner.execute(chunks, [writer.walk]).fetchone()
                )


JOB = """
import sys, time
from pathlib import Path
from geoapp.config import read_settings
from geoapp.jobs.queue import make_queue
queue = make_queue(read_settings())
@queue.task(name="tried", pass_context=True)
def tried(context, where):
    with Path(where).open("a") as file:
        file.write(f"{context.job.attempts}\\n")
    if context.job.attempts == 0:
        time.sleep(600)
with queue.open():
    if sys.argv[1] == "defer":
        tried.defer(where=sys.argv[2])
    else:
        queue.run_worker(wait=sys.argv[1] == "wait", install_signal_handlers=False)
"""


def test_a_job_of_a_worker_that_was_killed_is_done_again(
    server: Server, database: str, tmp_path: Path
) -> None:
    where = tmp_path / "tried"
    environment = os.environ | {"DATABASE_URL": server.url(database), "SECRET_KEY": "k" * 40}

    def run(how: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", JOB, how, str(where)], env=environment, cwd=ROOT)

    assert run("defer").wait(30) == 0
    begun = run("wait")
    until = time.monotonic() + 30
    while not where.exists() or not where.read_text():
        assert time.monotonic() < until
        time.sleep(0.05)
    begun.kill()
    begun.wait(10)
    url = make_url(server.url(database)).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, options="-c search_path=lamplight,public", autocommit=True) as owner:
        asked = "SELECT status::text FROM procrastinate_jobs WHERE task_name = 'tried'"
        assert owner.execute(asked).fetchone() == ("doing",)
        # As if its worker had been silent for long enough, and the minute had come.
        owner.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
        owner.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
            " VALUES ('default', 'take up stalled jobs', '{\"timestamp\": 0}')"
        )
        for _ in range(2):  # the first takes it up, the second does it
            assert run("once").wait(60) == 0
        assert owner.execute(asked).fetchone() == ("succeeded",)
    assert where.read_text().split() == ["0", "1"]
