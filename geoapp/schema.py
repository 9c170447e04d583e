"""Brings a database to the newest schema: roles and extension first, then the numbered migrations."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError

_ROOT = Path(__file__).resolve().parents[1]
_BOOTSTRAP = """\
CREATE ROLE owner LOGIN; CREATE ROLE app LOGIN; CREATE ROLE feed LOGIN;
GRANT owner, app, feed TO CURRENT_USER;
CREATE ROLE scheme NOLOGIN; ALTER ROLE app NOINHERIT; GRANT scheme TO app;
CREATE EXTENSION postgis;"""
_UPGRADE_LOCK = 7302027


class SchemaError(RuntimeError):
    """The database cannot be brought to the newest schema; the message says what to run."""


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_ROOT / "migrations"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("prepend_sys_path", str(_ROOT))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _connection(url: str) -> Iterator[Connection]:
    """Give a connection on which nobody else migrates until it ends; SchemaError when it cannot be had."""
    engine = create_engine(
        url,
        poolclass=NullPool,
        connect_args={"connect_timeout": 5, "options": "-c search_path=lamplight,public"},
    )
    try:
        connection = engine.connect()
    except OperationalError as error:
        shown = engine.url.set(drivername="postgresql").render_as_string()  # without the password
        raise SchemaError(
            f"The database cannot be reached at {shown}. Is it running, and are name and password right?"
        ) from error
    with connection:
        yield connection


def _hold(connection: Connection) -> None:
    """Wait until nobody else migrates this database; the lock ends with the connection."""
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _UPGRADE_LOCK})
    connection.commit()


def _become_owner(connection: Connection) -> None:
    try:
        connection.execute(text("SET ROLE owner"))
    except ProgrammingError as error:
        raise SchemaError(
            f"This sign-in is no member of owner. Ask an administrator to run:\n{_BOOTSTRAP}"
        ) from error
    connection.commit()


def prepare(connection: Connection) -> None:
    """Make roles, schema and extension where missing; SchemaError says what an administrator must run."""
    try:
        for role in ("owner", "app", "feed"):
            if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :r"), {"r": role}):
                connection.execute(text(f"CREATE ROLE {role} LOGIN"))  # constants above
                connection.execute(text(f"GRANT {role} TO CURRENT_USER"))
        _keep_participants_apart(connection)
        if not connection.scalar(text("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")):
            connection.execute(text("CREATE EXTENSION postgis SCHEMA public"))
        _own_schema(connection)
    except ProgrammingError as error:
        raise SchemaError(
            f"This sign-in may not set up the database. Ask an administrator to run:\n{_BOOTSTRAP}"
        ) from error
    connection.commit()


def _keep_participants_apart(connection: Connection) -> None:
    """Make the role that sees participants; `app` may take it on, and has nothing of it before it does."""
    if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = 'scheme'")):
        connection.execute(text("CREATE ROLE scheme NOLOGIN"))
    if not connection.scalar(text("SELECT pg_has_role('app', 'scheme', 'MEMBER')")):
        connection.execute(text("ALTER ROLE app NOINHERIT"))
        connection.execute(text("GRANT scheme TO app"))


def _own_schema(connection: Connection) -> None:
    """Make the schema, owned by `owner`, and this database's search path."""
    database = connection.scalar(text("SELECT quote_ident(current_database())"))
    if connection.scalar(text("SELECT pg_has_role(current_user, 'owner', 'MEMBER')")):
        connection.execute(text(f"GRANT CREATE, CONNECT ON DATABASE {database} TO owner"))
        connection.execute(text(f"GRANT CONNECT ON DATABASE {database} TO app, feed"))
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS lamplight AUTHORIZATION owner"))
    connection.execute(text(f"ALTER DATABASE {database} SET search_path = lamplight, public"))


def upgrade(url: str, revision: str = "head") -> str:
    """Run every migration that is missing and return the revision reached."""
    with _connection(url) as connection:
        _hold(connection)
        if not _prepared(connection):
            prepare(connection)
        _become_owner(connection)
        command.upgrade(_config(connection), revision)
        connection.commit()
        return _reached(connection)


def downgrade(url: str, revision: str) -> None:
    """Take migrations back to a revision ("base": all of them)."""
    with _connection(url) as connection:
        _hold(connection)
        _become_owner(connection)
        command.downgrade(_config(connection), revision)
        connection.commit()


def status(url: str) -> tuple[str, str]:
    """Return the revision of the database ("none" when empty) and the newest one there is."""
    with _connection(url) as connection:
        script = ScriptDirectory.from_config(_config(connection))
        return _reached(connection), script.get_current_head() or "none"


def _prepared(connection: Connection) -> bool:
    """Whether schema and roles are there, also the role that came after the first installations."""
    asked = """SELECT to_regclass('lamplight.alembic_version') IS NOT NULL
        AND EXISTS (SELECT 1 FROM pg_auth_members
                    WHERE roleid = to_regrole('scheme') AND member = to_regrole('app'))"""
    return bool(connection.scalar(text(asked)))


def _reached(connection: Connection) -> str:
    context = MigrationContext.configure(connection, opts={"version_table_schema": "lamplight"})
    return context.get_current_revision() or "none"
