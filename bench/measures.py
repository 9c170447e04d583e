"""What is measured, each beside what it is compared with. Run by itself this file does nothing."""

import statistics
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from datetime import date
from functools import partial

import numpy as np
import sqlalchemy
from loading import TEAMS, Connection
from season import FEELINGS, LIGHT_NAMES, Season, body, make_concerns

from geoapp.config import Rules
from geoapp.planning import present
from geoapp.planning.figures import answer
from geoapp.planning.selection import Chosen
from geoapp.queries.areas import LIGHTS, Selection, area_counts
from geoapp.queries.choices import EditionChoice

_JANUARY, _DECEMBER, _MIDDLE = date(2024, 1, 1), date(2025, 12, 1), date(2025, 1, 1)

# As somebody would write it who has no kept figures: counts alone, without any walking.
_LIVE = """
SELECT a.code, count(*)
FROM area a JOIN concern c ON ST_Contains(a.geom_bng, c.geom_bng)
WHERE a.kind = 'ward' AND a.edition_id = %(edition)s
  AND c.kind = %(kind)s AND c.month BETWEEN %(first)s AND %(last)s"""
_LIVE_LIGHT = " AND c.light = ANY (%(lights)s)"
_LIVE_BOROUGH = " AND a.borough_code = ANY (%(boroughs)s)"
_LIVE_FACTOR = """
  AND c.id IN (SELECT cf.concern_id FROM concern_factor cf JOIN factor f ON f.code = cf.factor_code
               WHERE f.code = ANY (%(factors)s) OR f.factor_group = ANY (%(factors)s))"""
_LIVE_WALKING = """
SELECT a.code, sum(ST_Length(ST_Intersection(ST_Force2D(t.geom_bng), a.geom_bng)))
FROM area a JOIN track t ON ST_Intersects(a.geom_bng, t.geom_bng) JOIN walk w ON w.id = t.walk_id
WHERE a.kind = 'ward' AND a.edition_id = %(edition)s AND w.month BETWEEN %(first)s AND %(last)s
GROUP BY a.code"""
_BARE = """
CREATE SCHEMA bare;
CREATE TABLE bare.concern (LIKE lamplight.concern INCLUDING ALL);
CREATE TABLE bare.concern_factor (LIKE lamplight.concern_factor INCLUDING ALL);
INSERT INTO bare.concern ({columns}) SELECT {columns} FROM lamplight.concern ORDER BY id;
INSERT INTO bare.concern_factor SELECT * FROM lamplight.concern_factor ORDER BY concern_id;"""


@dataclass(frozen=True)
class Pair:
    """Median seconds of our way and of the other one, in one run."""

    ours: float
    other: float

    @property
    def ratio(self) -> float:
        """How many times as long as the other way ours takes."""
        return self.ours / self.other


def selections(edition: int, borough: str) -> dict[str, Selection]:
    """Return a dozen different selections by name."""

    def wards(first: date = _JANUARY, **other: object) -> Selection:
        return replace(Selection("ward", edition, first, _DECEMBER), **other)  # type: ignore[arg-type]

    return {
        "two years": wards(),
        "one year": wards(_MIDDLE),
        "one month": wards(_DECEMBER),
        "dark": wards(lights=("dark",)),
        "half a year, dark and twilight": wards(date(2025, 7, 1), lights=("twilight", "dark")),
        "lighting": wards(factors=("lighting",)),
        "environment": wards(factors=("environment",)),
        "a year, behaviour in the dark": wards(_MIDDLE, lights=("dark",), factors=("behaviour",)),
        "followed, dark": wards(lights=("dark",), factors=("followed",)),
        "positives": wards(kind="positive"),
        "one borough": wards(boroughs=(borough,)),
        "a quarter, environment by day": wards(date(2025, 10, 1), lights=("day",), factors=("environment",)),
    }


def took(call: Callable[[], object]) -> float:
    """Return the seconds of one call."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def median(call: Callable[[], object], runs: int) -> float:
    """Return the median seconds of some calls, after one that does not count."""
    call()
    return statistics.median(took(call) for _ in range(runs))


def alternating(ours: Callable[[], object], other: Callable[[], object], runs: int) -> Pair:
    """Return the median of each, taken in turns, so that both meet the same machine."""
    ours()
    other()
    times = [(took(ours), took(other)) for _ in range(runs)]
    return Pair(*(statistics.median(column) for column in zip(*times, strict=True)))


def chosen(selection: Selection) -> Chosen:
    """Return the selection as asked by a reader who may see all, with class breaks from both years."""
    years = replace(selection, first=_JANUARY, last=_DECEMBER, boroughs=None)
    return Chosen(
        selection=selection,
        edition=EditionChoice(selection.edition_id or 0, "bench", _JANUARY, ""),
        partner=False,
        left_out=(),
        narrowed=False,
        reference=years,
        reference_all=years,
    )


def ward_answer(engine: sqlalchemy.Engine, selection: Selection, runs: int) -> float:
    """Return the seconds of the body of areas.json, from the selection to the text."""
    asked = chosen(selection)
    with engine.connect() as connection:

        def body_text() -> str:
            return present.areas_json(answer(connection, asked, Rules()), asked, Rules())

        return median(body_text, runs)


def ward_counts(engine: sqlalchemy.Engine, selection: Selection, runs: int) -> float:
    """Return the seconds of reading the counts and the walking of all wards, as a live join would."""
    with engine.connect() as connection:
        return median(lambda: area_counts(connection, selection, voices=0, outlines=False), runs)


def live_join(connection: Connection, selection: Selection, runs: int) -> float:
    """Return the seconds of counting the same selection by a spatial join of concerns in wards."""
    statement = _LIVE
    statement += _LIVE_LIGHT if selection.lights != LIGHTS else ""
    statement += _LIVE_BOROUGH if selection.boroughs else ""
    statement += _LIVE_FACTOR if selection.factors else ""
    statement += " GROUP BY a.code"
    bound = {
        "edition": selection.edition_id,
        "kind": selection.kind,
        "first": selection.first,
        "last": selection.last,
        "lights": list(selection.lights),
        "factors": list(selection.factors or ()),
        "boroughs": list(selection.boroughs or ()),
    }
    return median(lambda: connection.execute(statement, bound).fetchall(), runs)


def live_walking(connection: Connection, selection: Selection) -> float:
    """Return the seconds of the other half of a ward answer done live: tracks cut by wards, once."""
    bound = {"edition": selection.edition_id, "first": selection.first, "last": selection.last}
    return median(lambda: connection.execute(_LIVE_WALKING, bound).fetchall(), 1)


def choropleth(engine: sqlalchemy.Engine, superuser: Connection, selection: Selection, runs: int) -> Pair:
    """Return the reading of figures and outlines against that of the same values from one table."""
    with engine.connect() as connection:
        rows = [astuple(row) for row in area_counts(connection, selection, voices=0)]
        width = len(rows[0])
        superuser.execute("CREATE SCHEMA IF NOT EXISTS bare")
        superuser.execute("DROP TABLE IF EXISTS bare.choropleth")
        kinds = ["text" if isinstance(value, str) else "float8" for value in rows[0]]
        columns = ", ".join(f"c{i} {kind}" for i, kind in enumerate(kinds))
        superuser.execute(f"CREATE TABLE bare.choropleth ({columns})")
        with superuser.cursor() as cursor:
            cursor.executemany(f"INSERT INTO bare.choropleth VALUES ({', '.join(['%s'] * width)})", rows)
        superuser.execute("VACUUM ANALYZE bare.choropleth")
        superuser.execute("GRANT USAGE ON SCHEMA bare TO app")
        superuser.execute("GRANT SELECT ON bare.choropleth TO app")
        bare = sqlalchemy.text("SELECT * FROM bare.choropleth")
        return alternating(
            lambda: area_counts(connection, selection, voices=0),
            lambda: connection.execute(bare).fetchall(),
            runs,
        )


def warm(connection: Connection) -> None:
    """Read all tables and indexes once, so that nothing that is measured waits for a disk or is spared it."""
    connection.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm SCHEMA public")
    connection.execute(
        "SELECT sum(public.pg_prewarm(oid::regclass, 'read')) FROM pg_class WHERE relkind IN ('r', 'i', 't') "
        "AND relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('lamplight', 'bare')) "
        "AND pg_relation_size(oid) > 0"
    )


def write(connection: Connection, season: Season, runs: int) -> Pair:
    """Return one concern with its factors, stored with all figures, against bare copies of the two tables.

    The copies hold the same rows under the same indexes and checks; they have neither triggers nor foreign
    keys. New concerns fall into the newest month, as they do in life.
    """
    if connection.execute("SELECT to_regclass('bare.concern')").fetchone() == (None,):
        _copy_bare(connection)
    warm(connection)
    raised = make_concerns(season.wards, season.walks, 40 * runs + 400, np.random.default_rng([99, runs]))
    newest = range(len(raised.ids) - runs - 10, len(raised.ids))
    fresh = Season(season.wards, season.walks, raised)

    times = [
        tuple(took(partial(_insert, connection, schema, fresh, i)) for schema in ("lamplight", "bare"))
        for i in newest
    ]
    ids = [raised.ids[i] for i in newest]
    for schema in ("lamplight", "bare"):
        connection.execute(f"DELETE FROM {schema}.concern_factor WHERE concern_id = ANY (%s::uuid[])", [ids])
        connection.execute(f"DELETE FROM {schema}.concern WHERE id = ANY (%s::uuid[])", [ids])
    # The first ones pay for plans and caches.
    return Pair(*(statistics.median(column) for column in zip(*times[10:], strict=True)))


def _insert(connection: Connection, schema: str, season: Season, i: int) -> None:
    raised = season.concerns
    text, sha = body(season, i)
    light = LIGHT_NAMES[raised.light[i]]
    when = f"{np.datetime64(int(raised.t_ms[i]), 'ms')}Z"
    values = (
        *(raised.ids[i], int(raised.walk[i]) % TEAMS + 1, season.walks.ids[raised.walk[i]]),
        *("positive" if raised.positive[i] else "concern", raised.wgs84[i], raised.bng[i]),
        *(FEELINGS[raised.feeling[i]], [light], "felt_here", when, light, text, bytes.fromhex(sha)),
    )
    with connection.transaction():
        connection.execute(
            f"INSERT INTO {schema}.concern (id, team_id, walk_id, kind, geom, geom_bng, feeling, applies, "
            "basis, recorded_at, light, body, body_hash) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            values,
        )
        if factors := raised.factors[i]:
            connection.execute(
                f"INSERT INTO {schema}.concern_factor (concern_id, factor_code) "
                "SELECT %s, unnest(%s::text[])",
                [raised.ids[i], list(factors)],
            )


def _copy_bare(connection: Connection) -> None:
    names = connection.execute(
        "SELECT string_agg(column_name, ', ') FROM information_schema.columns "
        "WHERE table_schema = 'lamplight' AND table_name = 'concern' AND is_generated = 'NEVER'"
    ).fetchone()
    if names is None:
        raise RuntimeError("there is no table of concerns")
    connection.execute("DROP SCHEMA IF EXISTS bare CASCADE")
    for statement in _BARE.format(columns=names[0]).split(";")[:-1]:
        connection.execute(statement)
    connection.execute("VACUUM ANALYZE bare.concern")
    connection.execute("VACUUM ANALYZE bare.concern_factor")
    connection.execute("CHECKPOINT")
