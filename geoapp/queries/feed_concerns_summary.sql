-- How many concerns of a shape the reader sees, where and when they lie, and the day of the last change.
SELECT count(*) AS items,
       ST_XMin(ST_Extent(geom)) AS west, ST_YMin(ST_Extent(geom)) AS south,
       ST_XMax(ST_Extent(geom)) AS east, ST_YMax(ST_Extent(geom)) AS north,
       min(date) AS first_day, max(date) AS last_day,
       max(updated) AS changed
FROM feed_concern
WHERE GeometryType(geom) = CAST(:shape AS text)
