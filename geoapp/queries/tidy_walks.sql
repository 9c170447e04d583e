-- The walks of a team, newest first, with how much of each is left to tidy up; a page after the walk named.
WITH own AS (
    SELECT w.id, coalesce(w.started_at, w.created_at) AS at, w.started_at, w.ended_at, w.officer_id
    FROM walk w
    WHERE w.team_id = :team
      AND (CAST(:one AS uuid) IS NULL OR w.id = :one)
      AND (CAST(:before AS timestamptz) IS NULL
           OR (coalesce(w.started_at, w.created_at), w.id) < (CAST(:before AS timestamptz), CAST(:before_id AS uuid)))
    ORDER BY coalesce(w.started_at, w.created_at) DESC, w.id DESC
    LIMIT :most
)
SELECT own.id, own.at, own.started_at, own.ended_at, p.name AS officer, t.metres,
       count(c.id) AS concerns,
       count(c.id) FILTER (WHERE cardinality(left_to_tidy(c)) > 0) AS to_tidy,
       count(c.id) FILTER (WHERE c.status <> 'raised') AS shared,
       count(c.id) FILTER (WHERE ready_to_share(c)) AS ready
FROM own
LEFT JOIN person p ON p.id = own.officer_id
LEFT JOIN track t ON t.walk_id = own.id
LEFT JOIN concern c ON c.walk_id = own.id
GROUP BY own.id, own.at, own.started_at, own.ended_at, p.name, t.metres
ORDER BY own.at DESC, own.id DESC
