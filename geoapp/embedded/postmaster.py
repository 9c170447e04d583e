"""Does a PostgreSQL server really run in a data folder? /proc answers, not the pid file alone."""

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from geoapp.embedded.account import Account
from geoapp.embedded.errors import EmbeddedError

_ORPHAN_PATIENCE_S = 3.0
_GIVE_UP_S = 60.0
_POLL_S = 0.02
# Number and program of each process whose working folder is the given one.
_LIST_PROCESSES = """
for process in /proc/[0-9]*; do
  if [ "$process/cwd" -ef "$1" ]; then echo "${process#/proc/} $(readlink "$process/exe")"; fi
done 2>/dev/null
"""


@dataclass(frozen=True)
class PidFile:
    """What `postmaster.pid` says: the process, its socket's folder (None at first), whether it serves."""

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


def clear_remains(data: Path, socket: Path, account: Account) -> None:
    """After a crash: end the dead server's last processes, then remove its pid and socket files.

    Call only while holding the cluster's lock and after `running_pid` said None. Backends notice their
    server's death by themselves, except in the middle of a long computation; starting beside one would
    put two servers on the same files, so they are ended first.
    """
    began = time.monotonic()
    while orphans := _processes_in(data, account):
        waited = time.monotonic() - began
        if waited > _GIVE_UP_S:
            raise EmbeddedError(f"processes {orphans} of a crashed database do not end. Restart the machine")
        impatient = waited > _ORPHAN_PATIENCE_S
        for pid in orphans:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if impatient else signal.SIGQUIT)
        time.sleep(_POLL_S)
    # PostgreSQL itself takes a zombie, or any process of the same user, for the owner of these files. The
    # socket's folder is this cluster's alone, so whatever lies there is its own.
    for leftover in (data / "postmaster.pid", *socket.glob(".s.PGSQL.*")):
        leftover.unlink(missing_ok=True)


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


def _processes_in(data: Path, account: Account) -> list[int]:
    # Looked for as that account: root itself may not, in a container without CAP_SYS_PTRACE.
    listing = account.run("/bin/sh", "-c", _LIST_PROCESSES, "sh", str(data), timeout_s=30).stdout
    found = [
        (int(pid), Path(program)) for pid, program in (line.split(" ", 1) for line in listing.splitlines())
    ]
    return [
        pid
        for pid, program in found
        if program.name.startswith("postgres") and _state(pid) not in (None, "Z", "X")
    ]


def _state(pid: int) -> str | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    # The name in parentheses may itself hold spaces and parentheses (proc(5)).
    return text.rpartition(")")[2].split()[0]
