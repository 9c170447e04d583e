"""What `geoapp verify` recounts of what is kept for councils: texts and totals, and what the feed holds."""

from collections.abc import Iterator

from sqlalchemy import Connection, text

from geoapp.queries import statement
from geoapp.queries.verify import Difference

_HELD = text("SELECT subject, what FROM feed_differences()")


def feed_differences(connection: Connection) -> Iterator[Difference]:
    """Give texts, totals and concerns held that are not what there is to share; reads every shared one."""
    yield from text_differences(connection)
    yield from held_differences(connection)


def text_differences(connection: Connection) -> Iterator[Difference]:
    """Give texts, days and totals that are not what the rows behind them say."""
    for row in connection.execute(statement("verify_feed")):
        yield Difference(row.kept_in, row.subject, row.what)


def held_differences(connection: Connection) -> Iterator[Difference]:
    """Give concerns of which the log of changes knows otherwise; right between transactions alone."""
    for row in connection.execute(_HELD):
        yield Difference("feed_presence", row.subject, row.what)
