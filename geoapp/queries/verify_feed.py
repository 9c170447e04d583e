"""What `geoapp verify` recounts of the texts and totals kept for councils."""

from collections.abc import Iterator

from sqlalchemy import Connection

from geoapp.queries import statement
from geoapp.queries.verify import Difference


def feed_differences(connection: Connection) -> Iterator[Difference]:
    """Give texts, days and totals that are not what the rows behind them say. Reads every shared concern."""
    for row in connection.execute(statement("verify_feed")):
        yield Difference(row.kept_in, row.subject, row.what)
