"""Identifiers of imported concerns, which are hashes of what was said, leave under a keyed hash."""

from migrations.steps import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Replace them outside from now on."""
    run_sql("0005_outside_ids.up.sql")


def downgrade() -> None:
    """Let them leave as they are."""
    run_sql("0005_outside_ids.down.sql")
