"""Gunicorn's worker with threads, made so that a slow client holds no thread.

Gunicorn gives a connection to a thread as soon as a first byte is there, and the thread then waits for the
rest: as many slow clients as there are threads stop the service. Here the poller gathers each request without
blocking, a thread sees it when it is whole, and a connection that ends waits there for its other side. Plain
readings of the feed go to one thread that answers all of them that wait (`quick_loop.py`).
"""

import contextlib
import ctypes
import json
import socket
import struct
import time
from dataclasses import dataclass, field
from selectors import EVENT_READ
from typing import TYPE_CHECKING, Any

import structlog
from gunicorn import http
from gunicorn.http import errors as wrong
from gunicorn.workers.gthread import TConn, ThreadWorker

from geoapp.cli.intake import Intake, State

if TYPE_CHECKING:
    from geoapp.feed.quick import QuickReads

log = structlog.get_logger()
_PIECE = 64 * 1024
_MOST_HEAD = 64 * 1024
_MOST_HELD = 256 * 1024 * 1024  # of all requests that are being gathered by one process
_LEAST_BYTES_PER_SECOND = 20_000
_LINGER_S = 2.0
_READ_ON_S = 0.05
_STOPPING_S = 2.0
_BLOCKED_S = 20  # a client that reads nothing of its answer for so long is let go
_TRIM_EVERY_S = 5.0
_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


_BAD = 400, "Bad Request"
# Of all that the parser refuses; anything else is our own mistake.
_UNREADABLE: dict[type[BaseException], tuple[int, str]] = {
    wrong.ChunkMissingTerminator: _BAD,
    wrong.ExpectationFailed: (417, "Expectation Failed"),
    wrong.InvalidChunkExtension: _BAD,
    wrong.InvalidChunkSize: _BAD,
    wrong.InvalidH2CPreface: _BAD,
    wrong.InvalidHTTPVersion: _BAD,
    wrong.InvalidHeader: _BAD,
    wrong.InvalidHeaderName: _BAD,
    wrong.InvalidRequestLine: _BAD,
    wrong.InvalidRequestMethod: _BAD,
    wrong.InvalidSchemeHeaders: _BAD,
    wrong.LimitRequestHeaders: (431, "Request Header Fields Too Large"),
    wrong.LimitRequestLine: (414, "URI Too Long"),
    wrong.ObsoleteFolding: _BAD,
    wrong.UnsupportedTransferCoding: (501, "Not Implemented"),
}


def _problem(status: int, title: str, detail: str) -> bytes:
    """Return a whole answer of RFC 9457, after which the connection ends."""
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail}).encode()
    again = "Retry-After: 5\r\n" if status == 503 else ""  # noqa: PLR2004 (service unavailable)
    head = (
        f"HTTP/1.1 {status} {title}\r\nContent-Type: application/problem+json\r\n{again}"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


@dataclass
class _Waiting:
    """A connection in the poller: gathering a request, or closed on our side and waiting for the other."""

    conn: Any
    intake: Intake
    until: float
    began: bool = False
    lingering: bool = False
    may_be_quick: bool = True
    body_since: float = field(default=0.0)
    bytes_held: int = 0


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Hands whole requests to threads; everything slow waits in the poller, with a deadline."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (as gunicorn calls it)
        """Begin with no connection."""
        super().__init__(*args, **kwargs)
        self.waiting: dict[int, _Waiting] = {}
        self.held = 0
        self._trimmed = time.monotonic()
        self.limits = self.app.settings.limits

    def run(self) -> None:
        """Serve until asked to stop."""
        from geoapp.cli.quick_loop import QuickLoop  # noqa: PLC0415 (counts may be read only once their folder is known)
        from geoapp.feed.quick import EXTENSION  # noqa: PLC0415 (likewise)

        self.reads: QuickReads = self.wsgi.extensions[EXTENSION]
        self.quick = QuickLoop(self.cfg, self.reads, self._come_back, self._have_closed, lambda: self.alive)
        self.quick.start()
        super().run()

    def _come_back(self, conn: Any, data: bytes) -> None:  # noqa: ANN401 (gunicorn's TConn)
        """Take a connection back from the quick readings, with what came on it and is not one."""
        self.method_queue.defer(self._wait_again, conn, data)

    def _have_closed(self, conn: Any) -> None:  # noqa: ANN401 (gunicorn's TConn)
        self.method_queue.defer(self._close, conn)

    def _wait_again(self, conn: Any, data: bytes) -> None:  # noqa: ANN401 (gunicorn's TConn)
        self._wait_for_request(conn, data, self._idle_s(), may_be_quick=not data)

    def _idle_s(self) -> float:
        return float(self.cfg.keepalive if self.alive else min(_STOPPING_S, self.cfg.keepalive))

    def accept(self, listener: socket.socket) -> None:
        """Take a connection in, and wait for its request without a thread."""
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", _BLOCKED_S, 0))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", _BLOCKED_S // 4, 0))
        conn = TConn(self.cfg, client, address, listener.getsockname())
        conn.parser = http.get_parser(self.cfg, client, address)
        conn.initialized = conn.data_ready = True
        self._wait_for_request(conn, b"", self.limits.head_seconds)

    def notify(self) -> None:
        """Say that the process lives, and now and then give back what answers have left in memory."""
        super().notify()
        now = time.monotonic()
        if now - self._trimmed > _TRIM_EVERY_S:
            self._trimmed = now
            self.reads.kept.let_go()
            if _trim is not None:
                _trim(0)

    def finish_request(self, conn: Any, fs: Any) -> None:  # noqa: ANN401 (as gunicorn calls it)
        """Wait for the next request on the connection, or for its end."""
        try:
            again = bool(fs.result()) if not fs.cancelled() else False
            conn.sock.setblocking(False)
        except Exception:  # noqa: BLE001 (whatever the thread raised, the connection is over)
            self._close(conn)
            return
        if again:
            self._wait_for_request(conn, conn.parser.unreader.take_buffered(), self._idle_s())
        else:
            self._linger(conn)

    def _keepalive_after(self, conn: Any, keepalive: Any) -> bool:  # noqa: ANN401 (as gunicorn calls it)
        """Keep the connection only if its body was read or is here: nothing is drained by waiting."""
        if not keepalive:
            return False
        most, until = self.limits.photo_bytes, time.monotonic() + _READ_ON_S
        return bool(conn.parser.finish_body(deadline=until, max_bytes=most))

    def _wait_for_request(
        self,
        conn: Any,  # noqa: ANN401 (gunicorn's TConn)
        ahead: bytes,
        seconds: float,
        *,
        may_be_quick: bool = True,
    ) -> None:
        intake = Intake(most_head=_MOST_HEAD, most_body=self.limits.photo_bytes)
        waiting = _Waiting(conn, intake, time.monotonic() + seconds, may_be_quick=may_be_quick)
        conn.sock.setblocking(False)
        self.waiting[conn.sock.fileno()] = waiting
        self.poller.register(conn.sock, EVENT_READ, self._readable)
        if ahead:
            self._take_in(waiting, ahead)
        if waiting.conn.sock.fileno() in self.waiting:
            self._readable(conn.sock)  # what is already there need not go round the poller

    def _readable(self, client: socket.socket) -> None:
        waiting = self.waiting.get(client.fileno())
        if waiting is None or waiting.conn.sock is not client:
            return  # closed since the poller saw it
        try:
            data = client.recv(_PIECE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self._forget(waiting)
            self._close(waiting.conn)
        elif not waiting.lingering:
            self._take_in(waiting, data)

    def _take_in(self, waiting: _Waiting, data: bytes) -> None:
        """Add what has arrived; hand the request to a thread when it is whole."""
        now = time.monotonic()
        intake = waiting.intake
        if not waiting.began:
            waiting.began, waiting.until = True, now + self.limits.head_seconds
        self.held += len(data)
        waiting.bytes_held += len(data)
        state = intake.feed(data)
        if state is State.READY:
            self._forget(waiting)
            self._hand_over(waiting, intake.take())
        elif state is State.TOO_LONG:
            self._refuse(
                waiting, 431, "Request Header Fields Too Large", "The head of the request is too long."
            )
        elif self.held > _MOST_HELD:
            self._refuse(waiting, 503, "Service Unavailable", "Too much arrives at once. Try again shortly.")
        elif state is State.BODY:
            self._expect_body(waiting, now)

    def _hand_over(self, waiting: _Waiting, request: bytes) -> None:
        """Let a whole request be answered: with other plain readings, or on a thread."""
        if waiting.may_be_quick and self.quick.takes(request):
            self.quick.take(waiting.conn, request)
        else:
            waiting.conn.parser.unreader.unread(request)
            self.enqueue_req(waiting.conn)

    def _expect_body(self, waiting: _Waiting, now: float) -> None:
        """Give the body some seconds, and more as long as it comes at the pace of a poor phone line."""
        if not waiting.body_since:
            waiting.body_since = now
            if waiting.intake.expects_continue:
                with contextlib.suppress(OSError):
                    waiting.conn.sock.send(_CONTINUE)
        allowed = self.limits.body_seconds + len(waiting.intake.buffer) / _LEAST_BYTES_PER_SECOND
        waiting.until = waiting.body_since + allowed

    def murder_keepalived(self, force: bool = False) -> None:
        """Let go of what has waited for too long, or of all."""
        now = time.monotonic()
        for waiting in list(self.waiting.values()):
            if not force and now < waiting.until:
                continue
            if waiting.began and not waiting.lingering and not force:
                self._refuse(waiting, 408, "Request Timeout", "The request came too slowly. Send it again.")
            else:
                self._forget(waiting)
                self._close(waiting.conn)

    def _cap_keepalive(self, deadline: float) -> None:
        """Wait for nobody beyond the deadline: this process is about to end."""
        for waiting in self.waiting.values():
            waiting.until = min(waiting.until, deadline if waiting.began else time.monotonic())

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:  # noqa: ANN401, ARG002 (as gunicorn calls it)
        """Answer a request that cannot be read, and log its kind alone: lines may hold keys and tokens."""
        title = _UNREADABLE.get(type(exc))
        if title is None:
            log.error("unexpected in the server", exc_info=exc)
            answer = _problem(500, "Internal Server Error", "It is our mistake, not yours.")
        else:
            log.warning("request that cannot be read", kind=type(exc).__name__)
            answer = _problem(*title, "The request is not HTTP as this service reads it.")
        with contextlib.suppress(OSError):
            client.sendall(answer)

    def _refuse(self, waiting: _Waiting, status: int, title: str, detail: str) -> None:
        self._forget(waiting)
        with contextlib.suppress(OSError):
            waiting.conn.sock.send(_problem(status, title, detail))
        self._linger(waiting.conn)

    def _linger(self, conn: Any) -> None:  # noqa: ANN401 (gunicorn's TConn)
        """End our side and wait a little for the other, so that the last of the answer is not cut off."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        intake = Intake(most_head=0, most_body=0)
        waiting = _Waiting(conn, intake, time.monotonic() + _LINGER_S, lingering=True)
        self.waiting[conn.sock.fileno()] = waiting
        self.poller.register(conn.sock, EVENT_READ, self._readable)

    def _forget(self, waiting: _Waiting) -> None:
        self.held -= waiting.bytes_held
        del self.waiting[waiting.conn.sock.fileno()]
        self.poller.unregister(waiting.conn.sock)

    def _close(self, conn: Any) -> None:  # noqa: ANN401 (gunicorn's TConn)
        self.nr_conns -= 1
        conn.close()
