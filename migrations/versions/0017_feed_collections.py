"""Public collections of the feed: walks to join, what came of concerns, released figures."""

from migrations.steps import run_sql

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Make their views."""
    run_sql("0017_feed_collections.up.sql")


def downgrade() -> None:
    """Take them away."""
    run_sql("0017_feed_collections.down.sql")
