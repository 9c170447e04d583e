-- The same as feed_page.sql for a reader of many boroughs, of whose rows few are passed over.
SELECT string_agg(p.feature, ',') FILTER (WHERE p.n <= CAST(:most AS bigint)) AS features,
       count(*) AS found, min(p.seq) FILTER (WHERE p.n <= CAST(:most AS bigint)) AS last
FROM (
    SELECT q.seq, q.feature, row_number() OVER () AS n
    FROM (
        SELECT v.seq, v.feature FROM feed_feature v
        WHERE v.collection = CAST(:collection AS text) AND v.seq < CAST(:below AS bigint)
        ORDER BY v.seq DESC LIMIT CAST(:most AS bigint) + 1) q) p
