"""The same poll again, answered before anything else is done.

Systems that follow a collection ask again and again with the tag they have. A request that this process has
answered with 304 is answered so again, header by header the same, for a quarter of a second: for so long a
change may stay unseen by those who ask, and never longer, and only by those who had seen all before it.
Nothing but a 304 is kept.
"""

import hashlib
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_KEPT_S = 0.25
_MOST = 1_000
_WAYS = frozenset({"GET", "HEAD"})
_LINE = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "wsgi.url_scheme", "REMOTE_ADDR")
# What is not the same the next time: how many requests are left, and a cookie.
_OWN = ("ratelimit", "x-ratelimit", "set-cookie")


class UnchangedPolls:
    """Stands before the application; passes on everything but a poll that was just answered with 304."""

    def __init__(self, application: "WSGIApplication") -> None:
        """Keep what is asked otherwise."""
        self._application = application
        self._kept: dict[bytes, tuple[float, list[tuple[str, str]]]] = {}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer as WSGI wants it."""
        polled = "HTTP_IF_NONE_MATCH" in environ and environ["PATH_INFO"].startswith("/feed/collections/")
        if not polled or environ["REQUEST_METHOD"] not in _WAYS:
            return self._application(environ, start_response)
        asked = _digest(environ)
        until, headers = self._kept.get(asked, (0.0, []))
        if time.monotonic() < until:
            start_response("304 NOT MODIFIED", headers)
            return ()

        def started(status: str, said: list[tuple[str, str]], *rest: Any) -> Any:  # noqa: ANN401 (as WSGI has it)
            if status.startswith("304") and not any(name.lower().startswith(_OWN) for name, _ in said):
                if len(self._kept) >= _MOST:
                    self._kept.clear()
                self._kept[asked] = (time.monotonic() + _KEPT_S, said)
            return start_response(status, said, *rest)

        return self._application(environ, started)


def _digest(environ: "WSGIEnvironment") -> bytes:
    """Return what tells this request from others; a hash, because a key may be in it."""
    headers = sorted((name, value) for name, value in environ.items() if name.startswith("HTTP_"))
    said = repr(([environ.get(name) for name in _LINE], headers))
    return hashlib.blake2b(said.encode(errors="replace"), digest_size=24).digest()
