-- The place that somebody means: a postcode district, a ward, a station, a street or park of the base map.
WITH said AS (SELECT lower(:words) AS words)
SELECT name, ST_X(at) AS east, ST_Y(at) AS north FROM (
    SELECT 1 AS rank, d.code AS name, ST_PointOnSurface(ST_Union(a.geom_bng)) AS at
    FROM postcode_district d
    JOIN area a ON a.kind = 'ward' AND a.code = d.ward_code
        AND a.edition_id = edition_on((now() AT TIME ZONE 'Europe/London')::date)
    WHERE d.code = CAST(:district AS text)
    GROUP BY d.code
    UNION ALL
    SELECT CASE WHEN lower(a.name) = said.words THEN 2 ELSE 4 END, a.name, ST_PointOnSurface(a.geom_bng)
    FROM said JOIN area a ON a.kind = 'ward' AND starts_with(lower(a.name), said.words)
    WHERE a.edition_id = edition_on((now() AT TIME ZONE 'Europe/London')::date)
    UNION ALL
    SELECT CASE WHEN lower(g.name) = said.words THEN 3 ELSE 5 END + (g.layer <> 'station')::integer * 2, g.name,
           ST_Transform(ST_PointOnSurface(g.geom), 27700)
    FROM said JOIN ground g ON g.layer IN ('station', 'street', 'park') AND starts_with(lower(g.name), said.words)
) found
ORDER BY rank, length(name), name, ST_X(at), ST_Y(at)
LIMIT 1
