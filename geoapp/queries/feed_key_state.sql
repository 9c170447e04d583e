-- Who holds a key, and the state of a collection, as a JSON object; no row for a key that opens nothing. It comes first
-- in its statement, because what follows reads what the key lets it read: feed_opened says that to the row policy.
SELECT NULL::bigint AS seq, json_build_object(
           'key_id', o.key_id, 'name', o.name, 'may_write', o.may_write, 'boroughs', o.boroughs, 'n', s.n,
           'change', s.change, 'edition_id', s.edition_id, 'changed_at', extract(epoch FROM s.changed_at))::text AS feature
FROM feed_opened(CAST(:hash AS bytea)) o
CROSS JOIN LATERAL feed_state_of(CASE WHEN o.key_id IS NOT NULL THEN CAST(:collection AS text) END) s
