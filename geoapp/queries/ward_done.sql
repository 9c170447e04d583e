-- What was done about concerns of one area within some months: each day and wording once, in order of time, with
-- how many concerns it answers, what they are about, and a place of one of them. Only of what was shared.
WITH finished AS (
    SELECT c.id, c.geom_bng, e.public_wording AS answer, (e.happened_at AT TIME ZONE 'Europe/London')::date AS day
    FROM concern_area ca
    JOIN concern c ON c.id = ca.concern_id
    CROSS JOIN LATERAL (
        SELECT s.public_wording, s.happened_at FROM status_event s
        WHERE s.concern_id = c.id AND s.status = 'done'
        ORDER BY s.happened_at DESC, s.id DESC LIMIT 1) e
    WHERE ca.area_id = :id AND ca.main AND c.status = 'done' AND c.kind = :kind
      AND c.light = ANY (CAST(:lights AS text[]))
      AND (CAST(:factors AS text[]) IS NULL OR EXISTS (
          SELECT FROM concern_factor f
          WHERE f.concern_id = c.id AND f.factor_code = ANY (CAST(:factors AS text[]))))
), together AS (
    SELECT day, answer, array_agg(id) AS ids, ST_PointOnSurface(ST_Collect(geom_bng)) AS place
    FROM finished
    WHERE day >= CAST(:first AS date) AND day < CAST(:last AS date) + interval '1 month'
    GROUP BY day, answer
)
SELECT t.day, t.answer, cardinality(t.ids) AS concerns,
       coalesce((SELECT array_agg(l.label ORDER BY l.position, l.label)
                 FROM (SELECT DISTINCT f.label, f.position
                       FROM concern_factor cf JOIN factor f ON f.code = cf.factor_code
                       WHERE cf.concern_id = ANY (t.ids)) l), '{}') AS factors,
       ST_X(t.place) AS easting, ST_Y(t.place) AS northing
FROM together t
ORDER BY t.day, t.answer
LIMIT :most
