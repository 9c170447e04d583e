-- The same for a reader of a few boroughs: each is read from its own place in the index, so that nothing is passed over.
SELECT f.seq, f.feature
FROM unnest(string_to_array(current_setting('lamplight.boroughs', true), ',')) AS b (code)
CROSS JOIN LATERAL (
    SELECT v.seq, v.feature FROM feed_feature v
    WHERE v.collection = CAST(:collection AS text) AND v.borough_code = b.code AND v.seq < CAST(:below AS bigint)
    ORDER BY v.seq DESC LIMIT CAST(:most AS bigint) + 1) f
ORDER BY f.seq DESC LIMIT CAST(:most AS bigint) + 1
