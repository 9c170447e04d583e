-- Wards that a phone can keep the map of: where the team walked or raised something in two years, longest walked
-- first, then the rest of their boroughs and of the boroughs named; all of the edition where there are neither.
WITH walked AS (
    SELECT e.area_id, sum(e.minutes) AS minutes
    FROM walk w JOIN exposure e ON e.walk_id = w.id
    WHERE w.team_id = :team AND w.started_at > now() - interval '2 years'
    GROUP BY e.area_id
), raised AS (
    SELECT DISTINCT ca.area_id
    FROM concern c JOIN concern_area ca ON ca.concern_id = c.id
    WHERE c.team_id = :team AND c.recorded_at > now() - interval '2 years'
), wards AS (
    SELECT a.id, a.code, a.name, a.borough_code, a.geom, coalesce(walked.minutes, 0) AS minutes,
           walked.area_id IS NOT NULL OR raised.area_id IS NOT NULL AS own
    FROM area a LEFT JOIN walked ON walked.area_id = a.id LEFT JOIN raised ON raised.area_id = a.id
    WHERE a.kind = 'ward' AND a.edition_id = edition_on((now() AT TIME ZONE 'Europe/London')::date)
), reach AS (
    SELECT borough_code FROM wards WHERE own AND borough_code IS NOT NULL
    UNION SELECT unnest(CAST(:boroughs AS text[]))
)
SELECT w.code, w.name, b.name AS borough, w.own,
       ST_XMin(w.geom) AS west, ST_YMin(w.geom) AS south, ST_XMax(w.geom) AS east, ST_YMax(w.geom) AS north
FROM wards w LEFT JOIN borough b ON b.code = w.borough_code
WHERE w.own OR w.borough_code IN (SELECT borough_code FROM reach) OR NOT EXISTS (SELECT FROM reach)
ORDER BY w.own DESC, w.minutes DESC, b.name, w.name, w.code
LIMIT :most
