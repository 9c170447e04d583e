"""Stores a season fast: raw rows by COPY with triggers off, then every derived table set-based.

What comes out is what the triggers would have made; bench/sampling.py makes sure. Run by itself this file
does nothing.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import numpy as np
import psycopg
import shapely
import sqlalchemy
import sqlalchemy.orm
from encoding import ewkb_tracks
from pattern import REGION, WARDS, Wards
from psycopg import sql
from season import FEELINGS, LIGHT_NAMES, Season, body

from geoapp.actions.outlines import outline
from geoapp.actions.sketches import draw_sketches
from geoapp.embedded import Cluster
from geoapp.schema import upgrade
from spatial.crs import BNG, WGS84
from spatial.grid import HexGrid

Connection = psycopg.Connection[tuple[object, ...]]
Say = Callable[[str], None]
TEAMS = 25
_BATCH = 5_000
_CONNECTIONS = 2
_MARGIN_M = 400.0  # cells are made this far beyond the wards, then those that nothing touched go

_POINT_WARDS = """
INSERT INTO concern_area (concern_id, area_id, share, main)
SELECT c.id, a.id, 1, true
FROM area a JOIN concern c ON ST_Contains(a.core, c.geom_bng)
WHERE a.kind = 'ward' AND GeometryType(c.geom_bng) = 'POINT'
ORDER BY c.id"""
# Too near to a border for the core: the function of the triggers decides.
_BORDER_POINTS = """
INSERT INTO concern_area (concern_id, area_id, share, main)
SELECT c.id, p.area_id, 1, true
FROM concern c CROSS JOIN LATERAL point_areas(c.geom_bng, NULL) p
JOIN area a ON a.id = p.area_id AND a.kind = 'ward'
WHERE GeometryType(c.geom_bng) = 'POINT'
  AND NOT EXISTS (SELECT FROM concern_area ca WHERE ca.concern_id = c.id)"""
_POINT_CELLS = """
INSERT INTO concern_area (concern_id, area_id, share, main)
SELECT p.id, a.id, 1, true FROM point_cell p JOIN area a ON a.kind <> 'ward' AND a.code = p.code
ORDER BY p.id"""
_ROUTES = """
INSERT INTO concern_area (concern_id, area_id, share, main)
SELECT c.id, s.area_id, s.share, s.main FROM concern c CROSS JOIN LATERAL concern_shares(c.geom_bng, NULL) s
WHERE GeometryType(c.geom_bng) <> 'POINT' AND abs(hashtext(c.id::text)) %% %(of)s = %(part)s"""
_TRACKS = """
INSERT INTO exposure (walk_id, area_id, light, metres, minutes)
SELECT t.walk_id, l.area_id, l.light_code, l.metres, l.minutes
FROM track t CROSS JOIN LATERAL line_areas(t.geom_bng, t.light, NULL) l
WHERE abs(hashtext(t.walk_id::text)) %% %(of)s = %(part)s"""
_CELLS = """
INSERT INTO area (kind, code, name, geom_bng)
SELECT kind, hex_code(kind, q, r), hex_code(kind, q, r), hex_outline(kind, q, r) FROM cell_wanted"""
_CELL_WARDS = """
INSERT INTO cell_ward (cell_id, ward_id)
SELECT DISTINCT ON (cell.id) cell.id, ward.id
FROM area ward JOIN area cell ON cell.kind <> 'ward' AND cell.geom_bng && ward.geom_bng
    AND ST_Intersects(ward.geom_bng, ST_Centroid(cell.geom_bng))
WHERE ward.kind = 'ward'
ORDER BY cell.id, ward.code"""
_UNTOUCHED = """
DELETE FROM area a WHERE a.kind <> 'ward'
AND NOT EXISTS (SELECT FROM concern_area ca WHERE ca.area_id = a.id)
AND NOT EXISTS (SELECT FROM exposure e WHERE e.area_id = a.id)"""


def superuser(cluster: Cluster, database: str) -> Connection:
    """Return a connection that may switch triggers off; each statement is stored at once."""
    return psycopg.connect(
        host=str(cluster.places.socket),
        port=5432,
        user="postgres",
        dbname=database,
        autocommit=True,
        options="-c search_path=lamplight,public -c timezone=UTC",
    )


def new_database(cluster: Cluster, name: str) -> None:
    """Make an empty database with the newest schema; one of the same name goes."""
    with superuser(cluster, "postgres") as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        make = sql.SQL("CREATE DATABASE {} OWNER owner TEMPLATE template0")
        server.execute(make.format(sql.Identifier(name)))
    with superuser(cluster, name) as fresh:
        fresh.execute("CREATE EXTENSION postgis SCHEMA public")
    upgrade(cluster.url("postgres", name))


def store(cluster: Cluster, name: str, season: Season, say: Say) -> None:
    """Fill a fresh database with the season and all that is derived from it."""
    new_database(cluster, name)
    with superuser(cluster, name) as connection:
        with _timed("raw rows", say), triggers_off(connection):
            copy_wards(connection, season.wards)
            copy_walks(connection, season, range(len(season.walks.ids)))
            copy_concerns(connection, season, range(len(season.concerns.ids)))
        with _timed("cells", say), triggers_off(connection):
            _make_cells(connection)
        _draw_sketches(cluster, name)
        connection.execute("ANALYZE")
        with _timed("points", say), triggers_off(connection):
            connection.execute(_POINT_WARDS)
            connection.execute("ANALYZE concern_area")
            connection.execute(_BORDER_POINTS)
            _copy_point_cells(connection, season)
    with _timed("routes", say):
        _in_parts(cluster, name, _ROUTES)
    with _timed("tracks", say):
        _in_parts(cluster, name, _TRACKS)
    with superuser(cluster, name) as connection, _timed("cube", say):
        connection.execute("SET work_mem = '512MB'")
        with triggers_off(connection):
            connection.execute(_UNTOUCHED)
            connection.execute("DELETE FROM cell_ward WHERE cell_id NOT IN (SELECT id FROM area)")
            connection.execute("SELECT recount_cube()")
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _draw_sketches(cluster: Cluster, name: str) -> None:
    engine = sqlalchemy.create_engine(
        cluster.url("owner", name), connect_args={"options": "-c search_path=lamplight,public"}
    )
    with sqlalchemy.orm.Session(engine) as session, session.begin():
        draw_sketches(session, 1)
    engine.dispose()


def copy_wards(connection: Connection, wards: Wards) -> None:
    """Copy the wards as one edition, their boroughs, and teams."""
    connection.execute("INSERT INTO edition (name, valid_from) VALUES ('bench', '2020-01-01')")
    boroughs = sorted({int(each) for each in wards.borough})
    _copy(
        connection,
        "borough (code, name)",
        ((Wards.borough_code(each), f"Borough {each}") for each in boroughs),
    )
    bng, wgs84 = (
        shapely.to_wkb(shapely.set_srid(shapes, srid), hex=True, include_srid=True)
        for shapes, srid in ((wards.bng, BNG), (wards.wgs84, WGS84))
    )
    rows = (
        (
            *("ward", 1, Wards.code(i), f"Ward {i}", Wards.borough_code(int(wards.borough[i]))),
            *(wgs84[i], bng[i], outline(wards.wgs84[i])),
        )
        for i in range(WARDS)
    )
    _copy(connection, "area (kind, edition_id, code, name, borough_code, geom, geom_bng, outline)", rows)
    connection.execute("INSERT INTO team (name) SELECT 'Team ' || n FROM generate_series(1, %s) n", [TEAMS])


def copy_walks(connection: Connection, season: Season, chosen: Iterable[int]) -> None:
    """Copy the chosen walks with their tracks."""
    walks, picked = season.walks, list(chosen)
    when = np.datetime_as_string(walks.t_ms[:, [0, -1]].astype("datetime64[ms]"))
    rows = ((walks.ids[i], i % TEAMS + 1, f"{when[i, 0]}Z", f"{when[i, 1]}Z", 3) for i in picked)
    _copy(connection, "walk (id, team_id, started_at, ended_at, participants)", rows)
    metres = np.hypot(*np.diff(walks.bng, axis=1).transpose(2, 0, 1)).sum(axis=1)
    minutes = (walks.t_ms[:, -1] - walks.t_ms[:, 0]) / 60_000
    bng = ewkb_tracks(walks.bng[picked], walks.t_ms[picked], BNG)
    wgs84 = ewkb_tracks(walks.wgs84[picked], walks.t_ms[picked], WGS84)
    light = [_array(row) for row in walks.light[picked].tolist()]
    tracks = (
        (walks.ids[i], wgs84[at], bng[at], light[at], metres[i], minutes[i]) for at, i in enumerate(picked)
    )
    _copy(connection, "track (walk_id, geom, geom_bng, light, metres, minutes)", tracks)


def copy_concerns(connection: Connection, season: Season, chosen: Iterable[int]) -> None:
    """Copy the chosen concerns with their factors."""
    picked, raised = list(chosen), season.concerns
    columns = (
        "id, team_id, walk_id, kind, geom, geom_bng, feeling, applies, basis, recorded_at, light, status, "
        "body, body_hash"
    )
    when = np.datetime_as_string(raised.t_ms.astype("datetime64[ms]"))

    def rows() -> Iterator[tuple[object, ...]]:
        for i in picked:
            text, sha = body(season, i)
            light = LIGHT_NAMES[raised.light[i]]
            yield (
                *(raised.ids[i], int(raised.walk[i]) % TEAMS + 1, season.walks.ids[raised.walk[i]]),
                *("positive" if raised.positive[i] else "concern", raised.wgs84[i], raised.bng[i]),
                *(FEELINGS[raised.feeling[i]], _array([light]), "felt_here", f"{when[i]}Z", light),
                *("shared" if raised.shared[i] else "raised", text, f"\\\\x{sha}"),
            )

    _copy(connection, f"concern ({columns})", rows())
    factors = ((raised.ids[i], factor) for i in picked for factor in raised.factors[i])
    _copy(connection, "concern_factor (concern_id, factor_code)", factors)


def _make_cells(connection: Connection) -> None:
    west, south, east, north = REGION
    bounds = (west - _MARGIN_M, south - _MARGIN_M, east + _MARGIN_M, north + _MARGIN_M)
    connection.execute("CREATE TEMP TABLE cell_wanted (kind text, q integer, r integer)")
    for grid in (HexGrid.HEX200, HexGrid.HEX500):
        q, r = grid.cells_over(bounds)
        cells = zip(q.tolist(), r.tolist(), strict=True)
        _copy(connection, "cell_wanted", ((grid.name, *cell) for cell in cells))
    connection.execute(_CELLS)
    connection.execute("ANALYZE area")
    connection.execute(_CELL_WARDS)


def _copy_point_cells(connection: Connection, season: Season) -> None:
    raised = season.concerns
    (points,) = np.nonzero(~raised.is_route)
    connection.execute("CREATE TEMP TABLE point_cell (id uuid, code text)")
    for grid in (HexGrid.HEX200, HexGrid.HEX500):
        q, r = grid.cell_of(raised.xy_m[points, 0], raised.xy_m[points, 1])
        rows = zip(points.tolist(), q.tolist(), r.tolist(), strict=True)
        _copy(connection, "point_cell", ((raised.ids[i], grid.code(a, b)) for i, a, b in rows))
    connection.execute("ANALYZE point_cell")
    connection.execute(_POINT_CELLS)


def _copy(connection: Connection, target: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Copy rows as text; values hold neither tabs nor line ends, and backslashes only as COPY means them."""
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        lines: list[str] = []
        for row in rows:
            lines.append("\t".join(map(str, row)))
            if len(lines) == _BATCH:
                copy.write("\n".join(lines) + "\n")
                lines.clear()
        if lines:
            copy.write("\n".join(lines) + "\n")


def _array(values: Iterable[object]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


def _in_parts(cluster: Cluster, name: str, statement: str) -> None:
    """Run a statement over disjoint parts, one connection each."""
    failures: list[BaseException] = []

    def run(part: int) -> None:
        try:
            with superuser(cluster, name) as connection, triggers_off(connection):
                connection.execute(statement, {"of": _CONNECTIONS, "part": part})
        except psycopg.Error as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(part,)) for part in range(_CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


@contextmanager
def triggers_off(connection: Connection) -> Iterator[None]:
    """Write as a replica does: without triggers and foreign keys."""
    connection.execute("SET session_replication_role = replica")
    yield
    connection.execute("SET session_replication_role = origin")


@contextmanager
def _timed(what: str, say: Say) -> Iterator[None]:
    began = time.perf_counter()
    yield
    say(f"  {what}: {time.perf_counter() - began:.1f} s")


def to_stderr(line: str) -> None:
    """Say how far it is."""
    print(line, file=sys.stderr, flush=True)
