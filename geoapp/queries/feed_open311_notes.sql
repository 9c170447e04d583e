-- What the public is told of the step that each of these concerns is at, and which borough took it up.
SELECT DISTINCT ON (c.id) outside_id(c.id, c.recorded_at)::text AS id, c.owner,
       coalesce(e.public_wording, e.reason) AS notes
FROM concern c
LEFT JOIN status_event e
    ON e.concern_id = c.id AND e.status = c.status AND c.status IN ('in_hand', 'done', 'no_action')
WHERE outside_id(c.id, c.recorded_at) = ANY (CAST(:ids AS uuid[])) AND c.status <> 'raised'
ORDER BY c.id, e.happened_at DESC, e.id DESC
