-- A page of everything that the reader sees of a collection, in the order that is kept: its features' text, how many
-- rows were found (one over the limit where more follow) and the number of the last. Borough by borough, so that each
-- is read from its own place in the index, and nothing is passed over.
SELECT string_agg(p.feature, ',') FILTER (WHERE p.n <= CAST(:most AS bigint)) AS features,
       count(*) AS found, min(p.seq) FILTER (WHERE p.n <= CAST(:most AS bigint)) AS last
FROM (
    SELECT q.seq, q.feature, row_number() OVER () AS n
    FROM (
        SELECT f.seq, f.feature
        FROM unnest(CAST(:boroughs AS text[])) AS b (code)
        CROSS JOIN LATERAL (
            SELECT v.seq, v.feature FROM feed_feature v
            WHERE v.collection = CAST(:collection AS text) AND v.borough_code = b.code
              AND v.seq < CAST(:below AS bigint)
            ORDER BY v.seq DESC LIMIT CAST(:most AS bigint) + 1) f
        ORDER BY f.seq DESC LIMIT CAST(:most AS bigint) + 1) q) p
