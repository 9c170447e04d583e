"""Walks that can be joined, and whoever asks to join, in a schema and under a role of their own."""

from migrations.steps import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make both; the role `scheme` is made with the other roles, before any migration."""
    run_sql("0012_scheme.up.sql")


def downgrade() -> None:
    """Take both away with every request."""
    run_sql("0012_scheme.down.sql")
