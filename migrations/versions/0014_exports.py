"""Downloads that take long, made in the background."""

from migrations.steps import run_sql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make room for them."""
    run_sql("0014_exports.up.sql")


def downgrade() -> None:
    """Take them away."""
    run_sql("0014_exports.down.sql")
