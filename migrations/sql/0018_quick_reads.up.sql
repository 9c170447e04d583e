-- Plain readings of the feed, put together where the texts are; and the same with a key in one statement, and so on one
-- snapshot: is the key good, what may it see, what has changed, and the texts. Everything runs as the role that asks,
-- except for the look at the key.

CREATE FUNCTION feed_state_of(wanted text, OUT n bigint, OUT change bigint, OUT edition_id integer, OUT changed_at timestamptz)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT coalesce(sum(s.n), 0), coalesce(max(s.change), 0), coalesce(max(s.edition_id), 0), max(s.changed_at)
    INTO n, change, edition_id, changed_at
    FROM feed_state s WHERE s.collection = wanted;
END
$$;

-- A page of all that the reader sees of a collection, newest first: the features' text, how many rows were found (one
-- over the limit where more follow) and the number of the last. With few boroughs each is read from its own place in
-- the index, so that nothing is passed over; with many, of whose rows few are passed over, all are read in order.
CREATE FUNCTION feed_page_kept(wanted text, below bigint, most bigint, OUT features text, OUT rows_found bigint, OUT last bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    boroughs text[] := string_to_array(current_setting('lamplight.boroughs', true), ',');
BEGIN
    IF cardinality(boroughs) <= 4 THEN
        SELECT string_agg(p.feature, ',') FILTER (WHERE p.place <= most), count(*), min(p.seq) FILTER (WHERE p.place <= most)
        INTO features, rows_found, last
        FROM (SELECT q.seq, q.feature, row_number() OVER () AS place
              FROM (SELECT f.seq, f.feature
                    FROM unnest(boroughs) AS b (code)
                    CROSS JOIN LATERAL (
                        SELECT v.seq, v.feature FROM feed_feature v
                        WHERE v.collection = wanted AND v.borough_code = b.code AND v.seq < below
                        ORDER BY v.seq DESC LIMIT most + 1) f
                    ORDER BY f.seq DESC LIMIT most + 1) q) p;
    ELSE
        SELECT string_agg(p.feature, ',') FILTER (WHERE p.place <= most), count(*), min(p.seq) FILTER (WHERE p.place <= most)
        INTO features, rows_found, last
        FROM (SELECT q.seq, q.feature, row_number() OVER () AS place
              FROM (SELECT v.seq, v.feature FROM feed_feature v
                    WHERE v.collection = wanted AND v.seq < below
                    ORDER BY v.seq DESC LIMIT most + 1) q) p;
    END IF;
END
$$;

-- The same of what touches a box (WGS84 or, with SRID 27700, National Grid), and how many there are in it. Like
-- feed_in_box it looks past the row policy and keeps to it itself: what is seen today, in the reader's boroughs.
CREATE FUNCTION feed_box_kept(
    wanted text, area geometry, below bigint, most bigint,
    OUT features text, OUT rows_found bigint, OUT last bigint, OUT matched bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    today integer := edition_on((now() AT TIME ZONE 'Europe/London')::date);
    boroughs text[] := string_to_array(current_setting('lamplight.boroughs', true), ',');
BEGIN
    IF ST_SRID(area) = 27700 THEN
        WITH hit AS MATERIALIZED (
            SELECT t.seq, t.ctid AS place FROM feed_feature t
            WHERE t.collection = wanted AND t.edition_id = today AND t.borough_code = ANY (boroughs)
              AND t.geom_bng && area AND ST_Intersects(t.geom_bng, area)
        ), first AS MATERIALIZED (
            SELECT h.seq, h.place FROM hit h WHERE h.seq < below ORDER BY h.seq DESC LIMIT most + 1
        )
        SELECT string_agg(p.feature, ','), (SELECT count(*) FROM first), min(p.seq), (SELECT count(*) FROM hit)
        INTO features, rows_found, last, matched
        FROM (SELECT t.seq, f.feature
              FROM (SELECT h.seq, h.place FROM first h ORDER BY h.seq DESC LIMIT most) t
              CROSS JOIN LATERAL (SELECT v.feature FROM feed_feature v WHERE v.ctid = t.place OFFSET 0) f
              ORDER BY t.seq DESC) p;
    ELSE
        WITH hit AS MATERIALIZED (
            SELECT t.seq, t.ctid AS place FROM feed_feature t
            WHERE t.collection = wanted AND t.edition_id = today AND t.borough_code = ANY (boroughs)
              AND t.geom && area AND ST_Intersects(t.geom, area)
        ), first AS MATERIALIZED (
            SELECT h.seq, h.place FROM hit h WHERE h.seq < below ORDER BY h.seq DESC LIMIT most + 1
        )
        SELECT string_agg(p.feature, ','), (SELECT count(*) FROM first), min(p.seq), (SELECT count(*) FROM hit)
        INTO features, rows_found, last, matched
        FROM (SELECT t.seq, f.feature
              FROM (SELECT h.seq, h.place FROM first h ORDER BY h.seq DESC LIMIT most) t
              CROSS JOIN LATERAL (SELECT v.feature FROM feed_feature v WHERE v.ctid = t.place OFFSET 0) f
              ORDER BY t.seq DESC) p;
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

-- A page by key, of a box where there is one; with `most` 0 the state alone.
CREATE FUNCTION feed_page_by_key(hash bytea, wanted text, area geometry, below bigint, most bigint) RETURNS TABLE (
    key_id uuid, name text, may_write boolean, boroughs text[],
    n bigint, change bigint, edition_id integer, changed_at timestamptz,
    features text, rows_found bigint, last bigint, matched bigint)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT o.* INTO key_id, name, may_write, boroughs FROM feed_opened(hash) o;
    IF key_id IS NULL THEN
        RETURN;
    END IF;
    SELECT s.* INTO n, change, edition_id, changed_at FROM feed_state_of(wanted) s;
    IF most > 0 AND area IS NULL THEN
        SELECT p.*, n INTO features, rows_found, last, matched FROM feed_page_kept(wanted, below, most) p;
    ELSIF most > 0 THEN
        SELECT p.* INTO features, rows_found, last, matched FROM feed_box_kept(wanted, area, below, most) p;
    END IF;
    RETURN NEXT;
END
$$;

-- One feature by key: the first of these identifiers that is there.
CREATE FUNCTION feed_item_by_key(hash bytea, wanted text, ids uuid[]) RETURNS TABLE (
    key_id uuid, name text, may_write boolean, boroughs text[], id uuid, feature text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT o.* INTO key_id, name, may_write, boroughs FROM feed_opened(hash) o;
    IF key_id IS NULL THEN
        RETURN;
    END IF;
    SELECT v.id, v.feature INTO id, feature FROM feed_feature v
    WHERE v.collection = wanted AND v.id = ANY (ids) ORDER BY v.seq DESC LIMIT 1;
    RETURN NEXT;
END
$$;

REVOKE EXECUTE ON FUNCTION feed_state_of, feed_page_kept, feed_box_kept, feed_opened, feed_page_by_key, feed_item_by_key
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION feed_state_of, feed_page_kept, feed_box_kept, feed_opened, feed_page_by_key, feed_item_by_key
    TO feed;
