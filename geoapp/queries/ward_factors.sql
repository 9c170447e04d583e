-- What the concerns of one area are about, and those of the other areas given, by factor, from the figures
-- kept ready. Walks that raised something are told apart up to raisers_kept().
WITH kept AS MATERIALIZED (
    SELECT f.area_id = :id AS here, f.counted_under AS code, f.n, f.raisers
    FROM figure_concern f
    JOIN factor ON factor.code = f.counted_under
    WHERE f.area_id = ANY (CAST(:areas AS integer[])) AND f.kind = :kind
      AND f.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
      AND f.light = ANY (CAST(:lights AS text[]))
), voices AS (
    SELECT code, count(DISTINCT w) FILTER (WHERE here) AS here, count(DISTINCT w) FILTER (WHERE NOT here) AS elsewhere
    FROM kept CROSS JOIN LATERAL unnest(raisers) AS w
    GROUP BY code
), raised AS (
    SELECT code, tidy(sum(n ORDER BY n) FILTER (WHERE here)) AS here,
           tidy(sum(n ORDER BY n) FILTER (WHERE NOT here)) AS elsewhere
    FROM kept GROUP BY code
)
SELECT factor.label, coalesce(r.here, 0) AS concerns, coalesce(v.here, 0) AS concern_walks,
       coalesce(r.elsewhere, 0) AS elsewhere, coalesce(v.elsewhere, 0) AS elsewhere_walks
FROM raised r
JOIN factor ON factor.code = r.code
LEFT JOIN voices v ON v.code = r.code
ORDER BY concerns DESC, factor.position, factor.code
