-- Officers of a team, with how many walks each has in the four weeks to come.
SELECT p.id, p.name,
       (SELECT count(*) FROM joinable_walk w WHERE w.officer_id = p.id AND w.state IN ('open', 'full')
            AND w.starts_at BETWEEN now() AND now() + interval '28 days') AS walks
FROM person p
WHERE p.team_id = :team AND p.role IN ('officer', 'coordinator') AND p.active
ORDER BY walks, p.name, p.id
