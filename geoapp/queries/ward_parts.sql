-- One area's counts and walking within a selection, once by light and once by quarter.
WITH counted AS (
    SELECT c.walk_id, c.light, date_trunc('quarter', c.month)::date AS quarter, ca.share
    FROM concern_area ca
    JOIN concern c ON c.id = ca.concern_id
    WHERE ca.area_id = :id AND c.kind = :kind
      AND c.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
      AND c.light = ANY (CAST(:lights AS text[]))
      AND (CAST(:factors AS text[]) IS NULL OR EXISTS (
          SELECT FROM concern_factor f
          WHERE f.concern_id = c.id AND f.factor_code = ANY (CAST(:factors AS text[]))))
), walked AS (
    SELECT e.walk_id, (CAST(:light_names AS text[]))[e.light + 1] AS light,
           date_trunc('quarter', w.month)::date AS quarter, e.metres, e.minutes
    FROM exposure e
    JOIN walk w ON w.id = e.walk_id
    WHERE e.area_id = :id
      AND w.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
      AND e.light = ANY (CAST(:light_codes AS smallint[]))
), raised AS (
    SELECT coalesce(light, '') AS light, coalesce(quarter, 'infinity') AS quarter,
           sum(share ORDER BY share) AS concerns, count(DISTINCT walk_id) AS concern_walks
    FROM counted GROUP BY GROUPING SETS ((light), (quarter))
), exposed AS (
    SELECT coalesce(light, '') AS light, coalesce(quarter, 'infinity') AS quarter,
           count(DISTINCT walk_id) FILTER (WHERE metres > 0) AS walks,
           sum(metres ORDER BY metres) AS metres, sum(minutes ORDER BY minutes) AS minutes
    FROM walked GROUP BY GROUPING SETS ((light), (quarter))
)
SELECT nullif(light, '') AS light, nullif(quarter, 'infinity') AS quarter,
       coalesce(r.concerns, 0) AS concerns, coalesce(r.concern_walks, 0) AS concern_walks,
       coalesce(e.walks, 0) AS walks, coalesce(e.metres, 0) AS metres, coalesce(e.minutes, 0) AS minutes
FROM raised r FULL JOIN exposed e USING (light, quarter)
ORDER BY quarter, light
