"""Who may touch what: every grant of every role, listed; and each role trying what it must not do."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from geoapp import db

Server = Any  # the class of the fixture lies in conftest.py, which tests cannot import
READ, ADD, ALL = "SELECT", "INSERT SELECT", "DELETE INSERT SELECT UPDATE"

# All that `app` and `feed` may do, and nobody else anything. A new table is closed until it stands here.
TABLES: dict[tuple[str, str], str] = {
    ("app", "api_token"): "INSERT SELECT UPDATE",
    ("app", "area"): "DELETE INSERT SELECT",
    ("app", "area_scope"): READ,
    ("app", "audit"): ADD,
    ("app", "borough"): ADD,
    ("app", "cell_ward"): READ,
    ("app", "concern"): ALL,
    ("app", "concern_area"): READ,
    ("app", "concern_factor"): "DELETE INSERT SELECT",
    ("app", "edition"): ALL,
    ("app", "exposure"): READ,
    ("app", "factor"): READ,
    ("app", "feed_key"): "INSERT SELECT UPDATE",
    ("app", "feed_key_borough"): "DELETE INSERT SELECT",
    ("app", "figure_cell"): READ,
    ("app", "figure_concern"): READ,
    ("app", "figure_concern_year"): READ,
    ("app", "figure_reach"): READ,
    ("app", "figure_total"): READ,
    ("app", "figure_walk"): READ,
    ("app", "figure_walk_year"): READ,
    ("app", "ground"): "DELETE INSERT SELECT",
    ("app", "person"): "INSERT SELECT UPDATE",
    ("app", "person_borough"): "DELETE INSERT SELECT",
    ("app", "photo"): ALL,
    ("app", "procrastinate_events"): ALL,
    ("app", "procrastinate_jobs"): ALL,
    ("app", "procrastinate_periodic_defers"): ALL,
    ("app", "procrastinate_workers"): ALL,
    ("app", "sign_in"): "DELETE INSERT SELECT",
    ("app", "sign_in_failure"): "DELETE INSERT SELECT",
    ("app", "status_event"): ADD,
    ("app", "team"): ADD,
    ("app", "tombstone"): ADD,
    ("app", "track"): ALL,
    ("app", "track_chunk"): ALL,
    ("app", "walk"): ALL,
    ("feed", "feed_change_seen"): READ,
    ("feed", "feed_concern"): READ,
    ("feed", "feed_log_state"): READ,
    ("feed", "feed_present"): READ,
    ("feed", "feed_ward"): READ,
}
SEQUENCES = {
    ("app", "procrastinate_events_id_seq"): "USAGE",
    ("app", "procrastinate_jobs_id_seq"): "USAGE",
    ("app", "procrastinate_periodic_defers_id_seq"): "USAGE",
    ("app", "procrastinate_workers_id_seq"): "USAGE",
}
COLUMNS = {
    ("app", "area", "geom"): "UPDATE",
    ("app", "area", "outline"): "UPDATE",
    ("app", "borough", "name"): "UPDATE",
}
SCHEMAS = {("app", "lamplight"): "USAGE", ("feed", "lamplight"): "USAGE", ("PUBLIC", "public"): "USAGE"}
FUNCTIONS = {
    ("app", "audit_hash(audit)"),
    ("app", "boundary_tolerance_m()"),
    ("app", "concern_shares(geometry,integer)"),
    ("app", "edition_on(date)"),
    ("app", "hex_at(text,double precision,double precision)"),
    ("app", "hex_code(text,integer,integer)"),
    ("app", "hex_outline(text,integer,integer)"),
    ("app", "hex_width_m(text)"),
    ("app", "line_areas(geometry,smallint[],integer)"),
    ("app", "metres_inside(geometry,geometry)"),
    ("app", "outside_id(uuid,timestamp with time zone)"),
    ("app", "point_areas(geometry,integer)"),
    ("app", "raisers_kept()"),
    ("app", "feed_differences()"),
    ("app", "prune_feed_log(double precision)"),
    ("app", "renew_feed_log()"),
    ("app", "tidy(double precision)"),
    ("app", "add_arrays(double precision[],double precision[])"),
    ("app", "between_months(double precision[],integer,integer,integer)"),
    ("app", "from_month_on(integer,integer,double precision,integer)"),
    ("app", "light_code(text)"),
    ("app", "months_of_walk(integer,integer,integer,double precision[],double precision[])"),
    ("app", "sum_arrays(double precision[])"),
    ("app", "wards_of_cells(integer[],integer)"),
    ("app", "unguessable_id(uuid)"),
    ("feed", "edition_on(date)"),
    ("feed", "feed_log_current()"),
    ("feed", "outside_id(uuid,timestamp with time zone)"),
    ("feed", "unguessable_id(uuid)"),
}
WHO = "CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END"


@pytest.fixture(scope="module")
def admin(server: Server, database: str) -> Iterator[psycopg.Connection[Any]]:
    url = make_url(server.url(database)).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("SET search_path = lamplight, public")
        yield connection


def test_these_are_all_grants_on_tables_and_views(admin: psycopg.Connection[Any]) -> None:
    asked = f"""
        SELECT {WHO}, c.relname::text, string_agg(acl.privilege_type, ' ' ORDER BY acl.privilege_type)
        FROM pg_class c, aclexplode(c.relacl) acl
        WHERE c.relnamespace = 'lamplight'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p', 'f')
          AND acl.grantee <> c.relowner
        GROUP BY 1, 2"""  # noqa: S608 (constants of this file)
    assert {(who, table): rights for who, table, rights in admin.execute(asked)} == TABLES


def test_these_are_all_grants_on_single_columns(admin: psycopg.Connection[Any]) -> None:
    asked = f"""
        SELECT {WHO}, a.attrelid::regclass::text, a.attname::text, acl.privilege_type
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid, aclexplode(a.attacl) acl
        WHERE c.relnamespace = 'lamplight'::regnamespace"""  # noqa: S608 (constants of this file)
    assert {(who, table, name): right for who, table, name, right in admin.execute(asked)} == COLUMNS


def test_these_are_all_grants_on_sequences(admin: psycopg.Connection[Any]) -> None:
    asked = f"""
        SELECT {WHO}, c.relname::text, string_agg(acl.privilege_type, ' ')
        FROM pg_class c, aclexplode(c.relacl) acl
        WHERE c.relnamespace = 'lamplight'::regnamespace AND c.relkind = 'S' AND acl.grantee <> c.relowner
        GROUP BY 1, 2"""  # noqa: S608 (constants of this file)
    assert {(who, name): rights for who, name, rights in admin.execute(asked)} == SEQUENCES


def test_these_are_all_grants_on_schemas(admin: psycopg.Connection[Any]) -> None:
    asked = f"""
        SELECT {WHO}, n.nspname::text, string_agg(acl.privilege_type, ' ')
        FROM pg_namespace n, aclexplode(n.nspacl) acl
        WHERE n.nspname IN ('lamplight', 'public') AND acl.grantee <> n.nspowner GROUP BY 1, 2"""  # noqa: S608 (constants of this file)
    assert {(who, name): rights for who, name, rights in admin.execute(asked)} == SCHEMAS


def test_these_are_all_grants_on_functions(admin: psycopg.Connection[Any]) -> None:
    # A function without an access list is open to everyone, which is what the default stands for here.
    asked = f"""
        SELECT {WHO}, p.oid::regprocedure::text
        FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) acl
        WHERE p.pronamespace = 'lamplight'::regnamespace AND acl.grantee <> p.proowner"""  # noqa: S608 (constants of this file)
    found = set(admin.execute(asked).fetchall())
    queue = {(who, name) for who, name in found if name.startswith("procrastinate_")}
    assert {who for who, _ in queue} == {"app"}
    assert found - queue == FUNCTIONS


def test_functions_with_the_owners_rights_search_where_they_were_written(
    admin: psycopg.Connection[Any],
) -> None:
    asked = """SELECT oid::regprocedure::text, proconfig FROM pg_proc
        WHERE pronamespace = 'lamplight'::regnamespace AND prosecdef"""
    found = dict(admin.execute(asked).fetchall())
    assert set(found) == {
        "add_cells(text[],integer[],integer[])",
        "chain_audit()",
        "count_concerns(uuid[],text[],integer)",
        "count_reach(uuid[],integer,integer)",
        "count_walks(uuid[],integer,integer)",
        "drop_exposure()",
        "edition_on(date)",
        "feed_differences()",
        "feed_log_current()",
        "feed_of(uuid[])",
        "feed_today()",
        "prune_feed_log(double precision)",
        "renew_feed_log()",
        "settle_feed()",
        "unsettle(uuid[])",
        "unsettle_all()",
        "unsettle_concerns()",
        "unsettle_editions()",
        "unsettle_factors()",
        "unsettle_wards()",
        "hold_figures()",
        "keep_concern_area()",
        "keep_counted_under()",
        "keep_edition()",
        "keep_exposure()",
        "leave_edition()",
        "make_cells(geometry[])",
        "recount_cube()",
        "recount_walk()",
        "uncount_concern()",
        "uncount_walk()",
        "keep_concern_year()",
        "keep_walk_year()",
        "keep_cells()",
        "keep_cell_concerns()",
        "keep_cell_metres()",
        "recount_years()",
    }
    # Tables of a session's own come last, so that nobody can put one in the place of ours.
    assert {config[0] for config in found.values()} == {"search_path=lamplight, public, pg_temp"}
    also = {each for config in found.values() for each in config[1:]}
    assert also == {"plan_cache_mode=force_generic_plan"}


def test_views_of_the_feed_let_no_condition_look_behind_them(admin: psycopg.Connection[Any]) -> None:
    asked = (
        "SELECT relname::text FROM pg_class WHERE reloptions = '{security_barrier=true}'"
        " AND relnamespace = 'lamplight'::regnamespace ORDER BY 1"
    )
    found = [name for (name,) in admin.execute(asked)]
    assert found == ["feed_change_seen", "feed_concern", "feed_present"]


def test_neither_role_can_go_round_its_grants(admin: psycopg.Connection[Any]) -> None:
    asked = """SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication,
            pg_has_role(rolname, 'owner', 'MEMBER'), pg_has_role(rolname, 'app', 'MEMBER')
        FROM pg_roles WHERE rolname IN ('app', 'feed') ORDER BY 1"""
    assert admin.execute(asked).fetchall() == [("app", False, False, True), ("feed", False, False, False)]


FORBIDDEN_TO_APP = [
    "INSERT INTO concern_area (concern_id, area_id, share, main) VALUES (gen_random_uuid(), 1, 1, true)",
    "UPDATE concern_area SET share = 0.5",
    "DELETE FROM concern_area",
    "UPDATE exposure SET metres = 1",
    "DELETE FROM exposure",
    "TRUNCATE exposure",
    "UPDATE figure_concern SET n = 0",
    "DELETE FROM figure_total",
    "INSERT INTO figure_walk VALUES (1, '2026-01-01', 1, 1, '{}', '{}')",
    "DELETE FROM figure_reach",
    "DELETE FROM cell_ward",
    "UPDATE area SET geom_bng = geom_bng",
    "UPDATE audit SET actor = 'nobody'",
    "DELETE FROM audit",
    "TRUNCATE audit",
    "UPDATE status_event SET status = 'done'",
    "DELETE FROM status_event",
    "DELETE FROM tombstone",
    "DELETE FROM person",
    "INSERT INTO factor (code, factor_group, label, position) VALUES ('fog', 'environment', 'Fog', 30)",
    "UPDATE area SET name = 'elsewhere'",
    "UPDATE borough SET code = 'E09000099'",
    "ALTER TABLE concern DISABLE TRIGGER ALL",
    "CREATE TABLE lamplight.mine (id integer)",
    "CREATE TABLE public.mine (id integer)",
    "SELECT keep_edition()",
    "SELECT recount_cube()",
    "SELECT count_walks('{}', NULL, 1)",
    "SELECT make_cells('{}')",
    "SELECT * FROM alembic_version",
]


@pytest.mark.parametrize("statement", FORBIDDEN_TO_APP)
@pytest.mark.usefixtures("opened")
def test_the_web_service_may_not(statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), db.writing() as session:
        session.execute(text(statement))


FORBIDDEN_TO_FEED = [
    *(f"SELECT * FROM {table}" for who, table in TABLES if who == "app"),  # noqa: S608 (constants of this file)
    "SELECT concern_shares(ST_SetSRID(ST_MakePoint(530500, 175500), 27700), NULL)",
    "SELECT lamplight.line_areas(ST_GeomFromText('LINESTRING(0 0, 1 1)', 27700), NULL, NULL)",
    "CREATE TEMP TABLE mine AS SELECT * FROM feed_ward; SELECT * FROM audit",
]


@pytest.mark.parametrize("statement", FORBIDDEN_TO_FEED)
@pytest.mark.usefixtures("opened")
def test_the_feed_may_not(statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        db.current().feed.connect() as connection,
    ):
        connection.execute(text(statement))


@pytest.mark.usefixtures("squares")
def test_the_feed_sees_no_concern_without_boroughs(admin: psycopg.Connection[Any]) -> None:
    admin.execute("INSERT INTO team (name) VALUES ('Brixton')")
    place = (
        "ST_SetSRID(ST_MakePoint(-0.1219117, 51.4634437), 4326),"
        " ST_SetSRID(ST_MakePoint(530500, 175500), 27700)"
    )
    for status in ("raised", "shared", "in_hand", "done", "no_action"):
        admin.execute(
            "INSERT INTO concern"  # noqa: S608 (constants of this file)
            " (id, team_id, kind, geom, geom_bng, recorded_at, light, status, body, body_hash)"
            f" SELECT gen_random_uuid(), id, 'concern', {place}, '2026-02-10T19:30Z', 'dark', %s, '{{}}', ''"
            " FROM team WHERE name = 'Brixton'",
            [status],
        )
    seen = {}
    for boroughs in ([], [""], ["E09000028"], ["E09000022"], ["E09000022", "E09000028"], ["%"], ["E09"]):
        with db.feed_reading(boroughs) as connection:
            rows = connection.execute(text("SELECT status FROM feed_concern ORDER BY status")).scalars()
            seen[",".join(boroughs)] = list(rows)
    shared = ["done", "in_hand", "no_action", "shared"]
    assert seen == {
        "": [],
        "E09000028": [],
        "E09000022": shared,
        "E09000022,E09000028": shared,
        "%": [],
        "E09": [],
    }
    with db.current().feed.connect() as connection:  # nobody has said any borough on this connection
        assert connection.scalar(text("SELECT count(*) FROM feed_concern")) == 0
        assert connection.scalar(text("SELECT count(*) FROM feed_ward")) == 4


@pytest.mark.usefixtures("opened")
def test_boroughs_end_with_their_transaction() -> None:
    with db.feed_reading(["E09000022"]) as connection:
        connection.execute(text("SELECT 1"))
    with db.current().feed.connect() as connection:
        assert not connection.scalar(text("SELECT current_setting('lamplight.boroughs', true)"))


def test_a_view_shows_nobody_who_walked(admin: psycopg.Connection[Any]) -> None:
    asked = """SELECT column_name::text FROM information_schema.columns
        WHERE table_schema = 'lamplight' AND table_name = 'feed_concern' ORDER BY ordinal_position"""
    assert [name for (name,) in admin.execute(asked)] == [
        *("id", "geom", "geom_bng", "kind", "factors", "feeling", "applies", "light", "setting", "basis"),
        *("date", "status", "wording", "ward_code", "ward_name", "borough_code", "updated"),
    ]
