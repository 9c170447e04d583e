"""Safety audits that were removed keep their identifiers from being used again, as concerns do."""

from migrations.steps import run_sql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Make room for what is left of them, and let them be removed."""
    run_sql("0016_audit_tombstones.up.sql")


def downgrade() -> None:
    """Take both away."""
    run_sql("0016_audit_tombstones.down.sql")
