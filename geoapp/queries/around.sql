-- The base map around a point, in metres from it, y growing downwards: for a map drawn by this service as a picture.
-- Degrees are stretched, not projected: over these few hundred metres the two differ by centimetres.
WITH frame AS (
    SELECT ST_MakeEnvelope(:lon - :half_width / (111320.0 * cosd(:lat)), :lat - :half_height / 111195.0,
                           :lon + :half_width / (111320.0 * cosd(:lat)), :lat + :half_height / 111195.0, 4326) AS reach
)
SELECT g.layer, coalesce(g.class, '') AS class,
       -- A name stands only where the street is long enough for it, at about 8 m a letter.
       CASE WHEN ST_Length(cut.line) * 90000 > 8 * length(g.name) THEN g.name ELSE '' END AS name,
       -- From west to east, so that a name along it is never upside down.
       ST_AsSVG(ST_TransScale(CASE WHEN ST_X(ST_StartPoint(cut.line)) > ST_X(ST_EndPoint(cut.line))
                                   THEN ST_Reverse(cut.geom) ELSE cut.geom END,
                              -:lon, -:lat, 111320.0 * cosd(:lat), 111195.0), 0, 1) AS path
FROM frame JOIN ground g ON g.geom && frame.reach
CROSS JOIN LATERAL (
    SELECT shape AS geom, CASE WHEN g.layer = 'street' THEN ST_GeometryN(shape, 1) END AS line
    FROM ST_ClipByBox2D(g.geom, Box2D(frame.reach)) AS shape) cut
WHERE NOT ST_IsEmpty(cut.geom) AND g.layer IN ('land', 'park', 'water', 'river', 'railway', 'street')
ORDER BY array_position(ARRAY['land', 'park', 'water', 'river', 'railway', 'street'], g.layer), g.id
LIMIT 2000
