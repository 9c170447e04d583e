"""The web server: gunicorn with threads, its settings taken from ours."""

import ctypes
import gc
import os
import resource
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import ParseException
from sqlalchemy.orm import configure_mappers

from geoapp import create_app, db, logs
from geoapp.cli.patient_worker import PatientWorker
from geoapp.config import Settings

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_MOST_FILES = 4096
# Numbers of glibc's mallopt: threads share two arenas, and what is very large is given back
# when it is freed; the rest now and then by the worker.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_MEMORY = {_ARENA_MAX: 2, _MMAP_THRESHOLD: 4 << 20, _TRIM_THRESHOLD: 8 << 20}


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn started from Python.

    The application is made once, before the processes part, so that a killed one is replaced in no time;
    each makes its own connections.
    """

    def __init__(self, settings: Settings, *, demo: bool) -> None:
        self.settings = settings
        self.demo = demo
        super().__init__()

    def load_config(self) -> None:
        """Translate our settings; nothing is read from files or from the command line."""
        options: dict[str, Any] = {
            "bind": f"{self.settings.host}:{self.settings.port}",
            "workers": self.settings.web_processes,
            "worker_class": PatientWorker,
            "threads": self.settings.web_threads,
            "worker_connections": _room_for_connections(),
            "timeout": 60,
            "graceful_timeout": 15,
            "keepalive": 5,
            "max_requests": 0,
            "loglevel": "warning",
            "proc_name": "lamplight-web",
            "control_socket_disable": True,
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)
        self.cfg.set("preload_app", True)
        self.cfg.set("post_fork", self._connect)
        self.cfg.set("child_exit", _forget)

    def _connect(self, _arbiter: object, _worker: object) -> None:
        db.connect(self.settings)

    def load(self) -> Flask:
        """Make the application."""
        app = create_app(self.settings)
        app.extensions["lamplight_demo"] = self.demo
        app.wsgi_app = _with_plain_body(app.wsgi_app)  # type: ignore[assignment, method-assign]
        configure_mappers()  # now, once, and not by the first request of each process
        # What is loaded now stays: processes share it as long as no collector looks through it.
        gc.collect()
        gc.freeze()
        return app


class _Body:
    """A request's body whose broken framing is an OSError, which the application knows from any server."""

    def __init__(self, body: Any) -> None:  # noqa: ANN401 (gunicorn has no types)
        self._body = body

    def read(self, size: int = -1) -> bytes:
        """Return at most that many bytes, none at the end."""
        try:
            return bytes(self._body.read(size))
        except ParseException as error:
            raise OSError("the body is not framed as it says") from error


def _with_plain_body(app: "WSGIApplication") -> "WSGIApplication":
    def call(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        environ["wsgi.input"] = _Body(environ["wsgi.input"])
        return app(environ, start_response)

    return call


def _forget(_server: object, worker: Any) -> None:  # noqa: ANN401 (gunicorn has no types)
    from geoapp import counts  # noqa: PLC0415 (it may be read only once its folder is known)

    counts.forget_process(worker.pid)


def _room_for_connections() -> int:
    """Ask for as many open files as are allowed, and return how many of them clients may take."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted // 2


def _spare_memory() -> None:
    """Let many threads with large answers keep little of what they have freed, where glibc is."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    for parameter, value in _MEMORY.items():
        if mallopt is not None:
            mallopt(parameter, value)


def serve(settings: Settings, *, demo: bool) -> None:
    """Serve until asked to stop."""
    _spare_memory()
    logs.configure()
    folder = settings.var / "metrics" / str(settings.port)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    from geoapp import counts  # noqa: PLC0415 (the library looks for the folder when it is read)

    counts.fresh_folder(folder)
    _Server(settings, demo=demo).run()
