"""Who looks after a concern, and what the public may read of what came of it."""

from migrations.steps import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make both tables and the view that public pages read."""
    run_sql("0013_said_and_did.up.sql")


def downgrade() -> None:
    """Remove them with what they hold."""
    run_sql("0013_said_and_did.down.sql")
