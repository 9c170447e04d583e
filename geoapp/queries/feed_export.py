"""Whole selections of the council feed, group by group, in one snapshot and in constant memory."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from sqlalchemy import Connection, text
from sqlalchemy.exc import DataError

from geoapp.errors import malformed
from geoapp.queries import feed, feed_select
from geoapp.queries.feed_rows import as_the_engine_says, stream
from geoapp.queries.feed_select import Selection
from geoapp.queries.feed_sources import Source

GROUP = 500
STRETCH = 1_000
_UNTIMED = text("SET LOCAL statement_timeout = 0")


def is_kept(source: Source, asked: Selection) -> bool:
    """Whether all of a collection is wanted, in the texts and the order that are kept."""
    plain = asked.plain and not asked.equal and asked.beside is None and not asked.skip
    return source.kept and plain and asked.as_kept


def count(connection: Connection, source: Source, asked: Selection) -> int:
    """Return how many features a whole selection has, from kept totals where they know."""
    if is_kept(source, asked):
        return feed.state(connection, source).total
    return connection.execute(feed_select.count(source, asked)).scalar_one()


def kept(connection: Connection, source: Source) -> Iterator[bytes]:
    """Give all of a collection as groups of GeoJSON texts with commas between, undecoded.

    One COPY for all, so that the database goes on while the reader takes what it has; it lasts as long as the
    reader does, and whoever calls says how long that may be.
    """
    connection.execute(_UNTIMED)
    driver = connection.connection.driver_connection
    bound = {"collection": source.collection, "stretch": STRETCH}
    with (
        as_the_engine_says(),
        driver.cursor() as cursor,  # type: ignore[union-attr]  # psycopg's own connection
        cursor.copy(_kept_statement(), bound) as copy,
    ):
        for row in copy:
            yield bytes(row)[:-1]  # without the end of the line


def rows(
    connection: Connection, source: Source, asked: Selection, *, most: int | None
) -> Iterator[Sequence[bytes]]:
    """Give the features of a selection in its order as GeoJSON texts, undecoded: all, or so many of them."""
    # A cursor on the server: each fetch is a statement of its own, so that a slow reader meets no time limit.
    try:
        for group in stream(connection, feed_select.rows(source, asked, most=most), GROUP):
            yield [feature for (feature,) in group]
    except DataError as error:
        raise malformed("filter", "It cannot be worked out: a number in it gets too large.") from error


@cache
def _kept_statement() -> str:
    return files(__package__).joinpath("feed_export_kept.sql").read_text()
