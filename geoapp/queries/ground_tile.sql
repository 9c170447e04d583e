-- One vector tile of the base map: a named layer each, what is too small for the zoom left out.
-- The frame of the tile is turned into the column's coordinates, so that the index answers.
WITH frame AS (
    SELECT ST_TileEnvelope(:z, :x, :y) AS tile,
           ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => 64.0 / 4096), 4326) AS reach
), shown AS (
    SELECT g.id, g.layer, g.class, g.name,
           ST_AsMVTGeom(
               ST_Simplify(ST_Transform(g.geom, 3857), 0.25 * 40075016.7 / (256 * 2.0 ^ CAST(:z AS integer)), true),
               frame.tile, 4096, 64, true) AS geom
    FROM frame JOIN ground g ON g.geom && frame.reach
    WHERE CAST(:z AS integer) >= CASE
        WHEN g.layer IN ('land', 'water', 'river') THEN 0
        WHEN g.layer IN ('park', 'railway') THEN 9
        WHEN g.layer = 'street' AND g.class IN ('main', 'motorway', 'trunk', 'primary', 'secondary') THEN 9
        WHEN g.layer = 'station' THEN 12
        WHEN g.layer = 'street' AND g.class IN ('path', 'footway', 'service', 'steps') THEN 14
        ELSE 12 END
), layered AS (
    SELECT layer, ST_AsMVT(part, part.layer, 4096, 'geom') AS tile
    FROM (SELECT layer, class, CASE WHEN CAST(:z AS integer) >= 13 THEN name END AS name, geom
          FROM shown WHERE geom IS NOT NULL ORDER BY id) part
    GROUP BY layer
)
SELECT coalesce(string_agg(tile, ''::bytea ORDER BY layer), ''::bytea) FROM layered
