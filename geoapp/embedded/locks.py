"""File locks between processes. The kernel releases them when a process dies, however it dies."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from geoapp.embedded.errors import EmbeddedError

_POLL_S = 0.02
_PATIENCE_S = 600.0


def open_lock(path: Path) -> int:
    """Return a descriptor to lock; a lock file that root makes belongs to the owner of its folder."""
    try:
        made = not path.exists()
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        if made and os.geteuid() == 0:
            folder = path.parent.stat()
            os.fchown(descriptor, folder.st_uid, folder.st_gid)
    except OSError as error:
        raise EmbeddedError(
            f"{path} cannot be locked ({error.strerror}): it belongs to another user. Start as that user, "
            f"or choose another folder: GEOAPP_VAR=/another/folder"
        ) from None
    return descriptor


def share(descriptor: int) -> None:
    """Hold a shared lock; only to be called under the cluster's exclusive lock, so it waits for nobody."""
    fcntl.flock(descriptor, fcntl.LOCK_SH)


def alone(descriptor: int) -> bool:
    """Turn our shared lock into an exclusive one if nobody else holds it; say whether that was so."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def release(descriptor: int) -> None:
    """Let go of a lock, also on behalf of forked children that share the descriptor."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


@contextmanager
def exclusive(path: Path, log: Callable[[str], None]) -> Iterator[None]:
    """Hold the exclusive lock of `path`; wait for another process that has it, and say so after a second."""
    descriptor = open_lock(path)
    try:
        began = time.monotonic()
        said = False
        while not alone(descriptor):
            waited = time.monotonic() - began
            if waited > _PATIENCE_S:
                raise EmbeddedError(
                    f"another process has held {path} for {waited:.0f} s. Run: fuser -v {path}"
                )
            if waited > 1 and not said:
                log("Waiting for another process that is starting or stopping the database")
                said = True
            time.sleep(_POLL_S)
        yield
    finally:
        release(descriptor)
