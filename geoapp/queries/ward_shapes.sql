-- Outlines of wards for the small map, in metres of National Grid from a corner, to 30 m; y grows downwards.
WITH shown AS (
    SELECT a.code, a.name, a.geom_bng FROM area a
    WHERE a.kind = 'ward' AND a.edition_id = edition_on((now() AT TIME ZONE 'Europe/London')::date)
), frame AS (
    SELECT ST_Expand(ST_Extent(geom_bng)::geometry, 600) AS box FROM shown WHERE code = ANY (CAST(:codes AS text[]))
)
SELECT s.code, s.name, s.code = ANY (CAST(:codes AS text[])) AS chosen,
       ST_AsSVG(ST_Translate(ST_SimplifyPreserveTopology(ST_ClipByBox2D(s.geom_bng, Box2D(ST_Expand(f.box, 4000))), 30),
                             -ST_XMin(f.box), -ST_YMax(f.box)), 0, 0) AS path,
       ST_X(ST_PointOnSurface(s.geom_bng)) - ST_XMin(f.box) AS x,
       ST_YMax(f.box) - ST_Y(ST_PointOnSurface(s.geom_bng)) AS y,
       ST_XMax(f.box) - ST_XMin(f.box) AS width, ST_YMax(f.box) - ST_YMin(f.box) AS height
FROM frame f JOIN shown s ON s.geom_bng && ST_Expand(f.box, 4000)
ORDER BY s.code
