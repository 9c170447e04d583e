"""Roles and what each may touch."""

from migrations.steps import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make them."""
    run_sql("0003_roles.up.sql")


def downgrade() -> None:
    """Take them away."""
    run_sql("0003_roles.down.sql")
