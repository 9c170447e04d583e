CREATE OR REPLACE FUNCTION outside_id(id uuid, recorded_at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN substr(id::text, 15, 1) IN ('3', '4', '5') THEN id ELSE (
        lpad(to_hex((extract(epoch FROM (recorded_at AT TIME ZONE 'Europe/London')::date::timestamp + interval '12 hours')
            * 1000)::bigint), 12, '0') || substr(replace(id::text, '-', ''), 13))::uuid END
$$;
REINDEX INDEX uq_concern_outside_id;
DROP FUNCTION unguessable_id;
