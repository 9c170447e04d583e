-- The same for a reader of many boroughs, of whose rows few are passed over.
SELECT v.seq, v.feature FROM feed_feature v
WHERE v.collection = CAST(:collection AS text) AND v.seq < CAST(:below AS bigint)
ORDER BY v.seq DESC LIMIT CAST(:most AS bigint) + 1
