"""The cube kept in the writing transaction."""

from migrations.steps import restore_functions, run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Count from now on."""
    run_sql("0007_counting.up.sql")


def downgrade() -> None:
    """Count no more, and bring back what it replaced."""
    run_sql("0007_counting.down.sql")
    restore_functions(
        "0002_figures.up.sql", "keep_concern_area", "keep_exposure", "drop_exposure", "keep_edition"
    )
