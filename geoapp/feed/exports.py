"""Features in other formats than GeoJSON pages and HTML: whole selections, streamed, or as many as asked.

A stream that breaks is never ended as if it were whole: the exception passes to the server, which then cuts
the connection without the last chunk.
"""

import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from flask import Request, Response, current_app
from sqlalchemy import Connection

from geoapp.access import FeedReader
from geoapp.db import feed_reading
from geoapp.errors import Busy, refused
from geoapp.feed import disclosure, inputs, links
from geoapp.feed.collections import Collection
from geoapp.feed.formats import CSV, GEOJSON_FILE, JSONFG, SEQUENCE, Format, texts
from geoapp.feed.inputs import Items
from geoapp.queries import feed_export
from geoapp.queries.feed import FeedPage

_PIECE = 256 * 1024
_AT_ONCE = 6
_WAIT_S = 20
_LONDON = ZoneInfo("Europe/London")
# Each holds a thread, and until its end a connection of the pool of 16: pages must still find theirs.
_slots = threading.BoundedSemaphore(_AT_ONCE)


def items(request: Request, shown: Collection, form: Format) -> Response:
    """Answer a selection in this format: all of it, or with `limit` as many features as a page has.

    Busy when too many are being read at once, Refused over the limit of features of a file.
    """
    asked = inputs.items(request, shown, html=False)
    reader = disclosure.reader_of(shown)
    if form is JSONFG:
        return _page(request, shown, asked, reader)
    with ExitStack() as held:
        held.enter_context(_slot())
        connection = held.enter_context(feed_reading(disclosure.boroughs_of(reader)))
        whole = "limit" not in request.args
        first = replace(asked.selection, limit=1) if whole else asked.selection
        page = shown.page(connection, first)
        count = page.matched if whole else len(page.features)
        answer = _answer(
            form, links.items(links.base(request), shown, asked, page, _here(request), form=form.name), shown
        )
        if request.method == "HEAD":
            disclosure.note(reader, shown, 0, request=request, status=200)
            return answer
        groups = _groups(connection, shown, asked, page, whole=whole)
        if form in {GEOJSON_FILE, SEQUENCE, CSV}:
            pieces = _text(form, groups, shown, count)
            if request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
                pieces, answer.content_length = _counted(pieces, held)
        else:
            file, size = _file(form, groups, shown, count, held)
            pieces = iter(lambda: file.read(_PIECE), b"")
            answer.content_length = size
        begun = next(pieces, b"")  # what fails before the first byte is answered as what it is
        disclosure.note(reader, shown, count, request=request, status=200)
        answer.response = _Stream(begun, pieces, held.pop_all())
    return answer


class _Stream:
    """The pieces of an answer; gives connection, file and slot back when it ends, breaks or is left."""

    def __init__(self, begun: bytes, pieces: Iterator[bytes], held: ExitStack) -> None:
        self._begun: bytes | None = begun
        self._pieces = pieces
        self._held = held

    def __iter__(self) -> "_Stream":
        return self

    def __next__(self) -> bytes:
        if self._begun is not None:
            begun, self._begun = self._begun, None
            return begun
        try:
            return next(self._pieces)
        except BaseException:  # the end, too
            self.close()
            raise

    def close(self) -> None:
        self._held.close()


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(blocking=False):
        raise Busy("Many downloads are under way. Try again in a few seconds.", retry_after_s=_WAIT_S)
    try:
        yield
    finally:
        _slots.release()


def _groups(
    connection: Connection, shown: Collection, asked: Items, page: FeedPage, *, whole: bool
) -> Iterator[Sequence[str]]:
    """Give the features of the selection as texts, group by group."""
    if not whole:
        return iter([[each.text for each in page.features]] if page.features else [])
    plain = asked.selection.beside is None and not asked.selection.skip
    if shown.keyed and plain:
        return feed_export.concerns(connection, shown.geometry.upper(), asked.selection)
    return feed_export.pages(connection, shown.page, asked.selection)


def _text(form: Format, groups: Iterable[Sequence[str]], shown: Collection, count: int) -> Iterator[bytes]:
    if form is CSV:
        return texts.table(groups, shown)
    if form is SEQUENCE:
        return texts.sequence(groups)
    members = {"numberMatched": count, "numberReturned": count, "timeStamp": _stamp()}
    return texts.geojson((",\n".join(group).encode() for group in groups), members)


def _counted(pieces: Iterable[bytes], held: ExitStack) -> tuple[Iterator[bytes], int]:
    """Return the same from a file, and its size.

    HTTP/1.0 has no chunks: what breaks there without a stated length looks whole.
    """
    kept = held.enter_context(tempfile.TemporaryFile(prefix="lamplight-feed-"))  # noqa: SIM115 (held does)
    for piece in pieces:
        kept.write(piece)
    size = kept.tell()
    kept.seek(0)
    return iter(lambda: kept.read(_PIECE), b""), size


def _file(
    form: Format, groups: Iterable[Sequence[str]], shown: Collection, count: int, held: ExitStack
) -> tuple[BinaryIO, int]:
    """Return a file of this format, open and already nameless on the disk, and its size in bytes."""
    most = current_app.config["SETTINGS"].limits.feed_file_features
    if count > most:
        detail = f"A {form.title} holds at most {most:,} features, and these are {count:,}. Ask for fewer."
        raise refused("f", detail)
    from geoapp.feed.formats import files  # noqa: PLC0415 (tens of megabytes that most processes never need)

    folder = Path(tempfile.mkdtemp(prefix="lamplight-feed-"))
    try:
        path = folder / f"{shown.name}.{form.extension}"
        files.write(form, groups, shown, path, in_bng=False)
        size = path.stat().st_size
        return held.enter_context(path.open("rb")), size
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _page(request: Request, shown: Collection, asked: Items, reader: FeedReader | None) -> Response:
    """Answer a page as JSON-FG, with the links of a page."""
    with feed_reading(disclosure.boroughs_of(reader)) as connection:
        page = shown.page(connection, asked.selection)
    own = links.items(links.base(request), shown, asked, page, _here(request), form=JSONFG.name)
    members: dict[str, Any] = {
        "timeStamp": _stamp(),
        "numberMatched": page.matched,
        "numberReturned": len(page.features),
        "links": links.as_members(own),
    }
    answer = Response(texts.jsonfg([each.text for each in page.features], shown, members))
    answer.content_type = JSONFG.media
    answer.headers["Link"] = links.as_header(own)
    disclosure.note(reader, shown, len(page.features), request=request, status=200)
    return answer


def _answer(form: Format, own: Sequence[links.Link], shown: Collection) -> Response:
    """Return the answer without its content."""
    answer = Response(content_type=form.media)
    day = datetime.now(_LONDON).date()
    name = f"lamplight-{shown.name}-{day:%Y-%m-%d}.{form.extension}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Link"] = links.as_header([each for each in own if each.rel not in {"next", "prev"}])
    return answer


def _here(request: Request) -> list[tuple[str, str]]:
    return list(request.args.items(multi=True))


def _stamp() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
