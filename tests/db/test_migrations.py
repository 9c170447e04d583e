"""The numbered migrations: up from nothing and down again, two at once, and in step with the model."""

import itertools
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.engine import make_url

from geoapp import schema
from geoapp.model import Base

Server = Any  # the class of the fixture lies in conftest.py, which tests cannot import
REVISIONS = [f"{number:04}" for number in range(1, 19)]


def plain(url: str) -> str:
    """The address as libpq reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def empty(server: Server) -> Iterator[str]:
    """The administrator's address of a database in which there is nothing."""
    name = f"empty_{uuid.uuid4().hex[:12]}"
    server._run(f"CREATE DATABASE {name}")
    yield server.url(name)
    server.drop(name)


def everything_in(url: str) -> set[tuple[str, str]]:
    """Every table, view, function, type and trigger of the schema, with its kind."""
    asked = """
        SELECT 'relation ' || relkind::text, relname::text FROM pg_class
            WHERE relnamespace = 'lamplight'::regnamespace
        UNION SELECT 'function', oid::regprocedure::text FROM pg_proc
            WHERE pronamespace = 'lamplight'::regnamespace
        UNION SELECT 'type', typname FROM pg_type
            WHERE typnamespace = 'lamplight'::regnamespace AND typcategory NOT IN ('A', 'C')
        UNION SELECT 'trigger', tgname || ' on ' || tgrelid::regclass::text FROM pg_trigger t
            JOIN pg_class c ON c.oid = t.tgrelid
            WHERE c.relnamespace = 'lamplight'::regnamespace AND NOT tgisinternal
        UNION SELECT 'constraint', conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = 'lamplight'::regnamespace
        UNION SELECT 'grant', format('%s %s %s', relname, acl.grantee::regrole, acl.privilege_type)
            FROM pg_class, aclexplode(relacl) acl
            WHERE relnamespace = 'lamplight'::regnamespace AND acl.grantee <> relowner
        UNION SELECT 'schema', nspname::text FROM pg_namespace WHERE nspname = 'participant'"""
    with psycopg.connect(plain(url)) as connection:
        return set(connection.execute(asked).fetchall())


def test_up_from_nothing_down_to_nothing_and_up_again(empty: str) -> None:
    assert schema.upgrade(empty) == REVISIONS[-1]
    first = everything_in(empty)
    assert ("relation r", "concern") in first
    schema.downgrade(empty, "base")
    assert {name for _, name in everything_in(empty) if not name.startswith("alembic_version")} == set()
    assert schema.status(empty) == ("none", REVISIONS[-1])
    assert schema.upgrade(empty) == REVISIONS[-1]
    assert everything_in(empty) == first


def test_every_step_goes_down_and_up_alone(empty: str) -> None:
    at: dict[str, set[tuple[str, str]]] = {}
    for revision in REVISIONS:
        assert schema.upgrade(empty, revision) == revision
        at[revision] = everything_in(empty)
    for below, revision in reversed(list(itertools.pairwise(REVISIONS))):
        schema.downgrade(empty, below)
        assert everything_in(empty) == at[below]
        schema.upgrade(empty, revision)
        assert everything_in(empty) == at[revision]
        schema.downgrade(empty, below)


def test_the_list_of_steps_is_whole() -> None:
    versions = Path(schema.__file__).parents[1] / "migrations" / "versions"
    assert sorted(file.name[:4] for file in versions.glob("[0-9]*.py")) == REVISIONS


def test_the_model_is_in_step_with_the_migrations(server: Server) -> None:
    def ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        return kind != "table" or not (name or "").startswith(("procrastinate_", "spatial_ref", "alembic_"))

    engine = create_engine(server.url(server.template), poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("SET search_path = lamplight, public"))
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": False,
                "include_object": ours,
                "include_schemas": True,
                "include_name": lambda name, kind, _parents: (
                    kind != "schema" or name in {None, "participant"}
                ),
            },
        )
        differences = compare_metadata(context, Base.metadata)
        assert differences == []
        assert _generated(connection) == {
            f"{table.name}.{column.name}"
            for table in Base.metadata.tables.values()
            for column in table.columns
            if column.computed is not None
        }


def _generated(connection: Connection) -> set[str]:
    rows = connection.execute(
        text(
            "SELECT table_name || '.' || column_name FROM information_schema.columns"
            " WHERE table_schema = 'lamplight' AND is_generated = 'ALWAYS'"
        )
    )
    return set(rows.scalars())


def test_a_migration_that_waits_for_a_lock_gives_up(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []
    run = EnvironmentContext.run_migrations

    def look(self: EnvironmentContext, **said: object) -> None:
        connection = self.get_context().connection
        asked = "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"
        seen.append(tuple(connection.execute(text(asked)).one()))
        run(self, **said)

    monkeypatch.setattr(EnvironmentContext, "run_migrations", look)
    schema.upgrade(empty)
    assert seen == [("10s", "30min")]


def test_two_upgrades_at_once_end_well(empty: str) -> None:
    reached: list[str] = []
    failed: list[BaseException] = []

    def upgrade() -> None:
        try:
            reached.append(schema.upgrade(empty))
        except BaseException as error:
            failed.append(error)
            raise

    both = [threading.Thread(target=upgrade) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(120)
    assert (reached, failed) == ([REVISIONS[-1]] * 2, [])


def test_the_owner_of_the_embedded_cluster_migrates_without_being_a_superuser(
    server: Server, empty: str
) -> None:
    name = make_url(empty).database
    with psycopg.connect(plain(empty), autocommit=True) as admin:
        admin.execute("CREATE EXTENSION postgis")
        admin.execute(f"ALTER DATABASE {name} OWNER TO owner")
        assert admin.execute("SELECT rolsuper FROM pg_roles WHERE rolname = 'owner'").fetchone() == (False,)
    owner = server.url(name, "owner")
    assert schema.upgrade(owner) == REVISIONS[-1]
    with psycopg.connect(plain(owner)) as connection:
        owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'lamplight'"
        assert connection.execute(owners).fetchall() == [("owner",)]
    schema.downgrade(owner, "base")


def test_a_superuser_migrates_and_all_belongs_to_the_owner(empty: str) -> None:
    schema.upgrade(empty)
    with psycopg.connect(plain(empty)) as connection:
        owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'lamplight'"
        assert connection.execute(owners).fetchall() == [("owner",)]


@pytest.fixture
def stranger(server: Server, empty: str) -> Iterator[str]:
    """The address of the empty database for a sign-in that may nothing."""
    role = f"stranger_{uuid.uuid4().hex[:8]}"
    server._run(f"CREATE ROLE {role} LOGIN")
    yield server.url(str(make_url(empty).database), role)
    server.drop(str(make_url(empty).database))
    server._run(f"DROP ROLE {role}")


def test_who_may_not_make_the_extension_is_told_what_to_ask_for(stranger: str) -> None:
    with pytest.raises(schema.SchemaError, match="CREATE EXTENSION postgis"):
        schema.upgrade(stranger)


def test_who_is_no_member_of_the_owner_is_told_what_to_ask_for(stranger: str, empty: str) -> None:
    schema.upgrade(empty)
    with psycopg.connect(plain(empty), autocommit=True) as admin:
        admin.execute(f"GRANT USAGE ON SCHEMA lamplight TO {make_url(stranger).username}")
    with pytest.raises(schema.SchemaError, match="GRANT owner, app, feed TO CURRENT_USER"):
        schema.upgrade(stranger)


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(schema.SchemaError, match="cannot be reached") as raised:
        schema.upgrade("postgresql+psycopg://ana:hidden-word@127.0.0.1:9/lamplight")
    assert "hidden-word" not in str(raised.value)
