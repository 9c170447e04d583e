"""Finding PostgreSQL's programs, with PostGIS beside them, among what the machine has installed."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from geoapp.embedded.errors import EmbeddedError

INSTALL_ROOTS = (Path("/usr/lib/postgresql"), Path("/usr"), Path("/usr/local/pgsql"))
BIN_VARIABLE = "GEOAPP_PG_BIN"


@dataclass(frozen=True)
class Binaries:
    """One installed PostgreSQL: the folder of its programs and its major version."""

    folder: Path
    major: int

    def program(self, name: str) -> str:
        """Return the absolute path of one of its programs, such as `initdb`."""
        return str(self.folder / name)


def find(major: int | None = None) -> Binaries:
    """Return the newest PostgreSQL that has PostGIS, or the one of the given major version.

    `GEOAPP_PG_BIN` names the only folder to look in. Raises EmbeddedError with the line to run where
    PostgreSQL or PostGIS is missing, or where only other major versions than the asked one are there.
    """
    given = os.environ.get(BIN_VARIABLE)
    found = sorted(_installed([Path(given)] if given else _folders()), key=lambda one: -one.major)
    with_postgis = [one for one in found if _has_postgis(one)]
    fitting = [one for one in with_postgis if major in (None, one.major)]
    if fitting:
        return fitting[0]
    if major is not None:
        raise EmbeddedError(
            f"the data folder was made by PostgreSQL {major}, and PostgreSQL {major} with PostGIS is not "
            f"installed. Run: {install_line(major)}"
        )
    where = f" in {given} (from {BIN_VARIABLE})" if given else ""
    missing = "PostGIS for PostgreSQL" if found else "PostgreSQL with PostGIS"
    raise EmbeddedError(
        f"{missing} is not installed{where}. Run: {install_line(found[0].major if found else None)}"
    )


def install_line(major: int | None) -> str:
    """Return the one line that installs PostgreSQL and PostGIS here; by default the system's own version."""
    number = major or _offered_by_apt()
    if shutil.which("apt-get") is None:
        return "your system's package manager for PostgreSQL 15 or newer and PostGIS 3"
    if number is None:
        return "sudo apt-get update && sudo apt-get install -y postgresql postgis"
    return f"sudo apt-get install -y postgresql-{number} postgresql-{number}-postgis-3"


def _folders() -> Iterable[Path]:
    for root in INSTALL_ROOTS:
        yield root / "bin"
        yield from sorted(root.glob("[0-9]*/bin"))
        yield from sorted(root.glob("pgsql-[0-9]*/bin"))


def _installed(folders: Iterable[Path]) -> Iterable[Binaries]:
    for folder in folders:
        server = folder / "postgres"
        if os.access(server, os.X_OK) and os.access(folder / "initdb", os.X_OK):
            words = _answer([str(server), "--version"])
            if number := re.search(r"\b(\d+)(?:\.\d+|devel|beta|rc)", words):
                yield Binaries(folder, int(number[1]))


def _has_postgis(binaries: Binaries) -> bool:
    debian = Path(f"/usr/share/postgresql/{binaries.major}/extension/postgis.control")
    if binaries.folder.is_relative_to("/usr/lib/postgresql"):
        return debian.exists()
    shared = _answer([binaries.program("pg_config"), "--sharedir"]).strip()
    return bool(shared) and (Path(shared) / "extension" / "postgis.control").exists()


def _offered_by_apt() -> int | None:
    if shutil.which("apt-cache") is None:
        return None
    number = re.search(r"Depends: postgresql-(\d+)", _answer(["apt-cache", "depends", "postgresql"]))
    return int(number[1]) if number else None


def _answer(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603 - fixed programs
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
