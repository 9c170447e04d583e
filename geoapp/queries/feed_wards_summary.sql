-- How many wards there are, and where they lie. Boundaries carry the days they count from, not a change.
SELECT count(*) AS items,
       ST_XMin(ST_Extent(geom)) AS west, ST_YMin(ST_Extent(geom)) AS south,
       ST_XMax(ST_Extent(geom)) AS east, ST_YMax(ST_Extent(geom)) AS north,
       CAST(NULL AS date) AS first_day, CAST(NULL AS date) AS last_day, CAST(NULL AS date) AS changed
FROM feed_ward_feature
