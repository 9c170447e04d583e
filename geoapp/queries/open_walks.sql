-- Walks that anybody may ask to join, soonest first, with the ward they are in. Distances are from a place to the
-- ward, never to the meeting point: three of those would give it away.
WITH place AS (
    SELECT ST_SetSRID(ST_MakePoint(CAST(:east AS double precision), CAST(:north AS double precision)), 27700) AS at
)
SELECT w.id, w.title, w.ward_code, coalesce(a.name, w.ward_code) AS ward_name, w.starts_at, w.ends_at, w.length_m,
       w.step_free, w.details, w.officer_first_name, w.kind, w.places_left,
       ST_X(ST_PointOnSurface(a.geom)) AS lon, ST_Y(ST_PointOnSurface(a.geom)) AS lat,
       ST_Distance(a.geom_bng, place.at) AS metres
FROM open_walk w
CROSS JOIN place
LEFT JOIN LATERAL (
    SELECT a.name, a.geom, a.geom_bng FROM area a
    WHERE a.kind = 'ward' AND a.code = w.ward_code
      AND a.edition_id = edition_on((w.starts_at AT TIME ZONE 'Europe/London')::date)) a ON true
WHERE (CAST(:one AS uuid) IS NULL OR w.id = CAST(:one AS uuid))
  AND (CAST(:ward AS text) IS NULL OR w.ward_code = :ward)
  AND (CAST(:within AS double precision) IS NULL OR ST_Distance(a.geom_bng, place.at) <= :within)
ORDER BY w.starts_at, w.id
LIMIT :most
