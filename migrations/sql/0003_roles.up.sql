-- Who may touch what. The web service is `app`, the council feed is `feed`; `owner` migrates.
-- Derived tables are written by triggers alone. Audit entries can be added and read.

GRANT USAGE ON SCHEMA lamplight TO app, feed;

GRANT SELECT, INSERT ON borough TO app;
GRANT UPDATE (name) ON borough TO app;
GRANT SELECT, INSERT, UPDATE, DELETE ON edition TO app;
GRANT SELECT, INSERT, DELETE ON area TO app;
GRANT SELECT, INSERT ON team TO app;
GRANT SELECT, INSERT, UPDATE ON person TO app;
GRANT SELECT, INSERT, DELETE ON person_borough TO app;
GRANT SELECT, INSERT, DELETE ON sign_in TO app;
GRANT SELECT, INSERT, DELETE ON sign_in_failure TO app;
GRANT SELECT, INSERT, UPDATE ON api_token TO app;
GRANT SELECT, INSERT, UPDATE ON feed_key TO app;
GRANT SELECT, INSERT, DELETE ON feed_key_borough TO app;
GRANT SELECT, INSERT, UPDATE, DELETE ON walk TO app;
GRANT SELECT, INSERT, UPDATE, DELETE ON track_chunk TO app;
GRANT SELECT, INSERT, UPDATE, DELETE ON track TO app;
GRANT SELECT ON factor TO app;
GRANT SELECT, INSERT, UPDATE, DELETE ON concern TO app;
GRANT SELECT, INSERT, DELETE ON concern_factor TO app;
GRANT SELECT, INSERT ON tombstone TO app;
GRANT SELECT, INSERT, UPDATE, DELETE ON photo TO app;
GRANT SELECT, INSERT ON status_event TO app;
GRANT SELECT, INSERT ON audit TO app;
GRANT SELECT ON concern_area TO app;
GRANT SELECT ON exposure TO app;
GRANT SELECT, INSERT, DELETE ON ground TO app;

-- Phones make identifiers that carry the time to the millisecond (UUIDv7), and partners may know the day
-- alone. Outside, the time in an identifier is noon of that day; its random part stays. Identifiers
-- without a time in them are as they were.
CREATE FUNCTION outside_id(id uuid, recorded_at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN substr(id::text, 15, 1) IN ('3', '4', '5') THEN id ELSE (
        lpad(to_hex((extract(epoch FROM (recorded_at AT TIME ZONE 'Europe/London')::date::timestamp + interval '12 hours')
            * 1000)::bigint), 12, '0') || substr(replace(id::text, '-', ''), 13))::uuid END
$$;
CREATE UNIQUE INDEX uq_concern_outside_id ON concern (outside_id(id, recorded_at));

-- What a council may see of a concern that was shared. The boroughs of the key or person are set for
-- the transaction; without them nothing is seen.
CREATE VIEW feed_concern WITH (security_barrier) AS
SELECT outside_id(c.id, c.recorded_at) AS id, c.geom, c.geom_bng, c.kind,
       coalesce((SELECT array_agg(f.factor_code ORDER BY f.factor_code) FROM concern_factor f WHERE f.concern_id = c.id), '{}') AS factors,
       c.feeling, c.applies, c.light, c.setting, c.basis,
       (c.recorded_at AT TIME ZONE 'Europe/London')::date AS date,
       c.status, c.wording, a.code AS ward_code, a.name AS ward_name, a.borough_code,
       (c.updated_at AT TIME ZONE 'Europe/London')::date AS updated
FROM concern c
JOIN concern_area ca ON ca.concern_id = c.id AND ca.main
JOIN area a ON a.id = ca.area_id AND a.edition_id = edition_on((now() AT TIME ZONE 'Europe/London')::date)
WHERE c.status <> 'raised'
  AND a.borough_code = ANY (string_to_array(current_setting('lamplight.boroughs', true), ','));

GRANT SELECT ON feed_concern TO feed;

-- Functions are open to everyone unless that is taken away. Triggers run whoever may execute them.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA lamplight FROM PUBLIC;
GRANT EXECUTE ON FUNCTION edition_on, outside_id TO app, feed; -- feed_concern asks them with its reader's rights
GRANT EXECUTE ON FUNCTION boundary_tolerance_m, metres_inside, point_areas, line_areas, concern_shares, audit_hash TO app;
