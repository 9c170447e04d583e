"""Figures kept ready by triggers."""

from migrations.steps import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make them."""
    run_sql("0002_figures.up.sql")


def downgrade() -> None:
    """Take them away."""
    run_sql("0002_figures.down.sql")
