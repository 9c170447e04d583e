"""The cube by year, with months added up inside each year."""

from migrations.steps import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make it, and take over what is counted already."""
    run_sql("0007_years.up.sql")


def downgrade() -> None:
    """Take it away."""
    run_sql("0007_years.down.sql")
