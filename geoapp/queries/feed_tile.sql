-- One vector tile of a collection of concerns, as web mercator. The view shows what was shared, in the boroughs of
-- this transaction; the function says which of it lies in the frame. Words are left out: a tile is for looking.
-- Where there are more than a tile may hold, the newest of each half pixel stays, which looks the same.
WITH frame AS (
    SELECT ST_TileEnvelope(:z, :x, :y) AS tile,
           ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => 64.0 / 4096), 4326) AS reach
), inside AS (
    SELECT f.seq, f.id::text AS id, f.kind, array_to_string(f.factors, ';') AS factors, f.feeling,
           array_to_string(f.applies, ';') AS applies, f.light, f.setting, f.basis, f.date::text AS date, f.status,
           f.ward_code, f.ward_name, f.borough_code, f.updated::text AS updated,
           ST_AsMVTGeom(ST_Transform(f.geom, 3857), frame.tile, 4096, 64, true) AS geom
    FROM frame, feed_feature f
    WHERE f.collection = CAST(:collection AS text)
      AND f.seq IN (SELECT feed_in_box(CAST(:collection AS text), frame.reach) FROM frame)
), placed AS (
    SELECT *, count(*) OVER () AS many,
           row_number() OVER (PARTITION BY ST_SnapToGrid(ST_PointN(ST_Points(geom), 1), 8) ORDER BY seq DESC) AS rank
    FROM inside WHERE geom IS NOT NULL
), shown AS (
    SELECT id, kind, factors, feeling, applies, light, setting, basis, date, status, ward_code, ward_name, borough_code,
           updated, geom
    FROM placed WHERE many <= CAST(:most AS bigint) OR rank = 1
    ORDER BY seq DESC LIMIT CAST(:most AS bigint)
)
SELECT coalesce(ST_AsMVT(shown, CAST(:collection AS text), 4096, 'geom'), ''::bytea) AS tile, count(*) AS features FROM shown
