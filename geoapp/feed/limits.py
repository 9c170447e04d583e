"""How much one reader may ask for, said in headers; and no key in any address."""

import math
import re
import time
from pathlib import Path

from flask import Blueprint, Response, current_app, g, request
from flask.blueprints import BlueprintSetupState
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.strategies import FixedWindowRateLimiter

from geoapp.access import feed_reader, person_or_none
from geoapp.config import Settings
from geoapp.errors import NotAllowed, SignInNeeded, TooManyRequests, malformed
from geoapp.feed.limit_store import SharedCounts

_EXTENSION = "lamplight-feed-limits"
_KEY_LIKE = re.compile(r"ll[kt]_", re.IGNORECASE)
_KEY_NAMES = re.compile(r"(x[-_])?(api|access|auth)?[-_]?(key|token)|authorization|password", re.IGNORECASE)


def register(bp: Blueprint) -> None:
    """Put both before every request to the feed, and the headers on every answer."""
    bp.record_once(_open)
    bp.before_request(refuse_keys_in_addresses)
    bp.before_request(count)
    bp.after_request(say_what_is_left)


def _open(state: BlueprintSetupState) -> None:
    settings: Settings = state.app.config["SETTINGS"]
    counts = SharedCounts(Path(settings.var) / "feed-limits")
    state.app.extensions[_EXTENSION] = FixedWindowRateLimiter(counts)


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
    limiter: FixedWindowRateLimiter = current_app.extensions[_EXTENSION]
    item, reader = _allowance()
    within = limiter.hit(item, reader)
    ends, left = limiter.get_window_stats(item, reader)
    seconds = max(1, math.ceil(ends - time.time()))
    g.feed_allowance = (item, left, seconds)
    if not within:
        raise TooManyRequests(
            f"Too many requests. Try again in {seconds} second{'' if seconds == 1 else 's'}.",
            retry_after_s=seconds,
        )


def _allowance() -> tuple[RateLimitItem, str]:
    """Return the limit and whose it is: a key's, a person's, or else an address's."""
    bounds = current_app.config["SETTINGS"].limits
    most = bounds.feed_requests_key
    try:
        reader = feed_reader()
    except (SignInNeeded, NotAllowed):  # said again, in the same words, by what needs a reader
        reader = None
    if reader is None:
        most, whose = bounds.feed_requests_address, f"address {request.remote_addr}"
    elif reader.key_id is not None:
        whose = f"key {reader.key_id}"
    else:
        person = person_or_none()
        whose = f"person {reader.name if person is None else person.id}"
    return RateLimitItemPerSecond(most, bounds.feed_window_seconds, namespace="feed"), whose


def say_what_is_left(answer: Response) -> Response:
    """Tell how many requests there are in a window, how many are left, and in how many seconds it ends."""
    if "feed_allowance" in g:
        item, left, seconds = g.feed_allowance
        answer.headers["RateLimit-Limit"] = str(item.amount)
        answer.headers["RateLimit-Remaining"] = str(left)
        answer.headers["RateLimit-Reset"] = str(seconds)
        answer.headers["RateLimit-Policy"] = f"{item.amount};w={item.multiples}"
    return answer
