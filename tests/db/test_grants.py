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
    ("app", "crime_mark"): "DELETE INSERT SELECT",
    ("app", "concern_owner"): ADD,
    ("app", "edition"): ALL,
    ("app", "export"): ALL,
    ("app", "export_part"): "DELETE INSERT SELECT",
    ("app", "exposure"): READ,
    ("app", "factor"): READ,
    ("app", "feed_feature"): READ,
    ("app", "feed_day"): READ,
    ("app", "feed_key"): "INSERT SELECT UPDATE",
    ("app", "feed_key_borough"): "DELETE INSERT SELECT",
    ("app", "feed_order"): READ,
    ("app", "feed_scope"): READ,
    ("app", "figure_cell"): READ,
    ("app", "figure_concern"): READ,
    ("app", "figure_reach"): READ,
    ("app", "figure_total"): READ,
    ("app", "figure_voice"): READ,
    ("app", "figure_walk"): READ,
    ("app", "ground"): "DELETE INSERT SELECT",
    ("app", "joinable_walk"): READ,
    ("app", "open_walk"): READ,
    ("app", "person"): "INSERT SELECT UPDATE",
    ("app", "person_borough"): "DELETE INSERT SELECT",
    ("app", "photo"): ALL,
    ("app", "postcode_district"): "DELETE INSERT SELECT",
    ("app", "procrastinate_events"): ALL,
    ("app", "procrastinate_jobs"): ALL,
    ("app", "procrastinate_periodic_defers"): ALL,
    ("app", "procrastinate_workers"): ALL,
    ("app", "safety_audit"): ALL,
    ("app", "safety_audit_score"): "DELETE INSERT SELECT",
    ("app", "safety_audit_tombstone"): ADD,
    ("app", "public_answer"): ADD,
    ("app", "said_and_did"): READ,
    ("app", "sign_in"): "DELETE INSERT SELECT",
    ("app", "sign_in_failure"): "DELETE INSERT SELECT",
    ("app", "status_event"): ADD,
    ("app", "team"): ADD,
    ("app", "tombstone"): ADD,
    ("app", "track"): ALL,
    ("app", "track_chunk"): ALL,
    ("app", "walk"): ALL,
    ("app", "ward_sketch"): "INSERT SELECT UPDATE",
    ("feed", "feed_change_seen"): READ,
    ("feed", "feed_concern"): READ,
    ("feed", "feed_state"): READ,
    ("feed", "feed_total"): READ,
    ("feed", "feed_log_state"): READ,
    ("feed", "feed_present"): READ,
    ("feed", "feed_ward_feature"): READ,
    ("feed", "feed_walk"): READ,
    ("feed", "feed_action"): READ,
    ("feed", "feed_ward_figure"): READ,
    # Under this role alone are participants seen; the rest is to name a ward and to write the audit log.
    ("scheme", "area"): READ,
    ("scheme", "audit"): "INSERT",
    ("scheme", "borough"): READ,
    ("scheme", "edition"): READ,
    ("scheme", "joinable_walk"): READ,
    ("scheme", "team"): READ,
}
_STATED = ("title", "ward_code", "starts_at", "ends_at", "length_m", "step_free", "details", "meeting_point")
_STATED += ("meeting_words", "getting_there", "officer_id", "officer_first_name", "officer_number", "word")
_STATED += ("kind", "listed", "places", "state")
PARTICIPANT = {
    ("scheme", "request"): ALL,
    ("scheme", "message"): ALL,
    ("scheme", "request_event"): READ,
    ("scheme", "feedback"): ADD,
    ("scheme", "erasure"): ADD,
    ("scheme", "asking"): "DELETE INSERT SELECT",
}
SEQUENCES = {
    ("app", "procrastinate_events_id_seq"): "USAGE",
    ("app", "procrastinate_jobs_id_seq"): "USAGE",
    ("app", "procrastinate_periodic_defers_id_seq"): "USAGE",
    ("app", "procrastinate_workers_id_seq"): "USAGE",
}
COLUMNS = (
    {
        ("app", "area", "geom"): "UPDATE",
        ("app", "area", "outline"): "UPDATE",
        ("app", "borough", "name"): "UPDATE",
    }
    | {
        ("feed", "feed_feature", name): READ
        for name in (
            *(
                "seq",
                "collection",
                "id",
                "kind",
                "factors",
                "feeling",
                "applies",
                "light",
                "setting",
                "basis",
            ),
            *("date", "status", "wording", "ward_code", "ward_name", "borough_code", "updated"),
            *("geom", "geom_bng", "feature"),
        )
    }
    | {
        ("app", "public_answer", "reviewed_at"): "UPDATE",
        ("app", "public_answer", "reviewed_by"): "UPDATE",
        ("app", "public_answer", "withdrawn_at"): "UPDATE",
        ("app", "public_answer", "withdrawn_by"): "UPDATE",
        # Places that are taken are counted by triggers alone, so nobody may write them.
        **{(who, "joinable_walk", name): "INSERT UPDATE" for who in ("app", "scheme") for name in _STATED},
        **{(who, "joinable_walk", name): "INSERT" for who in ("app", "scheme") for name in ("id", "team_id")},
        **{(who, "joinable_walk", "sequence"): "UPDATE" for who in ("app", "scheme")},
        **{("scheme", "person", name): "SELECT" for name in ("id", "name", "role", "team_id", "active")},
    }
)
SCHEMAS = {
    ("app", "lamplight"): "USAGE",
    ("feed", "lamplight"): "USAGE",
    ("scheme", "lamplight"): "USAGE",
    ("scheme", "participant"): "USAGE",
    ("PUBLIC", "public"): "USAGE",
}
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
    ("app", "light_code(text)"),
    ("app", "of_year(double precision[],integer,integer,integer)"),
    ("app", "walks_of_year(double precision[],integer,integer,integer)"),
    ("app", "wards_of_cells(integer[],integer)"),
    ("app", "unguessable_id(uuid)"),
    ("app", "left_to_tidy(concern)"),
    ("app", "ready_to_share(concern)"),
    ("feed", "edition_on(date)"),
    ("feed", "feed_box_kept(text,geometry,bigint,bigint)"),
    ("feed", "feed_box_some(text,geometry,bigint)"),
    ("feed", "feed_in_box(text,geometry)"),
    ("feed", "feed_items_by_key(bytea[],text[],text[])"),
    ("feed", "feed_log_current()"),
    ("feed", "feed_opened(bytea)"),
    ("feed", "feed_pages_by_key(bytea[],text[],bigint[],bigint[],integer)"),
    ("feed", "feed_state_of(text)"),
    ("feed", "feed_states_by_key(bytea[],text[])"),
    ("feed", "outside_id(uuid,timestamp with time zone)"),
    ("feed", "unguessable_id(uuid)"),
    ("scheme", "edition_on(date)"),
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


def test_these_are_all_grants_on_participants(admin: psycopg.Connection[Any]) -> None:
    asked = f"""
        SELECT {WHO}, c.relname::text, string_agg(acl.privilege_type, ' ' ORDER BY acl.privilege_type)
        FROM pg_class c, aclexplode(c.relacl) acl
        WHERE c.relnamespace = 'participant'::regnamespace AND acl.grantee <> c.relowner GROUP BY 1, 2"""  # noqa: S608 (constants of this file)
    assert {(who, table): rights for who, table, rights in admin.execute(asked)} == PARTICIPANT
    closed = """SELECT relname::text FROM pg_class
        WHERE relnamespace = 'participant'::regnamespace AND relkind = 'r' AND relrowsecurity"""
    rows = {name for (name,) in admin.execute(closed)}
    assert rows == {"request", "request_event", "message", "feedback", "erasure"}
    functions = f"""
        SELECT {WHO}, p.oid::regprocedure::text
        FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) acl
        WHERE p.pronamespace = 'participant'::regnamespace AND acl.grantee <> p.proowner"""  # noqa: S608 (constants of this file)
    assert set(admin.execute(functions).fetchall()) == {
        ("scheme", "participant.queue_message(uuid,timestamp with time zone)"),
        ("scheme", "participant.within_reach(integer,bytea)"),
    }
    owners = """SELECT proname::text, proconfig FROM pg_proc
        WHERE pronamespace = 'participant'::regnamespace AND prosecdef"""
    found = dict(admin.execute(owners).fetchall())
    assert set(found) == {"check_step", "keep_places", "queue_message"}
    for config in found.values():
        assert config == ["search_path=participant, lamplight, public, pg_temp"]


def test_these_are_all_grants_on_single_columns(admin: psycopg.Connection[Any]) -> None:
    asked = f"""
        SELECT {WHO}, a.attrelid::regclass::text, a.attname::text,
               string_agg(acl.privilege_type, ' ' ORDER BY acl.privilege_type)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid, aclexplode(a.attacl) acl
        WHERE c.relnamespace IN ('lamplight'::regnamespace, 'participant'::regnamespace) GROUP BY 1, 2, 3"""  # noqa: S608 (constants of this file)
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
        WHERE n.nspname IN ('lamplight', 'participant', 'public') AND acl.grantee <> n.nspowner
        GROUP BY 1, 2"""  # noqa: S608 (constants of this file)
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
        "count_areas(integer)",
        "count_concerns(uuid[],text[],integer)",
        "count_reach(uuid[],integer,integer)",
        "count_walks(uuid[],integer)",
        "drop_exposure()",
        "edition_on(date)",
        "forget_concerns(uuid[],text[])",
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
        "count_feed_change()",
        "count_feed_in()",
        "count_feed_out()",
        "feed_box_kept(text,geometry,bigint,bigint)",
        "feed_box_some(text,geometry,bigint)",
        "feed_in_box(text,geometry)",
        "feed_opened(bytea)",
        "keep_feed_of_areas()",
        "keep_feed_of_concerns()",
        "keep_feed_of_parts()",
        "keep_feed_text(uuid[])",
        "note_ward_rows_changed()",
        "note_wards_changed()",
        "recount_feed()",
    }
    # Tables of a session's own come last, so that nobody can put one in the place of ours.
    assert {config[0] for config in found.values()} == {"search_path=lamplight, public, pg_temp"}
    also = {each for config in found.values() for each in config[1:]}
    assert also == {"plan_cache_mode=force_generic_plan", "plan_cache_mode=force_custom_plan"}


def test_views_of_the_feed_let_no_condition_look_behind_them(admin: psycopg.Connection[Any]) -> None:
    asked = "SELECT reloptions FROM pg_class WHERE oid = %s::regclass"
    for name in ("feed_concern", "feed_total", "feed_state"):
        assert admin.execute(asked, [f"lamplight.{name}"]).fetchone() == (["security_barrier=true"],)
    asked = (
        "SELECT relname::text FROM pg_class WHERE reloptions = '{security_barrier=true}'"
        " AND relnamespace = 'lamplight'::regnamespace ORDER BY 1"
    )
    found = [name for (name,) in admin.execute(asked)]
    assert found == [
        *("feed_action", "feed_change_seen", "feed_concern", "feed_present", "feed_state", "feed_total"),
        *("feed_walk", "feed_ward_figure", "open_walk"),
    ]


def test_neither_role_can_go_round_its_grants(admin: psycopg.Connection[Any]) -> None:
    asked = """SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication,
            pg_has_role(rolname, 'owner', 'MEMBER'), pg_has_role(rolname, 'app', 'MEMBER')
        FROM pg_roles WHERE rolname IN ('app', 'feed', 'scheme') ORDER BY 1"""
    assert admin.execute(asked).fetchall() == [
        ("app", False, False, True),
        ("feed", False, False, False),
        ("scheme", False, False, False),
    ]
    # `app` may become `scheme`, and has nothing of it before it does.
    inherits = "SELECT rolname::text, rolinherit FROM pg_roles WHERE rolname = 'app'"
    assert admin.execute(inherits).fetchall() == [("app", False)]
    assert admin.execute(
        "SELECT pg_has_role('app', 'scheme', 'MEMBER'), pg_has_role('app', 'scheme', 'USAGE')"
    ).fetchone() == (True, False)


FORBIDDEN_TO_APP = [
    *(f"SELECT * FROM participant.{table}" for _, table in PARTICIPANT),  # noqa: S608 (constants of this file)
    "UPDATE joinable_walk SET places_confirmed = 0",
    "UPDATE joinable_walk SET places_taken = 0",
    "DELETE FROM joinable_walk",
    "SELECT participant.queue_message(gen_random_uuid(), NULL)",
    "INSERT INTO concern_area (concern_id, area_id, share, main) VALUES (gen_random_uuid(), 1, 1, true)",
    "UPDATE concern_area SET share = 0.5",
    "DELETE FROM concern_area",
    "UPDATE exposure SET metres = 1",
    "DELETE FROM exposure",
    "TRUNCATE exposure",
    "UPDATE figure_concern SET n = '{}'",
    "DELETE FROM figure_total",
    "INSERT INTO figure_walk VALUES (1, 2026, '{}', '{}', '{}')",
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
    "UPDATE feed_feature SET feature = ''",
    "DELETE FROM feed_day",
    "UPDATE feed_scope SET change = 0",
    "INSERT INTO feed_order (concern_id) VALUES (gen_random_uuid())",
    "SELECT keep_feed_text('{}')",
    "SELECT recount_feed()",
    "SELECT recount_cube()",
    "SELECT count_walks('{}', 1)",
    "SELECT make_cells('{}')",
    "SELECT * FROM alembic_version",
]


@pytest.mark.parametrize("statement", FORBIDDEN_TO_APP)
@pytest.mark.usefixtures("opened")
def test_the_web_service_may_not(statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), db.writing() as session:
        session.execute(text(statement))


FORBIDDEN_TO_FEED = [
    "SELECT meeting_point FROM joinable_walk",
    "SELECT you_said FROM public_answer",
    "SELECT id FROM said_and_did",
    *(f"SELECT * FROM participant.{table}" for _, table in PARTICIPANT),  # noqa: S608 (constants of this file)
    *(f"SELECT * FROM {table}" for who, table in TABLES if who == "app" and ("feed", table) not in TABLES),  # noqa: S608 (constants of this file)
    "SELECT concern_shares(ST_SetSRID(ST_MakePoint(530500, 175500), 27700), NULL)",
    "SELECT lamplight.line_areas(ST_GeomFromText('LINESTRING(0 0, 1 1)', 27700), NULL, NULL)",
    "CREATE TEMP TABLE mine AS SELECT * FROM feed_ward_feature; SELECT * FROM audit",
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
        assert connection.scalar(text("SELECT count(*) FROM feed_ward_feature")) == 4


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
