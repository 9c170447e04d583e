-- Safety audits of a team's walk, or one of them.
SELECT s.id, s.walk_id AS walk, s.rubric, ST_X(s.geom) AS longitude, ST_Y(s.geom) AS latitude, s.recorded_at, s.light,
       s.body, s.body_hash,
       coalesce((SELECT jsonb_object_agg(r.parameter, r.score) FROM safety_audit_score r WHERE r.audit_id = s.id), '{}')
           AS scores
FROM safety_audit s
WHERE s.team_id = :team
  AND (CAST(:walk AS uuid) IS NULL OR s.walk_id = :walk) AND (CAST(:one AS uuid) IS NULL OR s.id = :one)
ORDER BY s.recorded_at, s.id
