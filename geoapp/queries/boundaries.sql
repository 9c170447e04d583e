-- The boroughs of an edition as outlines: union of their wards, good to ten metres.
-- Wards without a borough have no line of their own here.
SELECT a.borough_code AS code, coalesce(b.name, a.borough_code) AS name,
       ST_AsGeoJSON(ST_SimplifyPreserveTopology(ST_Union(a.geom), 0.0001), 5) AS outline
FROM area a
JOIN borough b ON b.code = a.borough_code
WHERE a.kind = 'ward' AND a.edition_id = CAST(:edition AS integer)
GROUP BY a.borough_code, b.name
ORDER BY a.borough_code
