"""What changed in the feed since a reader last asked, in the order of commits.

A reader who has followed the pages to a position has every feature that was in scope when its page was
read, as it was then. Written down, so that it can be checked (`changes` keeps it, feed_changes_*.sql ask
for it):

1. A position has three snapshots. What `base` sees has been told whole. `upto` bounds the round under way,
   of which the rows up to `seq` have been told; when it is told whole, `base` becomes `upto`. `told` is the
   snapshot of the last page: every departure that it sees has been told.
2. The first round lists the full set by identifier, up to `last`, leaving out what came after it began.
3. A page begins with the departures since `told`, of what the reader has: what came into scope by a row
   that had been told by then. Were departures told in turn, a feature could come and go between two pages
   of a round, and its departure would tell an identifier that the reader never had.
4. Then follow features that came or changed, each as it is now, if it did not leave after that row.
5. More departures than a page holds are told over several pages, up to the snapshot `leaving` and from
   `left_seq` on; meanwhile nothing else is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Row, text

from geoapp.queries import statement

# A snapshot that has seen nothing.
NOTHING = "1:1:"
# A standby knows which transactions are over, but not which of the later ones: it may only say the former.
_NOW = text("""
SELECT CASE WHEN pg_is_in_recovery()
       THEN format('%s:%s:', pg_snapshot_xmin(pg_current_snapshot()), pg_snapshot_xmin(pg_current_snapshot()))
       ELSE pg_current_snapshot()::text END""")
_CURRENT = text("SELECT current FROM feed_log_state")
_KEPT = text("SELECT pruned < pg_snapshot_xmin(CAST(:seen AS pg_snapshot)) FROM feed_log_state")
_MORE = text("""
SELECT EXISTS (
    SELECT FROM feed_change_seen
    WHERE collection = :collection AND is_in AND xact >= pg_snapshot_xmin(CAST(:base AS pg_snapshot))
      AND NOT pg_visible_in_snapshot(xact, CAST(:base AS pg_snapshot)))""")


@dataclass(frozen=True)
class Position:
    """How far a reader has followed; the module says what the parts mean."""

    base: str
    upto: str
    told: str
    listing: bool = False
    seq: int = 0
    last: str | None = None
    leaving: str | None = None
    left_seq: int = 0


@dataclass(frozen=True)
class FeedFeature:
    """A feature as GeoJSON text, ready to be sent."""

    id: str
    text: str


@dataclass(frozen=True)
class Step:
    """A feature as it is now, or, with None, the identifier of one that left."""

    id: str
    feature: FeedFeature | None


@dataclass(frozen=True)
class ChangesPage:
    """One page: each identifier once; where the reader is after it, and whether there is more now."""

    steps: tuple[Step, ...]
    position: Position
    more: bool


def log_is_current(connection: Connection) -> bool:
    """Return whether the log is of today's boundaries and of this server; else it is renewed first."""
    return bool(connection.scalar(_CURRENT))


def is_kept(connection: Connection, at: Position) -> bool:
    """Return whether the log still has everything that this position needs."""
    return bool(connection.scalar(_KEPT, {"seen": at.upto if at.listing else at.base}))


def changes(connection: Connection, collection: str, at: Position | None, limit: int) -> ChangesPage:
    """Return the page after a position, or the first of the full set; in one snapshot of a transaction."""
    now = str(connection.scalar(_NOW))
    if at is None:
        at = Position(base=NOTHING, upto=now, told=now, listing=True)
    elif not at.listing and at.base == at.upto:
        at = replace(at, upto=now, seq=0)
    gone, at = _departures(connection, collection, at, limit, now)
    room = limit - len(gone)
    if at.leaving is not None or room == 0:
        return ChangesPage(_steps(connection, gone, []), at, more=True)
    asked = _bound(collection, at) | {"most": room + 1}
    rows = connection.execute(
        statement("feed_changes_listed" if at.listing else "feed_changes_followed"), asked
    ).all()
    shown = rows[:room]
    steps = _steps(connection, gone, shown)
    if len(rows) > room:
        return ChangesPage(steps, replace(at, seq=shown[-1].seq, last=shown[-1].id), more=True)
    at = Position(base=at.upto, upto=at.upto, told=at.told)
    return ChangesPage(steps, at, more=bool(connection.scalar(_MORE, _bound(collection, at))))


def _departures(
    connection: Connection, collection: str, at: Position, limit: int, now: str
) -> tuple[list[Row[tuple[int, str]]], Position]:
    """Return the rows of departures that this page tells, and the position after them."""
    told: list[Row[tuple[int, str]]] = []
    if at.leaving is not None:
        told = _removed(connection, collection, at, limit)
        if len(told) > limit:
            return told[:limit], replace(at, left_seq=told[limit - 1].seq)
        at = replace(at, told=at.leaving, leaving=None, left_seq=0)
    room = limit - len(told)
    further = _removed(connection, collection, at, room)
    if len(further) > room:
        reached = further[room - 1].seq if room else 0
        return told + further[:room], replace(at, leaving=now, left_seq=reached)
    return told + further, replace(at, told=now)


def _removed(connection: Connection, collection: str, at: Position, most: int) -> list[Row[tuple[int, str]]]:
    bound = _bound(collection, at) | {"most": most + 1}
    return list(connection.execute(statement("feed_changes_removed"), bound).all())


def _bound(collection: str, at: Position) -> dict[str, object]:
    return {
        "collection": collection,
        "base": at.base,
        "upto": at.upto,
        "told": at.told,
        "listing": at.listing,
        "seq": at.seq,
        "last": at.last,
        "leaving": at.leaving,
        "left_seq": at.left_seq,
    }


def _steps(
    connection: Connection, gone: Sequence[Row[tuple[int, str]]], shown: Sequence[Row[tuple[int, str, bool]]]
) -> tuple[Step, ...]:
    """Return each identifier once, in the order of the log; what is there now is no departure."""
    order = {row.id: row.seq for row in gone} | {row.id: row.seq for row in shown if row.here}
    wanted = [row.id for row in shown if row.here]
    found = connection.execute(statement("feed_changes_features"), {"ids": wanted}).all() if wanted else []
    features = {row.id: FeedFeature(row.id, row.feature) for row in found}
    left = {row.id for row in gone}
    return tuple(
        Step(each, features.get(each))
        for each in sorted(order, key=lambda each: (order[each], each))
        if each in features or each in left
    )
