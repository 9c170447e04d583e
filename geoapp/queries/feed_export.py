"""Whole selections of the council feed, group by group, in one snapshot and in constant memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from geoapp.queries import statement
from geoapp.queries.feed import CONCERN_FILTERS, FeedPage, Selection

GROUP = 500
Page = Callable[[Connection, Selection], FeedPage]


def concerns(connection: Connection, shape: str, asked: Selection) -> Iterator[Sequence[str]]:
    """Give all shared concerns of a selection as GeoJSON texts, newest first, whatever its limit says."""
    bound = {
        **{name: list(asked.equal[name]) if name in asked.equal else None for name in CONCERN_FILTERS},
        "shape": shape,
        "area": asked.area,
        "first_day": asked.days[0],
        "last_day": asked.days[1],
    }
    # A cursor on the server: each fetch is a statement of its own, so that a slow reader meets no time limit.
    streaming = {"stream_results": True, "yield_per": GROUP}
    answer = connection.execute(statement("feed_export_concerns"), bound, execution_options=streaming)
    for rows in answer.partitions():
        yield [row.feature for row in rows]


def pages(connection: Connection, page: Page, asked: Selection) -> Iterator[Sequence[str]]:
    """Give all features of a selection page after page, for collections that are not large."""
    asked = replace(asked, limit=GROUP)
    while True:
        found = page(connection, asked).features
        if found:
            yield [each.text for each in found]
        if len(found) < GROUP:
            return
        asked = replace(asked, beside=found[-1].id, skip=0, backwards=False)
