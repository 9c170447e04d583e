-- What of a walk has been received: kind, identifier, hash.
SELECT 'concern' AS kind, c.id::text AS id, c.body_hash AS hash FROM concern c WHERE c.walk_id = :walk
UNION ALL
SELECT 'chunk', t.chunk::text, t.body_hash FROM track_chunk t WHERE t.walk_id = :walk
UNION ALL
SELECT 'photo', p.concern_id::text, p.sent_hash
FROM photo p JOIN concern c ON c.id = p.concern_id AND c.team_id = p.team_id WHERE c.walk_id = :walk
UNION ALL
SELECT 'audit', s.id::text, s.body_hash FROM safety_audit s WHERE s.walk_id = :walk
UNION ALL
SELECT 'crime', m.concern_id::text, NULL
FROM crime_mark m JOIN concern c ON c.id = m.concern_id WHERE c.walk_id = :walk
ORDER BY kind, id
