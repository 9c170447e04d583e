"""The running service: what operations ask it, a database that goes away, and clients that are slow."""

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from geoapp import create_app, db, embedded, schema
from geoapp.config import Settings, read_settings

THREADS = 4
TOKEN = "operations-token"  # noqa: S105 (of a test)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass(frozen=True)
class Served:
    """`geoapp web`, running: its process, its port, and the file that its log goes to."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def slow(self, begin: bytes) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        client.sendall(begin)
        return client


@contextlib.contextmanager
def serving(url: str, var: Path, **more: str) -> Iterator[Served]:
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("GEOAPP", "DATABASE"))},
        "DATABASE_URL": url,
        "SECRET_KEY": "k" * 40,
        "GEOAPP_VAR": str(var),
        "PORT": str(port),
        "WEB_PROCESSES": "1",
        "WEB_THREADS": str(THREADS),
        **more,
    }
    log = var / "web.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "geoapp", "web"], env=environment, stdout=out, stderr=out
        )
        served = Served(process, port, log)
        try:
            until = time.monotonic() + 30
            while True:
                with contextlib.suppress(OSError):
                    if served.get("/healthz")[0] == 200:
                        break
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.1)
            yield served
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="module")
def web(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    var = tmp_path_factory.mktemp("web")
    url = settings.database_url
    with serving(url, var, LIMIT_HEAD_SECONDS="3", LIMIT_BODY_SECONDS="4", OPERATIONS_TOKEN=TOKEN) as served:
        yield served


HEADS = {
    "nothing at all": b"",
    "half a head": b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    "half a body": b"PUT /capture/api/concerns/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
    "half a chunk": b"PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc",
    "half of a second request": b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHo",
    "a body beyond all limits": b"PUT /login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nab",
    "an end that is not taken": b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("kind", sorted(HEADS))
def test_slow_clients_do_not_hold_a_worker(web: Served, kind: str) -> None:
    slow = [web.slow(HEADS[kind]) for _ in range(THREADS + 5)]
    try:
        for _ in range(3):
            for each in slow:
                with contextlib.suppress(OSError):  # some are let go at once, and rightly
                    each.send(b"a" if "half" in kind else b"")
            began = time.monotonic()
            assert web.get("/healthz")[0] == 200
            assert web.get("/")[0] == 200
            assert time.monotonic() - began < 2
            time.sleep(0.2)
    finally:
        for each in slow:
            each.close()


def test_a_slow_client_is_told_and_let_go(web: Served) -> None:
    with web.slow(HEADS["half a head"]) as client:
        answer = client.recv(1000)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"application/problem+json" in answer
        assert client.recv(1000) == b""


def test_a_client_that_is_slow_but_whole_is_answered(web: Served) -> None:
    with web.slow(b"") as client:
        for byte in b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n":
            client.send(bytes([byte]))
            time.sleep(0.01)
        assert client.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_a_connection_carries_one_request_after_another(web: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=5)
    with contextlib.closing(connection):
        for body in (None, b"x" * 100_000, None):
            connection.request("PUT" if body else "GET", "/healthz", body=body)
            answer = connection.getresponse()
            assert answer.status == (405 if body else 200)
            answer.read()


def test_clients_that_ask_on_and_on_leave_a_thread_for_others(web: Served) -> None:
    """A thread looks for the next request of its connection, but not while another waits for a thread."""
    going, answers = threading.Event(), []

    def ask_on() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=10)
        with contextlib.closing(connection):
            while not going.is_set():
                connection.request("GET", "/healthz")
                answers.append(connection.getresponse().read())

    busy = [threading.Thread(target=ask_on) for _ in range(THREADS * 3)]
    for each in busy:
        each.start()
    try:
        for _ in range(10):
            began = time.monotonic()
            assert web.get("/readyz")[0] == 200
            assert time.monotonic() - began < 2
    finally:
        going.set()
        for each in busy:
            each.join(20)
    assert set(answers) == {b"ok\n"}
    assert len(answers) > THREADS * 3  # and they went on


def test_requests_sent_in_one_go_are_all_answered(web: Served) -> None:
    one = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with web.slow(one * 3) as client:
        got = b""
        while got.count(b"ok\n") < 3:
            piece = client.recv(10_000)
            assert piece
            got += piece
    assert got.count(b"HTTP/1.1 200 ") == 3


def test_a_client_that_waits_for_leave_gets_it_once(web: Served) -> None:
    with web.slow(
        b"PUT /healthz HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    ) as client:
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"abc")
        assert client.recv(1000).startswith(b"HTTP/1.1 405 ")


def test_a_head_that_has_no_end_is_refused(web: Served) -> None:
    with web.slow(b"GET / HTTP/1.1\r\n") as client:
        with contextlib.suppress(OSError):
            for _ in range(100):
                client.sendall(b"X-Long: " + b"a" * 1000 + b"\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 431 ")


def test_counts_name_endpoints_and_nothing_that_was_asked(web: Served) -> None:
    for _ in range(3):
        web.get("/planning/data/areas.json?from=2026-01-01&factor=secret-words")
    web.get("/nowhere/abcdefsecret-words")
    web.get("/requests/abcdefsecret-words")
    status, headers, body = web.get("/metrics")
    text = body.decode()
    assert (status, headers["content-type"].partition(";")[0]) == (200, "text/plain")
    found = re.findall(
        r'lamplight_requests_total\{endpoint="(.+?)",method="(.+?)",status="(.+?)"\} (\S+)', text
    )
    counted = {(endpoint, method, code): float(count) for endpoint, method, code, count in found}
    assert counted["operations.healthz", "GET", "200"] >= 1
    assert counted["unknown", "GET", "404"] >= 1
    assert "lamplight_request_seconds_bucket" in text
    assert "secret-words" not in text


def test_counts_are_for_this_machine_or_the_token_alone(web: Served) -> None:
    assert web.get("/metrics")[0] == 200
    assert web.get("/metrics", **{"X-Forwarded-For": "203.0.113.9"})[0] == 404
    known = {"X-Forwarded-For": "203.0.113.9", "Authorization": f"Bearer {TOKEN}"}
    assert web.get("/metrics", **known)[0] == 200
    assert web.get("/metrics", **(known | {"Authorization": "Bearer other"}))[0] == 404


def test_the_log_says_what_was_done_and_not_what_was_said(web: Served) -> None:
    web.get("/planning/?factor=hidden-word", Authorization="Bearer hidden-token")
    web.get("/requests/hidden-path")
    body = b'{"type": "hidden-note"}'
    request = urllib.request.Request(
        f"http://127.0.0.1:{web.port}/login", body, {"Content-Type": "application/json"}, method="POST"
    )
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(request, timeout=5)  # noqa: S310 (our own address)
    time.sleep(0.2)
    text = web.log.read_text()
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    asked = [line for line in lines if line["event"] == "request"]
    assert {"event", "level", "timestamp", "method", "endpoint", "status", "ms", "role"} == set(asked[0])
    assert ("door.sign_in", "POST", 400) in {
        (each["endpoint"], each["method"], each["status"]) for each in asked
    }
    assert "hidden" not in text


UNREADABLE = {
    b"GET /requests/hidden-token\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\nHost: x\r\nX-API-Key hidden-key\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\nHost: x\r\nExpect: hidden-wish\r\n\r\n": 417,
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: hidden-coding\r\n\r\n": 501,
    b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nhidden-size\r\n": 400,
    b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nhidden-size\r\n": 400,
    b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    b"Content-Length: 99999999\r\n\r\n--b\r\n": 413,
}


@pytest.mark.parametrize(("sent", "status"), UNREADABLE.items())
def test_what_cannot_be_read_is_refused_at_once_and_never_repeated(
    web: Served, sent: bytes, status: int
) -> None:
    with contextlib.closing(web.slow(sent)) as client:
        began = time.monotonic()
        with client.makefile("rb") as answer:
            assert answer.readline().split()[1] == str(status).encode()
            kinds = [line for line in iter(answer.readline, b"\r\n") if line.startswith(b"Content-Type:")]
            assert kinds == [b"Content-Type: application/problem+json\r\n"]
            assert b"hidden" not in answer.readline()
        assert time.monotonic() - began < 2
    time.sleep(0.1)
    assert "hidden" not in web.log.read_text()


def test_stopping_is_quick_and_clean_while_clients_hang_on(settings: Settings, tmp_path: Path) -> None:
    with serving(settings.database_url, tmp_path) as served:
        idle = [served.slow(HEADS[kind]) for kind in ("nothing at all", "half a head")]
        began = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(12) == 0
        assert time.monotonic() - began < 10
        for each in idle:
            each.close()


# ---- A database that goes away


@dataclass
class Away:
    """An application on a cluster of its own, and a way to stop and start that."""

    app: Flask
    stop: Callable[[], object]
    start: Callable[[], object]


@pytest.fixture
def away() -> Iterator[Away]:
    folder = Path(tempfile.mkdtemp(prefix="lamplight-away-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        with embedded.running(folder / "var") as cluster:
            schema.upgrade(cluster.url("owner"))
            plain = read_settings({"GEOAPP_VAR": str(folder / "var"), "SECRET_KEY": "k" * 40})
            settings = replace(plain, database_url=cluster.url("app"), database_feed_url=cluster.url("feed"))
            kept = db._Current.database
            db._Current.database = None
            db.connect(settings)
            app = create_app(settings)
            yield Away(app, lambda: embedded.stop(folder / "var"), cluster.ensure_running)
            db.disconnect()
            db._Current.database = kept
    finally:
        shutil.rmtree(folder)


def addresses(app: Flask) -> list[tuple[str, str]]:
    """Every route that answers GET or PUT, with something in the place of each variable."""
    fill = {
        "uuid": "018f0000-0000-7000-8000-000000000001",
        "int": "1",
        "string": "x",
        "path": "x",
        "float": "1",
    }
    found = []
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:(\w+)(?:\([^)]*\))?:)?\w+>", lambda m: fill.get(m[1] or "string", "x"), rule.rule)
        found += [(path, method) for method in ("GET", "PUT") if method in (rule.methods or ())]
    return found


def ask(client: FlaskClient, path: str, method: str) -> TestResponse:
    body: dict[str, Any] = {"json": {}} if method == "PUT" else {}
    return client.open(path, method=method, headers={"Authorization": "Bearer llt_x"}, **body)


def test_while_the_database_is_away_every_route_says_so_and_it_recovers_by_itself(away: Away) -> None:
    client = away.app.test_client()
    assert client.get("/readyz").status_code == 200
    before = {(path, method): ask(client, path, method) for path, method in addresses(away.app)}
    away.stop()
    said_so = 0
    for (path, method), usual in before.items():
        began = time.monotonic()
        answer = ask(client, path, method)
        assert time.monotonic() - began < 5
        if answer.status_code != 503:  # it says what it always says, whoever asks
            assert (path, answer.status_code) == (path, usual.status_code)
            assert answer.status_code in {200, 404}
            continue
        said_so += 1
        assert answer.headers["Retry-After"].isdigit()
        assert answer.mimetype == "application/problem+json"
        assert answer.get_json()["status"] == 503
    assert said_so > 10
    assert client.get("/healthz").status_code == 200
    page = client.get("/readyz", headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (503, "text/html")
    away.start()
    assert client.get("/readyz").status_code == 200
    assert {path: ask(client, path, "GET").status_code for path, method in before if method == "GET"} == {
        path: usual.status_code for (path, method), usual in before.items() if method == "GET"
    }


def test_signing_in_while_the_database_is_away_is_a_page_that_says_so(away: Away) -> None:
    client = away.app.test_client()
    page = client.get("/login", headers={"Accept": "text/html"}).get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    away.stop()
    form = {"email": "ana@force.example", "password": "x", "csrf_token": token}
    answer = client.post("/login", data=form, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert answer.headers["Retry-After"].isdigit()


def test_a_cluster_that_is_killed_under_connections_in_use_costs_one_answer_at_most(away: Away) -> None:
    client = away.app.test_client()
    with contextlib.ExitStack() as held:
        for _ in range(4):
            held.enter_context(db.reading())
        away.stop()
        assert client.get("/readyz").status_code == 503
        away.start()
        held.pop_all()  # these are gone; their ends may say so or not
    assert [client.get("/readyz").status_code for _ in range(6)] == [200] * 6


@pytest.mark.usefixtures("opened")
def test_health_is_text_and_needs_nobody(client: FlaskClient) -> None:
    for path in ("/healthz", "/readyz"):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (200, "text/plain")
