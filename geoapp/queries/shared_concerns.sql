-- Single shared concerns in a frame, through the view of the council feed: what it shows, in the boroughs of this
-- transaction, is all there is. One more than asked for says that there are more.
SELECT id::text AS id, ST_AsGeoJSON(geom, 7, 0) AS geometry, kind, factors, feeling, light, date, status, wording, ward_name
FROM feed_concern
WHERE geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
  AND kind = :kind
  AND light = ANY (CAST(:lights AS text[]))
  AND date BETWEEN CAST(:first AS date) AND CAST(:last_day AS date)
  AND (CAST(:factors AS text[]) IS NULL OR factors && CAST(:factors AS text[]))
  AND (CAST(:boroughs AS text[]) IS NULL OR borough_code = ANY (CAST(:boroughs AS text[])))
ORDER BY date DESC, id DESC
LIMIT :most + 1
