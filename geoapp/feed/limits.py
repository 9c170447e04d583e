"""How much one reader may ask for, said in headers; and no key in any address."""

import math
import re
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from flask import Blueprint, Response, current_app, g, request

from geoapp.access import feed_reader, person_or_none
from geoapp.config import Settings
from geoapp.errors import NotAllowed, SignInNeeded, TooManyRequests, malformed
from geoapp.feed.limit_store import SharedCounts

EXTENSION = "lamplight-feed-limits"
# What stands before the application has counted the request already: its allowance, by this name.
COUNTED = "lamplight.feed.allowance"
_KEY_LIKE = re.compile(r"ll[kt]_", re.IGNORECASE)
_KEY_NAMES = re.compile(r"(x[-_])?(api|access|auth)?[-_]?(key|token)|authorization|password", re.IGNORECASE)


@dataclass(frozen=True)
class Allowance:
    """How many requests a reader has in a window, how many are left, and in how many seconds it ends."""

    most: int
    window_s: int
    left: int
    seconds: int
    within: bool

    def headers(self) -> list[tuple[str, str]]:
        """Return what is said of it with every answer."""
        return [
            ("RateLimit-Limit", str(self.most)),
            ("RateLimit-Remaining", str(self.left)),
            ("RateLimit-Reset", str(self.seconds)),
            ("RateLimit-Policy", f"{self.most};w={self.window_s}"),
        ]


class Limiter:
    """Counts requests by reader, over all processes of this machine."""

    def __init__(self, settings: Settings) -> None:
        """Open the counts."""
        self._window_s = settings.limits.feed_window_seconds
        self._counts = SharedCounts(Path(settings.var) / "feed-limits")

    def take(self, whose: str, most: int) -> Allowance:
        """Count one request of a reader who has so many, and return what is left."""
        window = self._window_s
        count, ends = self._counts.add(whose, window)
        seconds = max(1, math.ceil(ends - time.time()))
        return Allowance(most, window, max(0, most - count), seconds, count <= most)


def register(bp: Blueprint) -> None:
    """Put both before every request to the feed, and the headers on every answer."""
    bp.before_request(refuse_keys_in_addresses)
    bp.before_request(count)
    bp.after_request(say_what_is_left)


def refuse_keys_in_addresses() -> None:
    """Refuse a key in the query, where logs and histories would keep it; the answer does not repeat it."""
    for name, text in request.args.items(multi=True):
        if _KEY_LIKE.search(name) or _KEY_LIKE.search(text) or _KEY_NAMES.fullmatch(name):
            field = "query" if _KEY_LIKE.search(name) else name
            raise malformed(
                field,
                "A key never goes into an address, where logs and histories keep it. Send it as"
                " Authorization: Bearer, X-API-Key or Basic password."
                " If this was a real key, ask for a new one.",
            )


def count() -> None:
    """Count the request; TooManyRequests once the reader has had all of this window."""
    if request.method == "OPTIONS":
        return
    allowance: Allowance | None = request.environ.get(COUNTED)
    if allowance is None:
        limiter: Limiter = current_app.extensions[EXTENSION]
        allowance = limiter.take(*_reader())
    g.feed_allowance = allowance
    if not allowance.within:
        seconds = allowance.seconds
        raise TooManyRequests(
            f"Too many requests. Try again in {seconds} second{'' if seconds == 1 else 's'}.",
            retry_after_s=seconds,
        )


def _reader() -> tuple[str, int]:
    """Return whose the limit is, a key's, a person's, or else an address's, and how high."""
    bounds = current_app.config["SETTINGS"].limits
    try:
        reader = feed_reader()
    except (SignInNeeded, NotAllowed):  # said again, in the same words, by what needs a reader
        reader = None
    if reader is None:
        return f"address {request.remote_addr}", bounds.feed_requests_address
    if reader.key_id is not None:
        return of_key(reader.key_id), bounds.feed_requests_key
    person = person_or_none()
    return f"person {reader.name if person is None else person.id}", bounds.feed_requests_key


def of_key(key_id: UUID) -> str:
    """Return by what name a key's requests are counted."""
    return f"key {key_id}"


def say_what_is_left(answer: Response) -> Response:
    """Tell how many requests there are in a window, how many are left, and in how many seconds it ends."""
    if "feed_allowance" in g:
        answer.headers.update(g.feed_allowance.headers())
    return answer
