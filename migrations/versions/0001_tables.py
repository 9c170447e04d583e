"""Tables of the scheme."""

from migrations.steps import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    run_sql("0001_tables.up.sql")


def downgrade() -> None:
    """Take them away."""
    run_sql("0001_tables.down.sql")
