"""The files of the phone's app: one list, one version, sent packed, so that a first visit stays small."""

import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from geoapp.errors import NotFound

_STATIC = Path(__file__).resolve().parents[2] / "static"
_VERSION_CHARACTERS = 16
# In the order in which the app asks for them; the map's libraries come last.
_NAMED = (
    "css/tokens.css",
    "css/capture-app.css",
    "css/capture-sheet.css",
    "vendor/atkinson-hyperlegible-next/atkinson-hyperlegible-next.css",
    "vendor/atkinson-hyperlegible-next/atkinson-hyperlegible-next-latin-wght-normal.woff2",
    "vendor/idb/index.js",
    "js/wording.js",
    "vendor/leaflet/leaflet.css",
    "vendor/leaflet/leaflet.js",
    "vendor/protomaps-leaflet/protomaps-leaflet.js",
)
_TYPES = {".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2"}
_WORKER = "js/app/worker.js"


@dataclass(frozen=True)
class PackedFile:
    """A file as it is sent: its type, its bytes, and the same packed with gzip where that is smaller."""

    content_type: str
    plain: bytes
    packed: bytes | None


@dataclass(frozen=True)
class Version:
    """What an installed app consists of: the paths under `static/` with the SHA-256 of each."""

    name: str
    hashes: dict[str, str]


def version() -> Version:
    """Return the files as they lie there now; their name changes when any of them does."""
    paths = [path for path in (*_NAMED, *_modules()) if (_STATIC / path).is_file()]
    return _version(tuple((path, (_STATIC / path).stat().st_mtime_ns) for path in paths))


def packed(path: str) -> PackedFile:
    """Return one of the listed files; NotFound for any other, whatever else lies there."""
    if path not in version().hashes:
        raise NotFound("There is no such file of the app.")
    return _packed(path, (_STATIC / path).stat().st_mtime_ns)


def worker(page: str) -> str:
    """Return the service worker's script for the present version; `page` is the address it opens offline."""
    now = version()
    head = {"version": now.name, "page": page, "files": now.hashes}
    return f"const APP = {json.dumps(head)};\n{(_STATIC / _WORKER).read_text(encoding='utf-8')}"


@lru_cache(maxsize=8)
def packed_text(text: str) -> bytes:
    """Return a text of the app, its page or its worker's script, packed with gzip."""
    return gzip.compress(text.encode(), 9, mtime=0)


def _modules() -> list[str]:
    found = sorted((_STATIC / "js" / "app").glob("*.js"))
    return [each.relative_to(_STATIC).as_posix() for each in found if each.name != "worker.js"]


@lru_cache(maxsize=4)
def _version(stamped: tuple[tuple[str, int], ...]) -> Version:
    hashes = {path: hashlib.sha256((_STATIC / path).read_bytes()).hexdigest() for path, _stamp in stamped}
    whole = hashlib.sha256(json.dumps(hashes).encode()).hexdigest()
    return Version(whole[:_VERSION_CHARACTERS], hashes)


@lru_cache(maxsize=128)
def _packed(path: str, _stamp: int) -> PackedFile:
    file = _STATIC / path
    plain = file.read_bytes()
    small = gzip.compress(plain, 9, mtime=0)
    kind = _TYPES[file.suffix]
    content_type = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    return PackedFile(content_type, plain, small if len(small) < len(plain) * 0.95 else None)
