"""The log: one JSON object a line on standard error, with nothing in it that people said."""

import json
import logging
import sys
import time
import traceback
from collections.abc import MutableMapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from types import TracebackType
from typing import Any

import structlog
from flask import Flask, Response, g, request

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_DEEPEST = 12
_requests = structlog.get_logger("request")


def configure() -> None:
    """Send every entry of this process to standard error as JSON."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_what_was_said,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def without_what_was_said(
    _logger: object, _name: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Put the kinds and places of an exception into an entry, and never its message.

    Messages of databases and parsers repeat the values that they complain about: notes, names, addresses.
    """
    raised = entry.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()[1]
    elif isinstance(raised, tuple):
        raised = raised[1]
    if isinstance(raised, BaseException):
        entry["exception"] = _chain(raised)
    return entry


def _chain(raised: BaseException | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while raised is not None and len(found) < _DEEPEST:
        kind = type(raised)
        each: dict[str, Any] = {
            "kind": f"{kind.__module__}.{kind.__qualname__}",
            "at": _places(raised.__traceback__),
        }
        diagnosis = getattr(raised, "diag", None)
        if diagnosis is not None:
            each |= {"sqlstate": diagnosis.sqlstate, "constraint": diagnosis.constraint_name}
        found.append(each)
        raised = raised.__cause__ or (None if raised.__suppress_context__ else raised.__context__)
    return found


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_DEEPEST:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]


def init_app(app: Flask) -> None:
    """Write one line for each request: what was asked for by its endpoint's name, never by its address.

    Call it first, so that the time of a request holds all that is done for it.
    """
    configure()

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        role = getattr(g.get("_login_user"), "role", None)
        answered(request.endpoint or "unknown", method(), response.status_code, seconds(), role)
        return response


def answered(endpoint: str, sent: str, status: int, lasted: float, role: str | None = None) -> None:
    """Write the line of one request: which endpoint, method and status, after how many seconds."""
    _requests.info(
        "request", method=sent, endpoint=endpoint, status=status, ms=round(lasted * 1000, 1), role=role
    )


def answered_together(answers: Sequence[tuple[str, str, int, float]]) -> None:
    """Write the lines of several requests at once, as `answered` writes them one by one.

    Each is an endpoint, a method, a status and seconds.
    """
    stamp = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    lines = [_line(endpoint, sent, status, lasted, stamp) for endpoint, sent, status, lasted in answers]
    if lines:
        sys.stderr.write("".join(lines))
        sys.stderr.flush()


def _line(endpoint: str, sent: str, status: int, lasted: float, stamp: str) -> str:
    before, after = _around(endpoint, sent, status)
    return f'{before}{round(lasted * 1000, 1)}{after}{stamp}"}}\n'


@lru_cache(maxsize=256)
def _around(endpoint: str, sent: str, status: int) -> tuple[str, str]:
    """Return what stands before and after the milliseconds of a line, up to its time."""
    said = {"method": sent, "endpoint": endpoint, "status": status, "ms": 0, "role": None}
    line = json.dumps({**said, "event": "request", "level": "info", "timestamp": ""})
    before, ms, after = line.partition('"ms": ')
    return before + ms, after[1:-2]


def method() -> str:
    """Return the request's method, or OTHER for one that nobody has heard of."""
    return request.method if request.method in _METHODS else "OTHER"


def seconds() -> float:
    """Return how long the request has taken so far."""
    began: float = g.get("began", time.perf_counter())
    return time.perf_counter() - began
