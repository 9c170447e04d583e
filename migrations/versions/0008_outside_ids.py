"""Identifiers of imported concerns, which are hashes of what was said, leave under a keyed hash."""

from migrations.steps import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Replace them outside from now on."""
    run_sql("0008_outside_ids.up.sql")


def downgrade() -> None:
    """Let them leave as they are."""
    run_sql("0008_outside_ids.down.sql")
