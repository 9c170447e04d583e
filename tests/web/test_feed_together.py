"""The running server answers together what plain readings wait: right, in order, and all written down."""

import concurrent.futures
import contextlib
import gzip
import http.client
import json
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from geoapp.config import Settings
from tests.web.feed_live import Live, connect, serving
from tests.web.feed_world import CONCERNS, LAMBETH, ROUTES, WARDS, World, build

WORDY = 300  # concerns with four thousand letters each: pages of megabytes
BOX = f"{CONCERNS}?bbox=-0.13,51.46,-0.1,51.48"


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    return build(app.test_client(), personas["brixton_officer"].bearer)


@pytest.fixture(scope="module")
def live(world: World, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    url = make_url(str(settings.database_url)).set(drivername="postgresql")
    with psycopg.connect(
        url.render_as_string(hide_password=False), options="-c search_path=lamplight,public"
    ) as made:
        made.execute(
            """INSERT INTO concern (id, team_id, walk_id, kind, geom, geom_bng, recorded_at, light, status,
                                    wording, body, body_hash)
               SELECT gen_random_uuid(), team_id, walk_id, kind, geom, geom_bng, recorded_at, light, 'shared',
                      repeat('dark', 997) || n, body, body_hash
               FROM concern, generate_series(1, %s) n WHERE id = %s""",
            [WORDY, world.shared["C"][0]],
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIMIT_FEED_REQUESTS_KEY", "1000000")
        with serving(world, settings, tmp_path_factory.mktemp("together")) as running:
            yield running


@dataclass
class Wire:
    """A connection on which bytes are sent as they are, and answers are read one by one."""

    port: int
    receive_buffer: int = 0
    sock: socket.socket = field(init=False)
    rest: bytes = b""

    def __post_init__(self) -> None:
        self.sock = socket.socket()
        if self.receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
        self.sock.settimeout(30)
        try:
            self.sock.connect(("127.0.0.1", self.port))
        except OSError:
            self.sock.close()
            raise

    def close(self) -> None:
        self.sock.close()

    def read(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer: status, headers by small name, body."""
        while b"\r\n\r\n" not in self.rest:
            self._more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        status = int(first.split()[1])
        length = 0 if status == 304 else int(headers.get("content-length", 0))
        while len(self.rest) < length:
            self._more()
        body, self.rest = self.rest[:length], self.rest[length:]
        return status, headers, body

    def _more(self) -> None:
        came = self.sock.recv(1 << 16)
        if not came:
            raise EOFError
        self.rest += came


@pytest.fixture
def wire(live: Live) -> Iterator[Wire]:
    with contextlib.closing(Wire(live.port)) as made:
        yield made


def request(path: str, key: str, *more: str, method: str = "GET") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: council.example", f"X-API-Key: {key}", *more, "", ""]
    return "\r\n".join(lines).encode()


def told(answer: tuple[int, dict[str, str], bytes]) -> tuple[int, dict[str, str], bytes]:
    """What must be the same however it was answered."""
    status, headers, body = answer
    headers = {name: value for name, value in headers.items() if not name.startswith("ratelimit-")}
    headers["content-security-policy"] = re.sub(r"nonce-[\w-]+", "", headers["content-security-policy"])
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
        del headers["content-length"]
    return status, headers | {"date": ""}, re.sub(rb'"timeStamp":"[^"]*"', b"", body)


def entries(live: Live) -> int:
    url = make_url(live.database).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, options="-c search_path=lamplight,public") as connection:
        row = connection.execute("SELECT count(*) FROM audit WHERE action = 'feed read'").fetchone()
    return int(row[0]) if row else 0


@pytest.mark.parametrize("more", [(), ("Accept-Encoding: gzip",), ("Accept: application/geo+json",)])
@pytest.mark.parametrize("path", [CONCERNS, f"{CONCERNS}?limit=2&f=json", BOX, ROUTES, "one"])
def test_the_bytes_are_those_that_a_thread_would_send(
    live: Live, world: World, wire: Wire, path: str, more: tuple[str, ...]
) -> None:
    path = f"{CONCERNS}/{world.shared['B'][0]}" if path == "one" else path
    for _ in range(3):  # the third of a page comes from memory
        wire.sock.sendall(request(path, live.key, *more))
        together = wire.read()
        wire.sock.sendall(request(path, live.key, *more, "Cookie: a=b"))
        assert told(together) == told(wire.read())
        assert together[0] == 200
    known = f"If-None-Match: {together[1]['etag']}"
    wire.sock.sendall(request(path, live.key, *more, known))
    unchanged = wire.read()
    wire.sock.sendall(request(path, live.key, *more, known, "Cookie: a=b"))
    assert told(unchanged) == told(wire.read())
    assert unchanged[0] == 304


def test_many_at_once_are_each_told_their_own_and_each_is_written_down(live: Live, world: World) -> None:
    """Readers of two councils, pages, boxes, single features, polls, and requests that are not plain."""
    before = entries(live)
    mine = {each for ward in "AB" for each in world.shared[ward]}
    tag = _ask(live, CONCERNS, live.key)[1]["etag"]

    def read(number: int) -> int:
        given = 0
        with contextlib.closing(Wire(live.port)) as wire:
            for turn in range(20):
                kind = (number + turn) % 8
                if kind == 0:
                    wire.sock.sendall(request(f"{CONCERNS}?limit=2", live.key))
                    ids = {each["id"] for each in json.loads(_full(wire))["features"]}
                    assert len(ids) == 2
                    assert ids <= mine
                elif kind in (1, 2):
                    one = world.shared["AB"[turn % 2]][number % 3]
                    wire.sock.sendall(request(f"{CONCERNS}/{one}", live.key))
                    assert json.loads(_full(wire))["id"] == one
                elif kind == 3:
                    wire.sock.sendall(request(f"{CONCERNS}?limit=5", live.other_key))
                    assert not mine & {each["id"] for each in json.loads(_full(wire))["features"]}
                elif kind == 4:
                    wire.sock.sendall(request(CONCERNS, live.key, f"If-None-Match: {tag}"))
                    assert wire.read()[0] == 304
                    continue
                elif kind == 5:
                    wire.sock.sendall(request(f"{CONCERNS}/{world.shared['C'][0]}", live.key))
                    assert wire.read()[0] == 404
                    continue
                elif kind == 6:
                    wire.sock.sendall(request(f"{CONCERNS}?kind=concern&limit=3", live.key))
                    assert len(json.loads(_full(wire))["features"]) == 3
                else:
                    wire.sock.sendall(request(CONCERNS, "llk_wrong"))
                    assert wire.read()[0] == 401
                    continue
                given += 1
        return given

    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        given = sum(pool.map(read, range(24)))
    assert given > 200
    assert entries(live) == before + 1 + given


def _full(wire: Wire) -> bytes:
    status, _, body = wire.read()
    assert status == 200, body
    return body


def _ask(live: Live, path: str, key: str) -> tuple[int, dict[str, str], bytes]:
    with contextlib.closing(Wire(live.port)) as wire:
        wire.sock.sendall(request(path, key))
        return wire.read()


def test_requests_in_one_go_are_answered_in_their_order(live: Live, world: World, wire: Wire) -> None:
    ids = [world.shared[ward][n] for ward in "AB" for n in range(3)]
    for group in (1, 2, 6):
        asked = [request(f"{CONCERNS}/{each}", live.key) for each in ids[:group]]
        wire.sock.sendall(b"".join(asked) + request("/healthz", live.key))
        assert [json.loads(_full(wire))["id"] for _ in asked] == ids[:group]
        assert wire.read()[2] == b"ok\n"


def test_a_request_that_comes_in_pieces_is_answered(live: Live, world: World, wire: Wire) -> None:
    one = f"{CONCERNS}/{world.shared['A'][0]}"
    for cut in (3, 40, len(request(one, live.key)) - 2):
        for _ in range(2):  # once from the poller, once on a connection that is answered quickly
            whole = request(one, live.key)
            wire.sock.sendall(whole[:cut])
            time.sleep(0.05)
            wire.sock.sendall(whole[cut:])
            assert json.loads(_full(wire))["id"] == world.shared["A"][0]
            wire.sock.sendall(whole)
            assert json.loads(_full(wire))["id"] == world.shared["A"][0]


@pytest.mark.parametrize(
    "case",
    [
        ("HEAD", (), b"", 200),
        ("OPTIONS", (), b"", 200),
        ("POST", ("Content-Length: 2",), b"{}", 405),
        ("GET", ("Content-Length: 2",), b"{}", 200),
        ("GET", ("Transfer-Encoding: chunked",), b"2\r\n{}\r\n0\r\n\r\n", 200),
        ("GET", ("Expect: 100-continue", "Content-Length: 2"), b"{}", 200),
        ("GET", ("Bad Header: x",), b"", 400),
        ("GET", ("X-API-Key: another",), b"", 401),
        ("GET", ("Connection: close",), b"", 200),
    ],
)
def test_what_is_not_plain_goes_its_ordinary_way_after_what_is(
    live: Live, wire: Wire, case: tuple[str, tuple[str, ...], bytes, int]
) -> None:
    method, more, body, status = case
    wire.sock.sendall(request(f"{CONCERNS}?limit=1", live.key))
    _full(wire)
    wire.sock.sendall(request(f"{CONCERNS}?limit=1", live.key, *more, method=method) + body)
    if method == "HEAD":
        head = wire.sock.recv(1 << 16)
        assert head.startswith(b"HTTP/1.1 200 ")
        assert head.endswith(b"\r\n\r\n")
        return
    answer = wire.read()
    if answer[0] == 100:
        answer = wire.read()
    assert answer[0] == status
    if more == ("Connection: close",):
        assert answer[1]["connection"] == "close"
        with pytest.raises(EOFError):
            wire.read()


def test_who_takes_an_answer_slowly_gets_all_of_it_and_nobody_waits(live: Live) -> None:
    path = f"{CONCERNS}?limit=1000&f=json"
    slow = [Wire(live.port, receive_buffer=4096) for _ in range(10)]
    try:
        for each in slow:
            each.sock.sendall(request(path, live.other_key))
        time.sleep(0.5)
        began = time.monotonic()
        for _ in range(20):
            assert _ask(live, f"{CONCERNS}?limit=1", live.key)[0] == 200
        assert time.monotonic() - began < 5
        for each in slow:
            body = json.loads(_full(each))
            assert body["numberReturned"] == len(body["features"]) == WORDY + 6
            each.sock.sendall(request(f"{CONCERNS}?limit=1", live.key))  # and the connection goes on
            assert json.loads(_full(each))["numberReturned"] == 1
    finally:
        for each in slow:
            each.close()


def test_who_goes_away_in_the_middle_harms_nobody(live: Live) -> None:
    for _ in range(5):
        gone = [Wire(live.port, receive_buffer=4096) for _ in range(6)]
        for each in gone:
            each.sock.sendall(request(f"{CONCERNS}?limit=1000&f=json", live.other_key))
        time.sleep(0.05)
        for each in gone:
            each.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            each.close()
        assert _ask(live, CONCERNS, live.key)[0] == 200


def test_a_connection_that_rests_goes_on_afterwards(live: Live, wire: Wire) -> None:
    for pause in (0, 1.6, 0.1):
        time.sleep(pause)
        wire.sock.sendall(request(f"{CONCERNS}?limit=1", live.key))
        _full(wire)
        wire.sock.sendall(request("/healthz", live.key))
        assert wire.read()[0] == 200


def test_connections_of_the_database_that_end_are_replaced(live: Live) -> None:
    assert _ask(live, CONCERNS, live.key)[0] == 200
    url = make_url(live.database).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    before = entries(live)
    for _ in range(10):
        assert _ask(live, CONCERNS, live.key)[0] == 200
    assert entries(live) == before + 10


@pytest.fixture
def behind(
    world: World, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Live]:
    """A server behind one proxy, with a limit of 30 requests for each key."""
    monkeypatch.setenv("PROXIES", "1")
    monkeypatch.setenv("LIMIT_FEED_REQUESTS_KEY", "30")
    with serving(world, settings, tmp_path) as running:
        yield running


def test_behind_a_proxy_links_name_the_outside_and_limits_hold(behind: Live) -> None:
    outside = ("X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https", "X-Forwarded-Host: feed.example")
    statuses = []
    with contextlib.closing(Wire(behind.port)) as wire:
        for turn in range(34):
            more = () if turn % 5 else ("Cookie: a=b",)  # by turns on a thread
            wire.sock.sendall(request(f"{CONCERNS}?limit=1", behind.key, *outside, *more))
            status, headers, body = wire.read()
            statuses.append(status)
            if status == 200:
                assert {each["href"].partition("/feed/")[0] for each in json.loads(body)["links"]} == {
                    "https://feed.example"
                }
                assert headers["strict-transport-security"].startswith("max-age=")
                assert int(headers["ratelimit-remaining"]) == 29 - turn
        assert statuses == [200] * 30 + [429] * 4
        wire.sock.sendall(request(f"{CONCERNS}?limit=1", behind.other_key, *outside))
        assert wire.read()[0] == 200


@dataclass
class Asking:
    """Somebody who asks on and on, on a new connection when one has ended, until nobody answers."""

    running: Live
    whole: int = 0
    wrong: list[bytes] = field(default_factory=list)

    def __call__(self) -> None:
        while True:
            try:
                wire = Wire(self.running.port)
            except OSError:
                return
            with contextlib.closing(wire):
                try:
                    while self._one(wire):
                        self.whole += 1
                except (EOFError, OSError):
                    if wire.rest:
                        self.wrong.append(wire.rest)

    def _one(self, wire: Wire) -> bool:
        """Whether the connection goes on after one more request."""
        wire.sock.sendall(request(CONCERNS, self.running.key))
        status, headers, body = wire.read()
        if status != 200 or json.loads(body)["numberReturned"] != 6:
            self.wrong.append(body)
        return headers["connection"] == "keep-alive"


def test_a_server_that_is_stopped_leaves_no_answer_half_sent(
    world: World, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMIT_FEED_REQUESTS_KEY", "1000000")
    with serving(world, settings, tmp_path) as running:
        asking = [Asking(running) for _ in range(8)]
        readers = [threading.Thread(target=each) for each in asking]
        for each in readers:
            each.start()
        time.sleep(1)
        os.kill(running.pid, signal.SIGTERM)
        for each in readers:
            each.join(30)
        assert not any(each.is_alive() for each in readers)
    assert all(each.whole > 20 for each in asking)
    assert [each.wrong for each in asking] == [[]] * 8


def test_a_public_collection_is_not_theirs(live: Live, wire: Wire) -> None:
    wire.sock.sendall(request(f"{WARDS}?limit=1", live.key))
    assert wire.read()[0] == 200
    with contextlib.closing(connect(live.port)) as plain:
        plain.request("GET", f"{WARDS}?limit=1")
        assert plain.getresponse().status == http.client.OK
    assert world_of(live) == LAMBETH


def world_of(live: Live) -> str:
    """The borough of the first key."""
    _, _, body = _ask(live, f"{CONCERNS}?limit=1", live.key)
    return str(json.loads(body)["features"][0]["properties"]["borough_code"])
