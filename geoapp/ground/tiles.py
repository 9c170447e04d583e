"""Tiles of the configured source, fetched by this server for its readers, who are never sent there.

What leaves is a tile's number under our own name, and nothing of the reader's: no header, cookie or address.
Only the source of the settings is asked; a redirect is refused, so that it cannot point elsewhere.
"""

import hashlib
import os
import random
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from pathlib import Path
from threading import BoundedSemaphore
from typing import IO

import structlog

from geoapp.config import Settings, Tiles
from geoapp.errors import Busy, NotFound

log = structlog.get_logger()

KINDS = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/webp": b"RIFF",
}
_AT_ONCE = BoundedSemaphore(8)
_PIECE = 65_536
_HOUR_S = 3600.0
_MEGABYTE = 1024 * 1024
_TRIM_ONE_IN = 100
_NAME = "Lamplight"


@dataclass(frozen=True)
class FetchedTile:
    """A picture and its media type, and for how many more seconds it may be kept."""

    body: bytes
    kind: str
    fresh_s: int


class _StayThere(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: only the address of the settings is ever asked."""

    def redirect_request(  # noqa: PLR0917 (as urllib calls it)
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> None:
        """Make no second request; urllib then raises the answer as an error."""


def tile(settings: Settings, z: int, x: int, y: int) -> FetchedTile:
    """Return a tile of the configured source, from the cache while it is fresh.

    NotFound without a source, outside of its zooms, and where it has no such tile; Busy when it cannot be
    had just now. A tile that is past its time is still given where the source does not answer.
    """
    source, rules = settings.tile_source, settings.tiles
    if source is None or z > rules.most_zoom or x >= 2**z or y >= 2**z:
        raise NotFound("There is no such tile.")
    kept = _place(settings, source, z, x, y)
    old = _read(kept, rules)
    if old is not None and old.fresh_s > 0:
        return old
    address = source.replace("{z}", str(z)).replace("{x}", str(x)).replace("{y}", str(y))
    try:
        body, kind = _fetch(address, rules)
    except (OSError, HTTPException, _Unfit) as error:
        # The address may hold a key of the operator's, so that only what went wrong is told.
        log.warning("tile not fetched", z=z, x=x, y=y, why=type(error).__name__, detail=_reason(error))
        if isinstance(error, urllib.error.HTTPError) and error.code in {404, 410}:
            raise NotFound("There is no such tile.") from None
        if old is not None:
            return old
        raise Busy("The base map cannot be fetched just now.", retry_after_s=30) from None
    _keep(kept, body, settings)
    return FetchedTile(body, kind, int(rules.cache_hours * _HOUR_S))


class _Unfit(Exception):
    """The source answered with something that is not a tile."""


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, _Unfit) else str(getattr(error, "code", ""))


def _fetch(address: str, rules: Tiles) -> tuple[bytes, str]:
    """Return what the source answers; no more than the bytes and seconds that a tile may take."""
    if not _AT_ONCE.acquire(timeout=rules.seconds):
        raise Busy("The base map is asked for by many just now.", retry_after_s=5)
    try:
        until = time.monotonic() + rules.seconds
        # The scheme was checked when the settings were read.
        asked = urllib.request.Request(address, headers={"User-Agent": _NAME, "Accept": ", ".join(KINDS)})  # noqa: S310
        opener = urllib.request.build_opener(_StayThere)
        with opener.open(asked, timeout=rules.seconds) as answer:
            kind = answer.headers.get_content_type()
            if answer.status != 200 or kind not in KINDS:  # noqa: PLR2004 (the one answer with a tile)
                raise _Unfit(f"{answer.status} {kind}"[:80])
            body = b""
            while piece := answer.read1(_PIECE):
                body += piece
                if len(body) > rules.bytes:
                    raise _Unfit("too large")
                if time.monotonic() > until:
                    raise _Unfit("too slow")
    finally:
        _AT_ONCE.release()
    if _kind_of(body) != kind:
        raise _Unfit("not the picture that it says")
    return body, kind


def _kind_of(body: bytes) -> str | None:
    return next((kind for kind, start in KINDS.items() if body.startswith(start)), None)


def _place(settings: Settings, source: str, z: int, x: int, y: int) -> Path:
    """Return where a tile is kept: another source has another folder, and no name holds its address."""
    of_source = hashlib.sha256(source.encode()).hexdigest()[:16]
    return settings.var / "tiles" / of_source / str(z) / str(x) / str(y)


def _read(kept: Path, rules: Tiles) -> FetchedTile | None:
    try:
        age = time.time() - kept.stat().st_mtime
        body = kept.read_bytes()
    except OSError:
        return None
    kind = _kind_of(body)
    return None if kind is None else FetchedTile(body, kind, max(0, int(rules.cache_hours * _HOUR_S - age)))


def _keep(kept: Path, body: bytes, settings: Settings) -> None:
    """Write the tile whole under another name first; without room it is simply not kept."""
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        descriptor, fresh = tempfile.mkstemp(prefix=".", dir=kept.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
        Path(fresh).replace(kept)
    except OSError as error:
        log.warning("tile not kept", why=type(error).__name__)
        return
    if random.randrange(_TRIM_ONE_IN) == 0:  # noqa: S311 (when to look is no secret)
        trim(settings)


def trim(settings: Settings) -> int:
    """Remove the oldest tiles until the rest is within `TILE_CACHE_MB`; return how many went."""
    found = []
    for file in (settings.var / "tiles").rglob("*"):
        try:
            stat = file.stat()
        except OSError:
            continue  # another process was quicker
        if file.is_file():
            found.append((stat.st_mtime, stat.st_size, file))
    over, gone = sum(size for _, size, _ in found) - settings.tiles.cache_mb * _MEGABYTE, 0
    for _, size, file in sorted(found, key=lambda each: each[0]):
        if over <= 0:
            break
        file.unlink(missing_ok=True)
        over, gone = over - size, gone + 1
    return gone
