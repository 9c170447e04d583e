-- The features of these identifiers as `items` has them. Member for member the same as in feed_concerns.sql.
SELECT f.id::text AS id,
       json_build_object(
           'type', 'Feature',
           'id', f.id,
           'geometry', ST_AsGeoJSON(f.geom, 7, 0)::json,
           'properties', json_build_object(
               'id', f.id, 'kind', f.kind, 'factors', f.factors, 'feeling', f.feeling,
               'applies', f.applies, 'light', f.light, 'setting', f.setting, 'basis', f.basis,
               'date', f.date, 'status', f.status, 'wording', f.wording, 'ward_code', f.ward_code,
               'ward_name', f.ward_name, 'borough_code', f.borough_code, 'updated', f.updated))::text AS feature
FROM feed_concern f
WHERE f.id = ANY (CAST(:ids AS uuid[]))
