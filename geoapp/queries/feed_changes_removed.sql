-- What left the reader's scope since the reader was last told of departures, if the reader had it: the row by which
-- it came into scope is one that the cursor has passed. What came and went unseen is not told.
SELECT gone.seq, gone.id::text AS id
FROM feed_change_seen gone
LEFT JOIN LATERAL (
    SELECT e.xact, e.seq FROM feed_change_seen e
    WHERE e.id = gone.id AND e.collection = gone.collection AND e.is_in AND NOT e.was_in AND e.seq < gone.seq
    ORDER BY e.seq DESC LIMIT 1) came ON true
WHERE gone.collection = :collection AND gone.was_in AND NOT gone.is_in
  AND gone.xact >= pg_snapshot_xmin(CAST(:told AS pg_snapshot))
  AND NOT pg_visible_in_snapshot(gone.xact, CAST(:told AS pg_snapshot))
  AND (CAST(:leaving AS text) IS NULL
       OR (gone.seq > :left_seq AND pg_visible_in_snapshot(gone.xact, CAST(CAST(:leaving AS text) AS pg_snapshot))))
  AND CASE WHEN CAST(:listing AS boolean)
      THEN gone.id <= CAST(:last AS uuid)
           AND (came.xact IS NULL OR pg_visible_in_snapshot(came.xact, CAST(:upto AS pg_snapshot)))
      ELSE came.xact IS NULL OR pg_visible_in_snapshot(came.xact, CAST(:base AS pg_snapshot))
           OR (came.seq <= :seq AND pg_visible_in_snapshot(came.xact, CAST(:upto AS pg_snapshot))) END
ORDER BY gone.seq
LIMIT :most
