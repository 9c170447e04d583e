-- Where the figures kept by year differ from those by month that they are added up from. A year in which nothing
-- is left may still have its row, of nothing but zeros.
WITH concerns AS (
    SELECT area_id, counted_under, kind, extract(year FROM month)::smallint AS year,
           sum_arrays(from_month_on(light_code(light), extract(month FROM month)::integer, n, 3)) AS n
    FROM figure_concern GROUP BY 1, 2, 3, 4
), walks AS (
    SELECT f.area_id, extract(year FROM f.month)::smallint AS year, sum_arrays(m.walk) AS walks,
           sum_arrays(m.metre) AS metres, sum_arrays(m.minute) AS minutes
    FROM figure_walk f CROSS JOIN LATERAL months_of_walk(
        extract(month FROM f.month)::integer, f.lights, f.walks, f.metres, f.minutes) m
    GROUP BY 1, 2
)
SELECT 'figure_concern_year' AS kept_in, concat_ws(', ', 'area ' || area_id, counted_under, kind, year) AS subject,
       format('%s at the end, recounted %s', coalesce(k.n[36], 0), coalesce(f.n[36], 0)) AS what
FROM figure_concern_year k FULL JOIN concerns f USING (area_id, counted_under, kind, year)
WHERE EXISTS (SELECT FROM unnest(coalesce(k.n, array_fill(0::float8, ARRAY[36])), coalesce(f.n, array_fill(0::float8, ARRAY[36])))
                  AS m (kept, fresh) WHERE abs(kept - fresh) > :share_tolerance * greatest(1, fresh))
UNION ALL
SELECT 'figure_walk_year', concat_ws(', ', 'area ' || area_id, year),
       format('%s walks in all lights, recounted %s', coalesce(k.walks[84], 0), coalesce(f.walks[84], 0))
FROM figure_walk_year k FULL JOIN walks f USING (area_id, year)
WHERE EXISTS (SELECT FROM unnest(coalesce(k.walks, array_fill(0::float8, ARRAY[84])), coalesce(f.walks, array_fill(0::float8, ARRAY[84])))
                  AS m (kept, fresh) WHERE abs(kept - fresh) > 1e-9)
   OR EXISTS (SELECT FROM unnest(coalesce(k.metres, array_fill(0::float8, ARRAY[36])), coalesce(f.metres, array_fill(0::float8, ARRAY[36])))
                  AS m (kept, fresh) WHERE abs(kept - fresh) > :metres_tolerance)
   OR EXISTS (SELECT FROM unnest(coalesce(k.minutes, array_fill(0::float8, ARRAY[36])), coalesce(f.minutes, array_fill(0::float8, ARRAY[36])))
                  AS m (kept, fresh) WHERE abs(kept - fresh) > :minutes_tolerance)
UNION ALL
SELECT 'figure_cell', 'area ' || a.id, format('%s concerns, %s m, recounted %s, %s', k.n, k.metres, coalesce(c.n, 0), coalesce(w.m, 0))
FROM area a LEFT JOIN figure_cell k ON k.area_id = a.id
LEFT JOIN (SELECT area_id, sum(n) AS n FROM figure_concern
           WHERE counted_under = 'all' AND kind = 'concern' GROUP BY area_id) c ON c.area_id = a.id
LEFT JOIN (SELECT area_id, sum(metres[1] + metres[2] + metres[3]) AS m, sum(minutes[1] + minutes[2] + minutes[3]) AS t
           FROM figure_walk GROUP BY area_id) w ON w.area_id = a.id
WHERE a.kind = 'hex200' AND (k.area_id IS NULL OR hex_code('hex200', k.q, k.r) <> a.code
    OR abs(k.n - coalesce(c.n, 0)) > :share_tolerance * greatest(1, c.n) OR abs(k.metres - coalesce(w.m, 0)) > :metres_tolerance
    OR abs(k.minutes - coalesce(w.t, 0)) > :minutes_tolerance)
ORDER BY 1, 2
