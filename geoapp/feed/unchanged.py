"""Tags of answers, 304 for what the reader has already, and bodies made small for the way."""

import gzip
import hashlib
from collections.abc import Sequence

import zstandard
from flask import Request, Response
from werkzeug.datastructures import Accept, ETags

from geoapp.access import FeedReader
from geoapp.queries.feed import State

# Goes up when the same data are told in another way, so that nobody keeps the old words.
_TOLD = "1"
_WORTH_IT = 1_400
_LEVEL_GZIP, _LEVEL_ZSTD = 5, 3
_PACKED = ("zstd", "gzip")
_TEXTS = ("json", "text/csv", "geo+json-seq")


def page_tag(request: Request, reader: FeedReader | None, root: str, state: State) -> str:
    """Return the tag of a page: who sees what, what is asked, and the last change of the collection.

    It is known before the page is made, and the same as long as the page would be.
    """
    boroughs = () if reader is None else reader.boroughs
    return tag_of(request.path, root, list(request.args.items(multi=True)), boroughs, state)


def tag_of(
    path: str, root: str, asked: Sequence[tuple[str, str]], boroughs: Sequence[str], state: State
) -> str:
    """Return the tag of a page from what it depends on."""
    on = (state.edition, state.change, state.total)
    said = repr((_TOLD, path, root, sorted(asked), ",".join(boroughs), *on))
    return hashlib.sha256(said.encode(errors="replace")).hexdigest()[:40]


def is_known(sent: ETags, tag: str) -> bool:
    """Whether the reader, who sent these in If-None-Match, has the answer of this tag, packed or not."""
    return bool(sent.star_tag) or any(sent.contains_weak(each) for each in (tag, *packed_tags(tag)))


def packed_tags(tag: str) -> tuple[str, ...]:
    """Return the tags of the same answer when it is packed."""
    return tuple(f"{tag}-{way}" for way in _PACKED)


def not_modified(tag: str, *, weak: bool) -> Response:
    """Return 304 with the tag."""
    answer = Response(status=304)
    answer.set_etag(tag, weak=weak)
    del answer.headers["Content-Type"]
    return answer


def pack(request: Request, answer: Response) -> Response:
    """Return the answer with its body compressed, where the reader takes that and it is worth it.

    A strong tag says which bytes were sent, so that it names the packing.
    """
    answer.vary.add("Accept-Encoding")
    if answer.status_code != 200 or not answer.is_sequence or "Content-Encoding" in answer.headers:  # noqa: PLR2004 (the one answer with a body worth it)
        return answer
    if not any(each in (answer.content_type or "") for each in _TEXTS):
        return answer
    way = way_of(request.accept_encodings)
    parts: Sequence[bytes] = answer.response  # type: ignore[assignment]  # is_sequence has said so
    if way is None or not is_worth_packing(sum(map(len, parts))):
        return answer
    answer.set_data(packed(answer.get_data(), way))
    answer.headers["Content-Encoding"] = way
    tag, weak = answer.get_etag()
    if tag is not None and not weak:
        answer.set_etag(f"{tag}-{way}")
    return answer


def way_of(liked_ways: Accept) -> str | None:
    """Return the packing that the reader likes best; an encoding that was not named is not sent."""
    liked = {way: quality for way, quality in liked_ways if way in _PACKED and quality > 0}
    return max(_PACKED, key=lambda way: liked.get(way, 0.0)) if liked else None


def is_worth_packing(size: int) -> bool:
    """Whether a body of so many bytes is sent packed."""
    return size >= _WORTH_IT


def packed(body: bytes, way: str) -> bytes:
    """Return the body packed in this way."""
    if way == "gzip":
        return gzip.compress(body, _LEVEL_GZIP, mtime=0)
    return zstandard.ZstdCompressor(level=_LEVEL_ZSTD).compress(body)
