-- Pairs of areas among these that touch, each pair once.
SELECT a.id AS one, b.id AS other
FROM area a
JOIN area b ON b.geom_bng && ST_Expand(a.geom_bng, boundary_tolerance_m()) AND b.id > a.id
WHERE a.id = ANY (CAST(:areas AS integer[])) AND b.id = ANY (CAST(:areas AS integer[]))
  AND ST_DWithin(a.geom_bng, b.geom_bng, boundary_tolerance_m())
ORDER BY a.id, b.id
