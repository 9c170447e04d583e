"""The web server: gunicorn with threads, its settings taken from ours."""

from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from geoapp import create_app, db
from geoapp.config import Settings


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn started from Python; each of its processes makes the application and its connections itself."""

    def __init__(self, settings: Settings, *, demo: bool) -> None:
        self.settings = settings
        self.demo = demo
        super().__init__()

    def load_config(self) -> None:
        """Translate our settings; nothing is read from files or from the command line."""
        options: dict[str, Any] = {
            "bind": f"{self.settings.host}:{self.settings.port}",
            "workers": self.settings.web_processes,
            "worker_class": "gthread",
            "threads": self.settings.web_threads,
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

    def load(self) -> Flask:
        """Make the application in a worker process, with connections of its own."""
        db.connect(self.settings)
        app = create_app(self.settings)
        app.extensions["lamplight_demo"] = self.demo
        return app


def serve(settings: Settings, *, demo: bool) -> None:
    """Serve until asked to stop."""
    _Server(settings, demo=demo).run()
