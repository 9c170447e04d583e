-- The cleaned track of a walk for drawing, the gaps between its pieces, and why phones said that there are any.
WITH piece AS (
    SELECT g.n, ST_M(ST_StartPoint(ST_GeometryN(t.geom, g.n))) AS started,
           ST_M(ST_EndPoint(ST_GeometryN(t.geom, g.n))) AS ended
    FROM track t, generate_series(1, ST_NumGeometries(t.geom)) AS g (n)
    WHERE t.walk_id = :walk
), gap AS (
    SELECT count(*) AS gaps, coalesce(sum(greatest(later.started - earlier.ended, 0)), 0) / 60000 AS minutes
    FROM piece earlier JOIN piece later ON later.n = earlier.n + 1
), reason AS (
    SELECT coalesce(array_agg(DISTINCT c.body::json ->> 'gap_reason'), '{}') AS reasons
    FROM track_chunk c
    WHERE c.walk_id = :walk AND c.body::json ->> 'gap_reason' IS NOT NULL
)
SELECT ST_AsGeoJSON(ST_Force2D(t.geom), 6) AS line, t.metres, t.minutes, gap.gaps, gap.minutes AS gap_minutes,
       reason.reasons AS gap_reasons
FROM track t, gap, reason
WHERE t.walk_id = :walk
