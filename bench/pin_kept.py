"""How soon a pin lies on the phone's disk after the tap: a table in Markdown on stdout.

    python bench/pin_kept.py --pins 50

Real Chromium as an emulated phone with a profile on disk, and no network once the app is there. Measured from
the tap's own time stamp to the end of the transaction (`durability: "strict"`), after which the screen says
so. Beside it, in the same page and after each pin, a bare put of a row of the same size in a database of its
own, just as strict: what IndexedDB itself takes on this machine. Look at `uptime` before and after.
"""

import argparse
import logging
import os
import secrets
import statistics
import sys
import tempfile
import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from loading import new_database, to_stderr
from playwright.sync_api import Page, Playwright, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from geoapp import create_app, db, embedded
from geoapp.access import Role
from geoapp.actions import people
from geoapp.config import read_settings

_MOST_MS = 100
_EMAIL, _PASSWORD = "phone@bench.example", secrets.token_urlsafe(16)
_PLACE = {"longitude": -0.1219117, "latitude": 51.4634437, "accuracy": 6}
_ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"]
_BARE_PUT = """async (bytes) => {
  const db = await new Promise((done) => {
    const opening = indexedDB.open("bench", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("rows", { keyPath: "key" });
    opening.onsuccess = () => done(opening.result);
  });
  const row = { key: crypto.randomUUID(), box: crypto.getRandomValues(new Uint8Array(bytes)).buffer };
  const began = performance.now();
  const transaction = db.transaction(["rows"], "readwrite", { durability: "strict" });
  transaction.objectStore("rows").add(row);
  await new Promise((done) => { transaction.oncomplete = done; });
  const took = performance.now() - began;
  db.close();
  return took;
}"""
_KEPT = "performance.getEntriesByName('pin kept').map((each) => each.duration)"
_ROW_BYTES = """() => new Promise((done) => { const opening = indexedDB.open("lamplight-capture");
  opening.onsuccess = () => {
    const all = opening.result.transaction("things").objectStore("things").getAll();
    all.onsuccess = () => { opening.result.close();
      done(all.result.find((each) => each.kind === "concern").box.byteLength); }; }; })"""


class _Silent(WSGIRequestHandler):
    def log(self, *_arguments: object) -> None:
        """Keep requests out of the table."""


def main() -> int:
    """Print the table and return 0, or 1 where the slowest pin took too long."""
    asked = _arguments()
    logging.disable(logging.INFO)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        folder.chmod(0o755)  # the cluster's account has to pass
        site = _served(stack, folder)
        started = stack.enter_context(sync_playwright())
        load = os.getloadavg()[0]
        page = _phone(stack, started, asked.chromium, site)
        pins, bare, size = _measured(page, asked.pins)
    print(f"{len(pins)} pins, sealed to {size} bytes; {os.cpu_count()} processors, load {load:.1f}\n")
    print("| | median | worst | at most | met |\n|---|---|---|---|---|")
    worst = max(pins)
    met = "yes" if worst < _MOST_MS else "**no**"
    print(
        f"| tap to pin on disk | {statistics.median(pins):.1f} ms | {worst:.1f} ms | {_MOST_MS} ms | {met} |"
    )
    print(f"| bare put of IndexedDB | {statistics.median(bare):.1f} ms | {max(bare):.1f} ms | | |")
    ratio = statistics.median(pins) / statistics.median(bare)
    print(f"| tap to disk / bare put | {ratio:.1f} | {worst / max(bare):.1f} | | |")
    return 0 if worst < _MOST_MS else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pins", type=int, default=50)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    return parser.parse_args()


def _served(stack: ExitStack, folder: Path) -> str:
    """Serve an empty database of the present schema, with one officer; return its address."""
    cluster = stack.enter_context(embedded.running(folder, log=to_stderr))
    new_database(cluster, "phone")
    url = cluster.url("app", "phone").replace("postgresql+psycopg://", "postgresql://")
    plain = read_settings({"GEOAPP_VAR": str(folder), "SECRET_KEY": "k" * 40, "DATABASE_URL": url})
    settings = replace(plain, public_url="http://127.0.0.1")
    db.connect(settings)
    stack.callback(db.disconnect)
    with db.writing() as session:
        people.create(
            session, people.NewPerson(_EMAIL, Role.OFFICER, "Bench"), by="bench", password=_PASSWORD
        )
    server = make_server("127.0.0.1", 0, create_app(settings), threaded=True, request_handler=_Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stack.callback(server.shutdown)
    return f"http://127.0.0.1:{server.server_port}"


def _phone(stack: ExitStack, started: Playwright, chromium: str, site: str) -> Page:
    """Return the app on a walk, on a phone without network."""
    profile = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-phone-"))
    context = started.chromium.launch_persistent_context(
        profile,
        executable_path=chromium,
        args=_ARGUMENTS,
        viewport={"width": 390, "height": 844},
        device_scale_factor=3,
        is_mobile=True,
        has_touch=True,
        geolocation=_PLACE,  # type: ignore[arg-type]  # a mapping of the same members
        permissions=["geolocation"],
    )
    stack.callback(context.close)
    page = context.pages[0]
    page.goto(f"{site}/login?next=/capture/")
    page.fill("#email", _EMAIL)
    page.fill("#password", _PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_selector("#start-ready:not([hidden])")
    page.tap("[data-do=begin]")
    page.get_by_text("position: good").wait_for()
    page.wait_for_timeout(5000)  # worker and map are there
    context.set_offline(True)
    return page


def _measured(page: Page, count: int) -> tuple[list[float], list[float], int]:
    """Return milliseconds of pins and of bare puts, in turns, and how large a sealed pin is."""
    bare: list[float] = []
    size = 512
    for _ in range(count):
        page.tap("#pin")
        page.wait_for_selector("#sheet[open]")
        page.tap("#sheet .slab")
        page.wait_for_selector("#sheet", state="hidden")
        if not bare:
            size = int(page.evaluate(_ROW_BYTES))
        bare.append(float(page.evaluate(_BARE_PUT, size)))
        page.wait_for_timeout(100)
    return [float(each) for each in page.evaluate(_KEPT)], bare, size


if __name__ == "__main__":
    sys.exit(main())
