-- Public answers to concerns of a ward, each wording once for what it is about, and whether it can be printed.
WITH latest AS (
    SELECT DISTINCT ON (c.id) c.id, e.status, e.public_wording AS wording,
           (e.happened_at AT TIME ZONE 'Europe/London')::date AS day
    FROM concern_area ca
    JOIN concern c ON c.id = ca.concern_id
    JOIN status_event e ON e.concern_id = c.id AND e.status = c.status
    WHERE ca.area_id = :id AND ca.main AND c.kind = :kind
      AND c.status IN ('done', 'in_hand', 'no_action') AND e.public_wording IS NOT NULL
    ORDER BY c.id, e.happened_at DESC, e.id DESC
), said AS (
    SELECT l.status, first_factor.label AS about, l.wording, max(l.day) AS latest
    FROM latest l
    LEFT JOIN LATERAL (
        SELECT f.label FROM concern_factor cf JOIN factor f ON f.code = cf.factor_code
        WHERE cf.concern_id = l.id ORDER BY f.position, f.code LIMIT 1) first_factor ON true
    WHERE l.day >= CAST(:first AS date) AND l.day < CAST(:last AS date) + interval '1 month'
    GROUP BY l.status, first_factor.label, l.wording
), wordings AS MATERIALIZED (
    SELECT DISTINCT wording FROM said
), named AS MATERIALIZED (
    SELECT w.wording, g.name, ST_Transform(ST_Collect(g.geom), 27700) AS street
    FROM area a
    JOIN ground g ON g.layer = 'street' AND g.name IS NOT NULL AND g.geom && a.geom
    JOIN wordings w ON strpos(lower(w.wording), lower(g.name)) > 0
    WHERE a.id = :id
    GROUP BY w.wording, g.name
), voices AS (
    SELECT n.wording, min((SELECT count(DISTINCT c.walk_id) FROM concern c WHERE ST_DWithin(c.geom_bng, n.street, 50))) AS walks
    FROM named n
    GROUP BY n.wording
)
SELECT s.status, s.about, s.wording, s.latest,
       coalesce(v.walks < :min_walks,
                s.wording ~ '\m[A-Z][[:alpha:]'']+ (Road|Street|Lane|Avenue|Close|Way|Path|Walk|Place|Square|Terrace|Gardens|Grove|Hill|Court|Mews|Row|Drive|Crescent|Passage|Alley)\M'
                OR s.wording ~* '\m[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}\M') AS withheld
FROM said s
LEFT JOIN voices v ON v.wording = s.wording
ORDER BY array_position(ARRAY['done', 'in_hand', 'no_action'], s.status), s.latest DESC, s.about, s.wording
