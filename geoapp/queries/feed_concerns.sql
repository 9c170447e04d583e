-- One page of shared concerns as finished GeoJSON features, beside how many match and how many stand before it.
-- The view shows what was shared, in the boroughs of this transaction, and nothing else. Order: identifiers
-- downwards, so that what is added while somebody pages stands before the first page and shifts nothing.
-- `tail` is the part of an identifier that says nothing of its time: by it a phone's own one is found.
WITH matched AS NOT MATERIALIZED (
    SELECT id, geom, kind, factors, feeling, applies, light, setting, basis, date, status, wording,
           ward_code, ward_name, borough_code, updated
    FROM feed_concern
    WHERE GeometryType(geom) = CAST(:shape AS text)
      AND (CAST(:id AS uuid) IS NULL OR id = CAST(:id AS uuid))
      AND (CAST(:tail AS text) IS NULL OR (substr(id::text, 15) = CAST(:tail AS text) AND substr(id::text, 15, 1) = '7'))
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
), page AS MATERIALIZED (
    SELECT * FROM matched
    WHERE CAST(:beside AS uuid) IS NULL
       OR CASE WHEN CAST(:backwards AS boolean) THEN id > CAST(:beside AS uuid) ELSE id < CAST(:beside AS uuid) END
    ORDER BY CASE WHEN CAST(:backwards AS boolean) THEN id END, CASE WHEN NOT CAST(:backwards AS boolean) THEN id END DESC
    LIMIT CAST(:most AS bigint) OFFSET CAST(:skip AS bigint)
), counted AS (
    SELECT count(*) AS matched,
           count(*) FILTER (WHERE id > (SELECT p.id FROM page p ORDER BY p.id DESC LIMIT 1)) AS before
    FROM matched
)
SELECT counted.matched, counted.before, page.id::text AS id,
       json_build_object(
           'type', 'Feature',
           'id', page.id,
           'geometry', ST_AsGeoJSON(page.geom, 7, 0)::json,
           'properties', json_build_object(
               'id', page.id, 'kind', page.kind, 'factors', page.factors, 'feeling', page.feeling,
               'applies', page.applies, 'light', page.light, 'setting', page.setting, 'basis', page.basis,
               'date', page.date, 'status', page.status, 'wording', page.wording, 'ward_code', page.ward_code,
               'ward_name', page.ward_name, 'borough_code', page.borough_code, 'updated', page.updated))::text AS feature
FROM counted LEFT JOIN page ON true
ORDER BY page.id DESC
