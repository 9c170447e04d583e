"""Links with types and titles, on the address under which the reader came."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from urllib.parse import quote, urlencode

from flask import Request, current_app

from geoapp.config import Settings
from geoapp.feed import formats
from geoapp.feed.collections import COLLECTIONS, Collection
from geoapp.feed.inputs import GEOJSON, HTML, JSON, OPENAPI, SCHEMA, Items, write_cursor
from geoapp.queries.feed import FeedPage

_REL = "http://www.opengis.net/def/rel/ogc/1.0/"
_FIRST = {"next": 0, "prev": 1, "self": 2}
_LONGEST_HEADER = 6_000
_quoted = json.JSONEncoder(ensure_ascii=False).encode
QUERYABLES, SORTABLES, SCHEMA_OF = f"{_REL}queryables", f"{_REL}sortables", f"{_REL}schema"


@dataclass(frozen=True)
class Link:
    """A link of OGC API - Features: where, what relation, which media type, in words."""

    href: str
    rel: str
    type: str
    title: str

    @cached_property
    def as_json(self) -> str:
        """Return the link as a JSON object, as answers carry it."""
        href, rel, media, title = map(_quoted, (self.href, self.rel, self.type, self.title))
        return f'{{"href":{href},"rel":{rel},"type":{media},"title":{title}}}'

    @cached_property
    def as_field(self) -> str:
        """Return the link as the Link header of RFC 8288 carries it."""
        return f'<{self.href}>; rel="{self.rel}"; type="{self.type}"; title="{self.title}"'


def base(request: Request) -> str:
    """Return the address of the feed without a final slash: on PUBLIC_URL where it is set, else as asked."""
    settings: Settings = current_app.config["SETTINGS"]
    return stated_base(settings) or f"{request.host_url.rstrip('/')}/feed"


def stated_base(settings: Settings) -> str | None:
    """Return the address of the feed where PUBLIC_URL says it."""
    default = f"http://{settings.host}:{settings.port}"
    return f"{settings.public_url}/feed" if settings.public_url != default else None


def both(address: str, *, html: bool, json_type: str, title: str) -> list[Link]:
    """Return the links to a resource itself and to its other representation."""
    mine = [
        Link(_with(address, f="json"), "alternate" if html else "self", json_type, f"{title} as JSON"),
        Link(_with(address, f="html"), "self" if html else "alternate", HTML, f"{title} as a page"),
    ]
    return mine[::-1] if html else mine


def landing(root: str, *, html: bool) -> list[Link]:
    """Return the links of the landing page."""
    return [
        *both(f"{root}/", html=html, json_type=JSON, title="This page"),
        Link(f"{root}/api?f=json", "service-desc", OPENAPI, "API definition (OpenAPI 3.0)"),
        Link(f"{root}/api?f=html", "service-doc", HTML, "API definition as a page"),
        Link(f"{root}/conformance", "conformance", JSON, "What of the standard is met"),
        Link(f"{root}/collections", "data", JSON, "Collections"),
    ]


def collection_address(root: str, name: str) -> str:
    """Return the address of a collection."""
    return f"{root}/collections/{name}"


def item_address(root: str, name: str, identifier: str) -> str:
    """Return the address of one feature."""
    return f"{collection_address(root, name)}/items/{quote(identifier, safe='')}"


def collection(root: str, shown: Collection, *, html: bool) -> list[Link]:
    """Return the links of a collection."""
    address = collection_address(root, shown.name)
    return [
        *both(address, html=html, json_type=JSON, title=shown.title),
        Link(f"{address}/items?f=json", "items", GEOJSON, f"{shown.title}: features"),
        Link(f"{address}/items?f=html", "items", HTML, f"{shown.title}: features as a page"),
        Link(f"{address}/queryables", QUERYABLES, SCHEMA, f"{shown.title}: what can be filtered by"),
        Link(f"{address}/sortables", SORTABLES, SCHEMA, f"{shown.title}: what can be sorted by"),
        Link(f"{address}/schema", SCHEMA_OF, SCHEMA, f"{shown.title}: schema of features"),
        *(
            Link(
                f"{address}/items?f={each.name}",
                "enclosure",
                each.media,
                f"{shown.title}: all as {each.title}",
            )
            for each in formats.FORMATS
            if not each.paged
        ),
        *([Link(f"{address}/changes", "monitor", GEOJSON, f"{shown.title}: changes")] if shown.keyed else []),
    ]


def collections(root: str, shown: Sequence[Collection], *, html: bool) -> list[Link]:
    """Return the links of the list of collections."""
    own = both(f"{root}/collections", html=html, json_type=JSON, title="Collections")
    inside = [
        Link(f"{collection_address(root, each.name)}/items?f=json", "items", GEOJSON, each.title)
        for each in shown
    ]
    return [*own, *inside]


def items(
    root: str,
    shown: Collection,
    asked: Items,
    page: FeedPage,
    here: Sequence[tuple[str, str]] = (),
    *,
    form: str | None = None,
    secret: str | None = None,
) -> list[Link]:
    """Return the links of a page of features, its own first. `here` are the parameters it was asked for by.

    `form` is the name of its format where that is neither GeoJSON nor HTML; `secret` is the application's,
    where none is at hand.
    """
    after, back = _cursors(shown, asked, page, secret)
    links = list(_representations(root, shown.name, tuple(here), form, html=asked.html))
    last = links.pop()
    media = HTML if asked.html else formats.media(form) or GEOJSON
    return [*links, *_turns(root, shown, asked.stated, media, (after, back)), last]


def of_page(
    root: str,
    shown: Collection,
    asked: Items,
    page: FeedPage,
    here: Sequence[tuple[str, str]],
    *,
    secret: str,
) -> tuple[str, str]:
    """Return the links of a page of GeoJSON as JSON and as the header, as items() has them.

    They are made once for all pages that differ by their cursors alone.
    """
    after, back = _cursors(shown, asked, page, secret)
    own = dict(here).get("cursor")
    cursors = own, after, back
    tokens = [None if each is None else f"~{n}{'~' * (len(each) - 2)}" for n, each in enumerate(cursors)]
    stands = tuple((name, str(tokens[0]) if name == "cursor" else text) for name, text in here)
    said = _of_any_page(root, shown.name, stands, tuple(asked.stated), (tokens[1], tokens[2]))
    for token, cursor in zip(tokens, cursors, strict=True):
        if token is not None and cursor is not None:
            said = said[0].replace(token, cursor), said[1].replace(token, cursor)
    return said


@lru_cache(maxsize=256)
def _of_any_page(
    root: str,
    name: str,
    here: tuple[tuple[str, str], ...],
    stated: tuple[tuple[str, str], ...],
    cursors: tuple[str | None, str | None],
) -> tuple[str, str]:
    *links, last = _representations(root, name, here, None, html=False)
    own = [*links, *_turns(root, COLLECTIONS[name], stated, GEOJSON, cursors), last]
    return as_json(own), as_header(own)


def _cursors(
    shown: Collection, asked: Items, page: FeedPage, secret: str | None
) -> tuple[str | None, str | None]:
    """Return the cursors of the next and the previous page, None where there is none."""
    after, back = (
        write_cursor(shown, asked.selection, each, secret) if each else None
        for each in (page.after, page.back)
    )
    return after, back


def _turns(
    root: str,
    shown: Collection,
    stated: Sequence[tuple[str, str]],
    media: str,
    cursors: tuple[str | None, str | None],
) -> list[Link]:
    address = f"{collection_address(root, shown.name)}/items"
    words = ("next", "next page"), ("prev", "previous page")
    return [
        Link(f"{address}?{_query([*stated, ('cursor', cursor)])}", rel, media, f"{shown.title}: {title}")
        for cursor, (rel, title) in zip(cursors, words, strict=True)
        if cursor is not None
    ]


@lru_cache(maxsize=64)
def _representations(
    root: str, name: str, here: tuple[tuple[str, str], ...], form: str | None, *, html: bool
) -> tuple[Link, ...]:
    """Return the links that a page has wherever it stands: itself in each format, last its collection."""
    shown = COLLECTIONS[name]
    address = f"{collection_address(root, shown.name)}/items"
    title = f"{shown.title}: this page"
    links = both(f"{address}?{_query(here)}" if here else address, html=html, json_type=GEOJSON, title=title)
    links += [
        Link(_with(links[0].href, f=each.name), "alternate", each.media, f"{shown.title}: as {each.title}")
        for each in formats.FORMATS
    ]
    if form is not None:
        links = [replace(each, rel="self" if _format(each) == form else "alternate") for each in links]
        links.sort(key=lambda each: each.rel != "self")
    links.append(Link(collection_address(root, shown.name), "collection", JSON, shown.title))
    return tuple(links)


def whole(root: str, shown: Collection, here: Sequence[tuple[str, str]], form: str) -> list[Link]:
    """Return the links of a selection in a format without pages, its own first."""
    address = f"{collection_address(root, shown.name)}/items"
    asked = f"{address}?{_query(here)}" if here else address
    made = both(asked, html=False, json_type=GEOJSON, title=f"{shown.title}: a page")
    made += [
        Link(_with(asked, f=each.name), "alternate", each.media, f"{shown.title}: as {each.title}")
        for each in formats.FORMATS
    ]
    made = [replace(each, rel="self" if _format(each) == form else "alternate") for each in made]
    made.append(Link(collection_address(root, shown.name), "collection", JSON, shown.title))
    return sorted(made, key=lambda each: each.rel != "self")


def _format(link: Link) -> str:
    """Return the format that a link to a representation asks for, which stands last in its address."""
    return link.href.rpartition("f=")[2]


def item(root: str, shown: Collection, identifier: str, *, html: bool) -> list[Link]:
    """Return the links of one feature."""
    address = item_address(root, shown.name, identifier)
    return [
        *both(address, html=html, json_type=GEOJSON, title="This feature"),
        Link(collection_address(root, shown.name), "collection", JSON, shown.title),
    ]


_ANYTHING = "00000000-0000-0000-0000-000000000000"


def of_item(root: str, shown: Collection, identifier: str) -> tuple[str, str]:
    """Return the links of one feature with a UUID, as JSON and as the header; made once for all of them."""
    as_text, header = _of_any_item(root, shown.name)
    return as_text.replace(_ANYTHING, identifier), header.replace(_ANYTHING, identifier)


@lru_cache(maxsize=64)
def _of_any_item(root: str, name: str) -> tuple[str, str]:
    own = item(root, COLLECTIONS[name], _ANYTHING, html=False)
    return as_json(own), as_header(own)


def in_formats(links: Sequence[Link], relation: str, *, but: str = "") -> list[tuple[str, str]]:
    """Return address and short name of each format that the links of this relation lead to, without one."""
    found = {_format(link): link.href for link in links if link.rel == relation and "f=" in link.href}
    return [(found[name], word) for name, word in formats.WORDS.items() if name in found and name != but]


def by_relation(links: Sequence[Link], relation: str) -> str | None:
    """Return the address of the first link of this relation."""
    return next((link.href for link in links if link.rel == relation), None)


def as_members(links: Sequence[Link]) -> list[dict[str, str]]:
    """Return links as JSON answers carry them."""
    return [{"href": each.href, "rel": each.rel, "type": each.type, "title": each.title} for each in links]


def as_json(links: Sequence[Link]) -> str:
    """Return links as a JSON array, as answers carry them."""
    return f"[{','.join(each.as_json for each in links)}]"


def as_header(links: Sequence[Link]) -> str:
    """Return links as the Link header of RFC 8288 carries them; the last are left out where it gets long."""
    said = [link.as_field for link in sorted(links, key=lambda link: _FIRST.get(link.rel, len(_FIRST)))]
    # A long filter stands in every address, and clients and proxies end at some length of a header.
    while len(said) > 1 and sum(map(len, said)) > _LONGEST_HEADER:
        said.pop()
    return ", ".join(said)


def _query(parameters: Sequence[tuple[str, str]]) -> str:
    return urlencode(parameters, safe=",:/")


def _with(address: str, *, f: str) -> str:
    """Return the address asking for a format, with all other parameters as they are."""
    path, _, query = address.partition("?")
    kept = [part for part in query.split("&") if part and part.partition("=")[0] != "f"]
    return f"{path}?{'&'.join([*kept, f'f={f}'])}"
