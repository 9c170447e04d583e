-- What the public may read, newest first, from a place in that order on; all of it by default.
SELECT s.id, s.ward_code, s.ward_name, b.name AS borough_name, s.status, s.happened_on, s.you_said, s.answer,
       count(*) OVER () AS matched
FROM said_and_did s
LEFT JOIN borough b ON b.code = s.borough_code
WHERE (CAST(:ward AS text) IS NULL OR s.ward_code = :ward)
  AND (CAST(:day AS date) IS NULL OR (s.happened_on, s.id) < (CAST(:day AS date), CAST(:id AS bigint)))
ORDER BY s.happened_on DESC, s.id DESC
LIMIT :most
