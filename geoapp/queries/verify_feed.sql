-- Texts kept for councils that are not what the rows behind them say, and totals that are not what the texts add up
-- to. The features are put together here in another way than where they are kept: as JSON values, compared as values.
WITH fresh AS (
    SELECT c.id AS concern_id, a.edition_id, c.geom, c.geom_bng, a.borough_code,
           CASE WHEN ST_Dimension(c.geom) = 0 THEN 'concerns' ELSE 'concern_routes' END AS collection,
           jsonb_build_object(
               'type', 'Feature', 'id', outside_id(c.id, c.recorded_at),
               'geometry', ST_AsGeoJSON(c.geom, 7, 0)::jsonb,
               'properties', jsonb_build_object(
                   'id', outside_id(c.id, c.recorded_at), 'kind', c.kind,
                   'factors', ARRAY(SELECT f.factor_code FROM concern_factor f WHERE f.concern_id = c.id ORDER BY 1),
                   'feeling', c.feeling, 'applies', c.applies, 'light', c.light, 'setting', c.setting,
                   'basis', c.basis, 'date', (c.recorded_at AT TIME ZONE 'Europe/London')::date,
                   'status', c.status, 'wording', c.wording, 'ward_code', a.code, 'ward_name', a.name,
                   'borough_code', a.borough_code,
                   'updated', (c.updated_at AT TIME ZONE 'Europe/London')::date)) AS feature
    FROM concern c
    JOIN concern_area ca ON ca.concern_id = c.id AND ca.main
    JOIN area a ON a.id = ca.area_id AND a.edition_id IS NOT NULL
    WHERE c.status IN ('shared', 'in_hand', 'done', 'no_action') AND a.borough_code IS NOT NULL
), texts AS (
    SELECT coalesce(f.concern_id, t.concern_id)::text AS subject,
           CASE WHEN t.concern_id IS NULL THEN 'no text is kept of it'
                WHEN f.concern_id IS NULL THEN 'a text is kept that partners are not to see'
                ELSE 'what is kept is not what partners are to see' END AS what
    FROM fresh f
    FULL JOIN feed_feature t ON t.concern_id = f.concern_id AND t.edition_id = f.edition_id
    WHERE f.concern_id IS NULL OR t.concern_id IS NULL OR t.collection <> f.collection
       OR t.feature::jsonb <> f.feature
       OR NOT ST_OrderingEquals(t.geom, f.geom) OR NOT ST_OrderingEquals(t.geom_bng, f.geom_bng)
       OR f.feature -> 'properties' <> jsonb_build_object(
              'id', t.id, 'kind', t.kind, 'factors', t.factors, 'feeling', t.feeling, 'applies', t.applies,
              'light', t.light, 'setting', t.setting, 'basis', t.basis, 'date', t.date, 'status', t.status,
              'wording', t.wording, 'ward_code', t.ward_code, 'ward_name', t.ward_name,
              'borough_code', t.borough_code, 'updated', t.updated)
       OR t.seq IS DISTINCT FROM (SELECT o.seq FROM feed_order o WHERE o.concern_id = t.concern_id)
), days AS (
    SELECT collection, edition_id, borough_code, date, count(*) AS n,
           ST_XMin(ST_Extent(geom)) AS west, ST_YMin(ST_Extent(geom)) AS south,
           ST_XMax(ST_Extent(geom)) AS east, ST_YMax(ST_Extent(geom)) AS north
    FROM feed_feature GROUP BY 1, 2, 3, 4
), scopes AS (
    SELECT collection, edition_id, borough_code, count(*) AS n FROM feed_feature GROUP BY 1, 2, 3
    UNION ALL SELECT 'wards', 0, '', count(*) FROM area WHERE edition_id IS NOT NULL
)
SELECT 'feed_feature' AS kept_in, 'concern ' || subject AS subject, what FROM texts
UNION ALL
SELECT 'feed_day', concat_ws(' ', collection, borough_code, date),
       'kept ' || coalesce(k.n, 0) || ', recounted ' || coalesce(d.n, 0)
           || CASE WHEN k.n = d.n THEN ', in another box' ELSE '' END
FROM feed_day k FULL JOIN days d USING (collection, edition_id, borough_code, date)
WHERE (k.n, k.west, k.south, k.east, k.north) IS DISTINCT FROM (d.n, d.west, d.south, d.east, d.north)
UNION ALL
SELECT 'feed_scope', concat_ws(' ', collection, borough_code), 'kept ' || coalesce(k.n, 0) || ', recounted ' || coalesce(s.n, 0)
FROM feed_scope k FULL JOIN scopes s USING (collection, edition_id, borough_code)
WHERE coalesce(k.n, 0) <> coalesce(s.n, 0)
ORDER BY 1, 2
