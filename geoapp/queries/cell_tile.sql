-- One vector tile of cells, with the figures that were handed in beside their outlines. Nothing is counted here:
-- what the reader may not see was withheld before.
WITH figures AS (
    SELECT * FROM unnest(
        CAST(:ids AS integer[]), CAST(:n AS double precision[]), CAST(:km AS double precision[]),
        CAST(:walks AS integer[]), CAST(:state AS text[]), CAST(:class AS integer[]))
        AS f (id, n, km, walks, state, class)
)
SELECT coalesce(ST_AsMVT(cells, 'cells', 4096, 'geom'), ''::bytea)
FROM (
    SELECT f.n, f.km, f.walks, f.state, f.class,
           ST_AsMVTGeom(ST_Transform(a.geom, 3857), ST_TileEnvelope(:z, :x, :y), 4096, 64, true) AS geom
    FROM figures f JOIN area a ON a.id = f.id
    ORDER BY f.id
) cells
WHERE geom IS NOT NULL
