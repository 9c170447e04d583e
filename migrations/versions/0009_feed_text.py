"""What councils read is kept ready as text, with its totals and the number of its last change."""

from migrations.steps import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables with the triggers that keep them, and take in what was shared before."""
    run_sql("0009_feed_text.up.sql")


def downgrade() -> None:
    """Take them away; they can be worked out again."""
    run_sql("0009_feed_text.down.sql")
