"""A real server and a real Chromium: what every test in the browser stands on."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.browser.phones import CHROMIUM, LAT, LON, Server, Way, sign_in
from tests.conftest import PASSWORD
from tests.web.capture_phone import Phone

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
_ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_PATIENCE_MS = 15_000


class _Silent(WSGIRequestHandler):
    def log(self, *_arguments: object) -> None:
        """Keep requests out of the tests' output."""


@pytest.fixture(scope="module")
def site(app: Flask) -> Iterator[str]:
    """The application served over HTTP on a free port; its address without a slash at the end."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """One browser for all tests; each test gets a context of its own."""
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed: run make browser")
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
    yield browser
    browser.close()


@dataclass
class Visit:
    """A page, and everything it asked for and complained about since it was opened."""

    page: Page
    site: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Begin to listen."""
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))

    def _console(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def open(self, path: str) -> None:
        """Go to a path of the site and wait until nothing is being loaded."""
        self.page.goto(self.site + path)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is being loaded."""
        self.page.wait_for_load_state("networkidle")

    def wait_until(self, expression: str) -> None:
        """Wait until a JavaScript expression is true; Playwright's own way needs what the policy refuses."""
        until = time.monotonic() + _PATIENCE_MS / 1000
        while not self.page.evaluate(expression):
            assert time.monotonic() < until, f"still not true: {expression}"
            self.page.wait_for_timeout(50)

    def sign_in(self, email: str) -> None:
        """Sign in by the form."""
        self.open("/login")
        self.page.fill("[name=email]", email)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main button[type=submit]")
        self.settle()

    def assert_clean(self) -> None:
        """No request has left the host, and neither policy nor script has complained."""
        elsewhere = [url for url in self.requests if not url.startswith((self.site + "/", "data:", "blob:"))]
        assert elsewhere == []
        assert self.complaints == []

    def assert_accessible(self) -> None:
        """axe-core finds nothing on the page as it is now."""
        if not AXE.exists():
            pytest.skip("axe-core is not installed: run make browser")
        # The policy refuses foreign scripts, so axe comes in through the debugger and not as an element.
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run(document)")
        said = [
            f"{each['id']}: {each['help']}: {[node['target'] for node in each['nodes']][:5]}"
            for each in found["violations"]
        ]
        assert said == []


@pytest.fixture
def visit(chromium: Browser, site: str) -> Iterator[Callable[..., Visit]]:
    """Open a page of a size: `visit(width=390, height=844, scripts=False, …)`."""
    contexts = []

    def opened(width: int = 1280, height: int = 900, *, scripts: bool = True, **options: Any) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=scripts, **options
        )
        context.set_default_timeout(_PATIENCE_MS)
        contexts.append(context)
        made = Visit(context.new_page(), site)
        made.watch()
        return made

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def service(app: Flask) -> Iterator[Server]:
    """The application on a port from which it can be taken away and brought back."""
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed: run make browser")
    made = Server(app)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def way(service: Server) -> Iterator[Way]:
    """The way between phone and server; a module whose `site` is `way.site` sends everything by it."""
    service.start()
    made = Way(service)
    yield made
    made.close()


@pytest.fixture
def desk(client: FlaskClient, personas: dict[str, Any]) -> Phone:
    """Another device of the same people, by the capture API."""
    return Phone(client, personas)


@pytest.fixture
def street(visit: Callable[..., Visit], personas: dict[str, Any]) -> Callable[..., Visit]:
    """A phone in the street, signed in, with the app open."""

    def opened(width: int = 390, height: int = 844, *, who: str = "brixton_officer", **options: Any) -> Visit:
        place = {"longitude": LON, "latitude": LAT, "accuracy": 6}
        touch = {"has_touch": True, "is_mobile": True, "geolocation": place, "permissions": ["geolocation"]}
        made = visit(width, height, **(touch | options))
        made.page.context.set_default_timeout(30_000)
        sign_in(made.page, made.site, personas[who].email)
        return made

    return opened
