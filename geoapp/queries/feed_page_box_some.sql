-- All that touches a box, in no order, if it is not more than a page; one over tells that it is.
SELECT b.seq, b.feature
FROM feed_box_some(CAST(:collection AS text), ST_GeomFromWKB(CAST(:area AS bytea), CAST(:srid AS integer)),
                   CAST(:most AS bigint)) b
