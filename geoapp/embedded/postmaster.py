"""Does a PostgreSQL server really run in a data folder? /proc answers, not the pid file alone."""

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from geoapp.embedded.errors import EmbeddedError

_ORPHAN_PATIENCE_S = 3.0
_GIVE_UP_S = 60.0
_POLL_S = 0.02


@dataclass(frozen=True)
class PidFile:
    """What `postmaster.pid` says: the process, its socket's folder (None at first), and whether it serves yet."""

    pid: int
    socket: Path | None
    ready: bool


def read_pid_file(data: Path) -> PidFile | None:
    """Return what the pid file says, or None where there is none or it is torn."""
    try:
        lines = (data / "postmaster.pid").read_text(errors="replace").splitlines()
        pid = abs(int(lines[0]))
    except (OSError, ValueError, IndexError):
        return None
    lines += [""] * 8  # it grows while the server starts; order of lines: PostgreSQL's utils/pidfile.h
    return PidFile(pid, Path(lines[4].strip()) if lines[4].strip() else None, lines[7].strip() == "ready")


def running_pid(data: Path) -> int | None:
    """Return the process id of the server running in `data`, or None.

    None also where the pid file names a dead process, a zombie that nobody collected, or a stranger who
    got the same number.
    """
    file = read_pid_file(data)
    return file.pid if file and _serves(file.pid, data) else None


def clear_remains(data: Path) -> None:
    """After a crash: end the dead server's last processes, then remove its pid file.

    Call only while holding the cluster's lock and after `running_pid` said None. Backends notice their
    server's death by themselves, except in the middle of a long computation; starting beside one would
    put two servers on the same files, so they are ended first.
    """
    began = time.monotonic()
    while orphans := _processes_in(data):
        waited = time.monotonic() - began
        if waited > _GIVE_UP_S:
            raise EmbeddedError(f"processes {orphans} of a crashed database do not end. Restart the machine")
        impatient = waited > _ORPHAN_PATIENCE_S
        for pid in orphans:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if impatient else signal.SIGQUIT)
        time.sleep(_POLL_S)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _serves(pid: int, data: Path) -> bool:
    if _state(pid) in (None, "Z", "X"):
        return False
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    if Path(os.fsdecode(words[0])).name not in ("postgres", "postmaster"):
        return False
    try:
        return Path(f"/proc/{pid}/cwd").samefile(data)
    except PermissionError:
        # Root in a container without CAP_SYS_PTRACE may not look; our own servers name their folder.
        return os.fsencode(data) in words
    except OSError:
        return False


def _processes_in(data: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            here = (entry / "cwd").samefile(data) and (entry / "exe").readlink().name.startswith("postgres")
        except OSError:
            continue
        if here and _state(int(entry.name)) not in (None, "Z", "X"):
            found.append(int(entry.name))
    return found


def _state(pid: int) -> str | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    # The name in parentheses may itself hold spaces and parentheses (proc(5)).
    return text.rpartition(")")[2].split()[0]
