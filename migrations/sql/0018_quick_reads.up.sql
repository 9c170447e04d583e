-- For plain readings of the feed with a key, each one statement and so one snapshot: is the key good, what may it see,
-- what has changed, and the texts.

CREATE FUNCTION feed_state_of(wanted text, OUT n bigint, OUT change bigint, OUT edition_id integer, OUT changed_at timestamptz)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT coalesce(sum(s.n), 0), coalesce(max(s.change), 0), coalesce(max(s.edition_id), 0), max(s.changed_at)
    INTO n, change, edition_id, changed_at
    FROM feed_state s WHERE s.collection = wanted;
END
$$;

-- What is certainly within a box: the box made smaller by more than its edges are off in an index, where coordinates have
-- 24 bits. Null for anything but a rectangle that is larger than that. A feature whose own box is within it needs not be
-- looked at more closely, which is most of the work of a box in a town.
CREATE FUNCTION box_core(area geometry) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    off double precision := CASE ST_SRID(area) WHEN 27700 THEN 0.5 ELSE 0.00004 END; -- metres, degrees
    wide double precision := ST_XMax(area) - ST_XMin(area);
    high double precision := ST_YMax(area) - ST_YMin(area);
BEGIN
    IF ST_NPoints(area) <> 5 OR wide <= 2 * off OR high <= 2 * off OR abs(ST_Area(area) - wide * high) > 1e-9 * wide * high THEN
        RETURN NULL;
    END IF;
    RETURN ST_MakeEnvelope(ST_XMin(area) + off, ST_YMin(area) + off, ST_XMax(area) - off, ST_YMax(area) - off, ST_SRID(area));
END
$$;

-- What touches a box (WGS84 or, with SRID 27700, National Grid), in no order, and one over where there is more than is
-- wanted. Like feed_in_box these two look past the row policy and keep to it themselves: what is seen today, in the
-- reader's boroughs.
CREATE FUNCTION feed_box_some(wanted text, area geometry, most bigint) RETURNS TABLE (seq bigint, feature text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    today integer := edition_on((now() AT TIME ZONE 'Europe/London')::date);
    boroughs text[] := string_to_array(current_setting('lamplight.boroughs', true), ',');
    core geometry := box_core(area);
BEGIN
    IF ST_SRID(area) = 27700 THEN
        RETURN QUERY
        SELECT t.seq, t.feature FROM feed_feature t
        WHERE t.collection = wanted AND t.edition_id = today AND t.borough_code = ANY (boroughs)
          AND t.geom_bng && area AND CASE WHEN t.geom_bng @ core THEN true ELSE ST_Intersects(t.geom_bng, area) END LIMIT most + 1;
    ELSE
        RETURN QUERY
        SELECT t.seq, t.feature FROM feed_feature t
        WHERE t.collection = wanted AND t.edition_id = today AND t.borough_code = ANY (boroughs)
          AND t.geom && area AND CASE WHEN t.geom @ core THEN true ELSE ST_Intersects(t.geom, area) END LIMIT most + 1;
    END IF;
END
$$;

-- The same of a box that may hold far more: the newest under a number and one over where more follow, after a first row
-- with how many there are in it.
CREATE FUNCTION feed_box_kept(wanted text, area geometry, below bigint, most bigint)
RETURNS TABLE (matched bigint, seq bigint, feature text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = lamplight, public, pg_temp
SET plan_cache_mode = force_custom_plan AS $$ -- how large the box is decides which index answers
DECLARE
    today integer := edition_on((now() AT TIME ZONE 'Europe/London')::date);
    boroughs text[] := string_to_array(current_setting('lamplight.boroughs', true), ',');
    core geometry := box_core(area);
BEGIN
    IF ST_SRID(area) = 27700 THEN
        RETURN QUERY
        WITH hit AS MATERIALIZED (
            SELECT t.seq, t.ctid AS place FROM feed_feature t
            WHERE t.collection = wanted AND t.edition_id = today AND t.borough_code = ANY (boroughs)
              AND t.geom_bng && area AND CASE WHEN t.geom_bng @ core THEN true ELSE ST_Intersects(t.geom_bng, area) END
        )
        SELECT count(*), NULL::bigint, NULL::text FROM hit
        UNION ALL
        SELECT NULL, p.seq, f.feature
        FROM (SELECT h.seq, h.place FROM hit h WHERE h.seq < below ORDER BY h.seq DESC LIMIT most + 1) p
        CROSS JOIN LATERAL (SELECT v.feature FROM feed_feature v WHERE v.ctid = p.place OFFSET 0) f;
    ELSE
        RETURN QUERY
        WITH hit AS MATERIALIZED (
            SELECT t.seq, t.ctid AS place FROM feed_feature t
            WHERE t.collection = wanted AND t.edition_id = today AND t.borough_code = ANY (boroughs)
              AND t.geom && area AND CASE WHEN t.geom @ core THEN true ELSE ST_Intersects(t.geom, area) END
        )
        SELECT count(*), NULL::bigint, NULL::text FROM hit
        UNION ALL
        SELECT NULL, p.seq, f.feature
        FROM (SELECT h.seq, h.place FROM hit h WHERE h.seq < below ORDER BY h.seq DESC LIMIT most + 1) p
        CROSS JOIN LATERAL (SELECT v.feature FROM feed_feature v WHERE v.ctid = p.place OFFSET 0) f;
    END IF;
END
$$;

-- Let the transaction read what this key may, and say whose it is; nothing for a key that opens nothing.
CREATE FUNCTION feed_opened(hash bytea) RETURNS TABLE (key_id uuid, name text, may_write boolean, boroughs text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    SELECT k.id, k.name, k.may_write,
           ARRAY(SELECT b.borough_code::text FROM feed_key_borough b WHERE b.feed_key_id = k.id ORDER BY 1)
    INTO key_id, name, may_write, boroughs
    FROM feed_key k
    WHERE k.key_hash = hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
      AND EXISTS (SELECT FROM feed_key_borough b WHERE b.feed_key_id = k.id);
    IF FOUND THEN
        PERFORM set_config('lamplight.boroughs', array_to_string(boroughs, ','), true);
        RETURN NEXT;
    END IF;
END
$$;

-- What several readers ask for at once: by place, who holds the key (identifier, name, whether it may write, boroughs) and
-- the state of the collection that is asked for. No row for a key that opens nothing.
CREATE FUNCTION feed_states_by_key(hashes bytea[], collections text[]) RETURNS TABLE (
    place integer, holder text, n bigint, change bigint, edition_id integer, changed_at double precision)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    opened record;
BEGIN
    FOR i IN 1 .. cardinality(hashes) LOOP
        SELECT o.* INTO opened FROM feed_opened(hashes[i]) o;
        CONTINUE WHEN opened.key_id IS NULL;
        SELECT s.n, s.change, s.edition_id, extract(epoch FROM s.changed_at) INTO n, change, edition_id, changed_at
        FROM feed_state_of(collections[i]) s;
        place := i;
        holder := json_build_array(opened.key_id, opened.name, opened.may_write, opened.boroughs);
        RETURN NEXT;
    END LOOP;
END
$$;

-- The same of a page each, of all of a collection: newest first, under a number and one over where more follow, after a row
-- without number that says who holds the key and the state. Up to so many boroughs are `few`: each is read from its own
-- place in the index, so that nothing is passed over.
CREATE FUNCTION feed_pages_by_key(hashes bytea[], collections text[], belows bigint[], mosts bigint[], few integer)
RETURNS TABLE (place integer, seq bigint, feature text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    opened record;
    said text;
BEGIN
    FOR i IN 1 .. cardinality(hashes) LOOP
        IF i = 1 OR hashes[i] <> hashes[i - 1] OR collections[i] <> collections[i - 1] THEN
            SELECT o.* INTO opened FROM feed_opened(hashes[i]) o;
            SELECT json_build_object(
                       'key_id', opened.key_id, 'name', opened.name, 'may_write', opened.may_write, 'boroughs', opened.boroughs,
                       'n', s.n, 'change', s.change, 'edition_id', s.edition_id, 'changed_at', extract(epoch FROM s.changed_at))
            INTO said FROM feed_state_of(collections[i]) s;
        END IF;
        CONTINUE WHEN opened.key_id IS NULL;
        place := i;
        seq := NULL;
        feature := said;
        RETURN NEXT;
        IF cardinality(opened.boroughs) = 1 THEN
            RETURN QUERY
            SELECT i, v.seq, v.feature FROM feed_feature v
            WHERE v.collection = collections[i] AND v.borough_code = opened.boroughs[1] AND v.seq < belows[i]
            ORDER BY v.seq DESC LIMIT mosts[i] + 1;
        ELSIF cardinality(opened.boroughs) <= few THEN
            RETURN QUERY
            SELECT i, f.seq, f.feature FROM unnest(opened.boroughs) AS b (code)
            CROSS JOIN LATERAL (
                SELECT v.seq, v.feature FROM feed_feature v
                WHERE v.collection = collections[i] AND v.borough_code = b.code AND v.seq < belows[i]
                ORDER BY v.seq DESC LIMIT mosts[i] + 1) f
            ORDER BY f.seq DESC LIMIT mosts[i] + 1;
        ELSE
            RETURN QUERY
            SELECT i, v.seq, v.feature FROM feed_feature v
            WHERE v.collection = collections[i] AND v.seq < belows[i]
            ORDER BY v.seq DESC LIMIT mosts[i] + 1;
        END IF;
    END LOOP;
END
$$;

-- The same of one feature each: the first of these identifiers (an array as text) that is there, or nothing beside the
-- holder. What one key asks for is read in one statement.
CREATE FUNCTION feed_items_by_key(hashes bytea[], collections text[], ids text[]) RETURNS TABLE (
    place bigint, holder text, id uuid, feature text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    key bytea;
    opened record;
BEGIN
    FOR key IN SELECT DISTINCT h FROM unnest(hashes) AS h LOOP
        SELECT o.* INTO opened FROM feed_opened(key) o;
        CONTINUE WHEN opened.key_id IS NULL;
        holder := json_build_array(opened.key_id, opened.name, opened.may_write, opened.boroughs);
        RETURN QUERY
        SELECT a.place, holder, f.id, f.feature
        FROM unnest(hashes, collections, ids) WITH ORDINALITY AS a (hash, collection, ids, place)
        LEFT JOIN LATERAL (
            SELECT v.id, v.feature FROM feed_feature v
            WHERE v.collection = a.collection AND v.id = ANY (a.ids::uuid[]) ORDER BY v.seq DESC LIMIT 1) f ON true
        WHERE a.hash = key;
    END LOOP;
END
$$;

REVOKE EXECUTE ON FUNCTION feed_state_of, box_core, feed_box_some, feed_box_kept, feed_opened, feed_states_by_key, feed_pages_by_key, feed_items_by_key FROM PUBLIC;
GRANT EXECUTE ON FUNCTION feed_state_of, feed_box_some, feed_box_kept, feed_opened, feed_states_by_key, feed_pages_by_key, feed_items_by_key TO feed;
