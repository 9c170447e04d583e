"""Runs the SQL of a numbered migration."""

import re
from pathlib import Path

from alembic import op

_SQL = Path(__file__).parent / "sql"


def run_sql(name: str) -> None:
    """Run migrations/sql/NAME as it stands, inside the migration's own transaction."""
    # The driver's own cursor, because these files hold signs that a parameter style would read as its own.
    with op.get_bind().connection.cursor() as cursor:
        cursor.execute((_SQL / name).read_text())


def restore_functions(name: str, *functions: str) -> None:
    """Bring functions back to what migrations/sql/NAME, an earlier file, made them."""
    text = (_SQL / name).read_text()
    for function in functions:
        found = re.search(rf"CREATE FUNCTION {function}\(.*?\n\$\$;", text, re.DOTALL)
        if found is None:
            raise LookupError(f"{name} makes no function {function}")
        with op.get_bind().connection.cursor() as cursor:
            cursor.execute(found[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1))
