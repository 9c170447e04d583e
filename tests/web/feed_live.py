"""The service as it runs in production, over real HTTP on a test's database."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geoapp.config import Settings
from tests.web.feed_world import LAMBETH, SOUTHWARK, World

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60


@dataclass(frozen=True)
class Live:
    """A running server and the keys to it."""

    port: int
    database: str
    pid: int
    key: str
    other_key: str

    @property
    def root(self) -> str:
        """Its address without a final slash."""
        return f"http://127.0.0.1:{self.port}"

    def features(self, path: str) -> list[dict[str, Any]]:
        """The features at an address under /feed/collections/, read with the key."""
        with contextlib.closing(connect(self.port)) as asking:
            asking.request("GET", f"/feed/collections/{path}", headers={"X-API-Key": self.key})
            found: list[dict[str, Any]] = json.loads(asking.getresponse().read())["features"]
            return found

    def bytes(self, path: str) -> bytes:
        """What is at an address under /feed/collections/, read with the key."""
        with contextlib.closing(connect(self.port)) as asking:
            asking.request("GET", f"/feed/collections/{path}", headers={"X-API-Key": self.key})
            answer = asking.getresponse()
            body = answer.read()
            assert answer.status == 200, body
            return body


@contextlib.contextmanager
def serving(world: World, settings: Settings, var: Path) -> Iterator[Live]:
    """Serve for as long as the block lasts."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    environment = {
        **os.environ,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DATABASE_URL": str(settings.database_url),
        "SECRET_KEY": "k" * 40,
        "GEOAPP_VAR": str(var),
        "WEB_PROCESSES": "1",
    }
    with (var / "web.log").open("wb") as log:
        command = [sys.executable, "-m", "geoapp", "web"]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=ROOT)
        try:
            _wait(port, process, var / "web.log")
            yield Live(
                port, str(settings.database_url), process.pid, world.keys[LAMBETH], world.keys[SOUTHWARK]
            )
        finally:
            process.terminate()
            process.wait(30)


def _wait(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while True:
        with (
            contextlib.suppress(OSError, http.client.HTTPException),
            contextlib.closing(connect(port)) as asking,
        ):
            asking.request("GET", "/readyz")
            if asking.getresponse().status == 200:
                return
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)


def connect(port: int, *, small: bool = False) -> http.client.HTTPConnection:
    """A connection; a small one has little room on the way, so that the server waits for the reader."""
    made = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    if small:
        made.sock = socket.socket()
        made.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        made.sock.settimeout(PATIENCE_S)
        made.sock.connect(("127.0.0.1", port))
    return made
