"""Cells of equal area."""

from migrations.steps import restore_functions, run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make them."""
    run_sql("0005_cells.up.sql")


def downgrade() -> None:
    """Take them away, and bring back what they replaced."""
    run_sql("0005_cells.down.sql")
    restore_functions("0002_figures.up.sql", "point_areas", "hold_figures")
