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
           array_agg(DISTINCT c.walk_id) FILTER (WHERE c.walk_id IS NOT NULL) AS raisers
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
    SELECT area_id, month, ARRAY[count(*) FILTER (WHERE lights & 1 > 0), count(*) FILTER (WHERE lights & 2 > 0), count(*) FILTER (WHERE lights & 3 > 0),
               count(*) FILTER (WHERE lights & 4 > 0), count(*) FILTER (WHERE lights & 5 > 0), count(*) FILTER (WHERE lights & 6 > 0),
               count(*) FILTER (WHERE lights > 0)]::float8[] AS walks,
           ARRAY[sum(day), sum(twilight), sum(dark)] AS metres, ARRAY[sum(day_t), sum(twilight_t), sum(dark_t)] AS minutes
    FROM walked GROUP BY 1, 2
), kept_concerns AS (
    -- What each month of a year adds to the sum since January.
    SELECT f.area_id, f.counted_under, f.kind, make_date(f.year, m, 1) AS month, (ARRAY['day', 'twilight', 'dark'])[l] AS light,
           f.n[12 * l - 12 + m] - CASE WHEN m > 1 THEN f.n[12 * l - 13 + m] ELSE 0 END AS n
    FROM figure_concern f CROSS JOIN generate_series(1, 3) l CROSS JOIN generate_series(1, 12) m
), kept_walks AS (
    SELECT f.area_id, make_date(f.year, m, 1) AS month,
           array(SELECT f.walks[12 * s - 12 + m] - CASE WHEN m > 1 THEN f.walks[12 * s - 13 + m] ELSE 0 END FROM generate_series(1, 7) s ORDER BY s) AS walks,
           array(SELECT f.metres[12 * l - 12 + m] - CASE WHEN m > 1 THEN f.metres[12 * l - 13 + m] ELSE 0 END FROM generate_series(1, 3) l ORDER BY l) AS metres,
           array(SELECT f.minutes[12 * l - 12 + m] - CASE WHEN m > 1 THEN f.minutes[12 * l - 13 + m] ELSE 0 END FROM generate_series(1, 3) l ORDER BY l) AS minutes
    FROM figure_walk f CROSS JOIN generate_series(1, 12) m
), cells AS (
    SELECT a.id AS area_id, a.code, coalesce(c.n, 0) AS n, coalesce(w.metres, 0) AS metres, coalesce(w.minutes, 0) AS minutes
    FROM area a
    LEFT JOIN (SELECT area_id, sum(n) AS n FROM concerns WHERE counted_under = 'all' AND kind = 'concern' GROUP BY 1) c ON c.area_id = a.id
    LEFT JOIN (SELECT area_id, sum(metres[1] + metres[2] + metres[3]) AS metres, sum(minutes[1] + minutes[2] + minutes[3]) AS minutes
               FROM walks GROUP BY 1) w ON w.area_id = a.id
    WHERE a.kind = 'hex200'
), reach AS (
    SELECT kind, edition_id, borough_code, month, lights, count(*) AS walks
    FROM (SELECT s.kind, coalesce(s.edition_id, 0) AS edition_id, s.borough_code, w.month, bit_or(w.lights) AS lights
          FROM walked w JOIN area_scope s ON s.area_id = w.area_id
          WHERE w.lights > 0 GROUP BY w.walk_id, 1, 2, 3, 4) one
    GROUP BY 1, 2, 3, 4, 5
)
SELECT 'figure_concern' AS kept_in, concat_ws(', ', 'area ' || area_id, counted_under, kind, to_char(month, 'YYYY-MM'), light) AS subject,
       format('%s, recounted %s', coalesce(k.n, 0), coalesce(f.n, 0)) AS what
FROM kept_concerns k FULL JOIN concerns f USING (area_id, counted_under, kind, month, light)
WHERE abs(coalesce(k.n, 0) - coalesce(f.n, 0)) > :share_tolerance * greatest(1, f.n) OR k.n = 'NaN'
UNION ALL
SELECT 'figure_voice', concat_ws(', ', 'area ' || area_id, counted_under, kind, to_char(month, 'YYYY-MM'), light),
       format('by %s walks, recounted %s', coalesce(cardinality(k.raisers), 0), coalesce(cardinality(f.raisers), 0))
FROM figure_voice k FULL JOIN (SELECT * FROM concerns WHERE raisers IS NOT NULL) f USING (area_id, counted_under, kind, month, light)
WHERE coalesce(cardinality(k.raisers), 0) <> least(raisers_kept(), coalesce(cardinality(f.raisers), 0)) OR NOT k.raisers <@ f.raisers
UNION ALL
SELECT 'figure_total', concat_ws(', ', counted_under, kind, to_char(month, 'YYYY-MM'), light),
       format('%s, recounted %s', coalesce(k.n::text, 'none'), coalesce(f.n::text, 'none'))
FROM figure_total k FULL JOIN totals f USING (counted_under, kind, month, light)
WHERE k.n IS DISTINCT FROM f.n
UNION ALL
SELECT 'figure_walk', concat_ws(', ', 'area ' || area_id, to_char(month, 'YYYY-MM')),
       format('walks %s, metres %s, minutes %s, recounted %s, %s, %s', k.walks, k.metres, k.minutes, f.walks, f.metres, f.minutes)
FROM kept_walks k FULL JOIN walks f USING (area_id, month)
WHERE coalesce(k.walks, array_fill(0::float8, ARRAY[7])) <> coalesce(f.walks, array_fill(0::float8, ARRAY[7]))
   OR EXISTS (SELECT FROM unnest(coalesce(k.metres, '{0,0,0}'), coalesce(f.metres, '{0,0,0}')) AS m (kept, fresh) WHERE abs(kept - fresh) > :metres_tolerance)
   OR EXISTS (SELECT FROM unnest(coalesce(k.minutes, '{0,0,0}'), coalesce(f.minutes, '{0,0,0}')) AS m (kept, fresh) WHERE abs(kept - fresh) > :minutes_tolerance)
UNION ALL
SELECT 'figure_reach', concat_ws(', ', kind, 'edition ' || edition_id, borough_code, to_char(month, 'YYYY-MM'), 'lights ' || lights),
       format('%s walks, recounted %s', coalesce(k.walks, 0), coalesce(f.walks, 0))
FROM (SELECT kind, coalesce(edition_id, 0) AS edition_id, borough_code, month, lights, walks FROM figure_reach) k
FULL JOIN reach f USING (kind, edition_id, borough_code, month, lights)
WHERE k.walks IS DISTINCT FROM f.walks
UNION ALL
SELECT 'figure_cell', 'area ' || f.area_id, format('%s concerns, %s m, recounted %s, %s', k.n, k.metres, f.n, f.metres)
FROM cells f LEFT JOIN figure_cell k ON k.area_id = f.area_id
WHERE k.area_id IS NULL OR hex_code('hex200', k.q, k.r) <> f.code OR abs(k.n - f.n) > :share_tolerance * greatest(1, f.n)
   OR abs(k.metres - f.metres) > :metres_tolerance OR abs(k.minutes - f.minutes) > :minutes_tolerance
UNION ALL
SELECT 'cell_ward', 'cell ' || cell_id, format('ward %s is %s', ward_id, CASE WHEN k.kept THEN 'not that of its centre' ELSE 'missing' END)
FROM (SELECT cell_id, ward_id, true AS kept FROM cell_ward) k FULL JOIN wards_of_cells(NULL, NULL) f USING (cell_id, ward_id)
WHERE k.kept IS NULL OR f.cell_id IS NULL
ORDER BY 1, 2, 3
