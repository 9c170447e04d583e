-- One vector tile of the streets in these cells: each stretch beside the figures of the cell that it lies in,
-- which are all there is, for nothing is counted by street.
WITH figures AS (
    SELECT * FROM unnest(
        CAST(:ids AS integer[]), CAST(:n AS double precision[]), CAST(:km AS double precision[]),
        CAST(:walks AS integer[]), CAST(:state AS text[]), CAST(:class AS integer[]))
        AS f (id, n, km, walks, state, class)
), stretches AS (
    SELECT f.id, f.n, f.km, f.walks, f.state, f.class,
           ST_CollectionExtract(ST_Collect(ST_Intersection(g.geom, a.geom)), 2) AS geom
    FROM figures f
    JOIN area a ON a.id = f.id
    JOIN ground g ON g.geom && a.geom AND ST_Intersects(g.geom, a.geom)
    WHERE g.layer = 'street'
      AND (CAST(:z AS integer) >= 13 OR g.class IN ('main', 'motorway', 'trunk', 'primary', 'secondary'))
      AND (CAST(:z AS integer) >= 14 OR g.class NOT IN ('path', 'footway', 'service', 'steps'))
    GROUP BY f.id, f.n, f.km, f.walks, f.state, f.class
)
SELECT coalesce(ST_AsMVT(streets, 'streets', 4096, 'geom'), ''::bytea)
FROM (
    SELECT n, km, walks, state, class,
           ST_AsMVTGeom(ST_Transform(geom, 3857), ST_TileEnvelope(:z, :x, :y), 4096, 64, true) AS geom
    FROM stretches
    ORDER BY id
) streets
WHERE geom IS NOT NULL
