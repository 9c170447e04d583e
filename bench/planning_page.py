"""How soon the planners' map can be used, and how much it loads: a table in Markdown on stdout.

    python bench/planning_page.py --sizes 10000 100000 1000000 --walks 100000 --runs 5 --var FOLDER

`--var` is the folder of `bench/figures.py`: a season that is stored there is used as it is, one that is not
is stored first. Each run is a browser without a cache at a server that was asked the same before. The map
can be used when its wards are drawn and nothing says that it is busy; measured from the navigation's start,
the sign-in left out. The last column holds the page's HTML, packed, against that of the first size. Look at
`uptime` before and after.
"""

import argparse
import gzip
import logging
import os
import secrets
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from figures import _stored
from loading import to_stderr
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from geoapp import create_app, db, embedded
from geoapp.access import Role
from geoapp.actions import people
from geoapp.config import read_settings

_CONCERNS_PER_WALK = 10
_MOST_S, _MOST_BYTES, _MOST_HTML, _HTML_GROWTH = 2.0, 400_000, 60_000, 1.02
_ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
]
_PASSWORD = secrets.token_urlsafe(16)
_USABLE = """() => document.querySelector('#planning')?.getAttribute('aria-busy') === 'false'
    && document.querySelectorAll('#planning path.leaflet-interactive').length > 0 ? performance.now() : 0"""
_PATIENCE_MS = 120_000


@dataclass(frozen=True)
class Load:
    """One first view: seconds until the map can be used, bytes over the wire, and the page's HTML."""

    seconds: float
    wire: int
    requests: int
    html: bytes


class _Silent(WSGIRequestHandler):
    def log(self, *_arguments: object) -> None:
        """Keep requests out of the table."""


def main() -> int:
    """Print the table and return 0, or 1 where a target is not met."""
    asked = _arguments()
    logging.disable(logging.INFO)
    met = True
    with ExitStack() as stack:
        folder = asked.var or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        if asked.var is None:
            folder.chmod(0o755)  # the cluster's account has to pass
        cluster = stack.enter_context(embedded.running(folder, log=to_stderr))
        started = stack.enter_context(sync_playwright())
        browser = started.chromium.launch(executable_path=asked.chromium, args=_ARGUMENTS)
        stack.callback(browser.close)
        print(f"Load at the start: {os.getloadavg()[0]:.1f}; {os.cpu_count()} processors\n")
        print(
            "| concerns | map usable, median | slowest | bytes | requests | HTML | packed | packed / first |"
        )
        print("|---|---|---|---|---|---|---|---|")
        first = 0
        for size in asked.sizes:
            walks = min(asked.walks, max(1, size // _CONCERNS_PER_WALK))
            name = _stored(stack, cluster, size, walks).engine.url.database or ""
            with _site(folder, cluster, name) as site:
                loads = _loads(browser, site, asked.runs)
            met &= _print(size, loads, first or len(gzip.compress(loads[0].html)))
            first = first or len(gzip.compress(loads[0].html))
        print(
            f"\nTargets: usable in {_MOST_S:g} s, {_MOST_BYTES:,} bytes in all, HTML {_MOST_HTML:,} bytes"
            f" compressed and the same size: {'met' if met else '**not met**'}. Load at the end:"
            f" {os.getloadavg()[0]:.1f}"
        )
    return 0 if met else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000], help="numbers of concerns")
    parser.add_argument(
        "--walks", type=int, default=100_000, help="no more than these; else one for ten concerns"
    )
    parser.add_argument("--runs", type=int, default=5, help="first views of which the median is taken")
    parser.add_argument("--var", type=Path, help="folder of a cluster that stays")
    parser.add_argument("--chromium", default="/usr/bin/chromium", help="the browser's program")
    return parser.parse_args()


@contextmanager
def _site(folder: Path, cluster: embedded.Cluster, name: str) -> Iterator[str]:
    """Serve the season's database on a free port, with an analyst who can sign in; its address."""
    url = cluster.url("app", name).replace("postgresql+psycopg://", "postgresql://")
    plain = read_settings({"GEOAPP_VAR": str(folder), "SECRET_KEY": "k" * 40, "DATABASE_URL": url})
    settings = replace(plain, public_url="http://127.0.0.1")
    db.connect(settings)
    try:
        with db.writing() as session:
            email = f"bench-{secrets.token_hex(4)}@lamplight.example"
            new = people.NewPerson(email, Role.ANALYST, "Bench", ())
            people.create(session, new, by="bench", password=_PASSWORD)
        server = make_server("127.0.0.1", 0, create_app(settings), threaded=True, request_handler=_Silent)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}|{email}"
        server.shutdown()
        thread.join()
        server.server_close()
    finally:
        db.disconnect()


def _loads(browser: Browser, site: str, runs: int) -> list[Load]:
    """Return the first views of as many browsers; one before them warms the server and is not counted."""
    made = []
    for run in range(runs + 1):
        to_stderr(f"Run {run} of {runs}")
        made.append(_load(browser, *site.split("|")))
    return made[1:]


def _load(browser: Browser, address: str, email: str) -> Load:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{address}/privacy")  # a token needs a page, and the sign-in's own files are not to be kept
    page.goto(f"{address}/login")
    page.fill("[name=email]", email)
    page.fill("[name=password]", _PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_load_state("networkidle")
    tap = context.new_cdp_session(page)
    tap.send("Network.enable")
    tap.send("Network.clearBrowserCache")
    sizes: list[int] = []
    tap.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    answer = page.goto(f"{address}/planning/", wait_until="commit")
    seconds = 0.0
    waited = 0
    while not seconds and waited < _PATIENCE_MS:
        seconds = page.evaluate(_USABLE) / 1000
        page.wait_for_timeout(20)
        waited += 20
    if not seconds:
        raise SystemExit("The map cannot be used: no ward was drawn.")
    page.wait_for_load_state("networkidle")
    html = b"" if answer is None else answer.body()
    context.close()
    return Load(seconds, sum(sizes), len(sizes), html)


def _print(size: int, loads: list[Load], first: int) -> bool:
    seconds = [each.seconds for each in loads]
    wire, html = max(each.wire for each in loads), loads[-1].html
    packed = len(gzip.compress(html))
    growth = packed / first
    print(
        f"| {size:,} | {statistics.median(seconds):.2f} s | {max(seconds):.2f} s | {wire:,}"
        f" | {loads[-1].requests} | {len(html):,} | {packed:,} | {growth:.3f} |",
        flush=True,
    )
    return (
        statistics.median(seconds) <= _MOST_S
        and wire <= _MOST_BYTES
        and packed <= _MOST_HTML
        and 1 / _HTML_GROWTH <= growth <= _HTML_GROWTH
    )


if __name__ == "__main__":
    sys.exit(main())
