-- The same as areas.sql from the rows themselves, for what the kept figures cannot say: concerns about any of
-- several factors, of which one can be about two. Costs the size of the data. Kilometres are of whole months,
-- by the month a walk started in; concerns by the month they were recorded in.
-- Shares and metres are added up in a fixed order, so that the same rows give the same last digit.
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
), counted AS MATERIALIZED (
    SELECT c.id, c.kind, c.walk_id
    FROM concern c
    WHERE c.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
      AND c.light = ANY (CAST(:lights AS text[]))
      AND (CAST(:factors AS text[]) IS NULL OR EXISTS (
          SELECT FROM concern_factor f
          WHERE f.concern_id = c.id AND f.factor_code = ANY (CAST(:factors AS text[]))))
), raised AS (
    SELECT ca.area_id,
           sum(ca.share ORDER BY ca.share) FILTER (WHERE c.kind = 'concern') AS concerns,
           sum(ca.share ORDER BY ca.share) FILTER (WHERE c.kind = 'positive') AS positives,
           count(DISTINCT c.walk_id) FILTER (WHERE c.kind = 'concern') AS concern_walks,
           count(DISTINCT c.walk_id) FILTER (WHERE c.kind = 'positive') AS positive_walks
    FROM counted c
    JOIN concern_area ca ON ca.concern_id = c.id
    WHERE ca.area_id IN (SELECT id FROM chosen)
    GROUP BY ca.area_id
), walked AS (
    SELECT e.area_id,
           count(DISTINCT e.walk_id) FILTER (WHERE e.metres > 0) AS walks,
           sum(e.metres ORDER BY e.metres) AS metres,
           sum(e.minutes ORDER BY e.minutes) AS minutes
    FROM exposure e
    JOIN walk w ON w.id = e.walk_id
    WHERE w.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
      AND e.light = ANY (CAST(:light_codes AS smallint[]))
      AND e.area_id IN (SELECT id FROM chosen)
    GROUP BY e.area_id
)
SELECT chosen.id, chosen.code, chosen.name, chosen.borough_code, b.name AS borough_name,
       CASE WHEN CAST(:outlines AS boolean) THEN chosen.outline ELSE '' END AS outline,
       coalesce(r.concerns, 0) AS concerns, coalesce(r.positives, 0) AS positives,
       coalesce(r.concern_walks, 0) AS concern_walks, coalesce(r.positive_walks, 0) AS positive_walks,
       coalesce(w.walks, 0) AS walks, coalesce(w.metres, 0) AS metres, coalesce(w.minutes, 0) AS minutes
FROM chosen
LEFT JOIN borough b ON b.code = chosen.borough_code
LEFT JOIN raised r ON r.area_id = chosen.id
LEFT JOIN walked w ON w.area_id = chosen.id
WHERE :area = 'ward' OR r.area_id IS NOT NULL OR w.metres > 0
ORDER BY chosen.code
