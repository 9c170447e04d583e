-- Land, parks and water in a frame, cut to it; small shapes and those beyond the largest 3,000 are left out.
WITH frame AS (
    SELECT ST_MakeEnvelope(:west, :south, :east, :north, 4326) AS reach
), large AS (
    SELECT g.id, g.layer, ST_ClipByBox2D(ST_Simplify(g.geom, :fine, true), frame.reach) AS geom
    FROM frame JOIN ground g ON g.geom && frame.reach
    WHERE g.layer IN ('land', 'park', 'water', 'river')
      AND greatest(ST_XMax(g.geom) - ST_XMin(g.geom), ST_YMax(g.geom) - ST_YMin(g.geom)) > 4 * :fine
    ORDER BY greatest(ST_XMax(g.geom) - ST_XMin(g.geom), ST_YMax(g.geom) - ST_YMin(g.geom)) DESC, g.id
    LIMIT 3000
)
SELECT layer, ST_AsBinary(geom) AS shape
FROM large
WHERE NOT ST_IsEmpty(geom)
ORDER BY array_position(ARRAY['land', 'park', 'water', 'river'], layer), id
