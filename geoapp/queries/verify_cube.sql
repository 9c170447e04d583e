-- Where the figures kept ready differ from the rows that they are added up from. Of the walks that raised
-- something only some are kept, so those have to be as many as they can be, and true.
WITH under AS (
    SELECT id AS concern_id, 'all' AS counted_under FROM concern
    UNION
    SELECT cf.concern_id, v.counted_under
    FROM concern_factor cf JOIN factor f ON f.code = cf.factor_code
    CROSS JOIN LATERAL (VALUES (f.code), (f.factor_group)) AS v (counted_under)
), concerns AS (
    SELECT ca.area_id, u.counted_under, c.kind, c.month, c.light, sum(ca.share) AS n,
           coalesce(array_agg(DISTINCT c.walk_id) FILTER (WHERE c.walk_id IS NOT NULL), '{}') AS raisers
    FROM under u JOIN concern c ON c.id = u.concern_id JOIN concern_area ca ON ca.concern_id = c.id
    GROUP BY 1, 2, 3, 4, 5
), totals AS (
    SELECT u.counted_under, c.kind, c.month, c.light, count(*) AS n
    FROM under u JOIN concern c ON c.id = u.concern_id GROUP BY 1, 2, 3, 4
), walked AS (
    SELECT e.walk_id, e.area_id, w.month,
           sum(CASE WHEN e.metres > 0 THEN 1 << e.light ELSE 0 END)::smallint AS lights,
           coalesce(sum(e.metres) FILTER (WHERE e.light = 0), 0) AS day, coalesce(sum(e.metres) FILTER (WHERE e.light = 1), 0) AS twilight,
           coalesce(sum(e.metres) FILTER (WHERE e.light = 2), 0) AS dark,
           coalesce(sum(e.minutes) FILTER (WHERE e.light = 0), 0) AS day_t, coalesce(sum(e.minutes) FILTER (WHERE e.light = 1), 0) AS twilight_t,
           coalesce(sum(e.minutes) FILTER (WHERE e.light = 2), 0) AS dark_t
    FROM exposure e JOIN walk w ON w.id = e.walk_id
    WHERE w.month IS NOT NULL
    GROUP BY 1, 2, 3
), walks AS (
    SELECT area_id, month, lights, count(*) AS walks,
           ARRAY[sum(day), sum(twilight), sum(dark)] AS metres, ARRAY[sum(day_t), sum(twilight_t), sum(dark_t)] AS minutes
    FROM walked GROUP BY 1, 2, 3
), reach AS (
    SELECT kind, edition_id, borough_code, month, lights, count(*) AS walks
    FROM (SELECT s.kind, coalesce(s.edition_id, 0) AS edition_id, s.borough_code, w.month, bit_or(w.lights) AS lights
          FROM walked w JOIN area_scope s ON s.area_id = w.area_id
          WHERE w.lights > 0 GROUP BY w.walk_id, 1, 2, 3, 4) one
    GROUP BY 1, 2, 3, 4, 5
)
SELECT 'figure_concern' AS kept_in, concat_ws(', ', 'area ' || area_id, counted_under, kind, to_char(month, 'YYYY-MM'), light) AS subject,
       format('%s by %s walks, recounted %s by %s', coalesce(k.n::text, 'none'), coalesce(cardinality(k.raisers), 0),
              coalesce(f.n::text, 'none'), coalesce(cardinality(f.raisers), 0)) AS what
FROM figure_concern k FULL JOIN concerns f USING (area_id, counted_under, kind, month, light)
WHERE k.n IS NULL OR f.n IS NULL OR abs(k.n - f.n) > :share_tolerance * greatest(1, f.n)
   OR cardinality(k.raisers) <> least(raisers_kept(), cardinality(f.raisers)) OR NOT k.raisers <@ f.raisers
UNION ALL
SELECT 'figure_total', concat_ws(', ', counted_under, kind, to_char(month, 'YYYY-MM'), light),
       format('%s, recounted %s', coalesce(k.n::text, 'none'), coalesce(f.n::text, 'none'))
FROM figure_total k FULL JOIN totals f USING (counted_under, kind, month, light)
WHERE k.n IS DISTINCT FROM f.n
UNION ALL
SELECT 'figure_walk', concat_ws(', ', 'area ' || area_id, to_char(month, 'YYYY-MM'), 'lights ' || lights),
       format('%s walks, %s m, %s minutes, recounted %s, %s, %s', coalesce(k.walks, 0), k.metres, k.minutes,
              coalesce(f.walks, 0), f.metres, f.minutes)
FROM figure_walk k FULL JOIN walks f USING (area_id, month, lights)
WHERE k.walks IS DISTINCT FROM f.walks
   OR EXISTS (SELECT FROM unnest(k.metres, f.metres) AS m (kept, fresh) WHERE abs(kept - fresh) > :metres_tolerance)
   OR EXISTS (SELECT FROM unnest(k.minutes, f.minutes) AS m (kept, fresh) WHERE abs(kept - fresh) > :minutes_tolerance)
UNION ALL
SELECT 'figure_reach', concat_ws(', ', kind, 'edition ' || edition_id, borough_code, to_char(month, 'YYYY-MM'), 'lights ' || lights),
       format('%s walks, recounted %s', coalesce(k.walks, 0), coalesce(f.walks, 0))
FROM (SELECT kind, coalesce(edition_id, 0) AS edition_id, borough_code, month, lights, walks FROM figure_reach) k
FULL JOIN reach f USING (kind, edition_id, borough_code, month, lights)
WHERE k.walks IS DISTINCT FROM f.walks
UNION ALL
SELECT 'cell_ward', 'cell ' || cell_id, format('ward %s is %s', ward_id, CASE WHEN k.kept THEN 'not that of its centre' ELSE 'missing' END)
FROM (SELECT cell_id, ward_id, true AS kept FROM cell_ward) k FULL JOIN wards_of_cells(NULL, NULL) f USING (cell_id, ward_id)
WHERE k.kept IS NULL OR f.cell_id IS NULL
ORDER BY 1, 2, 3
