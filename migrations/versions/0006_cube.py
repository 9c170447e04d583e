"""The cube that any selection is answered from."""

from alembic import op
from sqlalchemy.orm import Session

from geoapp.actions.cells import outline_cells
from migrations.steps import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make them, and count what was recorded before."""
    run_sql("0006_cube.up.sql")
    with Session(op.get_bind()) as session:
        outline_cells(session)
        session.commit()  # into the migration's own transaction


def downgrade() -> None:
    """Take them away."""
    run_sql("0006_cube.down.sql")
