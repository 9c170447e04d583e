-- One page of wards of every edition as finished GeoJSON features, beside how many match and how many stand
-- before it. Order: identifiers upwards, by the bytes of their text.
WITH matched AS NOT MATERIALIZED (
    SELECT id COLLATE "C" AS id, ward_code, ward_name, borough_code, borough_name, edition, valid_from, outline
    FROM feed_ward
    WHERE (CAST(:id AS text) IS NULL OR id = CAST(:id AS text))
      AND (CAST(:area AS bytea) IS NULL OR ST_Intersects(geom, ST_GeomFromWKB(CAST(:area AS bytea), 4326)))
      AND (CAST(:ward_code AS text[]) IS NULL OR ward_code = ANY (CAST(:ward_code AS text[])))
      AND (CAST(:borough_code AS text[]) IS NULL OR borough_code = ANY (CAST(:borough_code AS text[])))
      AND (CAST(:edition AS text[]) IS NULL OR edition = ANY (CAST(:edition AS text[])))
), page AS MATERIALIZED (
    SELECT * FROM matched
    WHERE CAST(:beside AS text) IS NULL
       OR CASE WHEN CAST(:backwards AS boolean) THEN id < CAST(:beside AS text) ELSE id > CAST(:beside AS text) END
    ORDER BY CASE WHEN CAST(:backwards AS boolean) THEN id END DESC, CASE WHEN NOT CAST(:backwards AS boolean) THEN id END
    LIMIT CAST(:most AS bigint) OFFSET CAST(:skip AS bigint)
), counted AS (
    SELECT count(*) AS matched, count(*) FILTER (WHERE id < (SELECT min(p.id) FROM page p)) AS before
    FROM matched
)
SELECT counted.matched, counted.before, page.id,
       json_build_object(
           'type', 'Feature',
           'id', page.id,
           'geometry', page.outline::json,
           'properties', json_build_object(
               'id', page.id, 'ward_code', page.ward_code, 'ward_name', page.ward_name,
               'borough_code', page.borough_code, 'borough_name', page.borough_name, 'edition', page.edition,
               'valid_from', CASE WHEN page.valid_from > '0001-01-01' THEN page.valid_from END))::text AS feature
FROM counted LEFT JOIN page ON true
ORDER BY page.id
