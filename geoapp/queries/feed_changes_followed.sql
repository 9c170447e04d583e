-- What came or changed in this round, in the order of the log; `here` unless it left again before now.
SELECT c.seq, c.id::text AS id,
       NOT EXISTS (
           SELECT FROM feed_change_seen gone
           WHERE gone.id = c.id AND gone.collection = c.collection AND gone.was_in AND NOT gone.is_in
             AND gone.seq > c.seq) AS here
FROM feed_change_seen c
WHERE c.collection = :collection AND c.is_in AND c.seq > :seq
  AND c.xact >= pg_snapshot_xmin(CAST(:base AS pg_snapshot))
  AND NOT pg_visible_in_snapshot(c.xact, CAST(:base AS pg_snapshot))
  AND pg_visible_in_snapshot(c.xact, CAST(:upto AS pg_snapshot))
ORDER BY c.seq
LIMIT :most
