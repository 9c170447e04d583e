"""The same poll again, answered before anything else is done.

Systems that follow a collection ask again and again with the tag they have. A request that this process has
answered with 304 is answered so again, in the same words, for a quarter of a second: for so long a change may
stay unseen by those who ask, and never longer, and only by those who had seen all before it. Each such answer
counts as a request of its reader. Nothing but a 304 is kept.
"""

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geoapp.feed.limits import COUNTED, READER, Limiter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KEPT_S = 0.25
_MOST = 1_000
_WAYS = frozenset({"GET", "HEAD"})
_LINE = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "wsgi.url_scheme", "REMOTE_ADDR")
_COOKIE = "set-cookie"
_LEFT = "ratelimit-"


@dataclass(frozen=True)
class _Kept:
    """A 304 that was given: until when it stands, its headers, and how its reader is counted."""

    until: float
    headers: list[tuple[str, str]]
    reader: tuple[str, int]


class UnchangedPolls:
    """Stands before the application; passes on everything but a poll that was just answered with 304."""

    def __init__(self, application: "WSGIApplication", limiter: Limiter) -> None:
        """Leave to `application` what is asked otherwise."""
        self._application = application
        self._limiter = limiter
        self._kept: dict[bytes, _Kept] = {}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer as WSGI wants it."""
        polled = "HTTP_IF_NONE_MATCH" in environ and environ["PATH_INFO"].startswith("/feed/collections/")
        if not polled or environ["REQUEST_METHOD"] not in _WAYS:
            return self._application(environ, start_response)
        asked = _digest(environ)
        kept = self._kept.get(asked)
        if kept is not None and time.monotonic() < kept.until:
            allowance = self._limiter.take(*kept.reader)
            environ[COUNTED] = allowance
            if allowance.within:
                start_response("304 NOT MODIFIED", [*kept.headers, *allowance.headers()])
                return ()

        def started(status: str, said: list[tuple[str, str]], *rest: Any) -> Any:  # noqa: ANN401 (as WSGI has it)
            names = [name.lower() for name, _ in said]
            if status.startswith("304") and READER in environ and _COOKIE not in names:
                if len(self._kept) >= _MOST:
                    self._kept.clear()
                own = [each for each in said if not each[0].lower().startswith(_LEFT)]
                self._kept[asked] = _Kept(time.monotonic() + KEPT_S, own, environ[READER])
            return start_response(status, said, *rest)

        return self._application(environ, started)


def _digest(environ: "WSGIEnvironment") -> bytes:
    """Return what tells this request from others; a hash, because a key may be in it."""
    headers = sorted((name, value) for name, value in environ.items() if name.startswith("HTTP_"))
    said = repr(([environ.get(name) for name in _LINE], headers))
    return hashlib.blake2b(said.encode(errors="replace"), digest_size=24).digest()
