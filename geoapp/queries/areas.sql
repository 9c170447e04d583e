-- Counts and walking of every area of a kind, from the figures kept ready by year, in which months are added up:
-- a row an area, year and kind, whatever the data. Years are read in order, for the same last digit each time.
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
), years AS MATERIALIZED (
    SELECT y::smallint AS year,
           CASE WHEN y = extract(year FROM CAST(:first AS date)) THEN extract(month FROM CAST(:first AS date)) ELSE 1 END::integer AS first,
           CASE WHEN y = extract(year FROM CAST(:last AS date)) THEN extract(month FROM CAST(:last AS date)) ELSE 12 END::integer AS last
    FROM generate_series(extract(year FROM CAST(:first AS date))::integer, extract(year FROM CAST(:last AS date))::integer) y
), raised AS MATERIALIZED (
    SELECT area_id, tidy(sum(n) FILTER (WHERE kind = 'concern')) AS concerns, tidy(sum(n) FILTER (WHERE kind = 'positive')) AS positives
    FROM (
        SELECT f.area_id, f.kind, of_year(f.n, CAST(:light_mask AS integer), y.first, y.last) AS n
        FROM chosen CROSS JOIN years y
        JOIN figure_concern f ON f.area_id = chosen.id AND f.counted_under = :under AND f.year = y.year
            AND f.kind IN ('concern', 'positive')
        ORDER BY f.area_id, f.year) each
    GROUP BY area_id
), voices AS MATERIALIZED (
    -- Only for those to whom few voices are not told: the one part that reads more than the sums.
    SELECT f.area_id,
           count(DISTINCT w) FILTER (WHERE f.kind = 'concern') AS concern_walks,
           count(DISTINCT w) FILTER (WHERE f.kind = 'positive') AS positive_walks
    FROM chosen
    JOIN figure_voice f ON f.area_id = chosen.id
    CROSS JOIN LATERAL unnest(f.raisers) AS w
    WHERE CAST(:voices AS integer) > 0
      AND f.counted_under = :under AND f.kind IN ('concern', 'positive')
      AND f.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
      AND f.light = ANY (CAST(:lights AS text[]))
    GROUP BY f.area_id
), walked AS MATERIALIZED (
    SELECT area_id, round(sum(walks))::integer AS walks, sum(metres) AS metres, sum(minutes) AS minutes
    FROM (
        SELECT f.area_id, walks_of_year(f.walks, CAST(:light_mask AS integer), y.first, y.last) AS walks,
               of_year(f.metres, CAST(:light_mask AS integer), y.first, y.last) AS metres,
               of_year(f.minutes, CAST(:light_mask AS integer), y.first, y.last) AS minutes
        FROM chosen CROSS JOIN years y
        JOIN figure_walk f ON f.area_id = chosen.id AND f.year = y.year
        ORDER BY f.area_id, f.year) each
    GROUP BY area_id
)
SELECT chosen.id, chosen.code, chosen.name, chosen.borough_code, b.name AS borough_name,
       CASE WHEN CAST(:outlines AS boolean) THEN chosen.outline ELSE '' END AS outline,
       coalesce(r.concerns, 0) AS concerns, coalesce(r.positives, 0) AS positives,
       coalesce(v.concern_walks, 0) AS concern_walks, coalesce(v.positive_walks, 0) AS positive_walks,
       coalesce(w.walks, 0) AS walks,
       -- Where no walk is left, what rounding leaves behind is no metre.
       CASE WHEN w.walks > 0 THEN w.metres ELSE 0 END AS metres,
       CASE WHEN w.minutes > 1e-9 THEN w.minutes ELSE 0 END AS minutes
FROM chosen
LEFT JOIN borough b ON b.code = chosen.borough_code
LEFT JOIN raised r ON r.area_id = chosen.id
LEFT JOIN voices v ON v.area_id = chosen.id
LEFT JOIN walked w ON w.area_id = chosen.id
WHERE :area = 'ward' OR r.concerns > 0 OR r.positives > 0 OR w.walks > 0
ORDER BY chosen.code
