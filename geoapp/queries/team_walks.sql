-- The latest walks of a team, and one that was asked for by name even if it is older.
WITH own AS (
    SELECT w.id, w.started_at, w.ended_at, w.created_at, p.name AS officer,
           (SELECT count(*) FROM concern c WHERE c.walk_id = w.id) AS concerns
    FROM walk w
    LEFT JOIN person p ON p.id = w.officer_id
    WHERE w.team_id = :team
    ORDER BY (w.id = CAST(:asked AS uuid)) DESC NULLS LAST, coalesce(w.started_at, w.created_at) DESC, w.id
    LIMIT :most
)
SELECT id, started_at, ended_at, officer, concerns
FROM own
ORDER BY coalesce(started_at, created_at) DESC, id
