"""The files of the phone's app: one list, one version, sent packed, so that a first visit stays small."""

import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from geoapp.errors import NotFound

_ROOT = Path(__file__).resolve().parents[2]
_STATIC = _ROOT / "static"
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
# What the page is made from: phones keep the page, so another page is another version, too.
_PAGE = (
    "geoapp/capture/templates/capture/app.html",
    "geoapp/templates/macros/icons.html",
    "geoapp/capture/listing.py",
    "geoapp/capture/rubric.py",
)
_TYPES = {".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2"}
_WORKER = "js/app/worker.js"
_SENDER = "js/app/sender.js"


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
    """Return the files as they lie there now; their name changes when any of them does, or the page."""
    paths = [path for path in (*_NAMED, *_modules()) if (_STATIC / path).is_file()]
    page = tuple((path, (_ROOT / path).stat().st_mtime_ns) for path in _PAGE)
    return _version(tuple((path, (_STATIC / path).stat().st_mtime_ns) for path in paths), page)


def packed(path: str) -> PackedFile:
    """Return one of the listed files; NotFound for any other, whatever else lies there."""
    if path not in version().hashes:
        raise NotFound("There is no such file of the app.")
    return _packed(path, (_STATIC / path).stat().st_mtime_ns)


def worker(page: str, *, sends: bool = False) -> str:
    """Return the service worker's script for the present version; `page` is the address it opens offline.

    One that `sends` is a module and imports the app's own sender; the other is a plain script.
    """
    now = version()
    head = {"version": now.name, "page": page, "files": now.hashes}
    sender = f'import {{ sendWaiting }} from "{page}files/{now.name}/{_SENDER}";'
    own = (_STATIC / _WORKER).read_text(encoding="utf-8")
    return f"const APP = {json.dumps(head)};\n{sender if sends else 'const sendWaiting = null;'}\n{own}"


@lru_cache(maxsize=8)
def packed_text(text: str) -> bytes:
    """Return a text of the app, its page or its worker's script, packed with gzip."""
    return gzip.compress(text.encode(), 9, mtime=0)


def _modules() -> list[str]:
    found = sorted((_STATIC / "js" / "app").glob("*.js"))
    return [each.relative_to(_STATIC).as_posix() for each in found if each.name != "worker.js"]


@lru_cache(maxsize=4)
def _version(stamped: tuple[tuple[str, int], ...], page: tuple[tuple[str, int], ...]) -> Version:
    hashes = {path: _hash(_STATIC / path) for path, _stamp in stamped}
    made_from = [_hash(_ROOT / path) for path, _stamp in page]
    whole = hashlib.sha256(json.dumps([hashes, made_from]).encode()).hexdigest()
    return Version(whole[:_VERSION_CHARACTERS], hashes)


@lru_cache(maxsize=128)
def _packed(path: str, _stamp: int) -> PackedFile:
    file = _STATIC / path
    plain = file.read_bytes()
    small = gzip.compress(plain, 9, mtime=0)
    kind = _TYPES[file.suffix]
    content_type = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    return PackedFile(content_type, plain, small if len(small) < len(plain) * 0.95 else None)


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
