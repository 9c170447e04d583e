"""Pages of the council feed, read as the role that sees the views of its tier and nothing else."""

import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import itemgetter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg import errors as pg
from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import DataError, OperationalError

from geoapp.errors import malformed
from geoapp.queries import feed_select, statement
from geoapp.queries.feed_rows import all_rows, first_row
from geoapp.queries.feed_select import Beside, Selection, Value
from geoapp.queries.feed_sources import SOURCES, Source

__all__ = [
    "SOURCES",
    "Beside",
    "FeedPage",
    "Selection",
    "State",
    "Summary",
    "item",
    "page",
    "state",
    "summary",
]

# A count that takes longer is left out, as OGC API - Features 1.0.1, 7.15.6, allows. A filter may take
# longer.
_COUNT_MS, _FILTER_MS = 1_000, 8_000
_TOP = 2**63 - 1
# Above, reading borough by borough would fetch more than it saves.
FEW = 4
_NUMBER = itemgetter(0)
_WITH_TIME = 7
_LONDON = ZoneInfo("Europe/London")

_STATE = text(
    "SELECT n, change, edition_id AS edition, changed_at FROM feed_state_of(CAST(:collection AS text))"
)
_ON_DAYS = text(
    "SELECT coalesce(sum(n), 0) FROM feed_total WHERE collection = :collection"
    " AND (CAST(:first AS date) IS NULL OR date >= CAST(:first AS date))"
    " AND (CAST(:last AS date) IS NULL OR date <= CAST(:last AS date))"
    " AND (CAST(:boroughs AS text[]) IS NULL OR borough_code = ANY (CAST(:boroughs AS text[])))"
)
_EXTENT = text(
    "SELECT sum(n) AS items, min(west) AS west, min(south) AS south, max(east) AS east, max(north) AS north,"
    " min(date) AS first_day, max(date) AS last_day FROM feed_total WHERE collection = :collection"
)
_BOROUGHS = text(
    "SELECT coalesce(cardinality(string_to_array(current_setting('lamplight.boroughs', true), ',')), 0)"
)
_HIGHEST = text("SELECT max(seq) FROM feed_feature WHERE collection = :collection")


@dataclass(frozen=True)
class State:
    """What answers depend on: as long as `edition` and `change` are the same, so is every answer."""

    total: int
    change: int
    edition: int
    changed_at: datetime | None


@dataclass(frozen=True)
class FeedPage:
    """One page in order: its features as GeoJSON text with commas between, undecoded.

    `matched` counts the whole selection, None where counting would cost too much; `before` is what stands
    before this page. `after` and `back` are where the next and the previous page start, None where there is
    none.
    """

    text: bytes
    returned: int
    matched: int | None
    before: int
    after: Beside | None
    back: Beside | None

    @property
    def features(self) -> list[dict[str, Any]]:
        """Return the features as values, for pages that show them otherwise. Decodes all of them."""
        read: list[dict[str, Any]] = json.loads(b"[" + self.text + b"]")
        return read

    @property
    def identifier(self) -> str:
        """Return the identifier of the first feature."""
        return str(self.features[0]["id"])


@dataclass(frozen=True)
class Summary:
    """What a collection holds for this reader: how many, the box in degrees, the days, the last change."""

    items: int
    box: tuple[float, float, float, float] | None
    first_day: date | None
    last_day: date | None
    changed: date | None


def state(connection: Connection, source: Source) -> State:
    """Return how many this reader sees of a collection and which change was the last.

    Of concerns and wards by kept totals; of what a small view tells by a number worked out of all it tells.
    """
    if source.told:
        row = connection.execute(feed_select.state_of_told(source)).one()
        return State(row.n, row.change, 0, None)
    row = connection.execute(_STATE, {"collection": source.collection}).one()
    return State(row.n, row.change, row.edition, row.changed_at)


def page(connection: Connection, source: Source, asked: Selection, now: State | None = None) -> FeedPage:
    """Return a page of a collection. `now` is its state in the same transaction, where that was read before.

    Malformed when the filter cannot be worked out for some feature; DatabaseAway when it takes too long.
    """
    try:
        if asked.condition is not None:
            connection.execute(text(f"SET LOCAL statement_timeout = {_FILTER_MS}"))
        if _as_kept(source, asked):
            return _kept_page(connection, source, asked, now or state(connection, source))
        return _page(connection, source, asked)
    except DataError as error:
        raise malformed("filter", "It cannot be worked out: a number in it gets too large.") from error


def item(connection: Connection, source: Source, identifier: str, asked: Selection) -> FeedPage:
    """Return the feature of that identifier as a page of one or none.

    Whoever holds the identifier that a phone made, which carries the time, finds its concern by it too:
    outside it carries noon of the day instead, which is looked for on that day and its neighbours.
    """
    ids = outside(UUID(identifier)) if source.kept else (identifier,)
    return _page(connection, source, replace(asked, limit=1, ids=ids), counted=False)


def summary(connection: Connection, source: Source) -> Summary:
    """Return what this reader sees of a collection; of concerns from kept totals."""
    if source.told:
        row = connection.execute(feed_select.extent_of_told(source)).one()
        return Summary(row.items, _box(row), row.first_day, row.last_day, None)
    if not source.kept:
        row = connection.execute(statement("feed_wards_summary")).one()
        return Summary(row.items, _box(row), None, None, None)
    row = connection.execute(_EXTENT, {"collection": source.collection}).one()
    changed = state(connection, source).changed_at
    day = None if changed is None else changed.astimezone(_LONDON).date()
    return Summary(int(row.items or 0), _box(row), row.first_day, row.last_day, day)


def _box(row: Row[Any]) -> tuple[float, float, float, float] | None:
    return None if row.west is None else (row.west, row.south, row.east, row.north)


def outside(identifier: UUID) -> tuple[str, ...]:
    """Return the identifiers under which a concern of this one may be known outside."""
    if identifier.version != _WITH_TIME:
        return (str(identifier),)
    day = int(identifier.int >> 80) // 86_400_000
    noons = ((each * 86_400_000 + 43_200_000) for each in (day - 1, day, day + 1))
    tail = identifier.int & ((1 << 80) - 1)
    return tuple(str(UUID(int=((noon & ((1 << 48) - 1)) << 80) | tail)) for noon in noons)


def _as_kept(source: Source, asked: Selection) -> bool:
    """Whether one of the statements written for speed answers: kept texts, kept order, all of it or a box."""
    unmoved = asked.skip == 0 and (asked.beside is None or not asked.beside.backwards)
    whole = asked.condition is None and asked.ids is None and not asked.equal and asked.days == (None, None)
    return source.kept and asked.as_kept and unmoved and whole


def _kept_page(connection: Connection, source: Source, asked: Selection, now: State) -> FeedPage:
    boroughs = connection.execute(_BOROUGHS).scalar_one()
    bound: dict[str, object] = {
        "collection": source.collection,
        "most": asked.limit,
        "below": below(asked),
    }
    if asked.box is not None:
        bound |= {"area": asked.box.wkb, "srid": asked.box.srid}
    rows = all_rows(connection, statement(rows_of(asked, boroughs)), bound)
    return kept_page(asked, rows, now.total if asked.box is None else None)


def rows_of(asked: Selection, boroughs: int) -> str:
    """Return the name of the statement for a page in the kept order, for a reader of so many boroughs."""
    if asked.box is not None:
        return "feed_page_box"
    return "feed_page_one" if boroughs == 1 else "feed_page_few" if boroughs <= FEW else "feed_page_many"


def below(asked: Selection) -> int:
    """Return the number under which all rows of a page in the kept order are."""
    return _TOP if asked.beside is None else asked.beside.seq


def kept_page(asked: Selection, rows: list[tuple[Any, ...]], matched: int | None = None) -> FeedPage:
    """Return a page in the kept order from its rows of number and text, one over the limit where more follow.

    Without `matched` the first row has it for its text.
    """
    if matched is None:
        matched, rows = int(rows[0][1]), rows[1:]
    rows.sort(key=_NUMBER, reverse=True)  # they come so, and no promise of SQL says it
    beside = asked.beside
    shown = rows[: asked.limit]
    passed = beside.passed if beside else 0
    top = beside.bound if beside else _TOP
    follows = len(rows) > len(shown) and bool(shown)
    after = Beside((), shown[-1][0], passed + len(shown), top) if follows else None
    # Where the page before this one ends is where this one starts: before the first row after `beside`.
    back = Beside((), beside.seq - 1, passed, top, backwards=True) if beside and shown and passed else None
    return FeedPage(b",".join([each for _, each in shown]), len(shown), matched, passed, after, back)


def _page(connection: Connection, source: Source, asked: Selection, *, counted: bool = True) -> FeedPage:
    beside = asked.beside
    features, found, one, at_limit = first_row(connection, feed_select.page(source, asked), {})
    returned = min(found, asked.limit)
    more = found > asked.limit
    bound = beside.bound if beside else _bound(connection, source)
    backwards = beside is not None and beside.backwards
    if beside is None:
        passed = asked.skip if returned else 0
    else:
        passed = max(0, beside.passed - returned) if backwards else beside.passed
    near, far = _place(one), _place(at_limit)
    first, last = (far, near) if backwards else (near, far)
    after = back = None
    if last is not None and (more or backwards):
        after = Beside(*last, passed + returned, bound)
    if first is not None and (more if backwards else passed > 0):
        back = Beside(*first, passed, bound, backwards=True)
    matched = _matched(connection, source, asked) if counted else None
    return FeedPage(features or b"", returned, matched, passed, after, back)


def _bound(connection: Connection, source: Source) -> int:
    if not source.kept:
        return _TOP
    return connection.execute(_HIGHEST, {"collection": source.collection}).scalar_one() or 0


def _place(said: bytes | None) -> tuple[tuple[Value, ...], int] | None:
    if said is None:
        return None
    *values, seq = json.loads(said)
    return tuple(values), seq


def _matched(connection: Connection, source: Source, asked: Selection) -> int | None:
    """Return how many there are of the selection: by kept totals where they know, else counted in time."""
    if source.days is None and asked.dated_only and not asked.equal:
        return state(connection, source).total
    if source.kept and asked.dated_only:
        first, last = asked.days
        boroughs = asked.equal.get("borough_code")
        said = {"first": first, "last": last, "boroughs": None if boroughs is None else list(boroughs)}
        return int(connection.execute(_ON_DAYS, {"collection": source.collection} | said).scalar_one())
    return _counted(connection, source, asked)


def _counted(connection: Connection, source: Source, asked: Selection) -> int | None:
    connection.execute(text(f"SET LOCAL statement_timeout = {_COUNT_MS}"))
    try:
        with connection.begin_nested():
            return connection.execute(feed_select.count(source, asked)).scalar_one()
    except OperationalError as error:
        if isinstance(error.orig, pg.QueryCanceled):
            return None
        raise
    finally:
        connection.execute(text("SET LOCAL statement_timeout TO DEFAULT"))
