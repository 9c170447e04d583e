"""Whether a season stored set-based is what the triggers make. Run by itself this file does nothing."""

import numpy as np
from loading import Connection, copy_concerns, copy_walks, copy_wards, new_database, superuser, triggers_off
from psycopg import sql
from season import Season

from geoapp.embedded import Cluster

SAMPLE = 200
_SAME = 1e-6  # of a metre, a minute, a concern


def differences(cluster: Cluster, name: str, season: Season) -> list[str]:
    """Return what a sample written through the triggers has otherwise than the stored season, in words.

    The sample's rows go into a second database, which ends with this call. Compared are shares and exposure
    of the sample, and in the second database the cube that the triggers kept with the recounted one.
    """
    rng = np.random.default_rng(7)
    some = np.sort(rng.choice(len(season.concerns.ids), min(SAMPLE, len(season.concerns.ids)), replace=False))
    walks = np.unique(season.concerns.walk[some])
    second = f"{name}_sample"
    new_database(cluster, second)
    with superuser(cluster, second) as other, superuser(cluster, name) as first:
        with triggers_off(other):
            copy_wards(other, season.wards)
        copy_walks(other, season, walks.tolist())
        copy_concerns(other, season, some.tolist())
        ids = [season.concerns.ids[i] for i in some]
        tracks = [season.walks.ids[i] for i in walks]
        found = _unlike("concern_area", _shares(first, ids), _shares(other, ids))
        found += _unlike("exposure", _exposure(first, tracks), _exposure(other, tracks))
        kept = _cube(other)
        other.execute("SELECT recount_cube()")
        found += _unlike("cube", _cube(other), kept)
    with superuser(cluster, "postgres") as server:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(second)))
    return found


def _unlike(what: str, expected: dict[object, float], kept: dict[object, float]) -> list[str]:
    if not expected:
        return [f"{what}: nothing to compare"]
    return [
        f"{what} {key}: {expected.get(key)} stored, {kept.get(key)} by trigger"
        for key in expected.keys() | kept.keys()
        if abs(expected.get(key, -1.0) - kept.get(key, -1.0)) > _SAME
    ]


def _shares(connection: Connection, ids: list[str]) -> dict[object, float]:
    rows = connection.execute(
        "SELECT ca.concern_id, a.code, ca.main, ca.share "
        "FROM concern_area ca JOIN area a ON a.id = ca.area_id WHERE ca.concern_id = ANY (%s::uuid[])",
        [ids],
    )
    return {row[:3]: float(row[3]) for row in rows}  # type: ignore[arg-type]  # a double


def _exposure(connection: Connection, ids: list[str]) -> dict[object, float]:
    rows = connection.execute(
        "SELECT e.walk_id, a.code, e.light, v.what, v.value FROM exposure e JOIN area a ON a.id = e.area_id "
        "CROSS JOIN LATERAL (VALUES ('m', e.metres), ('min', e.minutes)) AS v (what, value) "
        "WHERE e.walk_id = ANY (%s::uuid[])",
        [ids],
    )
    return {row[:4]: float(row[4]) for row in rows}  # type: ignore[arg-type]  # a double


_NUMBERS = """
SELECT area_id, counted_under, kind, year, i::text, n[i] FROM figure_concern, generate_series(1, 36) i
UNION ALL SELECT area_id, 'walks', '', year, i::text, walks[i] FROM figure_walk, generate_series(1, 84) i
UNION ALL SELECT area_id, 'metres', '', year, i::text, metres[i] FROM figure_walk, generate_series(1, 36) i
UNION ALL SELECT area_id, 'minutes', '', year, i::text, minutes[i] FROM figure_walk, generate_series(1, 36) i
UNION ALL SELECT area_id, counted_under, kind, 0, concat_ws(' ', month, light, raisers), 1 FROM figure_voice
UNION ALL SELECT area_id, 'cell', v.what, 0, '', v.x
FROM figure_cell CROSS JOIN LATERAL (VALUES ('n', n), ('m', metres), ('t', minutes)) AS v (what, x)
UNION ALL SELECT 0, counted_under, kind, 0, concat_ws(' ', month, light), n FROM figure_total
UNION ALL SELECT edition_id, kind, borough_code, 0, concat_ws(' ', month, lights), walks FROM figure_reach"""


def _cube(connection: Connection) -> dict[object, float]:
    return {row[:5]: float(row[5]) for row in connection.execute(_NUMBERS)}  # type: ignore[arg-type]  # a double
