-- A page of what touches a box, in the order that is kept, beside how many there are in the box.
WITH hit AS MATERIALIZED (
    SELECT seq FROM feed_in_box(CAST(:collection AS text), ST_GeomFromWKB(CAST(:area AS bytea), CAST(:srid AS integer))) AS h (seq)
), first AS MATERIALIZED (
    SELECT seq FROM hit WHERE seq < CAST(:below AS bigint) ORDER BY seq DESC LIMIT CAST(:most AS bigint) + 1
)
SELECT string_agg(p.feature, ',') AS features, (SELECT count(*) FROM first) AS found, min(p.seq) AS last,
       (SELECT count(*) FROM hit) AS matched
FROM (
    SELECT t.seq, f.feature
    FROM (SELECT seq FROM first ORDER BY seq DESC LIMIT CAST(:most AS bigint)) t
    CROSS JOIN LATERAL (
        SELECT v.feature FROM feed_feature v
        WHERE v.collection = CAST(:collection AS text) AND v.seq = t.seq OFFSET 0) f
    ORDER BY t.seq DESC) p
