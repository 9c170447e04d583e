"""Where the cluster's data, its socket and its locks lie."""

import hashlib
import os
import re
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from geoapp.embedded.account import Account, account_for
from geoapp.embedded.errors import EmbeddedError

PORT = 5432  # names the socket file only; there is no TCP
# The kernel allows 107 bytes for a socket's path; 100 leaves room for the temporary lock file beside it.
LONGEST_SOCKET = 100 - len(f"/.s.PGSQL.{PORT}.lock")
SYSTEM_DATA = Path("/var/lib/lamplight")
# postgresql.conf and libpq both split lists of hosts at commas, and libpq reads @ as an abstract socket.
_PLAIN_PATH = re.compile(r"/[A-Za-z0-9/._+-]*")


@dataclass(frozen=True)
class Places:
    """The folders of one cluster and the account that owns them."""

    data: Path
    socket: Path
    account: Account
    moved: bool

    @property
    def lock(self) -> Path:
        """The file that is locked while somebody makes, starts or stops the cluster."""
        return self.data.with_name(self.data.name + ".lock")

    @property
    def users(self) -> Path:
        """The file that each process locks (shared) for as long as it uses the cluster."""
        return self.data.with_name(self.data.name + ".users")


def places_for(var: Path) -> Places:
    """Return where the cluster of a `var` folder lies, making `var` but nothing of the cluster.

    The data is `var/pg`. Where we are root and the service account cannot reach `var` (a project in a
    closed home folder), it is `/var/lib/lamplight/<hash of var>`, and `var/pg.location` says so.
    """
    var = var.expanduser().absolute()
    try:
        var.mkdir(mode=0o711, parents=True, exist_ok=True)
        var = var.resolve()
        data = _noted_location(var) or var / "pg"
        account = account_for(data)
        moved = data.parent != var
        if not moved and account.switched and not account.can_enter(var):
            data, moved = _note_location(var, SYSTEM_DATA / _digest(var)), True
            account = account_for(data)
    except PermissionError as error:
        raise EmbeddedError(
            f"{error.filename} cannot be written. Choose another folder: GEOAPP_VAR=/another/folder"
        ) from None
    return Places(data, _socket_folder(data, account), account, moved)


def make_socket_folder(places: Places) -> None:
    """Make the socket's folder, readable for the cluster's account alone, or refuse one that is not ours.

    A folder in /tmp could have been planted by somebody who wants to answer in the database's place.
    """
    folder, account = places.socket, places.account
    if folder.parent == places.data:
        _make(folder, account)
        return
    try:
        found = folder.lstat()
    except FileNotFoundError:
        _make(folder, account)
        found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or found.st_mode & 0o077:
        raise EmbeddedError(
            f"{folder} is not a folder that only {account.name} can enter, so the database's socket will not "
            f"be put there. Run: rm -rf {folder}"
        )


def remove_socket_folder(places: Places) -> None:
    """Leave nothing in /run or /tmp behind a stopped server."""
    if places.socket.parent != places.data:
        with suppress(OSError):
            places.socket.rmdir()


def _make(folder: Path, account: Account) -> None:
    if folder.is_dir() and not folder.is_symlink():
        return
    # Made under a name that nobody can guess and renamed, so that it never stands there with another owner.
    fresh = Path(tempfile.mkdtemp(prefix=".socket-", dir=folder.parent))
    account.own(fresh)
    try:
        fresh.rename(folder)
    except OSError:  # something stands there after all: whose it is, the caller looks at
        fresh.rmdir()


def _socket_folder(data: Path, account: Account) -> Path:
    inside = data / "socket"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET and _PLAIN_PATH.fullmatch(str(inside)):
        return inside
    # Not /run/user/<uid>: it is emptied when that user signs out, and the server may live on.
    system = account.switched and os.access("/run", os.W_OK) and account.can_enter(Path("/run"))
    parent = Path("/run" if system else "/tmp")  # noqa: S108 - whose folder it is gets checked
    return parent / f"lamplight-{_digest(data)}"


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def _noted_location(var: Path) -> Path | None:
    note = var / "pg.location"
    try:
        found = note.lstat()
        text = note.read_text().strip()
    except FileNotFoundError:
        return None
    location = Path(text)
    if found.st_uid not in (0, os.geteuid()) or location.parent != SYSTEM_DATA:
        raise EmbeddedError(f"{note} names {text!r}, which is no folder in {SYSTEM_DATA}. Run: rm {note}")
    return location


def _note_location(var: Path, data: Path) -> Path:
    SYSTEM_DATA.mkdir(mode=0o755, parents=True, exist_ok=True)
    SYSTEM_DATA.chmod(0o755)  # whatever the umask: the service account passes through
    (var / "pg.location").write_text(f"{data}\n")
    return data
