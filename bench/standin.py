"""Stand-in for the planning room's answer until it reads the cube. Run by itself this file does nothing."""

import json
from dataclasses import dataclass, fields
from datetime import date

import numpy as np
from sqlalchemy import Connection, text

from spatial.rates import assess

LIGHTS = ("day", "twilight", "dark")


@dataclass(frozen=True)
class Selection:
    """Which concerns and which walking count; `first` and `last` are first days of months, both included."""

    area: str
    edition_id: int | None
    first: date
    last: date
    lights: tuple[str, ...] = LIGHTS
    factors: tuple[str, ...] | None = None
    kind: str = "concern"
    boroughs: tuple[str, ...] | None = None


_AREAS = text("""
WITH chosen AS MATERIALIZED (
    SELECT a.id, a.code, a.name, a.borough_code, a.outline
    FROM area a
    WHERE a.kind = :area AND (a.kind <> 'ward' OR a.edition_id = :edition)
      AND (CAST(:boroughs AS text[]) IS NULL OR a.borough_code = ANY (CAST(:boroughs AS text[])))
), raised AS (
    SELECT f.area_id,
           sum(f.n) FILTER (WHERE f.kind = 'concern') AS concerns,
           sum(f.n) FILTER (WHERE f.kind = 'positive') AS positives,
           max(cardinality(f.raisers)) FILTER (WHERE f.kind = 'concern') AS concern_walks,
           max(cardinality(f.raisers)) FILTER (WHERE f.kind = 'positive') AS positive_walks
    FROM chosen c JOIN figure_concern f ON f.area_id = c.id
    WHERE f.counted_under = :under AND f.month BETWEEN :first AND :last
      AND f.light = ANY (CAST(:lights AS text[]))
    GROUP BY f.area_id
), walked AS (
    SELECT f.area_id, sum(f.walks) FILTER (WHERE f.lights & :mask > 0) AS walks,
           sum(f.metres[1] * (:mask & 1) + f.metres[2] * (:mask >> 1 & 1)
               + f.metres[3] * (:mask >> 2)) AS metres,
           sum(f.minutes[1] * (:mask & 1) + f.minutes[2] * (:mask >> 1 & 1)
               + f.minutes[3] * (:mask >> 2)) AS minutes
    FROM chosen c JOIN figure_walk f ON f.area_id = c.id
    WHERE f.month BETWEEN :first AND :last
    GROUP BY f.area_id
)
SELECT c.code, c.name, c.borough_code, b.name, c.outline, coalesce(r.concerns, 0), coalesce(r.positives, 0),
       coalesce(r.concern_walks, 0), coalesce(r.positive_walks, 0),
       coalesce(w.walks, 0), coalesce(w.metres, 0), coalesce(w.minutes, 0)
FROM chosen c LEFT JOIN borough b ON b.code = c.borough_code
LEFT JOIN raised r ON r.area_id = c.id LEFT JOIN walked w ON w.area_id = c.id
ORDER BY c.code""")


def area_counts(connection: Connection, selection: Selection) -> list[tuple[object, ...]]:
    """Return what the map is made of, out of the cube."""
    rows = connection.execute(
        _AREAS,
        {
            "area": selection.area,
            "edition": selection.edition_id,
            "first": selection.first,
            "last": selection.last,
            "lights": list(selection.lights),
            "mask": sum(1 << LIGHTS.index(light) for light in selection.lights),
            "under": selection.factors[0] if selection.factors else "all",
            "boroughs": None if selection.boroughs is None else list(selection.boroughs),
        },
    )
    return [tuple(row) for row in rows]


def answer_text(connection: Connection, selection: Selection) -> str:
    """Return figures, statistics and outlines as GeoJSON text."""
    rows = area_counts(connection, selection)
    n = np.array([row[6] if selection.kind == "positive" else row[5] for row in rows], float)
    km = np.array([row[10] for row in rows], float) / 1000
    said = assess(n, km, np.zeros(n.size, bool))
    names = [field.name for field in fields(said)]
    features = []
    for i, row in enumerate(rows):
        worked_out = {name: _plain(getattr(said, name)[i]) for name in names}
        properties = {"code": row[0], "name": row[1], "walks": row[9], "km": km[i], "concerns": n[i]}
        features.append(
            f'{{"type":"Feature","geometry":{row[4]},"properties":{json.dumps(properties | worked_out)}}}'
        )
    return '{"type":"FeatureCollection","features":[' + ",\n".join(features) + "]}"


def _plain(value: object) -> object:
    if isinstance(value, float):
        return None if np.isnan(value) else float(value)
    return str(value)
