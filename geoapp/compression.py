"""Answers to browsers are sent packed: styles, scripts, pages, and the planning room's data.

A packed answer's length could tell what a page holds beside what a stranger has put into its address. So each
has a name of random length in its head, which browsers skip.
"""

import gzip
import io
import secrets
from collections import OrderedDict
from threading import Lock

from flask import Flask, Response, request

_ROOMS = frozenset({"planning", "ground", "door"})
_KINDS = frozenset(
    {
        "text/html",
        "text/css",
        "text/javascript",
        "application/javascript",
        "image/svg+xml",
        "application/json",
        "application/geo+json",
        "application/vnd.mapbox-vector-tile",
        "text/csv",
    }
)
_LEAST_BYTES, _LEVEL, _STATIC_LEVEL = 1_000, 5, 9
_PADDING = 100
_KEPT = 100


class _Packed:
    """Files under static, packed once: by path and tag."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, path: str, tag: str, response: Response) -> bytes:
        """Return the file's packed bytes."""
        with self._lock:
            found = self._kept.get((path, tag))
        if found is None:
            found = gzip.compress(_body(response), _STATIC_LEVEL, mtime=0)
            with self._lock:
                self._kept[path, tag] = found
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return found


def init_app(app: Flask) -> None:
    """Pack what may be packed of every answer to whoever takes it."""
    packed = _Packed()

    @app.after_request
    def pack(response: Response) -> Response:
        if not _may_be_packed(response):
            return response
        response.vary.add("Accept-Encoding")
        if request.accept_encodings.quality("gzip") <= 0:
            return response
        # A file that is sent as it lies would stay open once its bytes are replaced.
        file = response.response
        if request.endpoint == "static":
            body = packed.get(request.path, response.get_etag()[0] or "", response)
        else:
            body = _with_padding(_body(response))
        close = getattr(file, "close", None)
        if close is not None:
            close()
        tag, _ = response.get_etag()
        response.set_data(body)
        response.headers["Content-Encoding"] = "gzip"
        response.headers.pop("Accept-Ranges", None)
        if tag is not None:
            # The same figures in other bytes: a weak tag says so.
            response.set_etag(tag, weak=True)
        return response


def _may_be_packed(response: Response) -> bool:
    ours = request.endpoint == "static" or request.blueprint in _ROOMS
    return (
        ours
        and request.method == "GET"
        and response.status_code == 200  # noqa: PLR2004 (an answer with its whole body)
        and "Content-Encoding" not in response.headers
        and response.mimetype in _KINDS
        and (response.content_length or 0) >= _LEAST_BYTES
    )


def _body(response: Response) -> bytes:
    response.direct_passthrough = False
    return bytes(response.get_data())


def _with_padding(body: bytes) -> bytes:
    out = io.BytesIO()
    name = "x" * (1 + secrets.randbelow(_PADDING))
    with gzip.GzipFile(filename=name, mode="wb", compresslevel=_LEVEL, fileobj=out, mtime=0) as packed:
        packed.write(body)
    return out.getvalue()
