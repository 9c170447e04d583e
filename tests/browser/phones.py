"""Phones as the streets treat them: a way that loses answers, and a browser killed and opened again."""

import http.client
import os
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from flask import Flask
from playwright.sync_api import BrowserContext, Page, Playwright
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from tests.conftest import PASSWORD

CHROMIUM = "/usr/bin/chromium"
PATIENCE_MS = 30_000
LON, LAT = -0.1219117, 51.4634437
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}
_ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


class _Silent(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_arguments: object) -> None:
        """Keep requests out of the tests' output."""


class Server:
    """The application on one port, which can be taken away and brought back."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.port = 0
        self._running: BaseWSGIServer | None = None

    def start(self) -> None:
        """Serve, on the same port as before."""
        if self._running is None:
            made = make_server("127.0.0.1", self.port, self.app, threaded=True, request_handler=_Silent)
            self.port, self._running = made.server_port, made
            threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def kill(self) -> None:
        """Be gone."""
        if self._running is not None:
            self._running.shutdown()
            self._running.server_close()
            self._running = None


class Way:
    """Between phone and server: passes, loses requests, or loses answers after the server has stored.

    `rule(method, path)` says 'pass', 'refuse' or 'drop' for each request; `log` has what it did.
    `later_s` is by how much the server's clock is ahead, for phones whose time a test has moved on.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self.rule: Callable[[str, str], str] = lambda _method, _path: "pass"
        self.log: list[tuple[str, str, str]] = []
        self.sizes: list[tuple[str, int]] = []  # of answers on the wire, heads and bodies
        self.later_s = 0.0
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def site(self) -> str:
        """The address that phones use."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        """End it."""
        self._http.shutdown()
        self._http.server_close()

    def flap(self, rng: random.Random, bad: float) -> None:
        """Treat a share of the capture API's requests badly, by chance."""

        def rule(_method: str, path: str) -> str:
            if not path.startswith("/capture/") or rng.random() >= bad:
                return "pass"
            return "drop" if rng.random() < 0.5 else "refuse"

        self.rule = rule

    def calm(self) -> None:
        """Pass everything."""
        self.rule = lambda _method, _path: "pass"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        way = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except (ConnectionError, TimeoutError):
                    self.close_connection = True

            def _pass_on(self) -> None:
                way.pass_on(self)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass_on  # noqa: N815 (names of the base class)

            def log_message(self, *_arguments: object) -> None:
                """Keep requests out of the tests' output."""

        return Handler

    def pass_on(self, handler: BaseHTTPRequestHandler) -> None:
        """Treat one request as the rule says."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        what = self.rule(handler.command, handler.path)
        if what == "refuse":
            self.log.append((handler.command, handler.path, what))
            _hang_up(handler)
            return
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            upstream.request(handler.command, handler.path, body or None, dict(handler.headers))
            answer = upstream.getresponse()
            found = answer.read()
        except (OSError, http.client.HTTPException):
            self.log.append((handler.command, handler.path, "away"))
            _hang_up(handler)
            return
        finally:
            upstream.close()
        self.log.append((handler.command, handler.path, what if what == "drop" else str(answer.status)))
        if what == "drop":
            _hang_up(handler)
            return
        handler.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() == "date":
                handler.send_header(name, formatdate(time.time() + self.later_s, usegmt=True))
            elif name.lower() not in _HOP:
                handler.send_header(name, value)
        if answer.status not in {204, 304}:
            handler.send_header("Content-Length", str(len(found)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(found)
            head = sum(len(f"{name}: {value}\r\n") for name, value in answer.getheaders())
            self.sizes.append((handler.path, head + len(found)))


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    try:
        handler.connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


class Pocket:
    """A phone: Chromium with a profile of its own, which outlives the browser."""

    def __init__(self, playwright: Playwright, folder: Path, site: str) -> None:
        self.playwright = playwright
        self.folder = folder
        self.site = site
        self.process: subprocess.Popen[bytes] | None = None
        self.errors: list[str] = []
        self.cookies: list[Any] = []

    def open(self, path: str = "/capture/", *, clock_ms: int = 0) -> Page:
        """Start the browser and open a page; `clock_ms` is by how much the phone's clock is wrong."""
        port = _free_port()
        self.process = subprocess.Popen(
            [
                CHROMIUM,
                *_ARGUMENTS,
                f"--remote-debugging-port={port}",
                f"--user-data-dir={self.folder}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        _wait_for_port(port)
        self.browser = self.playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
        self.context: BrowserContext = self.browser.contexts[0]
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.grant_permissions(["geolocation", "microphone"], origin=self.site)
        self.stand(LON, LAT)
        if clock_ms:
            self.context.add_init_script(wrong_clock(clock_ms))
        if self.cookies:  # the browser writes them down every half minute only
            self.context.add_cookies(self.cookies)
        page = self.context.pages[0]
        page.set_viewport_size({"width": 390, "height": 844})
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(self.site + path)
        return page

    def stand(self, lon: float, lat: float, accuracy: float = 6) -> None:
        """Be at a place."""
        self.context.set_geolocation({"longitude": lon, "latitude": lat, "accuracy": accuracy})

    def kill(self) -> None:
        """End the browser as a phone does that runs out: kill -9, everything of it at once."""
        if self.process is not None:
            if self.process.poll() is None:
                self.cookies = self.context.cookies()
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


def sign_in(page: Page, site: str, email: str) -> None:
    """Sign in by the form and come to the app."""
    page.goto(f"{site}/login?next=/capture/")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/capture/")
    ready(page)


def ready(page: Page) -> None:
    """Wait until the app has begun and may start walks."""
    page.wait_for_selector("html[data-ready]", state="attached")
    page.wait_for_selector("#start-ready:not([hidden])")


def kept_for_offline(page: Page) -> None:
    """Wait until the service worker holds the app."""
    wait_until(page, "navigator.serviceWorker.controller !== null")


def wait_until(page: Page, expression: str, *, seconds: float = 30) -> Any:
    """Wait until a JavaScript expression is true and return it; Playwright's own way needs eval."""
    until = time.monotonic() + seconds
    while not (found := page.evaluate(expression)):
        assert time.monotonic() < until, f"still not true: {expression}"
        page.wait_for_timeout(60)
    return found


def begin(page: Page) -> None:
    """Start a walk and wait for the first position."""
    page.click("[data-do=begin]")
    page.wait_for_selector("#pin", state="visible")
    page.get_by_text("position: good").wait_for()


def pin(page: Page, *chips: str) -> None:
    """Press Pin, choose chips in its sheet by their words, and save."""
    page.click("#pin")
    page.wait_for_selector("#sheet[open]")
    for words in chips:
        page.locator("#sheet").get_by_label(words, exact=True).check()
    page.click("#sheet .slab")
    page.wait_for_selector("#sheet", state="hidden")


def end(page: Page) -> None:
    """End the walk."""
    page.click("#walk [data-do=end]")
    page.click("#ask-yes")
    page.wait_for_selector("#done", state="visible")


def wrong_clock(by_ms: int) -> str:
    """A script that makes a page's clock wrong."""
    return f"""(() => {{
      const Right = Date; const by = {by_ms};
      globalThis.Date = class extends Right {{
        constructor(...parts) {{ if (parts.length) super(...parts); else super(Right.now() + by); }}
        static now() {{ return Right.now() + by; }}
      }};
    }})();"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_port(port: int) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/json/version", timeout=2):
                return
        except OSError:
            assert time.monotonic() < until, "Chromium did not start"
            time.sleep(0.1)
