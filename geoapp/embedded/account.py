"""The system account that PostgreSQL runs as: never root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from geoapp.embedded.errors import EmbeddedError

SERVICE_USER = "postgres"
# A server process keeps some megabytes that it has used once: to give them back after each statement and take
# them again for the next costs more than many a statement.
_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(8 << 20), "MALLOC_TRIM_THRESHOLD_": str(16 << 20)}


@dataclass(frozen=True)
class Account:
    """A system account; `run` starts programs as it, whether we are root or that account already."""

    name: str
    uid: int
    gid: int

    @property
    def switched(self) -> bool:
        """Whether a program must change its user to become this account."""
        return os.geteuid() != self.uid

    def run(self, *command: str, timeout_s: float) -> subprocess.CompletedProcess[str]:
        """Run a program as this account and return its output, without raising on its exit code.

        It gets a session of its own, so that Ctrl-C at the terminal does not reach it; a bare
        environment, so that PGHOST, PGPORT and the like of the caller do not; and / as its folder,
        because the caller's may be closed to it.
        """
        switch = {"user": self.uid, "group": self.gid, "extra_groups": ()} if self.switched else {}
        return subprocess.run(  # type: ignore[call-overload,no-any-return]  # noqa: S603 - programs found by us
            command,
            **switch,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/", **_MEMORY},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            timeout=timeout_s,
            check=False,
        )

    def can_enter(self, folder: Path) -> bool:
        """Whether this account may enter a folder and all its parents (the kernel says, so ACLs count)."""
        if not self.switched:
            return os.access(folder, os.X_OK)
        return self.run("/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder), timeout_s=10).returncode == 0

    def own(self, path: Path) -> None:
        """Hand a file or folder that we just made to this account."""
        if self.switched:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def account_for(data: Path) -> Account:
    """Return the account that runs the cluster in `data`: its owner; for a new one us, or `postgres`.

    Raises EmbeddedError where `data` belongs to somebody else, or where root has no account to step down to.
    """
    us = os.geteuid()
    owner = _owner(data)
    if us != 0:
        if owner not in (None, us):
            raise EmbeddedError(
                f"the cluster in {data} belongs to the user {_name(owner)}. Start as that user or as root, "
                f"or choose another folder: GEOAPP_VAR=/another/folder"
            )
        return Account(_name(us), us, os.getegid())
    try:
        entry = pwd.getpwuid(owner) if owner else pwd.getpwnam(SERVICE_USER)
    except KeyError:
        raise EmbeddedError(
            "PostgreSQL does not run as root, and there is no user 'postgres' to run it as. "
            "Run: useradd --system --no-create-home postgres"
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _owner(data: Path) -> int | None:
    try:
        return data.stat().st_uid
    except FileNotFoundError:
        return None
    except PermissionError:
        raise EmbeddedError(
            f"{data} cannot be read. Choose another folder: GEOAPP_VAR=/another/folder"
        ) from None


def _name(uid: int | None) -> str:
    try:
        return pwd.getpwuid(uid or 0).pw_name
    except KeyError:
        return str(uid)
