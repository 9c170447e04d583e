"""Answers that were asked for again, kept as long as their tag stands.

The tag of a page says all that the page depends on: whose boroughs, what is asked, the last change of the
collection. Whoever asks for the same is told the same, with the time of the answer, as long as the tag has
not changed, which is worked out anew from the database for each request. An answer is kept only when it is
asked for a second time within a while, so that a nightly run through all pages keeps none; what nobody asks
for is let go.
"""

import time
from collections import Counter, OrderedDict
from dataclasses import dataclass
from threading import Lock

_MOST_BYTES = 4 << 20
_MOST_OF_ONE = 1 << 20
_MOST_ASKED = 2_000
_WHILE_S = 60.0
Query = tuple[tuple[str, str], ...]
# Who asks for what: path, parameters, the key's hash, the feed's address.
Place = tuple[str, Query, bytes, str]


@dataclass(frozen=True)
class Kept:
    """An answer under its tag: its own headers, what follows the time, and how many features are in it."""

    tag: str
    headers: tuple[tuple[str, str], ...]
    rest: bytes
    features: int


class KeptAnswers:
    """The answers of one process; safe for threads. With `again` 1 the first request is enough."""

    def __init__(self, most_bytes: int = _MOST_BYTES, again: int = 2) -> None:
        """Begin with none."""
        self._most, self._again = most_bytes, again
        self._lock = Lock()
        self._kept: OrderedDict[Place, tuple[float, Kept]] = OrderedDict()
        self._asked: OrderedDict[Place, tuple[float, int]] = OrderedDict()
        self._addresses: Counter[tuple[str, Query]] = Counter()
        self._bytes = 0

    def has(self, place: Place) -> bool:
        """Whether there may be an answer."""
        return place in self._kept

    def has_some(self, path: str, query: Query) -> bool:
        """Whether there may be an answer for anybody who asks for this."""
        return (path, query) in self._addresses

    def get(self, place: Place, tag: str) -> Kept | None:
        """Return the answer under this tag; one under another tag is let go."""
        with self._lock:
            self._let_go(time.monotonic())
            _, kept = self._kept.get(place, (0.0, None))
            if kept is None:
                return None
            if kept.tag != tag:
                self._drop(place)
                return None
            self._kept[place] = time.monotonic(), kept
            self._kept.move_to_end(place)
            return kept

    def offer(self, place: Place, kept: Kept) -> None:
        """Keep an answer that is asked for again, if it is not too large."""
        if len(kept.rest) > _MOST_OF_ONE:
            return
        now = time.monotonic()
        with self._lock:
            since, times = self._asked.pop(place, (now, 0))
            times = times + 1 if now - since < _WHILE_S else 1
            if times < self._again:
                self._asked[place] = now, times
                if len(self._asked) > _MOST_ASKED:
                    self._asked.popitem(last=False)
                return
            self._drop(place)
            self._kept[place] = now, kept
            self._bytes += len(kept.rest)
            self._addresses[place[:2]] += 1
            self._let_go(now)

    def let_go(self) -> None:
        """Drop what nobody has asked for in a while; to be called now and then."""
        with self._lock:
            self._let_go(time.monotonic())

    def _let_go(self, now: float) -> None:
        """Drop what nobody has asked for in a while, and the eldest where there is too much."""
        while self._kept:
            place, (asked, _) = next(iter(self._kept.items()))
            if self._bytes <= self._most and now - asked < _WHILE_S:
                return
            self._drop(place)

    def _drop(self, place: Place) -> None:
        _, kept = self._kept.pop(place, (0.0, None))
        if kept is not None:
            self._bytes -= len(kept.rest)
            self._addresses[place[:2]] -= 1
            if not self._addresses[place[:2]]:
                del self._addresses[place[:2]]
