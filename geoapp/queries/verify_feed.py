"""Where what the feed holds is not what there is to share."""

from collections.abc import Iterator

from sqlalchemy import Connection, text

from geoapp.queries.verify import Difference

_DIFFERENCES = text("SELECT subject, what FROM feed_differences()")


def feed_differences(connection: Connection) -> Iterator[Difference]:
    """Give each concern that the feed holds and should not, lacks, or tells otherwise than it is."""
    for row in connection.execute(_DIFFERENCES):
        yield Difference("feed_presence", row.subject, row.what)
