"""What changed in the feed, in the order of commits, and what councils say back."""

from migrations.steps import run_sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Begin to keep what changes."""
    run_sql("0010_changes.up.sql")


def downgrade() -> None:
    """Forget it."""
    run_sql("0010_changes.down.sql")
