-- The base map around a point, in metres from it, y growing downwards: for a map drawn by this service as a picture.
-- Degrees are stretched, not projected: over these few hundred metres the two differ by centimetres.
WITH frame AS (
    SELECT ST_MakeEnvelope(:lon - :half_width / (111320.0 * cosd(:lat)), :lat - :half_height / 111195.0,
                           :lon + :half_width / (111320.0 * cosd(:lat)), :lat + :half_height / 111195.0, 4326) AS reach
)
SELECT g.layer, coalesce(g.class, '') AS class, coalesce(g.name, '') AS name,
       ST_AsSVG(ST_TransScale(ST_ClipByBox2D(g.geom, Box2D(frame.reach)), -:lon, -:lat,
                              111320.0 * cosd(:lat), 111195.0), 0, 1) AS path
FROM frame JOIN ground g ON g.geom && frame.reach
WHERE g.layer IN ('land', 'park', 'water', 'river', 'railway', 'street')
ORDER BY array_position(ARRAY['land', 'park', 'water', 'river', 'railway', 'street'], g.layer), g.id
LIMIT 2000
