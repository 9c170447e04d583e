"""The feed as pages: the same resources, for people who look at them in a browser."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Request, Response, current_app, render_template

from geoapp import words
from geoapp.access import FeedReader
from geoapp.db import feed_reading, reading
from geoapp.feed import disclosure, find, links, present
from geoapp.feed.collections import Collection, listed
from geoapp.feed.inputs import Items
from geoapp.feed.links import Link
from geoapp.feed.tables import COLUMNS, WHEN_EMPTY, cells_of, in_words
from geoapp.queries import feed_names
from geoapp.queries.feed import FeedPage, Selection, Summary
from geoapp.queries.feed_sources import Kind
from geoapp.queries.ground import ground_sources

_LONDON = ZoneInfo("Europe/London")
_ON_START = 6
_TILES = "/ground/{z}/{x}/{y}.mvt"
_ID_ENDS = 8, 4
_NAMED_BOROUGHS = 4


@dataclass(frozen=True)
class KeyCard:
    """What a reader is told about the own key or sign-in."""

    name: str
    sees: str
    is_key: bool
    last_used: str
    ends: str


@dataclass(frozen=True)
class TableRow:
    """A feature as a row: where its own page is, its short name, and the other cells."""

    id: str
    short: str
    href: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class TableOfItems:
    """A page of features as table and map show it."""

    collection: Collection
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    caption: str
    query: str
    formats: Sequence[tuple[str, str]]
    newer: str | None
    older: str | None
    map: Mapping[str, Any]
    when_empty: str


def landing(request: Request, reader: FeedReader | None, own: Sequence[Link], root: str) -> Response:
    """Show the address, how to connect, the collections, and a first page of features."""
    shown = listed(keyed=reader is not None)
    asked = Items(Selection(limit=_ON_START), html=True, stated=(("f", "html"), ("limit", str(_ON_START))))
    with feed_reading(disclosure.boroughs_of(reader)) as connection:
        summaries = [(each, each.summary(connection)) for each in shown]
        page = shown[0].page(connection, asked.selection)
    page_links = links.items(root, shown[0], asked, page, asked.stated)
    answer = _page(
        "start",
        own,
        root=root,
        reader=_card(reader),
        summaries=summaries,
        changes="feed.changes" in current_app.view_functions,
        table=_table(shown[0], asked, page, page_links, reader=reader, root=root),
    )
    if shown[0].keyed:
        disclosure.note(reader, shown[0], page.returned, request=request, status=answer.status_code)
    return answer


def conformance(own: Sequence[Link]) -> Response:
    """Show what of the standard is met."""
    return _page("conformance", own, classes=present.CONFORMANCE)


def api(definition: Mapping[str, Any], own: Sequence[Link]) -> Response:
    """Show the API definition: each address with its parameters."""
    return _page("api", own, definition=definition)


def collections(
    summaries: Sequence[tuple[Collection, Summary]], reader: FeedReader | None, own: Sequence[Link]
) -> Response:
    """Show the collections that this reader can open."""
    return _page("collections", own, summaries=summaries, reader=_card(reader))


def collection(shown: Collection, summary: Summary, body: Mapping[str, Any], own: Sequence[Link]) -> Response:
    """Show what a collection holds, and its properties."""
    return _page(
        "collection",
        own,
        shown=shown,
        summary=summary,
        extent=body.get("extent", {}),
        wholes=links.in_formats(own, "enclosure"),
    )


def schema(shown: Collection, body: Mapping[str, Any], own: Sequence[Link]) -> Response:
    """Show a schema: each property with what it means and which values it has."""
    return _page("schema", own, shown=shown, schema=body)


def items(
    shown: Collection,
    asked: Items,
    page: FeedPage,
    own: Sequence[Link],
    *,
    reader: FeedReader | None,
    root: str,
) -> Response:
    """Show a page of features as table and map."""
    form = find.form(shown, f"{links.collection_address('/feed', shown.name)}/items", asked.stated)
    return _page("items", own, table=_table(shown, asked, page, own, reader=reader, root=root), form=form)


def item(
    shown: Collection, page: FeedPage, own: Sequence[Link], *, reader: FeedReader | None, root: str
) -> Response:
    """Show one feature with everything that is said about it."""
    [read] = page.features
    labels = _labels() if shown.keyed else {}
    said = [(name, in_words(value, labels)) for name, value in read["properties"].items()]
    map_data = _map([read], shown, reader, root)
    return _page("item", own, shown=shown, identifier=read["id"], said=said, map_data=map_data)


def attribution() -> str:
    """Return whose ward boundaries these are."""
    with reading() as connection:
        return feed_names.boundary_attribution(connection)


def _page(name: str, own: Sequence[Link], **context: object) -> Response:
    page = render_template(f"feed/{name}.html", links=own, attribution=attribution(), **context)
    answer = Response(page)
    answer.headers["Link"] = links.as_header(own)
    return answer


def _table(
    shown: Collection,
    asked: Items,
    page: FeedPage,
    own: Sequence[Link],
    *,
    reader: FeedReader | None,
    root: str,
) -> TableOfItems:
    read = page.features
    labels = _labels() if shown.keyed else {}
    is_long = shown.source.queryables["id"].kind is Kind.UUID
    rows = tuple(
        TableRow(
            each["id"],
            _short(each["id"]) if is_long else each["id"],
            links.item_address(root, shown.name, each["id"]) + "?f=html",
            cells_of(shown, each["properties"], labels),
        )
        for each in read
    )
    return TableOfItems(
        shown,
        COLUMNS[shown.name],
        rows,
        _caption(shown, page),
        "&".join(f"{name}={value}" for name, value in asked.stated if name != "f"),
        links.in_formats(own, "alternate", but="geojson"),
        links.by_relation(own, "prev"),
        links.by_relation(own, "next"),
        _map(read, shown, reader, root),
        _when_empty(shown, asked, page),
    )


def _when_empty(shown: Collection, asked: Items, page: FeedPage) -> str:
    """Return why all of a collection is empty; nothing where something narrows what is asked for."""
    narrowed = any(name != "f" for name, _ in asked.stated)
    return "" if page.returned or narrowed else WHEN_EMPTY.get(shown.name, "")


def _caption(shown: Collection, page: FeedPage) -> str:
    of = "" if page.matched is None else f" of {words.number(page.matched)}"
    if not page.returned:
        return f"None here,{of}." if page.matched else "None."
    first, last = page.before + 1, page.before + page.returned
    order = ", newest first" if shown.newest_first else ""
    return f"{words.number(first)} to {words.number(last)}{of}{order}."


def _map(
    read: Sequence[Mapping[str, Any]], shown: Collection, reader: FeedReader | None, root: str
) -> dict[str, Any]:
    """Return what the map draws: the features of this page alone, and where the ward outlines are."""
    features = [
        {
            "id": each["id"],
            "geometry": each["geometry"],
            "kind": each["properties"]["kind"] if shown.keyed else "ward",
            "label": each["properties"]["ward_name"],
        }
        for each in read
        if each["geometry"] is not None
    ]
    outlines = None
    if shown.keyed and reader is not None and reader.boroughs:
        boroughs = ",".join(reader.boroughs)
        wards = links.collection_address(root, "wards")
        outlines = f"{wards}/items?f=json&limit=10000&borough_code={boroughs}"
    with reading() as connection:
        streets = ", ".join(ground_sources(connection))
    ground = {"tiles": _TILES, "credit": f"Streets: {streets}"} if streets else None
    return {"features": features, "outlines": outlines, "ground": ground}


def _short(identifier: str) -> str:
    head, tail = _ID_ENDS
    return f"{identifier[:head]}…{identifier[-tail:]}"


def _labels() -> dict[str, str]:
    with reading() as connection:
        return feed_names.factor_labels(connection)


def _card(reader: FeedReader | None) -> KeyCard | None:
    if reader is None:
        return None
    with reading() as connection:
        names = feed_names.borough_names(connection, reader.boroughs)
        key = None if reader.key_id is None else feed_names.key_status(connection, reader.key_id)
    whose = ", ".join(names) if len(names) <= _NAMED_BOROUGHS else f"{len(names)} boroughs"
    sees = f"{whose or 'No borough'}, exact places, reviewed wording"
    last_used = "" if key is None else _moment(key.last_used_at)
    return KeyCard(reader.name, sees, key is not None, last_used, "" if key is None else _end(key.expires_at))


def _moment(when: datetime | None) -> str:
    if when is None:
        return "Not before now"
    local = when.astimezone(_LONDON)
    today = datetime.now(_LONDON).date()
    day = "Today" if local.date() == today else words.day_month_year(local)
    return f"{day}, {local:%H:%M}"


def _end(when: datetime | None) -> str:
    if when is None:
        return "When it is revoked"
    left = (when - datetime.now(UTC)).days
    return f"{words.day_month_year(when)} ({left} day{'' if left == 1 else 's'})"
