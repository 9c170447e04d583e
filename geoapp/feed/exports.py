"""Features in other formats than GeoJSON pages and HTML: whole selections, streamed, or as many as asked.

A stream that breaks is never ended as if it were whole: the exception passes to the server, which then cuts
the connection without the last chunk.
"""

import shutil
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Request, Response, current_app
from sqlalchemy import Connection

from geoapp.access import FeedReader
from geoapp.db import feed_reading
from geoapp.errors import Busy, refused
from geoapp.feed import disclosure, inputs, leftovers, links, present, unchanged
from geoapp.feed.collections import Collection
from geoapp.feed.formats import CSV, GEOJSON_FILE, JSONFG, SEQUENCE, Format, texts
from geoapp.feed.formats.columns import layer
from geoapp.feed.inputs import Items
from geoapp.queries import feed as queries
from geoapp.queries import feed_export
from geoapp.queries.feed_crs import Crs
from geoapp.queries.feed_select import Selection

_PART = {"limit", "cursor", "offset"}
_PLACED = (Crs.CRS84, Crs.BNG)
_SYSTEMS = (*_PLACED, Crs.WGS84)
_TEXTS = (GEOJSON_FILE, SEQUENCE)
_LONGEST_S = 3_600
_PIECE = 256 * 1024
_AT_ONCE = 6
_WAIT_S = 20
_LONDON = ZoneInfo("Europe/London")
# Each holds a thread, and until its end a connection of the pool of 16: pages must still find theirs.
_slots = threading.BoundedSemaphore(_AT_ONCE)


def items(request: Request, shown: Collection, form: Format) -> Response:
    """Answer a selection in this format: all of it, or with `limit` as many features as a page has.

    Busy when too many are being read at once, Refused over the limit of features of a file and for a system
    that the format does not have.
    """
    asked = _asked(request, shown, form)
    reader = disclosure.reader_of(shown)
    if form is JSONFG:
        return _page(request, shown, asked, reader)
    with ExitStack() as held:
        held.enter_context(_slot())
        connection = held.enter_context(feed_reading(disclosure.boroughs_of(reader)))
        state = queries.state(connection, shown.source)
        root = links.base(request)
        tag = f"{unchanged.page_tag(request, reader, root, state)}-{form.name}"
        if unchanged.is_known(request.if_none_match, tag):
            disclosure.note(reader, shown, 0, request=request, status=304)
            return unchanged.not_modified(tag, weak=True)
        answer = _answer(form, asked, links.whole(root, shown, _here(request), form.name), shown)
        answer.set_etag(tag, weak=True)
        if request.method == "HEAD":
            disclosure.note(reader, shown, 0, request=request, status=200)
            answer.automatically_set_content_length = False  # what is not made has no length yet
            return answer
        wanted = _Wanted(shown, form, asked, connection, whole=not _PART & set(request.args))
        pieces, size = wanted.pieces(held, chunked=request.environ.get("SERVER_PROTOCOL") != "HTTP/1.0")
        begun = next(pieces, b"")  # what fails before the first byte is answered as what it is
        disclosure.note(reader, shown, wanted.count, request=request, status=200)
        if size is not None:
            answer.content_length = size
        answer.response = _Stream(begun, pieces, held.pop_all())
    return answer


def _asked(request: Request, shown: Collection, form: Format) -> Items:
    """Return what is asked for; formats that are not GeoJSON read it in degrees and change it themselves."""
    asked = inputs.items(request, shown, html=False)
    systems = _PLACED if form is JSONFG else _SYSTEMS
    if form not in _TEXTS and asked.selection.crs not in systems:
        raise refused("crs", f"{form.title} is there in {', '.join(each.uri for each in systems)}.")
    return asked


@dataclass
class _Wanted:
    """A selection in a format, and how many features it has."""

    shown: Collection
    form: Format
    asked: Items
    connection: Connection
    whole: bool
    count: int = 0

    def pieces(self, held: ExitStack, *, chunked: bool) -> tuple[Iterator[bytes], int | None]:
        """Return the content and, where it is known, its size in bytes."""
        selection, source = self.asked.selection, self.shown.source
        self.count = feed_export.count(self.connection, source, selection)
        if not self.whole:
            self.count = min(selection.limit, max(0, self.count - selection.skip))
        if self.form not in {GEOJSON_FILE, SEQUENCE, CSV}:
            return _file(self, held)
        pieces = _timed(self._text())
        return (pieces, None) if chunked else _counted(pieces, held)

    def groups(self, selection: Selection) -> Iterator[Sequence[bytes]]:
        """Return the features as texts, group by group."""
        most = None if self.whole else selection.limit
        return feed_export.rows(self.connection, self.shown.source, selection, most=most)

    @property
    def in_degrees(self) -> Selection:
        """Return the selection in degrees, longitude first."""
        return replace(self.asked.selection, crs=Crs.CRS84)

    def _text(self) -> Iterator[bytes]:
        selection = self.asked.selection
        if self.form is CSV:
            return texts.table(self.groups(self.in_degrees), layer(self.shown, selection.properties))
        if self.form is SEQUENCE:
            return texts.sequence(self.groups(selection))
        members = {"numberMatched": self.count, "numberReturned": self.count, "timeStamp": present.stamp()}
        if self.whole and feed_export.is_kept(self.shown.source, selection):
            return texts.geojson(feed_export.kept(self.connection, self.shown.source), members)
        return texts.geojson((b",\n".join(group) for group in self.groups(selection)), members)


def _timed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Give the same pieces for so long as one download may last; then break off."""
    until = time.monotonic() + _LONGEST_S
    for piece in pieces:
        yield piece
        if time.monotonic() > until:
            raise TimeoutError("a download took too long and was broken off")


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
        end = getattr(self._pieces, "close", None)
        if end is not None:  # what reads from the database ends before its connection is given back
            end()
        self._held.close()


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(blocking=False):
        raise Busy("Many downloads are under way. Try again in a few seconds.", retry_after_s=_WAIT_S)
    try:
        yield
    finally:
        _slots.release()


def _counted(pieces: Iterable[bytes], held: ExitStack) -> tuple[Iterator[bytes], int]:
    """Return the same from a file, and its size.

    HTTP/1.0 has no chunks: what breaks there without a stated length looks whole.
    """
    kept = held.enter_context(tempfile.TemporaryFile(prefix=leftovers.PREFIX))  # noqa: SIM115 (held does)
    for piece in pieces:
        kept.write(piece)
    size = kept.tell()
    kept.seek(0)
    return iter(lambda: kept.read(_PIECE), b""), size


def _file(wanted: _Wanted, held: ExitStack) -> tuple[Iterator[bytes], int]:
    """Return a file of this format, already nameless on the disk, in pieces, and its size in bytes."""
    form, shown, selection = wanted.form, wanted.shown, wanted.asked.selection
    most = current_app.config["SETTINGS"].limits.feed_file_features
    if wanted.count > most:
        detail = (
            f"A {form.title} holds at most {most:,} features, and these are {wanted.count:,}. Ask for fewer."
        )
        raise refused("f", detail)
    from geoapp.feed.formats import files  # noqa: PLC0415 (tens of megabytes that most processes never need)

    folder = leftovers.folder()
    try:
        path = folder / f"{shown.name}.{form.extension}"
        what = layer(shown, selection.properties)
        files.write(form, wanted.groups(wanted.in_degrees), what, path, in_bng=selection.crs is Crs.BNG)
        file, size = held.enter_context(path.open("rb")), path.stat().st_size
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return iter(lambda: file.read(_PIECE), b""), size


def _page(request: Request, shown: Collection, asked: Items, reader: FeedReader | None) -> Response:
    """Answer a page as JSON-FG, with the links of a page."""
    in_bng = asked.selection.crs is Crs.BNG
    selection = replace(asked.selection, crs=Crs.CRS84)
    with feed_reading(disclosure.boroughs_of(reader)) as connection:
        page = shown.page(connection, selection)
    own = links.items(links.base(request), shown, asked, page, _here(request), form=JSONFG.name)
    members: dict[str, Any] = {"timeStamp": present.stamp(), "numberReturned": page.returned}
    if page.matched is not None:
        members["numberMatched"] = page.matched
    members["links"] = links.as_members(own)
    answer = Response(texts.jsonfg(page.features, shown, members, in_bng=in_bng))
    answer.content_type = JSONFG.media
    answer.headers["Link"] = links.as_header(own)
    answer.headers["Content-Crs"] = f"<{asked.selection.crs.uri}>"
    disclosure.note(reader, shown, page.returned, request=request, status=200)
    return answer


def _answer(form: Format, asked: Items, own: Sequence[links.Link], shown: Collection) -> Response:
    """Return the answer without its content."""
    answer = Response(content_type=form.media)
    day = datetime.now(_LONDON).date()
    name = f"lamplight-{shown.name}-{day:%Y-%m-%d}.{form.extension}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Link"] = links.as_header(own)
    told = form in _TEXTS or (asked.selection.crs is Crs.BNG and form is not CSV)
    crs = asked.selection.crs if told else Crs.CRS84
    answer.headers["Content-Crs"] = f"<{crs.uri}>"
    return answer


def _here(request: Request) -> list[tuple[str, str]]:
    return list(request.args.items(multi=True))
