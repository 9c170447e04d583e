"""What plain readings are told: the bytes of an answer with the headers that are its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from werkzeug.http import http_date

from geoapp.feed import links, present, unchanged
from geoapp.feed.inputs import GEOJSON, Items
from geoapp.feed.kept_answers import Kept
from geoapp.feed.plain import Asked
from geoapp.queries.feed_crs import Crs
from geoapp.queries.feed_quick import Holder, One, Reading

FULL, KNOWN = "200 OK", "304 NOT MODIFIED"
Headers = list[tuple[str, str]]
_CRS = ("Content-Crs", f"<{Crs.CRS84.uri}>")


@dataclass(frozen=True)
class Told:
    """An answer before it is sent: its status and body, its own headers, to whom, and how many features."""

    status: str
    headers: Headers
    parts: tuple[bytes, ...]
    holder: Holder
    features: int


def page(asked: Asked, found: Reading, tag: str, secret: str) -> Kept:
    """Return what answers with this page of rows have in common, whenever they are told."""
    wanted = asked.wanted
    kept = tuple(each for each in wanted.query if each[0] != "cursor")
    shown = Items(wanted.selection, html=False, stated=kept)
    root, collection = asked.caller.root, wanted.collection
    own, link = links.of_page(root, collection, shown, found.page, wanted.query, secret=secret)
    headers = [("ETag", f'W/"{tag}"'), *_described(link)]
    modified = present.last_modified(collection, found.state)
    if modified is not None:
        headers.append(("Last-Modified", http_date(modified)))
    return Kept(tag, tuple(headers), present.items_rest(found.page, own), found.page.returned)


def of_page(asked: Asked, kept: Kept, holder: Holder) -> Told:
    """Return a page as an answer that is told now."""
    return _packed(asked, kept.headers, (present.items_begin(), kept.rest), holder, kept.features)


def feature(asked: Asked, found: One | None) -> Told | None:
    """Return one feature as an answer, or that the reader has it; None when there is none."""
    if found is None or found.text is None:
        return None
    caller = asked.caller
    own, link = links.of_item(caller.root, asked.wanted.collection, found.identifier)
    body = present.item_body(found.text, own)
    tag = present.content_tag(body)
    if caller.known is not None and unchanged.is_known(caller.known, tag):
        headers = [("ETag", f'"{tag}"'), ("Link", link), _CRS]
        return Told(KNOWN, headers, (), found.holder, 0)
    return _packed(asked, [("ETag", f'"{tag}"'), *_described(link)], (body,), found.holder, 1)


def _described(link: str) -> Headers:
    return [("Content-Type", GEOJSON), ("Link", link), _CRS]


def _packed(
    asked: Asked, headers: Sequence[tuple[str, str]], parts: tuple[bytes, ...], holder: Holder, features: int
) -> Told:
    """Return the whole answer, packed where the reader likes that and it is worth it."""
    way, size = asked.caller.way, sum(map(len, parts))
    if way is not None and unchanged.is_worth_packing(size):
        parts = (unchanged.packed(b"".join(parts), way),)
        size = len(parts[0])
        (name, tag), *rest = headers
        if not tag.startswith("W/"):
            tag = f'{tag[:-1]}-{way}"'
        headers = [(name, tag), *rest, ("Content-Encoding", way)]
    return Told(FULL, [*headers, ("Content-Length", str(size))], parts, holder, features)
