-- What a council reads, kept ready: for each shared concern and edition of wards the finished GeoJSON feature beside
-- what it is selected and ordered by. The triggers below keep it in the transaction that changes anything partners
-- see. An edition that begins to count at midnight needs no writing: its rows stand beside those of the one before.

-- Writers of what councils read pass here one after the other, so that numbers of changes follow commits. It is the
-- lock of the cube: whoever writes both would otherwise wait for somebody who took them the other way round.
CREATE FUNCTION hold_feed() RETURNS void LANGUAGE sql AS 'SELECT hold_cube()';

-- The place of a concern in the order of pages: later ones have higher numbers, and a number never changes.
CREATE TABLE feed_order (
    concern_id uuid CONSTRAINT pk_feed_order PRIMARY KEY
        CONSTRAINT fk_feed_order_concern_id_concern REFERENCES concern ON DELETE CASCADE,
    seq bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT uq_feed_order_seq UNIQUE
);

CREATE TABLE feed_feature (
    concern_id uuid NOT NULL CONSTRAINT fk_feed_feature_concern_id_concern REFERENCES concern ON DELETE CASCADE,
    edition_id integer NOT NULL CONSTRAINT fk_feed_feature_edition_id_edition REFERENCES edition ON DELETE CASCADE,
    seq bigint NOT NULL,
    collection text NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    factors text[] NOT NULL,
    feeling text,
    applies text[] NOT NULL,
    light text NOT NULL,
    setting text,
    basis text,
    date date NOT NULL,
    status text NOT NULL,
    wording text,
    ward_code text NOT NULL,
    ward_name text NOT NULL,
    borough_code text NOT NULL,
    updated date NOT NULL,
    geom geometry(Geometry, 4326) NOT NULL,
    geom_bng geometry(Geometry, 27700) NOT NULL,
    feature text NOT NULL,
    CONSTRAINT pk_feed_feature PRIMARY KEY (concern_id, edition_id),
    CONSTRAINT ck_feed_feature_collection CHECK (collection IN ('concerns', 'concern_routes')),
    CONSTRAINT ck_feed_feature_status CHECK (status <> 'raised')
);
-- Compressing costs more than it saves where pages are put together of thousands of texts.
ALTER TABLE feed_feature ALTER COLUMN feature SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX uq_feed_feature_borough ON feed_feature (collection, edition_id, borough_code, seq);
CREATE UNIQUE INDEX uq_feed_feature_seq ON feed_feature (collection, edition_id, seq);
CREATE UNIQUE INDEX uq_feed_feature_id ON feed_feature (edition_id, id);
CREATE INDEX ix_feed_feature_date ON feed_feature (collection, edition_id, borough_code, date);
CREATE INDEX ix_feed_feature_geom ON feed_feature USING gist (geom);
CREATE INDEX ix_feed_feature_geom_bng ON feed_feature USING gist (geom_bng);

-- How many there are, and where, by borough and day.
CREATE TABLE feed_day (
    collection text NOT NULL,
    edition_id integer NOT NULL CONSTRAINT fk_feed_day_edition_id_edition REFERENCES edition ON DELETE CASCADE,
    borough_code text NOT NULL,
    date date NOT NULL,
    n bigint NOT NULL,
    west double precision NOT NULL,
    south double precision NOT NULL,
    east double precision NOT NULL,
    north double precision NOT NULL,
    CONSTRAINT pk_feed_day PRIMARY KEY (collection, edition_id, borough_code, date)
);

-- The number of the last change of a collection in a borough, and when it was. Numbers are drawn by all together:
-- the highest of several boroughs changes with each of them. Wards have one row, without edition and borough.
CREATE SEQUENCE feed_change_number;
CREATE TABLE feed_scope (
    collection text NOT NULL,
    edition_id integer NOT NULL,
    borough_code text NOT NULL,
    n bigint NOT NULL,
    change bigint NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT pk_feed_scope PRIMARY KEY (collection, edition_id, borough_code)
);

-- What partners see of these concerns, by the wards of every edition.
CREATE FUNCTION feed_text_of(ids uuid[]) RETURNS TABLE (
    concern_id uuid, edition_id integer, seq bigint, collection text, id uuid, kind text, factors text[], feeling text,
    applies text[], light text, setting text, basis text, date date, status text, wording text, ward_code text,
    ward_name text, borough_code text, updated date, geom geometry, geom_bng geometry, feature text)
LANGUAGE sql STABLE AS $$
    WITH seen AS (
        SELECT c.id AS concern_id, a.edition_id, o.seq,
               CASE GeometryType(c.geom) WHEN 'POINT' THEN 'concerns' ELSE 'concern_routes' END AS collection,
               outside_id(c.id, c.recorded_at) AS id, c.kind,
               coalesce((SELECT array_agg(f.factor_code ORDER BY f.factor_code)
                         FROM concern_factor f WHERE f.concern_id = c.id), '{}') AS factors,
               c.feeling, c.applies, c.light, c.setting, c.basis,
               (c.recorded_at AT TIME ZONE 'Europe/London')::date AS date,
               c.status, c.wording, a.code::text AS ward_code, a.name AS ward_name, a.borough_code,
               (c.updated_at AT TIME ZONE 'Europe/London')::date AS updated, c.geom, c.geom_bng
        FROM concern c
        JOIN feed_order o ON o.concern_id = c.id
        JOIN concern_area ca ON ca.concern_id = c.id AND ca.main
        JOIN area a ON a.id = ca.area_id AND a.kind = 'ward'
        WHERE c.id = ANY (ids) AND c.status <> 'raised' AND a.borough_code IS NOT NULL)
    SELECT s.*,
           '{"type":"Feature","id":"' || s.id || '","geometry":' || ST_AsGeoJSON(s.geom, 7, 0)
           || ',"properties":{"id":"' || s.id || '","kind":' || to_json(s.kind)
           || ',"factors":' || to_json(s.factors) || ',"feeling":' || coalesce(to_json(s.feeling)::text, 'null')
           || ',"applies":' || to_json(s.applies) || ',"light":' || to_json(s.light)
           || ',"setting":' || coalesce(to_json(s.setting)::text, 'null')
           || ',"basis":' || coalesce(to_json(s.basis)::text, 'null')
           || ',"date":' || to_json(s.date) || ',"status":' || to_json(s.status)
           || ',"wording":' || coalesce(to_json(s.wording)::text, 'null')
           || ',"ward_code":' || to_json(s.ward_code) || ',"ward_name":' || to_json(s.ward_name)
           || ',"borough_code":' || to_json(s.borough_code) || ',"updated":' || to_json(s.updated) || '}}'
    FROM seen s
$$;

-- Write what partners see of these concerns anew, where it is not what stands there.
CREATE FUNCTION keep_feed_text(ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    PERFORM hold_feed();
    INSERT INTO feed_order (concern_id)
    SELECT c.id FROM concern c WHERE c.id = ANY (ids) AND c.status <> 'raised' ORDER BY c.created_at, c.id
    ON CONFLICT DO NOTHING;
    WITH fresh AS MATERIALIZED (
        SELECT * FROM feed_text_of(ids)
    ), gone AS (
        DELETE FROM feed_feature t
        WHERE t.concern_id = ANY (ids)
          AND NOT EXISTS (SELECT FROM fresh f WHERE f.concern_id = t.concern_id AND f.edition_id = t.edition_id)
    )
    INSERT INTO feed_feature AS t (
        concern_id, edition_id, seq, collection, id, kind, factors, feeling, applies, light, setting, basis, date, status,
        wording, ward_code, ward_name, borough_code, updated, geom, geom_bng, feature)
    SELECT concern_id, edition_id, seq, collection, id, kind, factors, feeling, applies, light, setting, basis, date, status,
           wording, ward_code, ward_name, borough_code, updated, geom, geom_bng, feature
    FROM fresh ORDER BY seq, edition_id
    ON CONFLICT (concern_id, edition_id) DO UPDATE SET
        seq = excluded.seq, collection = excluded.collection, id = excluded.id, kind = excluded.kind,
        factors = excluded.factors, feeling = excluded.feeling, applies = excluded.applies, light = excluded.light,
        setting = excluded.setting, basis = excluded.basis, date = excluded.date, status = excluded.status,
        wording = excluded.wording, ward_code = excluded.ward_code, ward_name = excluded.ward_name,
        borough_code = excluded.borough_code, updated = excluded.updated, geom = excluded.geom,
        geom_bng = excluded.geom_bng, feature = excluded.feature
    WHERE t.feature <> excluded.feature
       OR NOT ST_OrderingEquals(t.geom, excluded.geom) OR NOT ST_OrderingEquals(t.geom_bng, excluded.geom_bng);
END
$$;

-- One function for each kind of source: what was touched there is handed on if partners see it, or saw it.
CREATE FUNCTION keep_feed_of_concerns() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    ids uuid[];
BEGIN
    SELECT array_agg(id) INTO ids FROM (
        SELECT id FROM arrived WHERE status <> 'raised'
        UNION SELECT id FROM left_behind WHERE status <> 'raised') seen;
    IF ids IS NOT NULL THEN
        PERFORM keep_feed_text(ids);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_feed_concern_update AFTER UPDATE ON concern
    REFERENCING NEW TABLE AS arrived OLD TABLE AS left_behind FOR EACH STATEMENT EXECUTE FUNCTION keep_feed_of_concerns();

CREATE FUNCTION keep_feed_of_parts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    ids uuid[];
BEGIN
    SELECT array_agg(DISTINCT t.concern_id) INTO ids
    FROM touched t JOIN concern c ON c.id = t.concern_id WHERE c.status <> 'raised';
    IF ids IS NOT NULL THEN
        PERFORM keep_feed_text(ids);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_feed_area_insert AFTER INSERT ON concern_area
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION keep_feed_of_parts();
CREATE TRIGGER tr_feed_area_update AFTER UPDATE ON concern_area
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION keep_feed_of_parts();
CREATE TRIGGER tr_feed_area_delete AFTER DELETE ON concern_area
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION keep_feed_of_parts();
CREATE TRIGGER tr_feed_factor_insert AFTER INSERT ON concern_factor
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION keep_feed_of_parts();
CREATE TRIGGER tr_feed_factor_delete AFTER DELETE ON concern_factor
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION keep_feed_of_parts();

CREATE FUNCTION keep_feed_of_areas() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    ids uuid[];
BEGIN
    SELECT array_agg(ca.concern_id) INTO ids
    FROM arrived n JOIN left_behind o ON o.id = n.id
    JOIN concern_area ca ON ca.area_id = n.id AND ca.main
    JOIN concern c ON c.id = ca.concern_id AND c.status <> 'raised'
    WHERE n.kind = 'ward' AND (n.code, n.name) <> (o.code, o.name)
       OR n.kind = 'ward' AND n.borough_code IS DISTINCT FROM o.borough_code;
    IF ids IS NOT NULL THEN
        PERFORM keep_feed_text(ids);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_feed_ward_update AFTER UPDATE ON area
    REFERENCING NEW TABLE AS arrived OLD TABLE AS left_behind FOR EACH STATEMENT EXECUTE FUNCTION keep_feed_of_areas();

-- Totals follow the texts, whoever changes them. What comes is added; where something leaves, its borough and day
-- are counted again, because a box that was made wider does not know what made it so.
CREATE FUNCTION count_feed_in() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM arrived) THEN
        RETURN NULL;
    END IF;
    PERFORM hold_feed();
    INSERT INTO feed_day AS d (collection, edition_id, borough_code, date, n, west, south, east, north)
    SELECT collection, edition_id, borough_code, date, count(*),
           min(ST_XMin(geom)), min(ST_YMin(geom)), max(ST_XMax(geom)), max(ST_YMax(geom))
    FROM arrived GROUP BY 1, 2, 3, 4
    ON CONFLICT (collection, edition_id, borough_code, date) DO UPDATE
        SET n = d.n + excluded.n, west = least(d.west, excluded.west), south = least(d.south, excluded.south),
            east = greatest(d.east, excluded.east), north = greatest(d.north, excluded.north);
    INSERT INTO feed_scope AS s (collection, edition_id, borough_code, n, change, changed_at)
    SELECT collection, edition_id, borough_code, count(*), nextval('feed_change_number'), clock_timestamp()
    FROM arrived GROUP BY 1, 2, 3
    ON CONFLICT (collection, edition_id, borough_code) DO UPDATE
        SET n = s.n + excluded.n, change = excluded.change, changed_at = excluded.changed_at;
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_feed_count_insert AFTER INSERT ON feed_feature
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION count_feed_in();

CREATE FUNCTION count_feed_out() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM left_behind) THEN
        RETURN NULL;
    END IF;
    PERFORM hold_feed();
    DELETE FROM feed_day d USING left_behind l
    WHERE (d.collection, d.edition_id, d.borough_code, d.date) = (l.collection, l.edition_id, l.borough_code, l.date);
    INSERT INTO feed_day (collection, edition_id, borough_code, date, n, west, south, east, north)
    SELECT t.collection, t.edition_id, t.borough_code, t.date, count(*),
           min(ST_XMin(t.geom)), min(ST_YMin(t.geom)), max(ST_XMax(t.geom)), max(ST_YMax(t.geom))
    FROM feed_feature t
    JOIN (SELECT DISTINCT collection, edition_id, borough_code, date FROM left_behind) l
        ON (t.collection, t.edition_id, t.borough_code, t.date) = (l.collection, l.edition_id, l.borough_code, l.date)
    GROUP BY 1, 2, 3, 4;
    UPDATE feed_scope s SET n = s.n - l.n, change = nextval('feed_change_number'), changed_at = clock_timestamp()
    FROM (SELECT collection, edition_id, borough_code, count(*) AS n FROM left_behind GROUP BY 1, 2, 3) l
    WHERE (s.collection, s.edition_id, s.borough_code) = (l.collection, l.edition_id, l.borough_code);
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_feed_count_delete AFTER DELETE ON feed_feature
    REFERENCING OLD TABLE AS left_behind FOR EACH STATEMENT EXECUTE FUNCTION count_feed_out();

CREATE FUNCTION count_feed_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM arrived) THEN
        RETURN NULL;
    END IF;
    PERFORM hold_feed();
    IF EXISTS (SELECT FROM arrived n JOIN left_behind o USING (concern_id, edition_id)
               WHERE (n.collection, n.borough_code, n.date) <> (o.collection, o.borough_code, o.date)
                  OR NOT ST_OrderingEquals(n.geom, o.geom)) THEN
        DELETE FROM feed_day d
        USING (SELECT * FROM arrived UNION ALL SELECT * FROM left_behind) l
        WHERE (d.collection, d.edition_id, d.borough_code, d.date) = (l.collection, l.edition_id, l.borough_code, l.date);
        INSERT INTO feed_day (collection, edition_id, borough_code, date, n, west, south, east, north)
        SELECT t.collection, t.edition_id, t.borough_code, t.date, count(*),
               min(ST_XMin(t.geom)), min(ST_YMin(t.geom)), max(ST_XMax(t.geom)), max(ST_YMax(t.geom))
        FROM feed_feature t
        JOIN (SELECT collection, edition_id, borough_code, date FROM arrived
              UNION SELECT collection, edition_id, borough_code, date FROM left_behind) l
            ON (t.collection, t.edition_id, t.borough_code, t.date) = (l.collection, l.edition_id, l.borough_code, l.date)
        GROUP BY 1, 2, 3, 4;
    END IF;
    INSERT INTO feed_scope AS s (collection, edition_id, borough_code, n, change, changed_at)
    SELECT collection, edition_id, borough_code, sum(one), nextval('feed_change_number'), clock_timestamp()
    FROM (SELECT collection, edition_id, borough_code, 1 AS one FROM arrived
          UNION ALL SELECT collection, edition_id, borough_code, -1 FROM left_behind) both_sides
    GROUP BY 1, 2, 3
    ON CONFLICT (collection, edition_id, borough_code) DO UPDATE
        SET n = s.n + excluded.n, change = excluded.change, changed_at = excluded.changed_at;
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_feed_count_update AFTER UPDATE ON feed_feature
    REFERENCING NEW TABLE AS arrived OLD TABLE AS left_behind FOR EACH STATEMENT EXECUTE FUNCTION count_feed_change();

-- Wards change with their areas, editions and the names of boroughs.
CREATE FUNCTION note_wards_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    PERFORM hold_feed();
    INSERT INTO feed_scope AS s (collection, edition_id, borough_code, n, change, changed_at)
    SELECT 'wards', 0, '', (SELECT count(*) FROM area WHERE kind = 'ward'), nextval('feed_change_number'), clock_timestamp()
    ON CONFLICT (collection, edition_id, borough_code) DO UPDATE
        SET n = excluded.n, change = excluded.change, changed_at = excluded.changed_at;
    RETURN NULL;
END
$$;
CREATE FUNCTION note_ward_rows_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    -- Cells are areas too, and come with every walk.
    IF EXISTS (SELECT FROM touched WHERE kind = 'ward') THEN
        PERFORM hold_feed();
        INSERT INTO feed_scope AS s (collection, edition_id, borough_code, n, change, changed_at)
        SELECT 'wards', 0, '', (SELECT count(*) FROM area WHERE kind = 'ward'), nextval('feed_change_number'), clock_timestamp()
        ON CONFLICT (collection, edition_id, borough_code) DO UPDATE
            SET n = excluded.n, change = excluded.change, changed_at = excluded.changed_at;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_feed_wards_insert AFTER INSERT ON area
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION note_ward_rows_changed();
CREATE TRIGGER tr_feed_wards_update AFTER UPDATE ON area
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION note_ward_rows_changed();
CREATE TRIGGER tr_feed_wards_delete AFTER DELETE ON area
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION note_ward_rows_changed();
CREATE TRIGGER tr_feed_wards_edition AFTER UPDATE OR DELETE ON edition
    FOR EACH STATEMENT EXECUTE FUNCTION note_wards_changed();
CREATE TRIGGER tr_feed_wards_borough AFTER UPDATE ON borough
    FOR EACH STATEMENT EXECUTE FUNCTION note_wards_changed();

-- Work all of it out anew; the numbers of the order stay.
CREATE FUNCTION recount_feed() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    PERFORM hold_feed();
    DELETE FROM feed_feature;
    DELETE FROM feed_day;
    UPDATE feed_scope SET n = 0 WHERE collection <> 'wards';
    PERFORM keep_feed_text(ARRAY(SELECT id FROM concern WHERE status <> 'raised'));
    INSERT INTO feed_scope AS s (collection, edition_id, borough_code, n, change, changed_at)
    SELECT 'wards', 0, '', count(*), nextval('feed_change_number'), clock_timestamp() FROM area WHERE kind = 'ward'
    ON CONFLICT (collection, edition_id, borough_code) DO UPDATE
        SET n = excluded.n, change = excluded.change, changed_at = excluded.changed_at;
END
$$;
SELECT recount_feed();

-- The doors of the role `feed`: rows of the edition that counts today, in the boroughs set for the transaction. Both are
-- asked once for a statement, not for each row. A policy on the table and not a view over it, because the planner reads
-- a table in the order of its indexes and stops at the end of the page. What could tell of other rows by failing is
-- tried on the reader's own rows alone, as with a view that is a barrier. Which concern a text is of, `feed` cannot see.
ALTER TABLE feed_feature ENABLE ROW LEVEL SECURITY;
CREATE POLICY feed_feature_of_feed ON feed_feature FOR SELECT TO feed USING (
    edition_id = (SELECT edition_on((now() AT TIME ZONE 'Europe/London')::date))
    AND borough_code = ANY ((SELECT string_to_array(current_setting('lamplight.boroughs', true), ','))::text[]));
CREATE POLICY feed_feature_of_app ON feed_feature FOR SELECT TO app USING (true);

CREATE VIEW feed_total WITH (security_barrier) AS
SELECT collection, borough_code, date, n, west, south, east, north
FROM feed_day
WHERE edition_id = (SELECT edition_on((now() AT TIME ZONE 'Europe/London')::date))
  AND borough_code = ANY ((SELECT string_to_array(current_setting('lamplight.boroughs', true), ','))::text[]);

-- The state of what the reader sees: as long as edition and change are the same, so is every answer.
CREATE VIEW feed_state WITH (security_barrier) AS
SELECT collection, borough_code, edition_id, n, change, changed_at
FROM feed_scope
WHERE collection = 'wards'
   OR edition_id = (SELECT edition_on((now() AT TIME ZONE 'Europe/London')::date))
  AND borough_code = ANY ((SELECT string_to_array(current_setting('lamplight.boroughs', true), ','))::text[]);

CREATE VIEW feed_ward_feature AS
SELECT a.id::bigint AS seq, (e.name || ':' || a.code) COLLATE "C" AS id, a.code::text AS ward_code, a.name AS ward_name,
       a.borough_code, b.name AS borough_name, e.name AS edition,
       CASE WHEN e.valid_from > '0001-01-01' THEN e.valid_from END AS valid_from, a.geom, a.geom_bng,
       '{"type":"Feature","id":' || to_json(e.name || ':' || a.code) || ',"geometry":' || a.outline
       || ',"properties":{"id":' || to_json(e.name || ':' || a.code) || ',"ward_code":' || to_json(a.code)
       || ',"ward_name":' || to_json(a.name) || ',"borough_code":' || coalesce(to_json(a.borough_code)::text, 'null')
       || ',"borough_name":' || coalesce(to_json(b.name)::text, 'null') || ',"edition":' || to_json(e.name)
       || ',"valid_from":' || CASE WHEN e.valid_from > '0001-01-01' THEN '"' || e.valid_from || '"' ELSE 'null' END
       || '}}' AS feature
FROM area a
JOIN edition e ON e.id = a.edition_id
LEFT JOIN borough b ON b.code = a.borough_code
WHERE a.kind = 'ward';

-- Which features of a collection touch a box; the box is WGS84 or, with SRID 27700, National Grid. A table that hides
-- rows is not searched by place, because an index of places may tell of what it passes over. This function may: it
-- gives nothing but numbers of rows that the reader sees.
CREATE FUNCTION feed_in_box(wanted text, box geometry) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    today integer := edition_on((now() AT TIME ZONE 'Europe/London')::date);
    boroughs text[] := string_to_array(current_setting('lamplight.boroughs', true), ',');
BEGIN
    IF wanted = 'wards' AND ST_SRID(box) = 27700 THEN
        RETURN QUERY SELECT a.id::bigint FROM area a WHERE a.kind = 'ward' AND a.geom_bng && box AND ST_Intersects(a.geom_bng, box);
    ELSIF wanted = 'wards' THEN
        RETURN QUERY SELECT a.id::bigint FROM area a WHERE a.kind = 'ward' AND a.geom && box AND ST_Intersects(a.geom, box);
    ELSIF ST_SRID(box) = 27700 THEN
        RETURN QUERY SELECT t.seq FROM feed_feature t
            WHERE t.collection = wanted AND t.edition_id = today AND t.borough_code = ANY (boroughs)
              AND t.geom_bng && box AND ST_Intersects(t.geom_bng, box);
    ELSE
        RETURN QUERY SELECT t.seq FROM feed_feature t
            WHERE t.collection = wanted AND t.edition_id = today AND t.borough_code = ANY (boroughs)
              AND t.geom && box AND ST_Intersects(t.geom, box);
    END IF;
END
$$;

REVOKE EXECUTE ON FUNCTION hold_feed, feed_text_of, keep_feed_text, keep_feed_of_concerns, keep_feed_of_parts,
    keep_feed_of_areas, count_feed_in, count_feed_out, count_feed_change, note_wards_changed, note_ward_rows_changed,
    recount_feed, feed_in_box FROM PUBLIC;
GRANT SELECT (seq, collection, id, kind, factors, feeling, applies, light, setting, basis, date, status, wording,
              ward_code, ward_name, borough_code, updated, geom, geom_bng, feature) ON feed_feature TO feed;
GRANT SELECT ON feed_total, feed_state, feed_ward_feature TO feed;
GRANT EXECUTE ON FUNCTION feed_in_box TO feed;
GRANT SELECT ON feed_order, feed_feature, feed_day, feed_scope TO app;
