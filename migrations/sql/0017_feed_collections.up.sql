-- What anybody may read of the scheme in the council feed: walks to join, what came of concerns, and figures that were
-- released. Each view gives what the public pages give and nothing below a ward. `seq` is a number of each row that
-- never changes; `told` is the row as its GeoJSON properties, and `feature` all of it with the outline of its ward.

-- As the list at /walks has them: no meeting point, no word, no number, and a ward as the only place.
CREATE VIEW feed_walk WITH (security_barrier) AS
SELECT hashtextextended(w.id::text, 0) AS seq, w.id, w.title, w.ward_code, w.ward_name, w.date, w.starts_at, w.ends_at,
       w.length_m::double precision AS length_m, w.step_free, w.details, w.officer, w.kind,
       w.places_left::double precision AS places_left, w.geom, w.geom_bng, w.told,
       '{"type":"Feature","id":"' || w.id || '","geometry":' || coalesce(w.outline, 'null') || ',"properties":' || w.told || '}' AS feature
FROM (
    SELECT s.*, row_to_json((SELECT p FROM (
               SELECT s.id, s.title, s.ward_code, s.ward_name, s.date,
                      to_char(s.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS starts_at,
                      to_char(s.ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS ends_at,
                      s.length_m, s.step_free, s.details, s.officer, s.kind, s.places_left) p))::text AS told
    FROM (
        SELECT o.id, o.title, o.ward_code, coalesce(a.name, o.ward_code) AS ward_name,
               (o.starts_at AT TIME ZONE 'Europe/London')::date AS date, o.starts_at, o.ends_at, o.length_m, o.step_free,
               o.details, o.officer_first_name AS officer, o.kind, greatest(o.places_left, 0) AS places_left,
               a.geom, a.geom_bng, a.outline
        FROM open_walk o
        LEFT JOIN area a ON a.kind = 'ward' AND a.code = o.ward_code
            AND a.edition_id = edition_on((o.starts_at AT TIME ZONE 'Europe/London')::date)) s) w;

-- As the pages at /said-and-did have them: words that somebody has read over, one answer for each concern.
CREATE VIEW feed_action WITH (security_barrier) AS
SELECT s.seq, s.id, s.ward_code, s.ward_name, s.borough_code, s.borough_name, s.status, s.date, s.you_said, s.answer,
       s.geom, s.geom_bng, s.told,
       '{"type":"Feature","id":"' || s.id || '","geometry":' || s.outline || ',"properties":' || s.told || '}' AS feature
FROM (
    SELECT r.*, row_to_json((SELECT p FROM (
               SELECT r.id, r.ward_code, r.ward_name, r.borough_code, r.borough_name, r.status, r.date, r.you_said,
                      r.answer) p))::text AS told
    FROM (
        SELECT d.id AS seq, d.id::text COLLATE "C" AS id, d.ward_code::text AS ward_code, d.ward_name, d.borough_code,
               b.name AS borough_name, d.status, d.happened_on AS date, d.you_said, d.answer, a.geom, a.geom_bng, a.outline
        FROM said_and_did d
        JOIN area a ON a.kind = 'ward' AND a.code = d.ward_code
            AND a.edition_id = edition_on((now() AT TIME ZONE 'Europe/London')::date)
        LEFT JOIN borough b ON b.code = d.borough_code) r) s;

-- Figures of wards come out of releases alone, and there is none yet: this is the shape that a release fills, and it
-- reads no table of live figures. Whoever fills it leaves `concerns` null where `suppressed` is true, so that no filter
-- and no order can find what is hidden.
CREATE VIEW feed_ward_figure WITH (security_barrier) AS
SELECT NULL::bigint AS seq, NULL::text COLLATE "C" AS id, NULL::text AS ward_code, NULL::text AS ward_name,
       NULL::text AS borough_code, NULL::text AS edition, NULL::text AS release, NULL::double precision AS version,
       NULL::date AS period_start, NULL::date AS period_end, NULL::double precision AS concerns,
       NULL::double precision AS walks, NULL::double precision AS km, NULL::boolean AS suppressed,
       NULL::geometry(MultiPolygon, 4326) AS geom, NULL::geometry(MultiPolygon, 27700) AS geom_bng, NULL::text AS told,
       NULL::text AS feature
WHERE false;

-- The feed reads walks by this view, which says less than the one below it.
REVOKE SELECT ON open_walk FROM feed;
GRANT SELECT ON feed_walk, feed_action, feed_ward_figure TO feed;
