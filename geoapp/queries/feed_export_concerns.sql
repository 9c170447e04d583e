-- Every shared concern of a selection as a finished GeoJSON feature, newest identifier first, for a cursor that is
-- read group by group. The view shows what was shared, in the boroughs of this transaction, and nothing else.
SELECT json_build_object(
           'type', 'Feature',
           'id', id,
           'geometry', ST_AsGeoJSON(geom, 7, 0)::json,
           'properties', json_build_object(
               'id', id, 'kind', kind, 'factors', factors, 'feeling', feeling, 'applies', applies, 'light', light,
               'setting', setting, 'basis', basis, 'date', date, 'status', status, 'wording', wording,
               'ward_code', ward_code, 'ward_name', ward_name, 'borough_code', borough_code, 'updated', updated))::text AS feature
FROM feed_concern
WHERE GeometryType(geom) = CAST(:shape AS text)
  AND (CAST(:area AS bytea) IS NULL OR ST_Intersects(geom, ST_GeomFromWKB(CAST(:area AS bytea), 4326)))
  AND (CAST(:first_day AS date) IS NULL OR date >= CAST(:first_day AS date))
  AND (CAST(:last_day AS date) IS NULL OR date <= CAST(:last_day AS date))
  AND (CAST(:kind AS text[]) IS NULL OR kind = ANY (CAST(:kind AS text[])))
  AND (CAST(:status AS text[]) IS NULL OR status = ANY (CAST(:status AS text[])))
  AND (CAST(:light AS text[]) IS NULL OR light = ANY (CAST(:light AS text[])))
  AND (CAST(:feeling AS text[]) IS NULL OR feeling = ANY (CAST(:feeling AS text[])))
  AND (CAST(:setting AS text[]) IS NULL OR setting = ANY (CAST(:setting AS text[])))
  AND (CAST(:basis AS text[]) IS NULL OR basis = ANY (CAST(:basis AS text[])))
  AND (CAST(:ward_code AS text[]) IS NULL OR ward_code = ANY (CAST(:ward_code AS text[])))
  AND (CAST(:borough_code AS text[]) IS NULL OR borough_code = ANY (CAST(:borough_code AS text[])))
ORDER BY id DESC
