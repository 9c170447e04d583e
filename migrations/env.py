"""Runs the numbered migrations as the owner, each in one transaction with time limits."""

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import Connection, text

from geoapp.model import Base


def _ours(_object: object, name: str | None, type_: str, _reflected: bool, _compare_to: object) -> bool:
    return not (type_ == "table" and name in {"spatial_ref_sys", "alembic_version"})


def run(connection: Connection) -> None:
    """Bring the database that the connection names to the asked revision."""
    connection.execute(text("SET lock_timeout = '10s'"))
    connection.execute(text("SET statement_timeout = '30min'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table_schema="lamplight",
        include_object=_ours,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
