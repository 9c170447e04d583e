"""The queue of background jobs, kept in the database so that a job and its cause are one transaction."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0004"
down_revision = "0003"

_TABLES = "procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers"
_GRANT = f"""
GRANT SELECT, INSERT, UPDATE, DELETE ON {_TABLES} TO app;
GRANT USAGE ON SEQUENCE procrastinate_jobs_id_seq, procrastinate_events_id_seq,
    procrastinate_periodic_defers_id_seq, procrastinate_workers_id_seq TO app;
DO $$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'procrastinate\\_%' LOOP
        EXECUTE 'REVOKE EXECUTE ON FUNCTION ' || each.name || ' FROM PUBLIC';
        EXECUTE 'GRANT EXECUTE ON FUNCTION ' || each.name || ' TO app';
    END LOOP;
END $$;
"""  # noqa: S608 (constants above)
_DROP = f"""
DROP TABLE {_TABLES} CASCADE;
DO $$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'procrastinate\\_%' LOOP
        EXECUTE 'DROP FUNCTION ' || each.name || ' CASCADE';
    END LOOP;
END $$;
DROP TYPE procrastinate_job_to_defer_v1, procrastinate_job_status, procrastinate_job_event_type;
"""  # noqa: S608 (constants above)


def upgrade() -> None:
    """Make the library's tables, and let `app` use them."""
    with op.get_bind().connection.cursor() as cursor:
        cursor.execute(SchemaManager.get_schema())
        cursor.execute(_GRANT)


def downgrade() -> None:
    """Take them away with all jobs."""
    with op.get_bind().connection.cursor() as cursor:
        cursor.execute(_DROP)
