-- The concerns of one walk in the order they were raised, or one of them, with all that tidying up needs.
WITH numbered AS (
    SELECT c.*, row_number() OVER (ORDER BY c.recorded_at, c.created_at, c.id) AS number,
           left_to_tidy(c) AS todo, ready_to_share(c) AS ready
    FROM concern c
    WHERE c.walk_id = :walk AND c.team_id = :team
)
SELECT n.id, n.number, n.kind, ST_AsGeoJSON(n.geom, 7) AS place, n.feeling, n.applies, n.basis, n.setting, n.note,
       n.recorded_at, n.light, n.accuracy_m, n.position_method, n.status, n.wording, n.body, n.body_hash,
       n.todo, n.ready, a.name AS ward, about.codes, about.labels,
       EXISTS (SELECT FROM crime_mark m WHERE m.concern_id = n.id) AS crime,
       EXISTS (SELECT FROM photo p WHERE p.concern_id = n.id AND p.team_id = n.team_id) AS has_photo
FROM numbered n
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(f.code ORDER BY f.position), '{}') AS codes,
           coalesce(array_agg(f.label ORDER BY f.position), '{}') AS labels
    FROM concern_factor cf JOIN factor f ON f.code = cf.factor_code WHERE cf.concern_id = n.id
) about
LEFT JOIN LATERAL (
    SELECT area.name
    FROM concern_area ca JOIN area ON area.id = ca.area_id
    WHERE ca.concern_id = n.id AND ca.main
      AND area.edition_id = edition_on((n.recorded_at AT TIME ZONE 'Europe/London')::date)
) a ON true
WHERE CAST(:one AS uuid) IS NULL OR n.id = :one
ORDER BY n.number
