"""The thread of quick readings meets what must not happen: it goes on, and no connection is left hanging."""

import json
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from gunicorn.config import Config

from geoapp import logs
from geoapp.cli.quick_loop import QuickLoop
from geoapp.config import read_settings
from geoapp.feed.plain import Asked, Wanted
from geoapp.feed.quick import Answer, Outcome

ASKED = b"GET /feed/collections/concerns/items HTTP/1.1\r\nHost: here\r\nX-API-Key: k\r\n\r\n"


@dataclass
class Conn:
    """A connection as gunicorn keeps it."""

    sock: socket.socket
    client: tuple[str, int] = ("127.0.0.1", 1)
    server: tuple[str, int] = ("127.0.0.1", 2)


@dataclass
class Reads:
    """Answers as the test says, or raises it."""

    answer: Answer | Exception | None = None
    asked: list[Asked] = field(default_factory=list)
    settings: Any = field(default_factory=lambda: read_settings({"SECRET_KEY": "k" * 40}))

    def is_light(self, wanted: Wanted) -> bool:
        return wanted.selection.limit <= 1_000

    def answers(self, asked: Sequence[Asked], *, light: bool = False) -> list[Outcome]:
        assert light
        self.asked += asked
        if isinstance(self.answer, Exception):
            raise self.answer
        return [Outcome(self.answer)] * len(asked)


@dataclass
class Around:
    """The loop, what it reads from, and what it gave back or ended."""

    reads: Reads
    back: list[tuple[Any, bytes]] = field(default_factory=list)
    ended: list[Any] = field(default_factory=list)
    going: bool = True
    sockets: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.loop = QuickLoop(
            Config(),
            self.reads,  # type: ignore[arg-type]  # as much of it as the loop asks for
            lambda conn, data: self.back.append((conn, data)),
            self.ended.append,
            lambda: self.going,
        )
        self.loop.start()

    def connect(self) -> tuple[socket.socket, Conn]:
        ours, theirs = socket.socketpair()
        ours.settimeout(5)
        theirs.setblocking(False)
        self.sockets += [ours, theirs]
        return ours, Conn(theirs)

    def until(self, what: list[Any], count: int) -> None:
        end = time.monotonic() + 5
        while len(what) < count:
            assert time.monotonic() < end
            time.sleep(0.01)


@pytest.fixture
def around() -> Iterator[Around]:
    made = Around(Reads(Answer("feed.items", "200 OK", [("Content-Length", "2")], (b"{}",))))
    yield made
    made.going = False
    for each in made.sockets:
        each.close()


def test_an_answer_is_sent_and_the_connection_goes_on(around: Around) -> None:
    ours, conn = around.connect()
    assert around.loop.takes(ASKED)
    around.loop.take(conn, ASKED)
    assert ours.recv(1_000).endswith(b"\r\n\r\n{}")
    ours.sendall(ASKED)
    assert ours.recv(1_000).startswith(b"HTTP/1.1 200 OK\r\nServer: gunicorn\r\nDate: ")
    assert len(around.reads.asked) == 2


def test_what_has_no_answer_is_given_back_as_it_came(around: Around) -> None:
    around.reads.answer = None
    _, conn = around.connect()
    around.loop.take(conn, ASKED)
    around.until(around.back, 1)
    assert around.back == [(conn, ASKED)]


def test_after_a_fault_the_connection_is_ended_and_others_are_answered(around: Around) -> None:
    good, around.reads.answer = around.reads.answer, RuntimeError("a fault")
    _, conn = around.connect()
    around.loop.take(conn, ASKED)
    around.until(around.ended, 1)
    assert around.ended == [conn]
    around.reads.answer = good
    ours, other = around.connect()
    assert around.loop.takes(ASKED)
    around.loop.take(other, ASKED)
    assert ours.recv(1_000).endswith(b"{}")


def test_a_head_that_cannot_be_written_ends_the_connection(around: Around) -> None:
    good = around.reads.answer
    around.reads.answer = Answer("feed.items", "200 OK", [("Link", "☾")], (b"{}",))
    _, conn = around.connect()
    around.loop.take(conn, ASKED)
    around.until(around.ended, 1)
    around.reads.answer = good
    ours, other = around.connect()
    around.loop.take(other, ASKED)
    assert ours.recv(1_000).endswith(b"{}")


def test_who_rests_is_given_back_and_when_it_stops_everybody(around: Around) -> None:
    pairs = [around.connect() for _ in range(3)]
    for ours, conn in pairs:
        around.loop.take(conn, ASKED)
        ours.recv(1_000)
    around.going = False
    around.until(around.back, 3)
    assert {data for _, data in around.back} == {b""}
    assert not around.loop.takes(ASKED)


@pytest.mark.parametrize(
    "data",
    [
        ASKED + ASKED,
        ASKED[:-2],
        ASKED + b"x",
        ASKED.replace(b"1.1", b"1.0"),
        ASKED.replace(b"GET", b"PUT"),
        ASKED.replace(b"items", b"items%20"),
        ASKED.replace(b"items", b"items?limit=2&limit=3"),
        ASKED.replace(b"items", b"items?limit=5000"),
        ASKED.replace(b"items", "items?limit=²".encode()),
        ASKED.replace(b"/feed/", b"//feed/"),
        b"",
    ],
)
def test_what_is_not_one_whole_plain_request_is_not_taken(around: Around, data: bytes) -> None:
    assert not around.loop.takes(data)


@pytest.mark.parametrize(
    "line",
    [
        b"Content-Length: 5",
        b"Transfer-Encoding: chunked",
        b"Connection: close",
        b"Expect: 100-continue",
        b"Upgrade: h2c",
        b"Cookie: a=b",
        b"Bad Name: x",
        b"Accept: text/html",
    ],
)
def test_a_head_that_says_more_is_given_back(around: Around, line: bytes) -> None:
    data = ASKED.replace(b"Host: here", b"Host: here\r\n" + line)
    _, conn = around.connect()
    around.loop.take(conn, data)
    around.until(around.back, 1)
    assert around.back == [(conn, data)]
    assert around.reads.asked == []


def test_lines_of_the_log_written_together_are_like_those_of_one(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    logs.answered("feed.items", "GET", 200, 0.01234)
    logs.answered_together([("feed.items", "GET", 200, 0.01234), ("feed.item", "GET", 304, 1.0)])
    logs.answered_together([])
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    one, first, second = ({**line, "timestamp": len(line["timestamp"])} for line in lines)
    assert first == one
    assert list(first) == list(one)
    assert (second["endpoint"], second["status"], second["ms"]) == ("feed.item", 304, 1000.0)
