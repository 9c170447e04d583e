"""The log of what changed in the feed: renewing it, and throwing away what nobody may ask for any more."""

from sqlalchemy import text
from sqlalchemy.orm import Session


def renew(session: Session) -> None:
    """Take over boundaries that begin today; on another server than before, begin the log anew."""
    # Every shared concern is looked at, however many; who waits meanwhile is told to come back.
    session.execute(text("SET LOCAL statement_timeout = '15min'"))
    session.execute(text("SELECT renew_feed_log()"))


def prune(session: Session, days: float) -> int:
    """Throw away changes older than so many days and return how many; older cursors have ended then."""
    return int(session.scalar(text("SELECT prune_feed_log(:days)"), {"days": days}) or 0)
