-- What changed in the feed since a reader last asked, in the order of commits, and what councils say back.
--
-- Each transaction that changes what a council may see writes one row a concern into feed_change when it commits,
-- with its own number and from which borough to which. A reader's cursor is a snapshot: what that snapshot did not
-- see is new, however long its transaction was open. Neither clock nor sequence could promise that.

-- `actor`: who took the step where it was no person signed in, a council's key by its name. `owner`: the borough that
-- took a concern up, as the public is told; `owner_reference`: its own number for it.
ALTER TABLE status_event ADD COLUMN actor text CONSTRAINT ck_status_event_actor CHECK (actor ~ '\S' AND length(actor) <= 254);
ALTER TABLE concern
    ADD COLUMN owner text CONSTRAINT ck_concern_owner CHECK (owner ~ '\S' AND length(owner) <= 120),
    ADD COLUMN owner_reference text CONSTRAINT ck_concern_owner_reference
        CHECK (owner_reference ~ '\S' AND length(owner_reference) <= 80 AND owner_reference !~ '[[:cntrl:]]');
ALTER TABLE feed_key ADD COLUMN may_write boolean NOT NULL DEFAULT false;

-- What the feed holds now: one row for each concern that is shared and lies in a borough of today's wards.
CREATE TABLE feed_presence (
    concern_id uuid CONSTRAINT pk_feed_presence PRIMARY KEY,
    collection text NOT NULL,
    outside_id uuid NOT NULL,
    borough_code text NOT NULL,
    digest text NOT NULL,
    CONSTRAINT ck_feed_presence_collection CHECK (collection IN ('concerns', 'concern_routes'))
);
CREATE INDEX ix_feed_presence_collection ON feed_presence (collection, outside_id) INCLUDE (borough_code);

CREATE TABLE feed_change (
    seq bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_feed_change PRIMARY KEY,
    xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
    happened_at timestamptz NOT NULL DEFAULT now(),
    collection text NOT NULL,
    outside_id uuid NOT NULL,
    from_borough text,
    to_borough text,
    CONSTRAINT ck_feed_change_moves CHECK (from_borough IS NOT NULL OR to_borough IS NOT NULL)
);
CREATE INDEX ix_feed_change_outside_id ON feed_change (outside_id, seq);
CREATE INDEX ix_feed_change_xact ON feed_change (xact);
CREATE INDEX ix_feed_change_happened_at ON feed_change (happened_at);

-- One row: by which edition feed_presence was made, the newest transaction whose rows were thrown away, and the
-- server whose transaction numbers these are. On another server the numbers mean nothing, and cursors have ended.
CREATE TABLE feed_log (
    id boolean NOT NULL DEFAULT true CONSTRAINT pk_feed_log PRIMARY KEY,
    edition_id integer,
    pruned xid8 NOT NULL DEFAULT '0',
    home text NOT NULL
);

-- Concerns touched by transactions that have not ended yet; empty for everyone else.
CREATE TABLE feed_unsettled (
    xact xid8 NOT NULL,
    concern_id uuid NOT NULL,
    CONSTRAINT pk_feed_unsettled PRIMARY KEY (xact, concern_id)
);
CREATE TABLE feed_settling (
    xact xid8 NOT NULL CONSTRAINT pk_feed_settling PRIMARY KEY
);

CREATE FUNCTION feed_today() RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
    SELECT edition_on((now() AT TIME ZONE 'Europe/London')::date)
$$;

-- What a council would see of these concerns, with a digest of all that the feed tells.
CREATE FUNCTION feed_of(ids uuid[]) RETURNS SETOF feed_presence
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
    SELECT c.id, CASE GeometryType(c.geom) WHEN 'POINT' THEN 'concerns' ELSE 'concern_routes' END,
           outside_id(c.id, c.recorded_at), a.borough_code,
           md5(ROW(c.geom::bytea, c.kind, c.feeling, c.applies, c.light, c.setting, c.basis,
               (c.recorded_at AT TIME ZONE 'Europe/London')::date, c.status, c.wording, a.code, a.name,
               (c.updated_at AT TIME ZONE 'Europe/London')::date,
               (SELECT array_agg(f.factor_code ORDER BY f.factor_code) FROM concern_factor f WHERE f.concern_id = c.id))::text)
    FROM concern c
    JOIN concern_area ca ON ca.concern_id = c.id AND ca.main
    JOIN area a ON a.id = ca.area_id AND a.edition_id = (SELECT feed_today())
    WHERE c.id = ANY (ids) AND c.status <> 'raised' AND a.borough_code IS NOT NULL
$$;

INSERT INTO feed_presence SELECT (feed_of(array_agg(id))).* FROM concern HAVING count(*) > 0;
INSERT INTO feed_log (edition_id, home) SELECT feed_today(), system_identifier::text FROM pg_control_system();

-- At the end of a transaction: compare what the feed held with what it holds now, keep the difference.
-- The rows of feed_presence are locked first, so that of two transactions on one concern the later one has the
-- higher number and sees what the earlier one left.
CREATE FUNCTION settle_feed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    ids uuid[];
BEGIN
    WITH mine AS (DELETE FROM feed_unsettled WHERE xact = pg_current_xact_id() RETURNING concern_id)
    SELECT array_agg(concern_id ORDER BY concern_id) INTO ids FROM mine;
    DELETE FROM feed_settling WHERE xact = pg_current_xact_id();
    IF ids IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM FROM feed_presence WHERE concern_id = ANY (ids) ORDER BY concern_id FOR UPDATE;
    WITH seen AS MATERIALIZED (
        SELECT * FROM feed_of(ids)
    ), held AS MATERIALIZED (
        SELECT * FROM feed_presence WHERE concern_id = ANY (ids)
    ), both_sides AS MATERIALIZED (
        SELECT coalesce(s.concern_id, h.concern_id) AS concern_id, s.concern_id IS NOT NULL AS there,
               s.collection, s.outside_id, s.borough_code, s.digest,
               h.collection AS held_collection, h.outside_id AS held_id, h.borough_code AS held_borough,
               coalesce((s.collection, s.outside_id) = (h.collection, h.outside_id), false) AS same
        FROM seen s FULL JOIN held h ON h.concern_id = s.concern_id
        WHERE (s.collection, s.outside_id, s.borough_code, s.digest)
            IS DISTINCT FROM (h.collection, h.outside_id, h.borough_code, h.digest)
    ), logged AS (
        INSERT INTO feed_change (collection, outside_id, from_borough, to_borough)
        SELECT held_collection, held_id, held_borough, NULL FROM both_sides WHERE held_id IS NOT NULL AND NOT same
        UNION ALL
        SELECT collection, outside_id, CASE WHEN same THEN held_borough END, borough_code FROM both_sides WHERE there
    ), gone AS (
        DELETE FROM feed_presence p USING both_sides b WHERE p.concern_id = b.concern_id AND NOT b.there
    )
    INSERT INTO feed_presence (concern_id, collection, outside_id, borough_code, digest)
    SELECT concern_id, collection, outside_id, borough_code, digest FROM both_sides WHERE there
    ON CONFLICT (concern_id) DO UPDATE
        SET collection = excluded.collection, outside_id = excluded.outside_id,
            borough_code = excluded.borough_code, digest = excluded.digest;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER tr_change_settle AFTER INSERT ON feed_settling
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION settle_feed();

CREATE FUNCTION unsettle(ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    IF cardinality(ids) > 0 THEN
        INSERT INTO feed_unsettled SELECT pg_current_xact_id(), id FROM unnest(ids) AS id ON CONFLICT DO NOTHING;
        INSERT INTO feed_settling VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING;
    END IF;
END
$$;

CREATE FUNCTION unsettle_concerns() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    PERFORM unsettle((
        SELECT array_agg(t.id) FROM touched t
        WHERE t.status <> 'raised' OR EXISTS (SELECT FROM feed_presence p WHERE p.concern_id = t.id)));
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_change_concern_insert AFTER INSERT ON concern
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION unsettle_concerns();
CREATE TRIGGER tr_change_concern_update AFTER UPDATE ON concern
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION unsettle_concerns();
CREATE TRIGGER tr_change_concern_delete AFTER DELETE ON concern
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION unsettle_concerns();

CREATE FUNCTION unsettle_factors() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    PERFORM unsettle((
        SELECT array_agg(DISTINCT t.concern_id) FROM touched t
        WHERE EXISTS (SELECT FROM concern c WHERE c.id = t.concern_id AND c.status <> 'raised')));
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_change_factor_insert AFTER INSERT ON concern_factor
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION unsettle_factors();
CREATE TRIGGER tr_change_factor_delete AFTER DELETE ON concern_factor
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION unsettle_factors();

-- Other boundaries: every shared concern may lie in another borough now.
CREATE FUNCTION unsettle_all() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    UPDATE feed_log SET edition_id = feed_today();
    PERFORM unsettle((
        SELECT array_agg(id) FROM (
            SELECT id FROM concern WHERE status <> 'raised' UNION SELECT concern_id FROM feed_presence) AS every));
END
$$;

CREATE FUNCTION unsettle_wards() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM touched WHERE kind = 'ward') THEN -- cells come and go with concerns
        PERFORM unsettle_all();
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_change_ward_insert AFTER INSERT ON area
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION unsettle_wards();
CREATE TRIGGER tr_change_ward_delete AFTER DELETE ON area
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION unsettle_wards();

CREATE FUNCTION unsettle_editions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    PERFORM unsettle_all();
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_change_ward_update AFTER UPDATE OF kind, edition_id, code, name, borough_code ON area
    FOR EACH STATEMENT EXECUTE FUNCTION unsettle_editions();
CREATE TRIGGER tr_change_edition AFTER INSERT OR DELETE OR UPDATE OF valid_from ON edition
    FOR EACH STATEMENT EXECUTE FUNCTION unsettle_editions();

-- Whether the log is of today's boundaries and of this server; an edition may begin with the day.
CREATE FUNCTION feed_log_current() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
    SELECT l.edition_id IS NOT DISTINCT FROM feed_today() AND l.home = s.system_identifier::text
    FROM feed_log l, pg_control_system() s
$$;

-- Take over what no write told of: boundaries that begin today, and a copy of the database on another server,
-- whose log begins anew.
CREATE FUNCTION renew_feed_log() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    here text;
BEGIN
    PERFORM FROM feed_log FOR UPDATE;
    IF feed_log_current() THEN
        RETURN;
    END IF;
    SELECT system_identifier::text INTO here FROM pg_control_system();
    IF (SELECT home FROM feed_log) <> here THEN
        DELETE FROM feed_change;
        DELETE FROM feed_unsettled;
        DELETE FROM feed_settling;
        UPDATE feed_log SET home = here, pruned = pg_current_xact_id();
    END IF;
    LOCK TABLE concern IN SHARE ROW EXCLUSIVE MODE;
    PERFORM unsettle_all();
END
$$;

-- Throw away what is older than so many days, and remember how far; the number of rows.
CREATE FUNCTION prune_feed_log(days double precision) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
    WITH old AS (
        DELETE FROM feed_change WHERE happened_at < now() - make_interval(secs => days * 86400) RETURNING xact
    ), kept AS (
        UPDATE feed_log SET pruned = (SELECT max(xact::text::numeric)::text::xid8 FROM old)
        WHERE (SELECT max(xact::text::numeric) FROM old) > pruned::text::numeric
    )
    SELECT count(*) FROM old
$$;

-- Where what the feed holds is not what there is to share; for `geoapp verify`.
CREATE FUNCTION feed_differences() RETURNS TABLE (subject text, what text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
    SELECT 'concern ' || coalesce(s.concern_id, h.concern_id),
           CASE WHEN h.concern_id IS NULL THEN 'is shared and missing from the feed'
                WHEN s.concern_id IS NULL THEN 'is in the feed and not to be shared'
                ELSE 'is told otherwise than it is' END
    FROM feed_of((SELECT coalesce(array_agg(id), '{}') FROM concern)) s
    FULL JOIN feed_presence h ON h.concern_id = s.concern_id
    WHERE (s.collection, s.outside_id, s.borough_code, s.digest)
        IS DISTINCT FROM (h.collection, h.outside_id, h.borough_code, h.digest)
      AND feed_log_current() -- else it is taken over with the next reading
    ORDER BY 1
$$;

-- What the feed's role sees: in and out of the boroughs of its transaction, never which others.
CREATE VIEW feed_present WITH (security_barrier) AS
SELECT collection, outside_id AS id
FROM feed_presence
WHERE borough_code = ANY ((SELECT string_to_array(current_setting('lamplight.boroughs', true), ','))::text[]);

CREATE VIEW feed_change_seen WITH (security_barrier) AS
SELECT c.seq, c.xact, c.collection, c.outside_id AS id,
       coalesce(c.from_borough = ANY (b.codes), false) AS was_in,
       coalesce(c.to_borough = ANY (b.codes), false) AS is_in
FROM feed_change c, (SELECT string_to_array(current_setting('lamplight.boroughs', true), ',') AS codes) b
WHERE c.from_borough = ANY (b.codes) OR c.to_borough = ANY (b.codes);

CREATE VIEW feed_log_state AS SELECT pruned, feed_log_current() AS current FROM feed_log;

GRANT SELECT ON feed_present, feed_change_seen, feed_log_state TO feed;

REVOKE EXECUTE ON FUNCTION feed_today, feed_of, settle_feed, unsettle, unsettle_concerns, unsettle_factors, unsettle_all,
    unsettle_wards, unsettle_editions, feed_log_current, renew_feed_log, prune_feed_log,
    feed_differences FROM PUBLIC;
GRANT EXECUTE ON FUNCTION renew_feed_log, prune_feed_log, feed_differences TO app;
GRANT EXECUTE ON FUNCTION feed_log_current TO feed; -- feed_log_state asks it with its reader's rights
