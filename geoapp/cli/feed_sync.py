"""`geoapp feed`: keeping a copy of a feed in step, and pruning the log of changes."""

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO
from urllib.parse import urlencode, urlsplit

import click

from geoapp.actions import feed_log
from geoapp.cli.feed_copy import LAYERS, Copy, CopyError, Page, opened, page_of
from geoapp.cli.opening import database
from geoapp.cli.progress import Bar, progress
from geoapp.db import writing

_TRIES = 5
_LONGEST_WAIT_S = 120.0
_GONE = 410
_WAIT = frozenset({429, 502, 503, 504})
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_KEY = "LAMPLIGHT_FEED_KEY"


class CursorEnded(Exception):
    """The feed does not go on from the cursor that was kept: the full set has to be read."""


class _SameOrigin(urllib.request.HTTPRedirectHandler):
    """Follow no redirect that would carry the key to another place."""

    def redirect_request(  # noqa: PLR0917 (urllib hands these over by place)
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Return the next request on the same origin, or refuse."""
        if urlsplit(req.full_url)[:2] != urlsplit(newurl)[:2]:
            raise CopyError(
                "The address leads to another place, which must not see the key. Ask for the new one."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@click.group()
def feed() -> None:
    """Keep a copy of a council feed in step, and prune what the feed keeps."""


@feed.command("sync")
@click.argument("url")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--collection",
    "collections",
    type=click.Choice(list(LAYERS)),
    multiple=True,
    default=tuple(LAYERS),
    help="A collection to copy; repeat for more. Else all of them.",
)
@click.option(
    "--key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"A file with the key; else {_KEY} in the environment, else it is asked for.",
)
@click.option("--page", "size", type=click.IntRange(1, 10_000), default=1000, help="Features a request.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def sync(  # noqa: PLR0917 (click hands options over by name)
    url: str, file: Path, collections: tuple[str, ...], key_file: Path | None, size: int, as_json: bool
) -> None:
    """Bring FILE.gpkg in step with the feed at URL: what came, what changed, what left.

    \b
    LAMPLIGHT_FEED_KEY=… geoapp feed sync https://lamplight.example/feed/ concerns.gpkg

    Run it as often as you like; it may be interrupted at any moment and goes on from there.
    """  # noqa: D301 (click reads \b)
    done = []
    try:
        address = _address(url)
        ask = _asker(address, _key(key_file), size)
        with opened(file) as copy, progress(quiet=as_json) as bar:
            for collection in collections:
                bar.step(collection)
                done.append(_keep(copy, collection, f"{address}/collections/{collection}", ask, bar))
    except CopyError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps({"file": str(file), "collections": done}))
        return
    for each in done:
        again = ", read anew from the full set" if each["refilled"] else ""
        click.echo(
            f"{each['collection']}: {each['upserted']} new or changed, {each['removed']} removed,"
            f" {each['features']} in the file{again}"
        )


@feed.command("prune")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def prune(as_json: bool) -> None:
    """Throw away changes older than RULE_FEED_CHANGES_DAYS; the worker does the same each night."""
    with database() as settings, writing() as session:
        thrown = feed_log.prune(session, settings.rules.feed_changes_days)
    click.echo(json.dumps({"pruned": thrown}) if as_json else f"{thrown} changes thrown away.")


Ask = Callable[[str, str | None], Page]


def _keep(copy: Copy, collection: str, address: str, ask: Ask, bar: Bar) -> dict[str, object]:
    upserted = removed = 0
    refilled = False
    try:
        for since, page in _pages(ask, address, copy.cursor(collection, address)):
            copy.apply(collection, address, page, since=since)
            upserted += len(page.upserts)
            removed += len(page.removed)
            bar.advance(len(page.upserts) + len(page.removed))
    except CursorEnded:
        refilled = True
        full = (page for _, page in _pages(ask, address, None))
        upserted, removed = copy.refill(collection, address, full)
    return {
        "collection": collection,
        "upserted": upserted,
        "removed": removed,
        "features": copy.count(collection),
        "refilled": refilled,
    }


def _pages(ask: Ask, address: str, since: str | None) -> Iterator[tuple[str | None, Page]]:
    """Give each page with the cursor that it was asked by, until there is no more."""
    while True:
        page = ask(address, since)
        yield since, page
        if not page.more:
            return
        if page.cursor == since:
            raise CopyError("The feed says that there is more and does not go on. Report it to its makers.")
        since = page.cursor


def _asker(address: str, key: str, size: int) -> Ask:
    opener = urllib.request.build_opener(_SameOrigin)
    headers = {
        "Authorization": f"Bearer {key}",
        "Accept": "application/geo+json",
        "User-Agent": "geoapp feed sync",
    }

    def ask(collection: str, since: str | None) -> Page:
        said = {"limit": str(size)} | ({"since": since} if since else {})
        request = urllib.request.Request(f"{collection}/changes?{urlencode(said)}", headers=headers)  # noqa: S310 (_address lets http and https alone pass)
        for left in reversed(range(_TRIES)):
            try:
                with opener.open(request, timeout=60) as answer:
                    return page_of(json.load(answer))
            except urllib.error.HTTPError as error:
                wait = _wait_or_raise(error, left)
            except (OSError, http.client.HTTPException, ValueError) as error:
                if left == 0:
                    raise CopyError(
                        f"{address} cannot be read: {_reason(error)}. Try again later."
                    ) from error
                wait = 2.0 ** (_TRIES - 1 - left)
            time.sleep(wait)
        raise CopyError(f"{address} asks to wait for too long. Try again later.")

    return ask


def _wait_or_raise(error: urllib.error.HTTPError, left: int) -> float:
    """Return for how many seconds to wait before the next try, where there can be one."""
    with error:
        if error.code == _GONE:
            raise CursorEnded from error
        if error.code in _WAIT and left:
            stated = error.headers.get("Retry-After", "")
            return min(float(stated) if stated.isdigit() else 5.0, _LONGEST_WAIT_S)
        try:
            detail = str(json.loads(error.read(100_000))["detail"])
        except (ValueError, KeyError, TypeError, OSError):
            detail = error.reason
    raise CopyError(f"The feed answers {error.code}: {detail}") from error


def _reason(error: BaseException) -> str:
    return str(getattr(error, "reason", None) or type(error).__name__)


def _address(url: str) -> str:
    """Return the feed's address without a final slash; CopyError for one that the key must not travel to."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise CopyError("The address begins with https://, such as https://lamplight.example/feed/.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise CopyError(f"Keep the key out of the address. Put it into {_KEY} or a --key-file.")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise CopyError("Over http:// the key could be read on its way. Use https://.")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _key(file: Path | None) -> str:
    if file is not None:
        key = file.read_text(encoding="utf-8").strip()
    else:
        key = os.environ.get(_KEY, "").strip()
        if not key and sys.stdin.isatty():
            key = str(click.prompt("Key", hide_input=True, err=True)).strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise CopyError(f"There is no key. Put it into {_KEY} or name a --key-file.")
    return key
