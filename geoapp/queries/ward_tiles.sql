-- Tiles of the base map within a quarter of a tile of these wards, coarse ones first.
WITH shape AS (
    SELECT ST_Transform(ST_Union(a.geom), 3857) AS geom
    FROM area a
    WHERE a.kind = 'ward' AND a.edition_id = edition_on((now() AT TIME ZONE 'Europe/London')::date)
      AND a.code = ANY (CAST(:codes AS text[]))
), scale AS (
    SELECT z, 2.0 ^ z / 40075016.6855785 AS tiles_per_m, 20037508.3427892 AS edge_m
    FROM generate_series(CAST(:first AS integer), CAST(:last AS integer)) AS z
), reach AS (
    SELECT z, geom, floor((ST_XMin(geom) + edge_m) * tiles_per_m - 0.25)::integer AS west,
           floor((ST_XMax(geom) + edge_m) * tiles_per_m + 0.25)::integer AS east,
           floor((edge_m - ST_YMax(geom)) * tiles_per_m - 0.25)::integer AS north,
           floor((edge_m - ST_YMin(geom)) * tiles_per_m + 0.25)::integer AS south
    FROM shape, scale WHERE geom IS NOT NULL
)
SELECT z, x, y
FROM reach, generate_series(west, east) AS x, generate_series(north, south) AS y
WHERE ST_Intersects(ST_TileEnvelope(z, x, y, margin => 0.25), geom)
ORDER BY z, x, y
LIMIT :most
