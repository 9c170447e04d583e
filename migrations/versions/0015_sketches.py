"""Outlines of wards for the screen."""

from alembic import op
from sqlalchemy import text
from sqlalchemy.orm import Session

from geoapp.actions.sketches import draw_sketches
from migrations.steps import run_sql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Make room for them, and draw those of the editions that are there."""
    run_sql("0015_sketches.up.sql")
    with Session(op.get_bind()) as session:
        for edition in session.scalars(text("SELECT id FROM edition ORDER BY id")).all():
            draw_sketches(session, edition)
        session.commit()  # into the migration's own transaction


def downgrade() -> None:
    """Take them away."""
    run_sql("0015_sketches.down.sql")
