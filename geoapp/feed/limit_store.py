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
from functools import lru_cache
from pathlib import Path
from threading import Lock

_SLOT = struct.Struct("<16sdq")  # whose count, until when (seconds since 1970), how many
_SLOTS = 1 << 14
_TRIED = 16
_SIZE = _SLOT.size * _SLOTS


class SharedCounts:
    """Counts in a file; each ends with its window, which begins with the first that is counted."""

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

    def add(self, key: str, seconds: float) -> tuple[int, float]:
        """Count one more, and return the count and when its window ends, in seconds since 1970."""
        now = time.time()
        with self._held():
            place, until, count = self._find(key, now)
            if until <= now:
                until, count = now + seconds, 0
            _SLOT.pack_into(self._slots, place, _name(key), until, count + 1)
            return count + 1, until

    def get(self, key: str) -> int:
        """Return the count of the window under way, 0 without one."""
        now = time.time()
        with self._held():
            _, until, count = self._find(key, now)
            return count if until > now else 0

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


@lru_cache(maxsize=1024)
def _name(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=16).digest()
