"""Public collections of the feed: walks to join, what came of concerns, released figures."""

from migrations.steps import run_sql

revision = "0019"
down_revision = "0015"


def upgrade() -> None:
    """Make their views."""
    run_sql("0019_feed_collections.up.sql")


def downgrade() -> None:
    """Take them away."""
    run_sql("0019_feed_collections.down.sql")
