-- Identifiers of imported concerns are hashes of what was said (UUIDv5): whoever sees one can try out times and
-- notes until one fits. Outside, a hash is replaced by one with a secret of this database. Random identifiers
-- (UUIDv4) say nothing and stay, and so does what 0003 made of those that carry a time.
DO $$
BEGIN
    EXECUTE format($f$
        CREATE FUNCTION unguessable_id(id uuid) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $b$
            SELECT (substr(h, 1, 12) || '8' || substr(h, 14, 3) || '8' || substr(h, 18, 15))::uuid
            FROM encode(sha256(%L::bytea || uuid_send(id)), 'hex') AS h
        $b$ $f$, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
END
$$;
REVOKE EXECUTE ON FUNCTION unguessable_id FROM PUBLIC;
GRANT EXECUTE ON FUNCTION unguessable_id TO app, feed; -- outside_id asks it with its reader's rights

-- The schema is named, because a restored index asks the function without a search path.
CREATE OR REPLACE FUNCTION outside_id(id uuid, recorded_at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN substr(id::text, 15, 1) = '4' THEN id
        WHEN substr(id::text, 15, 1) IN ('3', '5') THEN lamplight.unguessable_id(id)
        ELSE (
            lpad(to_hex((extract(epoch FROM (recorded_at AT TIME ZONE 'Europe/London')::date::timestamp + interval '12 hours')
                * 1000)::bigint), 12, '0') || substr(replace(id::text, '-', ''), 13))::uuid END
$$;
REINDEX INDEX uq_concern_outside_id;
