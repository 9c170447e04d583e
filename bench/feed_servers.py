"""The servers that bench/feed.py compares, each in processes of its own, and the loads on them.

Run by itself this file does nothing.
"""

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlsplit

from geoapp.embedded import Cluster

HERE = Path(__file__).resolve().parent
WORKERS = 2
CONNECTIONS = 8
_START_S = 180
_REQUIRED = {
    "tipg": ("tipg", "uvicorn[standard]"),
    "pygeoapi": ("pygeoapi", "gunicorn", "psycopg2-binary", "sqlalchemy", "geoalchemy2"),
    "geopandas": ("flask", "geopandas", "sqlalchemy", "psycopg2-binary", "gunicorn"),
}
_PYGEOAPI = """
server:
  bind: {{host: 127.0.0.1, port: {port}}}
  url: http://127.0.0.1:{port}
  mimetype: application/json; charset=UTF-8
  encoding: utf-8
  gzip: false
  languages: [en-GB]
  limits: {{default_items: 10, max_items: 1000000, on_exceed: throttle}}
  map: {{url: "http://127.0.0.1/{{z}}/{{x}}/{{y}}.png", attribution: none}}
logging: {{level: ERROR}}
metadata:
  identification:
    {{title: bench, description: bench, keywords: [bench], keywords_type: theme, terms_of_service: none,
      url: "http://127.0.0.1"}}
  license: {{name: none, url: "http://127.0.0.1"}}
  provider: {{name: bench, url: "http://127.0.0.1"}}
  contact: {{name: bench, position: bench}}
resources:
  concern:
    type: collection
    title: concern
    description: concern
    keywords: [bench]
    extents:
      spatial: {{bbox: [-0.6, 51.2, 0.4, 51.8], crs: "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}}
    providers:
      - type: feature
        name: PostgreSQL
        data:
          {{host: "{socket}", port: 5432, dbname: "{database}", user: "{user}", password: unused,
            search_path: [peer, public]}}
        id_field: id
        table: concern
        geom_field: geom
"""


@dataclass(frozen=True)
class Load:
    """What came of one load: requests a second, the middle time, the most memory, and what went wrong."""

    per_second: float
    middle_ms: float
    peak_mb: float
    wrong: str


@dataclass
class Server:
    """A running server: where its features are, how one is asked for, headers, and its parent process."""

    name: str
    items: str
    process: subprocess.Popen[bytes]
    form: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def page(self, limit: int, box: str = "", passed: int = 0) -> str:
        """Return the address of a page, of a box or after so many features."""
        more = f"&bbox={box}" if box else ""
        more += f"&offset={passed}" if passed else ""
        return f"{self.items}?limit={limit}{self.form}{more}"

    def following(self, limit: int, pages: int) -> list[str]:
        """Return the addresses of that many pages, one after the other, as a script finds them."""
        if not self.headers:  # the peers' next links say the same
            return [self.page(limit, passed=number * limit) for number in range(pages)]
        found = [self.page(limit)]
        while len(found) < pages:
            _, _, body = get(self, found[-1])
            following = [each["href"] for each in json.loads(body)["links"] if each["rel"] == "next"]
            if not following:
                break
            found += following
        return found

    def one(self, identifier: str) -> str:
        """Return the address of one feature."""
        return f"{self.items}/{identifier}{self.form.replace('&', '?', 1)}"


@dataclass(frozen=True)
class Place:
    """Where everything lies: the folder, the cluster and its database, and the first of the ports."""

    var: Path
    cluster: Cluster
    database: str
    port: int


@contextmanager
def running(
    place: Place, key: str, say: Callable[[str], None], peers: Sequence[str]
) -> Iterator[dict[str, Server]]:
    """Run this service and its peers side by side."""
    with ExitStack() as stack:
        servers = {"lamplight": stack.enter_context(_own(place, key))}
        for number, name in enumerate(peers, 1):
            say(f"starting {name}")
            python = _environment(place.var / "peers" / name, _REQUIRED[name])
            started = _PEERS[name](replace(place, port=place.port + number), python)
            servers[name] = stack.enter_context(started)
        yield servers


def _environment(folder: Path, required: Sequence[str]) -> Path:
    """Return the Python of a virtual environment that holds these, made if it is not there."""
    python = folder / "bin" / "python"
    done = folder / "installed"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *required], check=True)
        done.write_text("\n".join(required))
    return python


@contextmanager
def _started(
    name: str, command: Sequence[str | Path], environment: Mapping[str, str], log: Path, made: tuple[str, str]
) -> Iterator[Server]:
    items, form = made
    with log.open("wb") as said:
        process = subprocess.Popen(
            [str(each) for each in command],
            env={**os.environ, **environment},
            stdout=said,
            stderr=said,
            cwd=HERE,
        )
        try:
            server = Server(name, items, process, form)
            _wait(server, log)
            yield server
        finally:
            process.terminate()
            process.wait(60)


def _wait(server: Server, log: Path) -> None:
    until = time.monotonic() + _START_S
    place = urlsplit(server.items)
    while True:
        try:
            with_port = http.client.HTTPConnection(str(place.hostname), place.port or 80, timeout=30)
            with_port.request("GET", "/")
            with_port.getresponse().read()
            with_port.close()
        except OSError:
            if server.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{server.name} did not start:\n{log.read_text()[-3000:]}") from None
            time.sleep(0.3)
        else:
            if server.process.poll() is not None:
                raise RuntimeError(f"somebody else answers on the port of {server.name}")
            return


@contextmanager
def _own(place: Place, key: str) -> Iterator[Server]:
    var, cluster, database, port = place.var, place.cluster, place.database, place.port
    environment = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "GEOAPP_VAR": str(var / "own"),
        "SECRET_KEY": "bench" * 8,
        "WEB_PROCESSES": str(WORKERS),
        "LIMIT_FEED_REQUESTS_KEY": "1000000000",
        "LIMIT_FEED_REQUESTS_ADDRESS": "1000000000",
        "DATABASE_URL": cluster.url("app", database),
        "DATABASE_FEED_URL": cluster.url("feed", database),
        "PYTHONPATH": str(HERE.parent),
    }
    (var / "own").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "geoapp", "web"]
    items = f"http://127.0.0.1:{port}/feed/collections/concerns/items"
    with _started("lamplight", command, environment, var / "own.log", (items, "&f=json")) as server:
        server.headers = {"X-API-Key": key}
        yield server


def _tipg(place: Place, python: Path) -> AbstractContextManager[Server]:
    var, cluster, database, port = place.var, place.cluster, place.database, place.port
    socket = quote(str(cluster.places.socket), safe="")
    environment = {
        "DATABASE_URL": f"postgresql://{_USER}:x@{socket}/{database}",
        "TIPG_DB_SCHEMAS": '["peer"]',
        "TIPG_MAX_FEATURES_PER_QUERY": "1000000",
        "TIPG_CATALOG_TTL": "30000",
    }
    command = [python, "-m", "uvicorn", "tipg.main:app", "--host", "127.0.0.1", "--port", str(port)]
    more = ["--workers", str(WORKERS), "--log-level", "warning"]
    items = f"http://127.0.0.1:{port}/collections/peer.concern/items"
    return _started("tipg", [*command, *more], environment, var / "tipg.log", (items, "&f=geojson"))


def _pygeoapi(place: Place, python: Path) -> AbstractContextManager[Server]:
    var, cluster, database, port = place.var, place.cluster, place.database, place.port
    config, definition = var / "pygeoapi.yml", var / "pygeoapi-openapi.yml"
    config.write_text(
        _PYGEOAPI.format(port=port, socket=cluster.places.socket, database=database, user=_USER)
    )
    environment = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(definition)}
    subprocess.run(
        [python.parent / "pygeoapi", "openapi", "generate", config, "--output-file", definition],
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    command = [python, "-m", "gunicorn", "-w", str(WORKERS), "-b", f"127.0.0.1:{port}", "--timeout", "900"]
    items = f"http://127.0.0.1:{port}/collections/concern/items"
    made = (items, "&f=json")
    return _started("pygeoapi", [*command, "pygeoapi.flask_app:APP"], environment, var / "pygeoapi.log", made)


def _geopandas(place: Place, python: Path) -> AbstractContextManager[Server]:
    var, cluster, database, port = place.var, place.cluster, place.database, place.port
    socket = cluster.places.socket
    environment = {"DATABASE_URL": f"postgresql+psycopg2://{_USER}@/{database}?host={socket}"}
    command = [python, "-m", "gunicorn", "-w", str(WORKERS), "-b", f"127.0.0.1:{port}", "--timeout", "900"]
    made = (f"http://127.0.0.1:{port}/collections/concern/items", "")
    return _started("geopandas", [*command, "feed_peer_flask:app"], environment, var / "geopandas.log", made)


_USER = "postgres"
_PEERS = {"tipg": _tipg, "pygeoapi": _pygeoapi, "geopandas": _geopandas}


class Peak:
    """The most memory (PSS, so that pages shared after a fork count once) of a process and its children.

    `workers` is what of it the children had, at most.
    """

    def __init__(self, pid: int) -> None:
        """Begin with what it has now."""
        self.megabytes = self.workers = 0.0
        self._pid = pid
        self._on = True
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        """Watch every 50 ms."""
        self._thread.start()
        return self

    def __exit__(self, *_said: object) -> None:
        """Stop watching."""
        self._on = False
        self._thread.join()

    def _watch(self) -> None:
        while self._on:
            parent, workers = _pss_mb(self._pid)
            self.megabytes = max(self.megabytes, parent + workers)
            self.workers = max(self.workers, workers)
            time.sleep(0.05)


def _pss_mb(pid: int) -> tuple[float, float]:
    """Return the megabytes of a process and those of all below it."""
    todo, kilobytes, own = [pid], 0, 0
    while todo:
        each = todo.pop()
        try:
            for task in Path(f"/proc/{each}/task").iterdir():
                todo += map(int, (task / "children").read_text().split())
            found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{each}/smaps_rollup").read_text(), re.MULTILINE)
            kilobytes += int(found[1]) if found else 0
            own = kilobytes if each == pid else own
        except OSError:
            continue
    return own / 1024, (kilobytes - own) / 1024


_IN_TURN = """
local addresses, number = {{}}, 0
for line in io.lines("{file}") do addresses[#addresses + 1] = line end
request = function()
  number = number % #addresses + 1
  return wrk.format("GET", addresses[number])
end
"""


def load(server: Server, addresses: Sequence[str], seconds: float, headers: Mapping[str, str] = {}) -> Load:
    """Ask for addresses in turn as fast as they are answered, over eight connections."""
    with tempfile.TemporaryDirectory(prefix="lamplight-bench-") as folder:
        script, asked = Path(folder, "in_turn.lua"), Path(folder, "addresses")
        asked.write_text("".join(f"/{each.split('/', 3)[3]}\n" for each in addresses))
        script.write_text(_IN_TURN.format(file=asked))
        more = ["-s", str(script)] if len(addresses) > 1 else []
        return _wrk(server, [*more, addresses[0]], seconds, headers)


def _wrk(server: Server, rest: Sequence[str], seconds: float, headers: Mapping[str, str]) -> Load:
    said = [
        item for name, text in {**server.headers, **headers}.items() for item in ("-H", f"{name}: {text}")
    ]
    options = ["-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--timeout", "60s", "--latency"]
    with Peak(server.process.pid) as peak:
        done = subprocess.run(["wrk", *options, *said, *rest], capture_output=True, text=True, check=True)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    middle = re.search(r"\s50%\s+([\d.]+)(us|ms|s|m)", done.stdout)
    wrong = re.search(r"Non-2xx or 3xx responses: .*|Socket errors: .*", done.stdout)
    unit = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
    middle_ms = float(middle[1]) * unit[middle[2]] if middle else 0.0
    return Load(float(rate[1]) if rate else 0.0, middle_ms, peak.megabytes, wrong[0] if wrong else "")


def megabytes(server: Server) -> float:
    """Return the memory that the workers of a server have now."""
    return _pss_mb(server.process.pid)[1]


def get(
    server: Server, address: str, headers: Mapping[str, str] = {}
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Ask once, and return status, headers and body."""
    place = urlsplit(address)
    asking = http.client.HTTPConnection(str(place.hostname), place.port or 80, timeout=900)
    asking.request("GET", f"{place.path}?{place.query}", headers={**server.headers, **headers})
    answer = asking.getresponse()
    body = answer.read()
    asking.close()
    return answer.status, answer.headers, body


def download(server: Server, address: str) -> tuple[int, float, Peak]:
    """Take a whole download, and return how many features it had, in how many seconds, with what memory."""
    place = urlsplit(address)
    features, tail = 0, b""
    with Peak(server.process.pid) as peak:
        began = time.perf_counter()
        asking = http.client.HTTPConnection(str(place.hostname), place.port or 80, timeout=900)
        asking.request("GET", f"{place.path}?{place.query}", headers=dict(server.headers))
        answer = asking.getresponse()
        while piece := answer.read(1 << 20):
            whole = tail + piece
            features += whole.count(b'"Feature"')
            tail = whole[-8:]
        seconds = time.perf_counter() - began
        asking.close()
    return features, seconds, peak
