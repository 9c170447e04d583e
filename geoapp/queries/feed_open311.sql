-- Shared concerns as requests of Open311, newest first: a place on each, and the first of its factors in the
-- scheme's own order as its service. What works well is no request.
SELECT r.id::text AS id, r.status, r.wording, r.service, r.date, r.updated, r.ward_name, r.borough_code,
       ST_Y(r.place) AS lat, ST_X(r.place) AS lon
FROM (
    SELECT f.id, f.status, f.wording, f.date, f.updated, f.ward_name, f.borough_code,
           CASE GeometryType(f.geom) WHEN 'POINT' THEN f.geom ELSE ST_LineInterpolatePoint(f.geom, 0.5) END AS place,
           coalesce((SELECT s.code FROM unnest(CAST(:services AS text[])) WITH ORDINALITY AS s (code, n)
                     WHERE s.code = ANY (f.factors) ORDER BY s.n LIMIT 1), 'general') AS service
    FROM feed_concern f
    WHERE f.kind = 'concern'
      AND (CAST(:ids AS uuid[]) IS NULL OR f.id = ANY (CAST(:ids AS uuid[])))
      AND f.status = ANY (CAST(:statuses AS text[]))
      AND (CAST(:borough AS text) IS NULL OR f.borough_code = CAST(:borough AS text))
      AND (CAST(:first_day AS date) IS NULL OR f.date >= CAST(:first_day AS date))
      AND (CAST(:last_day AS date) IS NULL OR f.date <= CAST(:last_day AS date))
      AND (CAST(:updated_from AS date) IS NULL OR f.updated >= CAST(:updated_from AS date))
) AS r
WHERE CAST(:wanted AS text[]) IS NULL OR r.service = ANY (CAST(:wanted AS text[]))
ORDER BY r.date DESC, r.id DESC
LIMIT :most OFFSET :skip
