-- Counts and walking of every area of a kind, from the figures kept ready: their months and lights are added up.
-- In a fixed order, so that the same figures give the same last digit.
WITH chosen AS MATERIALIZED (
    SELECT a.id, a.code, a.name, s.borough_code, a.outline
    FROM area a
    LEFT JOIN LATERAL (
        SELECT a.borough_code WHERE a.kind = 'ward'
        UNION ALL
        SELECT w.borough_code
        FROM cell_ward cw JOIN area w ON w.id = cw.ward_id
        WHERE cw.cell_id = a.id AND w.edition_id = CAST(:edition AS integer)
    ) s ON true
    WHERE a.kind = :area
      AND (a.kind <> 'ward' OR a.edition_id = CAST(:edition AS integer))
      AND (CAST(:boroughs AS text[]) IS NULL OR s.borough_code = ANY (CAST(:boroughs AS text[])))
), raised AS MATERIALIZED (
    SELECT f.area_id,
           tidy(sum(f.n ORDER BY f.n) FILTER (WHERE f.kind = 'concern')) AS concerns,
           tidy(sum(f.n ORDER BY f.n) FILTER (WHERE f.kind = 'positive')) AS positives
    FROM chosen
    JOIN figure_concern f ON f.area_id = chosen.id
    WHERE f.counted_under = :under AND f.kind IN ('concern', 'positive')
      AND f.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
      AND f.light = ANY (CAST(:lights AS text[]))
    GROUP BY f.area_id
), voices AS MATERIALIZED (
    -- Only for those to whom few voices are not told: the one part that reads more than the sums.
    SELECT f.area_id,
           count(DISTINCT w) FILTER (WHERE f.kind = 'concern') AS concern_walks,
           count(DISTINCT w) FILTER (WHERE f.kind = 'positive') AS positive_walks
    FROM chosen
    JOIN figure_concern f ON f.area_id = chosen.id
    CROSS JOIN LATERAL unnest(f.raisers) AS w
    WHERE CAST(:voices AS integer) > 0
      AND f.counted_under = :under AND f.kind IN ('concern', 'positive')
      AND f.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
      AND f.light = ANY (CAST(:lights AS text[]))
    GROUP BY f.area_id
), walked AS MATERIALIZED (
    SELECT f.area_id,
           sum(f.walks) FILTER (WHERE f.lights & CAST(:light_mask AS integer) <> 0) AS walks,
           sum(m.metres ORDER BY m.metres) AS metres,
           sum(m.minutes ORDER BY m.minutes) AS minutes
    FROM chosen
    JOIN figure_walk f ON f.area_id = chosen.id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(f.metres[code + 1]), 0) AS metres, coalesce(sum(f.minutes[code + 1]), 0) AS minutes
        FROM unnest(CAST(:light_codes AS smallint[])) AS code) m
    WHERE f.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
    GROUP BY f.area_id
)
SELECT chosen.id, chosen.code, chosen.name, chosen.borough_code, b.name AS borough_name, chosen.outline,
       coalesce(r.concerns, 0) AS concerns, coalesce(r.positives, 0) AS positives,
       coalesce(v.concern_walks, 0) AS concern_walks, coalesce(v.positive_walks, 0) AS positive_walks,
       coalesce(w.walks, 0) AS walks, coalesce(w.metres, 0) AS metres, coalesce(w.minutes, 0) AS minutes
FROM chosen
LEFT JOIN borough b ON b.code = chosen.borough_code
LEFT JOIN raised r ON r.area_id = chosen.id
LEFT JOIN voices v ON v.area_id = chosen.id
LEFT JOIN walked w ON w.area_id = chosen.id
WHERE :area = 'ward' OR r.area_id IS NOT NULL OR w.metres > 0
ORDER BY chosen.code
