-- Messages that did not go out or came back, and that nobody has put aside; the latest first.
SELECT m.id, m.kind, m.way, m.failure, m.ended_at, r.id AS request_id, r.reference, r.first_name, r.email, r.phone
FROM participant.message m JOIN participant.request r ON r.id = m.request_id
WHERE m.state = 'failed' AND m.seen_at IS NULL
ORDER BY m.ended_at DESC, m.id
LIMIT 200
