"""Plain readings of the feed with a key, each in one statement."""

from migrations.steps import run_sql

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Make the functions."""
    run_sql("0018_quick_reads.up.sql")


def downgrade() -> None:
    """Take them away."""
    run_sql("0018_quick_reads.down.sql")
