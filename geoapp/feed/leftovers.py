"""Folders in which files are written before they are sent, and what killed processes left in them."""

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path

PREFIX = "lamplight-feed-"
# Longer than any download may last.
_STALE_S = 7_200.0


def folder() -> Path:
    """Return a new folder for one file; what is left of others that nobody can be writing any more goes."""
    remove_stale()
    return Path(tempfile.mkdtemp(prefix=PREFIX))


def remove_stale(stale_s: float = _STALE_S) -> None:
    """Remove our own folders that nothing was written into for so long; never what another user made."""
    before = time.time() - stale_s
    for each in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # another process was faster
            found = each.lstat()
            if each.is_dir() and not each.is_symlink() and found.st_uid == os.getuid():
                newest = max([found.st_mtime, *(inner.lstat().st_mtime for inner in each.iterdir())])
                if newest < before:
                    shutil.rmtree(each, ignore_errors=True)
