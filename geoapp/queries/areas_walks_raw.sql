-- How many distinct walks have a metre of track in any of these areas, within the selection.
SELECT count(DISTINCT e.walk_id)
FROM exposure e
JOIN walk w ON w.id = e.walk_id
WHERE e.area_id = ANY (CAST(:areas AS integer[])) AND e.metres > 0
  AND w.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
  AND e.light = ANY (CAST(:light_codes AS smallint[]))
