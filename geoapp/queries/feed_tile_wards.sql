-- One vector tile of the wards of every edition, as web mercator, drawn as finely as the zoom shows.
WITH frame AS (
    SELECT ST_TileEnvelope(:z, :x, :y) AS tile,
           ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => 64.0 / 4096), 4326) AS reach
), shown AS (
    SELECT w.id, w.ward_code, w.ward_name, w.borough_code, w.borough_name, w.edition, w.valid_from::text AS valid_from,
           ST_AsMVTGeom(
               ST_Simplify(ST_Transform(w.geom, 3857), 0.25 * 40075016.7 / (256 * 2.0 ^ CAST(:z AS integer)), true),
               frame.tile, 4096, 64, true) AS geom
    FROM frame JOIN feed_ward_feature w ON w.geom && frame.reach
    ORDER BY w.seq LIMIT CAST(:most AS bigint)
), drawn AS (
    SELECT * FROM shown WHERE geom IS NOT NULL
)
SELECT coalesce(ST_AsMVT(drawn, 'wards', 4096, 'geom'), ''::bytea) AS tile, count(*) AS features FROM drawn
