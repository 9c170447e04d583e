"""A million shared concerns for bench/feed.py, with their texts kept, and as one plain table for the peers.

They are stored with triggers off and their texts made set-based. Run by itself this file does nothing.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import psycopg
import shapely
from import_concerns import SIDE, SOUTH, WEST, grid_wards

from geoapp import db
from geoapp.actions import keys, wards
from geoapp.config import Settings
from spatial.crs import to_wgs84

BOROUGH = "E09000001"
_PER_SIDE = 25  # 625 wards
_SPOTS, _SPREAD_M = 400, 350.0
_FACTORS = ("lighting", "sightlines", "isolation", "vegetation", "followed", "verbal_abuse")
_FEELINGS = ("frightening", "uncomfortable", "acceptable", "comfortable")
_LIGHTS = ("day", "twilight", "dark")
_STATUSES = ("shared", "in_hand", "done", "no_action")
_BATCH = 20_000
_FIRST = dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC)
_COLUMNS = (
    "COPY concern (id, team_id, kind, geom, geom_bng, feeling, applies, basis, setting, recorded_at, light, "
    "status, wording, body, body_hash) FROM STDIN"
)
_BOXES, _HALVINGS = 200, 20
_WARM = """
CREATE EXTENSION IF NOT EXISTS pg_prewarm;
SELECT count(pg_prewarm(c.oid::regclass)) FROM pg_class c
WHERE c.relkind IN ('r', 'i') AND (c.relnamespace = 'peer'::regnamespace OR c.relname ~ 'feed_feature')"""
_PEER = """
DROP SCHEMA IF EXISTS peer CASCADE;
CREATE SCHEMA peer;
CREATE TABLE peer.concern AS
SELECT id, kind, array_to_string(factors, ';') AS factors, feeling, array_to_string(applies, ';') AS applies,
       light, setting, basis, date, status, wording, ward_code, ward_name, borough_code, updated,
       geom::geometry(Point, 4326) AS geom
FROM lamplight.feed_feature WHERE collection = 'concerns' ORDER BY seq;
ALTER TABLE peer.concern ADD PRIMARY KEY (id);
CREATE INDEX concern_geom_idx ON peer.concern USING gist (geom);
VACUUM ANALYZE peer.concern;
VACUUM ANALYZE lamplight.feed_feature;
VACUUM ANALYZE lamplight.concern;
ANALYZE"""


@dataclass(frozen=True)
class Stored:
    """What the bench asks for: a key, identifiers, and boxes that hold about a thousand each."""

    key: str
    identifiers: Sequence[str]
    boxes: Sequence[str]
    features: int


def store(settings: Settings, superuser: psycopg.Connection, size: int, say: Callable[[str], None]) -> Stored:
    """Store so many concerns in 625 wards, unless they are there, and return what to ask for."""
    db.connect(settings, pooled=False)
    try:
        if _size(superuser) != size:
            _fill(superuser, size, say)
        with db.writing() as session:
            key = keys.create(session, "bench", [BOROUGH], by="bench").secret
    finally:
        db.disconnect()
    say("reading everybody's tables into memory")
    superuser.execute(_WARM)
    rows = superuser.execute(
        "SELECT id::text, ST_X(geom), ST_Y(geom) FROM peer.concern ORDER BY md5(id::text) LIMIT 5000"
    )
    found = rows.fetchall()
    say("looking for boxes")
    boxes = [_box(superuser, x, y, min(1000, size // 10)) for _, x, y in found[:_BOXES]]
    return Stored(key, [identifier for identifier, _, _ in found], boxes, size)


def _size(superuser: psycopg.Connection) -> int:
    if _one(superuser, "SELECT to_regclass('peer.concern') IS NULL"):
        return 0
    return int(_one(superuser, "SELECT count(*) FROM peer.concern"))


def _fill(superuser: psycopg.Connection, size: int, say: Callable[[str], None]) -> None:
    superuser.execute("SET search_path = lamplight, public")
    superuser.execute("TRUNCATE concern, area, edition CASCADE")
    with db.writing() as session:
        shapes = grid_wards(_PER_SIDE)
        edition = wards.NewEdition("bench", shapes)
        wards.import_edition(session, edition, by="bench")
        superuser.execute("INSERT INTO team (name) VALUES ('bench') ON CONFLICT (name) DO NOTHING")
        team = _one(superuser, "SELECT id FROM team WHERE name = 'bench'")
    areas = dict(superuser.execute("SELECT code, id FROM area WHERE kind = 'ward'").fetchall())
    say(f"storing {size:,} concerns")
    superuser.execute("SET session_replication_role = replica")
    _copy(superuser, size, int(str(team)), areas)
    superuser.execute("SET session_replication_role = DEFAULT")
    superuser.execute("ANALYZE concern; ANALYZE concern_area; ANALYZE concern_factor")
    say("keeping their texts")
    superuser.execute("SELECT recount_feed()")
    say("the same as a plain table")
    for statement in _PEER.split(";\n"):
        superuser.execute(statement)


def _copy(superuser: psycopg.Connection, size: int, team: int, areas: dict[str, int]) -> None:
    rng = np.random.default_rng(20260101)
    spots = rng.random((_SPOTS, 2)) * SIDE
    for start in range(0, size, _BATCH):
        n = min(_BATCH, size - start)
        places = spots[rng.integers(_SPOTS, size=n) ** 2 // _SPOTS] + rng.normal(0, _SPREAD_M, (n, 2))
        places = np.mod(places, SIDE)
        rows = list(_rows(start, places, rng))
        with superuser.cursor() as cursor, cursor.copy(_COLUMNS) as copy:
            for row in rows:
                copy.write_row((row[0], team, *row[1:]))
        step = SIDE / _PER_SIDE
        column, line = (places // step).astype(int).T
        with (
            superuser.cursor() as cursor,
            cursor.copy("COPY concern_area (concern_id, area_id, share, main) FROM STDIN") as copy,
        ):
            for row, x, y in zip(rows, column, line, strict=True):
                copy.write_row((row[0], areas[f"E05{y * _PER_SIDE + x:06d}"], 1, True))
        with (
            superuser.cursor() as cursor,
            cursor.copy("COPY concern_factor (concern_id, factor_code) FROM STDIN") as copy,
        ):
            for number, row in enumerate(rows, start):
                for k in range(number % 3):
                    copy.write_row((row[0], _FACTORS[(number // 3 + k) % len(_FACTORS)]))


def _rows(start: int, places: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[object, ...]]:
    east, north = places[:, 0] + WEST, places[:, 1] + SOUTH
    lon, lat = to_wgs84(east, north)
    degrees = shapely.to_wkb(shapely.set_srid(shapely.points(lon, lat), 4326), hex=True, include_srid=True)
    metres = shapely.to_wkb(shapely.set_srid(shapely.points(east, north), 27700), hex=True, include_srid=True)
    for n, (place, grid) in enumerate(zip(degrees, metres, strict=True), start):
        identifier = bytes(rng.integers(0, 256, 16, dtype=np.uint8)).hex()
        identifier = f"{identifier[:12]}4{identifier[13:16]}8{identifier[17:]}"
        wording = (
            None if n % 4 == 0 else f'Too dark by the gate, number {n}, the lamp "{n * 37 % 9973}" is out'
        )
        recorded = _FIRST + dt.timedelta(minutes=n % 1_000_000)
        yield (
            *(identifier, "positive" if n % 9 == 0 else "concern", place, grid, _FEELINGS[n % 4]),
            *([_LIGHTS[n % 3]], "felt_here", "quiet_street", recorded, _LIGHTS[n % 3], _STATUSES[n % 7 % 4]),
            *(wording, "{}", b"\0" * 32),
        )


def _box(superuser: psycopg.Connection, x: float, y: float, wanted: int) -> str:
    """Return a box round a concern that holds about so many, and no more."""
    low, high = 0.0, 0.2
    text = ""
    for _ in range(_HALVINGS):
        half = (low + high) / 2
        edges = (x - half, y - half * 0.62, x + half, y + half * 0.62)
        tried = ",".join(f"{edge:.6f}" for edge in edges)
        found = _one(
            superuser,
            "SELECT count(*) FROM (SELECT FROM peer.concern"
            f" WHERE geom && ST_MakeEnvelope({tried}, 4326) LIMIT {wanted + 1}) AS found",
        )
        if int(str(found)) <= wanted:
            low, text = half, tried
        else:
            high = half
    return text


def _one(superuser: psycopg.Connection, statement: str, *bound: object) -> str:
    row = superuser.execute(statement, bound).fetchone()
    if row is None:
        raise RuntimeError("the database gave no row")
    return row[0]
