-- Wards that a phone can keep the map of: where the team walked or raised something in two years, longest walked
-- first, then the rest of their boroughs and of the boroughs named; all of the edition where there are neither.
WITH wards AS (
    SELECT a.id, a.code, a.name, a.borough_code, a.geom,
           coalesce((SELECT sum(e.minutes) FROM exposure e JOIN walk w ON w.id = e.walk_id
                     WHERE e.area_id = a.id AND w.team_id = :team AND w.started_at > now() - interval '2 years'), 0)
               AS minutes,
           EXISTS (SELECT FROM concern_area ca JOIN concern c ON c.id = ca.concern_id
                   WHERE ca.area_id = a.id AND c.team_id = :team AND c.recorded_at > now() - interval '2 years')
               AS raised
    FROM area a
    WHERE a.kind = 'ward' AND a.edition_id = edition_on((now() AT TIME ZONE 'Europe/London')::date)
), reach AS (
    SELECT borough_code FROM wards WHERE (minutes > 0 OR raised) AND borough_code IS NOT NULL
    UNION SELECT unnest(CAST(:boroughs AS text[]))
)
SELECT w.code, w.name, b.name AS borough, w.minutes > 0 OR w.raised AS own,
       ST_XMin(w.geom) AS west, ST_YMin(w.geom) AS south, ST_XMax(w.geom) AS east, ST_YMax(w.geom) AS north
FROM wards w LEFT JOIN borough b ON b.code = w.borough_code
WHERE w.minutes > 0 OR w.raised OR w.borough_code IN (SELECT borough_code FROM reach)
   OR NOT EXISTS (SELECT FROM reach)
ORDER BY w.minutes > 0 OR w.raised DESC, w.minutes DESC, b.name, w.name, w.code
LIMIT :most
