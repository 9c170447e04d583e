-- What the concerns of one area are about, and those of the other areas given, by factor, from the figures
-- kept ready. Walks that raised something are told apart up to raisers_kept().
WITH years AS MATERIALIZED (
    SELECT y::smallint AS year,
           CASE WHEN y = extract(year FROM CAST(:first AS date)) THEN extract(month FROM CAST(:first AS date)) ELSE 1 END::integer AS first,
           CASE WHEN y = extract(year FROM CAST(:last AS date)) THEN extract(month FROM CAST(:last AS date)) ELSE 12 END::integer AS last
    FROM generate_series(extract(year FROM CAST(:first AS date))::integer, extract(year FROM CAST(:last AS date))::integer) y
), counted AS MATERIALIZED (
    SELECT f.area_id = :id AS here, f.counted_under AS code, of_year(f.n, CAST(:light_mask AS integer), y.first, y.last) AS n
    FROM figure_concern f JOIN factor ON factor.code = f.counted_under JOIN years y ON y.year = f.year
    WHERE f.area_id = ANY (CAST(:areas AS integer[])) AND f.kind = :kind
), voices AS (
    SELECT f.counted_under AS code, count(DISTINCT w) FILTER (WHERE f.area_id = :id) AS here,
           count(DISTINCT w) FILTER (WHERE f.area_id <> :id) AS elsewhere
    FROM figure_voice f JOIN factor ON factor.code = f.counted_under CROSS JOIN LATERAL unnest(f.raisers) AS w
    WHERE f.area_id = ANY (CAST(:areas AS integer[])) AND f.kind = :kind
      AND f.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
      AND f.light = ANY (CAST(:lights AS text[]))
    GROUP BY f.counted_under
), raised AS (
    SELECT code, tidy(sum(n ORDER BY n) FILTER (WHERE here)) AS here,
           tidy(sum(n ORDER BY n) FILTER (WHERE NOT here)) AS elsewhere
    FROM counted GROUP BY code
)
SELECT factor.label, coalesce(r.here, 0) AS concerns, coalesce(v.here, 0) AS concern_walks,
       coalesce(r.elsewhere, 0) AS elsewhere, coalesce(v.elsewhere, 0) AS elsewhere_walks
FROM raised r
JOIN factor ON factor.code = r.code
LEFT JOIN voices v ON v.code = r.code
WHERE r.here > 0 OR r.elsewhere > 0
ORDER BY concerns DESC, factor.position, factor.code
