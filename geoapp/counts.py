"""Counts and durations of requests, by endpoint and status: nothing of what was asked for or by whom."""

import os
import shutil
from collections import Counter as Counted
from collections.abc import Sequence
from pathlib import Path

from flask import Response, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.registry import REGISTRY

from geoapp.logs import method, seconds

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # the library looks for this in the environment when it is imported

_REQUESTS = Counter("lamplight_requests", "Requests answered.", ["endpoint", "method", "status"])
_DURATIONS = Histogram(
    "lamplight_request_seconds",
    "Time until an answer began, in seconds.",
    ["endpoint"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def count(response: Response) -> Response:
    """Count the answer to the request at hand."""
    observe(request.endpoint or "unknown", method(), response.status_code, seconds())
    return response


def observe(endpoint: str, sent: str, status: int, lasted: float) -> None:
    """Count one answer: of which endpoint, to which method, with which status, after how many seconds."""
    observe_together([(endpoint, sent, status, lasted)])


def observe_together(answers: Sequence[tuple[str, str, int, float]]) -> None:
    """Count several answers at once, each as `observe` counts one."""
    for (endpoint, sent, status), number in Counted(each[:3] for each in answers).items():
        _REQUESTS.labels(endpoint, sent, status).inc(number)
    for endpoint, _, _, lasted in answers:
        _DURATIONS.labels(endpoint).observe(lasted)


def exposition() -> bytes:
    """Return the counts of all processes of this server in the text format of Prometheus."""
    if FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def forget_process(pid: int) -> None:
    """Take an ended process out of the gauges; what it counted stays counted."""
    if FOLDER in os.environ:
        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


def fresh_folder(folder: Path) -> None:
    """Empty the folder in which the processes of a server share their counts."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
