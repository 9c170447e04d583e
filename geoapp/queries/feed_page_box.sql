-- The same of what touches a box; the first row has no number, and how many there are for its text.
SELECT b.seq, coalesce(b.feature, b.matched::text)
FROM feed_box_kept(CAST(:collection AS text), ST_GeomFromWKB(CAST(:area AS bytea), CAST(:srid AS integer)),
                   CAST(:below AS bigint), CAST(:most AS bigint)) b
