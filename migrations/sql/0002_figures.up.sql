-- Figures that are always ready: which area each concern lies in, how far and how long each walk went
-- through each area by light. Kept by triggers in the writing transaction, so that they hold even if
-- the program is wrong. Everything in metres of British National Grid.

-- Within this distance something lies on a boundary: half of the 0.01 m that coordinates promise.
CREATE FUNCTION boundary_tolerance_m() RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 0.005::float8';

-- What lies properly in the core is too far from the boundary to need cutting.
ALTER TABLE area ADD COLUMN core geometry(MultiPolygon, 27700)
    GENERATED ALWAYS AS (ST_Multi(ST_Buffer(geom_bng, -0.02, 'join=mitre'))) STORED;
ALTER TABLE walk ADD COLUMN month date
    GENERATED ALWAYS AS (date_trunc('month', started_at AT TIME ZONE 'Europe/London')::date) STORED;
CREATE INDEX ix_walk_month ON walk (month);

-- The newest edition valid on a day; the oldest one when the day lies before all of them.
CREATE FUNCTION edition_on(day date) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    RETURN (
        SELECT id FROM edition
        ORDER BY (valid_from <= day) DESC, CASE WHEN valid_from <= day THEN valid_from END DESC, valid_from, id DESC
        LIMIT 1);
END
$$;

-- Metres of one straight segment inside an area; of a stretch along its boundary, half.
-- 1. A stretch runs along a side of the boundary if it is on it where the two begin and where they end to lie
--    beside each other. One that leaves the side at a small angle is not along it, however near it is at first.
-- 2. Such stretches count half; of the rest, what is inside counts. Both neighbours find the same stretches, so
--    that the two halves make the whole.
CREATE FUNCTION metres_inside(segment geometry, outline geometry) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    near double precision := boundary_tolerance_m();
    along nummultirange;
    metres double precision;
BEGIN
    IF NOT ST_DWithin(outline, segment, near) THEN
        RETURN 0;
    END IF;
    SELECT range_agg(numrange(beside.first::numeric, beside.last::numeric, '[]')) INTO along
    FROM (
        SELECT side.geom AS g,
               least(ST_LineLocatePoint(segment, ST_StartPoint(side.geom)), ST_LineLocatePoint(segment, ST_EndPoint(side.geom))) AS first,
               greatest(ST_LineLocatePoint(segment, ST_StartPoint(side.geom)), ST_LineLocatePoint(segment, ST_EndPoint(side.geom))) AS last
        -- A metre more than the segment's frame, so that where a side is cut off is never near the segment.
        FROM ST_DumpSegments(ST_ClipByBox2D(ST_Boundary(outline), ST_Expand(segment, 1)::box2d)) AS side
        WHERE ST_DWithin(side.geom, segment, near)) AS beside
    WHERE beside.last > beside.first
      AND ST_DWithin(ST_LineInterpolatePoint(segment, beside.first), beside.g, near)
      AND ST_DWithin(ST_LineInterpolatePoint(segment, beside.last), beside.g, near);
    IF along IS NULL THEN
        RETURN ST_Length(ST_Intersection(segment, outline));
    END IF;
    SELECT 0.5 * ST_Length(segment) * sum(upper(part) - lower(part)) INTO metres FROM unnest(along) AS part;
    RETURN metres + coalesce((
        SELECT sum(ST_Length(ST_Intersection(ST_LineSubstring(segment, lower(part)::float8, upper(part)::float8), outline)))
        FROM unnest('{[0,1]}'::nummultirange - along) AS part
        WHERE (upper(part) - lower(part)) * ST_Length(segment)::numeric > 0.000001), 0);
END
$$;

-- The area of each edition (and kind of cell) that a place belongs to: on a boundary, the lower code.
CREATE FUNCTION point_areas(place geometry, only_edition integer) RETURNS TABLE (area_id integer)
LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (a.kind, a.edition_id) a.id
    FROM area a
    WHERE ST_DWithin(a.geom_bng, place, boundary_tolerance_m())
      AND (only_edition IS NULL OR a.edition_id = only_edition)
    ORDER BY a.kind, a.edition_id, a.code
$$;

-- Metres and minutes of a line in each area by light. `light` has a code for each segment or is null.
-- Segment by segment, because overlaying a whole line would count a street walked twice only once.
CREATE FUNCTION line_areas(line geometry, light smallint[], only_edition integer)
RETURNS TABLE (area_id integer, light_code smallint, metres double precision, minutes double precision)
LANGUAGE sql STABLE AS $$
    WITH segment AS MATERIALIZED (
        SELECT d.n,
               ST_Force2D(d.geom) AS g,
               coalesce(light[d.n], 0::smallint) AS l,
               ST_Length(ST_Force2D(d.geom)) AS m,
               coalesce((ST_M(ST_EndPoint(d.geom)) - ST_M(ST_StartPoint(d.geom))) / 60000.0, 0) AS t
        FROM ST_DumpSegments(line) WITH ORDINALITY AS d (path, geom, n)
    ), near AS MATERIALIZED (
        SELECT a.id, a.kind, a.edition_id, a.code, a.geom_bng, a.core,
               ST_Expand(ST_Envelope(a.geom_bng), 0.01) AS frame
        FROM area a
        WHERE a.geom_bng && ST_Expand(ST_Envelope(line), 0.01)
          AND (only_edition IS NULL OR a.edition_id = only_edition)
    ), cut AS (
        SELECT a.id, a.kind, a.edition_id, s.l, s.m, s.t, s.inside,
               sum(s.inside) OVER (PARTITION BY s.n, a.kind, a.edition_id) AS inside_any
        FROM near a CROSS JOIN LATERAL (
            SELECT s.n, s.l, s.m, s.t,
                   CASE WHEN ST_ContainsProperly(a.core, s.g) THEN s.m ELSE metres_inside(s.g, a.geom_bng) END AS inside
            FROM segment s
            WHERE s.m > 0 AND s.g && a.frame
            OFFSET 0) s
        WHERE s.inside > 1e-9
    ), moving AS (
        -- Where boundaries overlap, and by rounding, a segment must not become more than it is.
        SELECT id, kind, edition_id, l,
               inside * least(1, m / inside_any) AS m, t * inside / m * least(1, m / inside_any) AS t
        FROM cut
    ), standing AS (
        SELECT p.id, s.l, s.t
        FROM segment s CROSS JOIN LATERAL (
            SELECT DISTINCT ON (a.kind, a.edition_id) a.id
            FROM near a
            WHERE ST_DWithin(a.geom_bng, ST_StartPoint(s.g), boundary_tolerance_m())
            ORDER BY a.kind, a.edition_id, a.code) p
        WHERE s.m = 0 AND s.t > 0
    ), whole AS (
        SELECT sum(m) AS m FROM segment
    ), scaled AS (
        -- What is all inside but for the centimetre that coordinates promise adds up to all of it.
        SELECT moving.id, moving.l, moving.m AS m, moving.t AS t,
               CASE WHEN whole.m - sum(moving.m) OVER (PARTITION BY kind, edition_id) < 0.01
                    THEN whole.m / sum(moving.m) OVER (PARTITION BY kind, edition_id) ELSE 1 END AS scale
        FROM moving CROSS JOIN whole
    )
    SELECT id, l, sum(m), sum(t)
    FROM (SELECT id, l, m * scale AS m, t * scale AS t FROM scaled UNION ALL SELECT id, l, 0, t FROM standing) AS part
    GROUP BY id, l
    HAVING sum(m) > 0 OR sum(t) > 0
$$;

-- Shares of a concern in each area: a point is 1, a route is split by length. `main` marks, for each
-- edition and kind of cell, the area with the largest share (the lower code of equal ones).
CREATE FUNCTION concern_shares(place geometry, only_edition integer)
RETURNS TABLE (area_id integer, share double precision, main boolean)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF GeometryType(place) = 'POINT' THEN
        RETURN QUERY SELECT p.area_id, 1::float8, true FROM point_areas(place, only_edition) p;
    ELSE
        RETURN QUERY
            WITH part AS (
                SELECT l.area_id AS id, least(1, sum(l.metres) / ST_Length(place)) AS s
                FROM line_areas(place, NULL, only_edition) l WHERE l.metres > 0 GROUP BY l.area_id)
            SELECT part.id, part.s,
                   row_number() OVER (PARTITION BY a.kind, a.edition_id ORDER BY round(part.s::numeric, 9) DESC, a.code) = 1
            FROM part JOIN area a ON a.id = part.id;
    END IF;
END
$$;

ALTER TABLE concern_area ADD COLUMN main boolean NOT NULL;

CREATE FUNCTION keep_concern_area() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO concern_area (concern_id, area_id, share, main)
        SELECT c.id, s.area_id, s.share, s.main
        FROM arrived c CROSS JOIN LATERAL concern_shares(c.geom_bng, NULL) s;
    ELSE
        DELETE FROM concern_area ca USING arrived n JOIN left_behind o ON o.id = n.id
        WHERE ca.concern_id = n.id AND NOT ST_OrderingEquals(o.geom_bng, n.geom_bng);
        INSERT INTO concern_area (concern_id, area_id, share, main)
        SELECT n.id, s.area_id, s.share, s.main
        FROM arrived n JOIN left_behind o ON o.id = n.id
        CROSS JOIN LATERAL concern_shares(n.geom_bng, NULL) s
        WHERE NOT ST_OrderingEquals(o.geom_bng, n.geom_bng);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_concern_area_insert AFTER INSERT ON concern
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION keep_concern_area();
CREATE TRIGGER tr_concern_area_update AFTER UPDATE ON concern
    REFERENCING NEW TABLE AS arrived OLD TABLE AS left_behind FOR EACH STATEMENT EXECUTE FUNCTION keep_concern_area();

CREATE FUNCTION keep_exposure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM exposure e USING arrived t WHERE e.walk_id = t.walk_id;
    END IF;
    INSERT INTO exposure (walk_id, area_id, light, metres, minutes)
    SELECT t.walk_id, l.area_id, l.light_code, l.metres, l.minutes
    FROM arrived t CROSS JOIN LATERAL line_areas(t.geom_bng, t.light, NULL) l;
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_exposure_insert AFTER INSERT ON track
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION keep_exposure();
CREATE TRIGGER tr_exposure_update AFTER UPDATE ON track
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION keep_exposure();

CREATE FUNCTION drop_exposure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    DELETE FROM exposure e USING left_behind t WHERE e.walk_id = t.walk_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_exposure_delete AFTER DELETE ON track
    REFERENCING OLD TABLE AS left_behind FOR EACH STATEMENT EXECUTE FUNCTION drop_exposure();

-- While areas change, nobody else writes what is assigned to them: a concern that comes at the same time
-- would neither see the new areas nor be seen by them. Taken before the first area is touched, because
-- whoever writes a concern holds on to the areas that it lies in.
CREATE FUNCTION hold_figures() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    LOCK TABLE concern, track IN SHARE ROW EXCLUSIVE MODE;
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_area_hold BEFORE INSERT OR UPDATE OR DELETE ON area
    FOR EACH STATEMENT EXECUTE FUNCTION hold_figures();

-- A new edition takes in what was recorded before it.
CREATE FUNCTION keep_edition() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    imported integer;
BEGIN
    FOR imported IN SELECT DISTINCT edition_id FROM arrived WHERE edition_id IS NOT NULL LOOP
        DELETE FROM concern_area ca USING area a WHERE a.id = ca.area_id AND a.edition_id = imported;
        INSERT INTO concern_area (concern_id, area_id, share, main)
        SELECT c.id, s.area_id, s.share, s.main
        FROM concern c CROSS JOIN LATERAL concern_shares(c.geom_bng, imported) s;
        DELETE FROM exposure e USING area a WHERE a.id = e.area_id AND a.edition_id = imported;
        INSERT INTO exposure (walk_id, area_id, light, metres, minutes)
        SELECT t.walk_id, l.area_id, l.light_code, l.metres, l.minutes
        FROM track t CROSS JOIN LATERAL line_areas(t.geom_bng, t.light, imported) l;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_area_edition AFTER INSERT ON area
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION keep_edition();

-- Each audit entry is numbered without holes and carries the hash of the one before it. The lock is
-- held until the transaction ends, so an action writes its entry last.
CREATE FUNCTION audit_hash(entry audit) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256(convert_to(json_build_array(
        encode(entry.previous, 'hex'), entry.id, (extract(epoch FROM entry.happened_at) * 1000000)::bigint,
        entry.actor, entry.action, entry.subject, entry.detail)::text, 'UTF8'))
$$;

CREATE FUNCTION chain_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    last record;
BEGIN
    PERFORM pg_advisory_xact_lock(7302026);
    SELECT id, hash INTO last FROM audit ORDER BY id DESC LIMIT 1;
    NEW.id := coalesce(last.id, 0) + 1;
    NEW.previous := coalesce(last.hash, '\x00'::bytea);
    NEW.happened_at := clock_timestamp();
    NEW.hash := audit_hash(NEW);
    RETURN NEW;
END
$$;
CREATE TRIGGER tr_audit_chain BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION chain_audit();

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit entries are never changed or removed';
END
$$;
CREATE TRIGGER tr_audit_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- A concern changed or taken away touches updated_at, whoever does it.
CREATE FUNCTION touch_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER tr_concern_updated BEFORE UPDATE ON concern FOR EACH ROW EXECUTE FUNCTION touch_updated();
CREATE TRIGGER tr_walk_updated BEFORE UPDATE ON walk FOR EACH ROW EXECUTE FUNCTION touch_updated();
