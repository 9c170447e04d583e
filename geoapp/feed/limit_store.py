"""Counts that all web processes of a machine share: a small file, mapped into each of them.

A table in the database would make every reading a write; a count in each process would let a reader have as
many times the limit as there are processes. The file is a fixed number of slots found by hash; a lock of the
file keeps processes apart, a lock of Python the threads of one. Machines beside each other count each for
themselves.
"""

import fcntl
import hashlib
import mmap
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from limits.storage import Storage

_SLOT = struct.Struct("<16sdq")  # whose count, until when (seconds since 1970), how many
_SLOTS = 1 << 14
_TRIED = 16
_SIZE = _SLOT.size * _SLOTS


class SharedCounts(Storage):
    """Counts in a file, for the strategies of the library `limits`; each ends with its window."""

    STORAGE_SCHEME = ["lamplight-file"]  # noqa: RUF012 (the library reads it as a plain class attribute)

    def __init__(self, file: Path) -> None:
        """Open the file, made where it is missing; OSError when that is not possible."""
        super().__init__()
        file.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(self._descriptor).st_size < _SIZE:
            os.ftruncate(self._descriptor, _SIZE)
        self._slots = mmap.mmap(self._descriptor, _SIZE)
        self._lock = Lock()

    def close(self) -> None:
        """Let go of the file; what was counted stays in it."""
        self._slots.close()
        os.close(self._descriptor)

    @property
    def base_exceptions(self) -> type[Exception]:
        """The errors of this storage, as the library asks."""
        return OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a count, whose window begins with the first; return the count."""
        now = time.time()
        with self._held():
            place, until, count = self._find(key, now)
            if until <= now:
                until, count = now + expiry, 0
            _SLOT.pack_into(self._slots, place, _name(key), until, count + amount)
            return count + amount

    def get(self, key: str) -> int:
        """Return the count of the window under way, 0 without one."""
        now = time.time()
        with self._held():
            _, until, count = self._find(key, now)
            return count if until > now else 0

    def get_expiry(self, key: str) -> float:
        """Return when the window ends, in seconds since 1970; now without one."""
        now = time.time()
        with self._held():
            _, until, _ = self._find(key, now)
            return max(until, now)

    def check(self) -> bool:
        """Whether the file is there."""
        return not self._slots.closed

    def reset(self) -> int | None:
        """Forget every count."""
        with self._held():
            self._slots[:] = bytes(_SIZE)
        return None

    def clear(self, key: str) -> None:
        """Forget one count."""
        with self._held():
            place, _, _ = self._find(key, time.time())
            _SLOT.pack_into(self._slots, place, b"", 0.0, 0)

    @contextmanager
    def _held(self) -> Iterator[None]:
        with self._lock:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN)

    def _find(self, key: str, now: float) -> tuple[int, float, int]:
        """Return the place of a count with its end and number; a free or the oldest place for a new one."""
        name = _name(key)
        start = int.from_bytes(name[:4], "little")
        best, best_until = 0, float("inf")
        for step in range(_TRIED):
            place = (start + step) % _SLOTS * _SLOT.size
            owner, until, count = _SLOT.unpack_from(self._slots, place)
            if owner == name:
                return place, until, count
            until = until if until > now else 0.0
            if until < best_until:
                best, best_until = place, until
        return best, 0.0, 0


def _name(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=16).digest()
