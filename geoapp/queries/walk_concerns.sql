-- The concerns of one walk in the order they were raised, with the ward of the edition valid then.
SELECT c.id, c.kind, ST_AsGeoJSON(c.geom, 7) AS place, c.feeling, c.applies, c.basis, c.setting, c.note,
       c.recorded_at, c.light, c.status, c.wording, c.body_hash, a.name AS ward,
       coalesce((SELECT array_agg(f.label ORDER BY f.position)
                 FROM concern_factor cf JOIN factor f ON f.code = cf.factor_code
                 WHERE cf.concern_id = c.id), '{}') AS factors,
       EXISTS (SELECT FROM photo p WHERE p.concern_id = c.id AND p.team_id = c.team_id) AS has_photo
FROM concern c
LEFT JOIN LATERAL (
    SELECT area.name
    FROM concern_area ca JOIN area ON area.id = ca.area_id
    WHERE ca.concern_id = c.id AND ca.main
      AND area.edition_id = edition_on((c.recorded_at AT TIME ZONE 'Europe/London')::date)
) a ON true
WHERE c.walk_id = :walk AND c.team_id = :team
ORDER BY c.recorded_at, c.created_at, c.id
