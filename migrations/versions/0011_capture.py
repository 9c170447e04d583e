"""Marks that something may be a crime, and safety audits at a stop; both stay inside the force."""

from migrations.steps import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make their tables."""
    run_sql("0011_capture.up.sql")


def downgrade() -> None:
    """Take them away, with what they hold."""
    run_sql("0011_capture.down.sql")
