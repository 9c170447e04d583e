"""Runs the SQL of a numbered migration."""

from pathlib import Path

from alembic import op

_SQL = Path(__file__).parent / "sql"


def run_sql(name: str) -> None:
    """Run migrations/sql/NAME as it stands, inside the migration's own transaction."""
    # The driver's own cursor, because these files hold signs that a parameter style would read as its own.
    with op.get_bind().connection.cursor() as cursor:
        cursor.execute((_SQL / name).read_text())
