"""Pages of the council feed, read as the role that sees the views of its tier and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, Row

from geoapp.queries import statement

CONCERN_FILTERS = ("kind", "status", "light", "feeling", "setting", "basis", "ward_code", "borough_code")
WARD_FILTERS = ("ward_code", "borough_code", "edition")


@dataclass(frozen=True)
class Selection:
    """What of a collection is asked for; None restricts nothing.

    `area` is WKB in WGS84 that a feature has to touch; `days` are the first and last day, both included;
    `equal` has the values allowed for a property. `beside` is the identifier that the page comes after, or
    before with `backwards`; `skip` features are passed over.
    """

    limit: int
    skip: int = 0
    beside: str | None = None
    backwards: bool = False
    area: bytes | None = None
    days: tuple[date | None, date | None] = (None, None)
    equal: Mapping[str, Sequence[str]] = field(default_factory=dict)
    id: str | None = None


# In a UUID's text, what follows the 48 bits of its time.
_TIMELESS = 14


@dataclass(frozen=True)
class FeedFeature:
    """A feature as GeoJSON text, ready to be sent."""

    id: str
    text: str


@dataclass(frozen=True)
class FeedPage:
    """One page in order. `matched` counts the whole selection, `before` what stands before this page."""

    features: tuple[FeedFeature, ...]
    matched: int
    before: int

    @property
    def after(self) -> int:
        """How many of the selection come after this page."""
        return max(0, self.matched - self.before - len(self.features)) if self.features else 0


@dataclass(frozen=True)
class Summary:
    """What a collection holds for this reader: how many, the box in degrees, the days, the last change."""

    items: int
    box: tuple[float, float, float, float] | None
    first_day: date | None
    last_day: date | None
    changed: date | None


def concerns(connection: Connection, shape: str, asked: Selection) -> FeedPage:
    """Return a page of shared concerns of one shape, POINT or LINESTRING, newest identifier first."""
    bound = _bound(asked, CONCERN_FILTERS) | {
        "shape": shape,
        "first_day": asked.days[0],
        "last_day": asked.days[1],
    }
    page = _page(connection.execute(statement("feed_concerns"), bound | {"tail": None}).all())
    if asked.id is None or page.features:
        return page
    # Whoever holds the identifier that a phone made knows its time already, and finds its concern by it.
    by_tail = bound | {"id": None, "tail": asked.id[_TIMELESS:]}
    return _page(connection.execute(statement("feed_concerns"), by_tail).all())


def wards(connection: Connection, asked: Selection) -> FeedPage:
    """Return a page of wards of every edition in order of identifier; they have no time and match any."""
    return _page(connection.execute(statement("feed_wards"), _bound(asked, WARD_FILTERS)).all())


def concerns_summary(connection: Connection, shape: str) -> Summary:
    """Return what this reader sees of the concerns of one shape."""
    return _summary(connection.execute(statement("feed_concerns_summary"), {"shape": shape}).one())


def wards_summary(connection: Connection) -> Summary:
    """Return how many wards there are and where."""
    return _summary(connection.execute(statement("feed_wards_summary")).one())


def _bound(asked: Selection, filters: Sequence[str]) -> dict[str, object]:
    equal = {name: list(asked.equal[name]) if name in asked.equal else None for name in filters}
    return equal | {
        "id": asked.id,
        "area": asked.area,
        "beside": asked.beside,
        "backwards": asked.backwards,
        "most": asked.limit,
        "skip": asked.skip,
    }


def _page(rows: Sequence[Row[tuple[object, ...]]]) -> FeedPage:
    features = tuple(FeedFeature(row.id, row.feature) for row in rows if row.id is not None)
    return FeedPage(features, rows[0].matched, rows[0].before)


def _summary(row: Row[tuple[object, ...]]) -> Summary:
    box = None if row.west is None else (row.west, row.south, row.east, row.north)
    return Summary(row.items, box, row.first_day, row.last_day, row.changed)
