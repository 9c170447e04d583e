"""One thread of a web process that answers plain readings of the feed, all that wait at once.

The poller hands a connection over with a request that is whole and plain; here it stays as long as it goes on
asking so, which is what nightly scripts do. Requests that are there at the same time are read together and
written down together. Everything else goes back as it came, and is answered by the application on a thread.
"""

import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import structlog
from gunicorn import SERVER, http, util
from gunicorn.http import wsgi
from werkzeug.middleware.proxy_fix import ProxyFix

from geoapp.feed import plain, quick
from geoapp.feed.plain import Asked, Caller, Wanted
from geoapp.feed.quick import Answer, QuickReads

log = structlog.get_logger()
_PIECE = 64 * 1024
_MOST_HEAD = 8 * 1024  # of a plain request; it is kept as long as its connection is here
_TOGETHER = 32
_LOOK_ROUND_S = 0.25
_BLOCKED_S = 20  # a client that takes nothing of its answer for so long is let go
_PAUSE_S = 0.05
_IDLE_S = 1.0  # then it waits in the poller, with all others
_BEGIN, _END, _STOP = b"GET /feed/collections/", b" HTTP/1.1", b"\r\n\r\n"
_NOT_PLAIN = frozenset({"CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING", "HTTP_EXPECT", "HTTP_UPGRADE"})


@dataclass
class _Client:
    """A connection: what its headers said last and who that is, and what of an answer is still to be sent."""

    conn: Any
    descriptor: int
    headers: bytes = b""
    caller: Caller | None = None
    out: list[memoryview] = field(default_factory=list)
    blocked: bool = False
    since: float = field(default_factory=time.monotonic)


class QuickLoop:
    """Answers plain readings of one process. Methods without an underscore may be called by any thread."""

    def __init__(
        self,
        cfg: Any,  # noqa: ANN401 (gunicorn has no types)
        reads: QuickReads,
        back: Callable[[Any, bytes], None],
        end: Callable[[Any], None],
        going: Callable[[], bool],
    ) -> None:
        """Give connections `back` with what came on them, or let `end` close them; answer while `going`."""
        self._cfg, self._reads, self._back, self._end, self._going = cfg, reads, back, end, going
        proxies = reads.settings.proxies
        self._behind = ProxyFix(lambda _environ, _start: (), proxies, proxies, proxies) if proxies else None
        self._clients: dict[int, _Client] = {}
        self._handed: deque[tuple[Any, bytes]] = deque()
        self._epoll = select.epoll()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._wake, select.EPOLLIN)
        self._thread = threading.Thread(target=self._run, name="quick readings", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def takes(self, data: bytes) -> bool:
        """Whether this is one whole request that may be handed over."""
        return self._thread.is_alive() and self._light(data) is not None

    def take(self, conn: Any, data: bytes) -> None:  # noqa: ANN401 (gunicorn's TConn)
        """Answer this request of a connection, and those that follow."""
        self._handed.append((conn, data))
        os.eventfd_write(self._wake, 1)

    def _light(self, data: bytes) -> Wanted | None:
        """Return what the only request in these bytes asks for, if it is plain and light; else None."""
        if not data.startswith(_BEGIN) or len(data) > _MOST_HEAD or not self._going():
            return None
        line, _, _ = data.partition(b"\r\n")
        if not line.endswith(_END) or not line.isascii() or data.find(_STOP) != len(data) - len(_STOP):
            return None
        path, _, query = line[4 : -len(_END)].decode().partition("?")
        wanted = plain.wanted(path, query, self._reads.settings.secret_key)
        return wanted if wanted is not None and self._reads.is_light(wanted) else None

    def _run(self) -> None:
        looked = time.monotonic()
        while True:
            try:
                self._turn()
                now = time.monotonic()
                if now - looked > _LOOK_ROUND_S:
                    looked = now
                    self._look_round(now)
            except Exception as error:
                log.error("unexpected in the quick readings", exc_info=error)  # noqa: TRY400 (no message)
                time.sleep(_PAUSE_S)

    def _turn(self) -> None:
        came = list(self._came(self._epoll.poll(_LOOK_ROUND_S if self._clients else None)))
        began = time.perf_counter()
        for at in range(0, len(came), _TOGETHER):
            group = came[at : at + _TOGETHER]
            try:
                self._answer(group, began)
            except BaseException:
                for client, _ in group:  # nobody knows how much of an answer has gone
                    if self._clients.get(client.descriptor) is client:
                        self._let_go(client, None)
                raise

    def _came(self, events: Sequence[tuple[int, int]]) -> Iterator[tuple[_Client, bytes]]:
        """Give the clients that have asked, with what has come from them."""
        for descriptor, _ in events:
            client = self._clients.get(descriptor)
            if descriptor == self._wake:
                os.eventfd_read(self._wake)
                while self._handed:
                    conn, data = self._handed.popleft()
                    new = _Client(conn, conn.sock.fileno())
                    self._clients[new.descriptor] = new
                    self._epoll.register(new.descriptor, select.EPOLLIN)
                    yield new, data
            elif client is None:
                continue
            elif client.out:
                self._send(client)
            else:
                data = self._received(client)
                if data:
                    yield client, data

    def _received(self, client: _Client) -> bytes:
        try:
            data: bytes = client.conn.sock.recv(_PIECE)
        except (BlockingIOError, InterruptedError):
            return b""
        except OSError:
            data = b""
        if not data:
            self._let_go(client, None)
        return data

    def _answer(self, came: Sequence[tuple[_Client, bytes]], began: float) -> None:
        """Answer all that is plain; whatever goes wrong, no connection is forgotten."""
        asked = [(client, data, self._asked(client, data)) for client, data in came]
        outcomes = iter(self._reads.answers([each for _, _, each in asked if each is not None], light=True))
        sent = []
        for client, data, each in asked:
            answer = None if each is None else next(outcomes).answer
            if answer is None:
                self._let_go(client, data)
                continue
            client.since = time.monotonic()
            client.out += map(memoryview, (_head(answer), *answer.parts))
            self._send(client)
            sent.append((answer, time.perf_counter() - began))
        quick.tally(sent)

    def _asked(self, client: _Client, data: bytes) -> Asked | None:
        """Return the request if it is plain and light, its caller as gunicorn reads the headers."""
        wanted = self._light(data)
        if wanted is None:
            return None
        headers = data[data.index(b"\r\n") :]
        if headers != client.headers:
            try:
                client.headers, client.caller = headers, self._caller(client.conn, data)
            except Exception as error:  # noqa: BLE001 (whatever it is, a thread meets it again and answers)
                log.debug("a head that is not plain", kind=type(error).__name__)
                client.headers, client.caller = b"", None
        return plain.of(wanted, client.caller)

    def _caller(self, conn: Any, data: bytes) -> Caller | None:  # noqa: ANN401 (gunicorn's TConn)
        if b"expect" in data.lower():
            return None
        request = next(http.get_parser(self._cfg, iter([data]), conn.client))
        if request.should_close():
            return None
        _, environ = wsgi.create(request, conn.sock, conn.client, conn.server, self._cfg)
        if _NOT_PLAIN & environ.keys():
            return None
        if self._behind is not None:
            self._behind(environ, lambda *_: lambda _: None)
        return plain.caller(environ, self._reads.settings)

    def _send(self, client: _Client) -> None:
        """Send as much as the client takes; the rest when it takes more."""
        while client.out:
            try:
                sent = client.conn.sock.sendmsg(client.out)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                self._let_go(client, None)
                return
            client.since = time.monotonic()
            while client.out and sent >= len(client.out[0]):
                sent -= len(client.out.pop(0))
            if sent:
                client.out[0] = client.out[0][sent:]
        if bool(client.out) is not client.blocked:
            client.blocked = bool(client.out)
            self._epoll.modify(client.descriptor, select.EPOLLOUT if client.out else select.EPOLLIN)

    def _look_round(self, now: float) -> None:
        """Give back who asks no more, and let go of who takes nothing of an answer."""
        for client in list(self._clients.values()):
            idle = now - client.since
            if client.out:
                if idle > _BLOCKED_S:
                    self._let_go(client, None)
            elif idle > _IDLE_S or not self._going():
                self._let_go(client, b"")

    def _let_go(self, client: _Client, data: bytes | None) -> None:
        """Give a connection back with what came on it; without anything, let it be closed."""
        del self._clients[client.descriptor]
        self._epoll.unregister(client.descriptor)
        if data is None:
            self._end(client.conn)
        else:
            self._back(client.conn, data)


def _head(answer: Answer) -> bytes:
    """Return the head of an answer as gunicorn writes it."""
    lines = [
        f"HTTP/1.1 {answer.status}",
        f"Server: {SERVER}",
        f"Date: {_date(int(time.time()))}",
        "Connection: keep-alive",
        *(f"{name}: {said}" for name, said in answer.headers),
        "\r\n",
    ]
    return "\r\n".join(lines).encode("latin-1")


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    said: str = util.http_date(second)
    return said
