-- The full set in order of identifier; `here` unless it came after the listing began, to be told afterwards.
SELECT CAST(0 AS bigint) AS seq, p.id::text AS id,
       NOT EXISTS (
           SELECT FROM feed_change_seen came
           WHERE came.id = p.id AND came.collection = p.collection AND came.is_in AND NOT came.was_in
             AND NOT pg_visible_in_snapshot(came.xact, CAST(:upto AS pg_snapshot))) AS here
FROM feed_present p
WHERE p.collection = :collection AND (CAST(:last AS uuid) IS NULL OR p.id > CAST(:last AS uuid))
ORDER BY p.id
LIMIT :most
