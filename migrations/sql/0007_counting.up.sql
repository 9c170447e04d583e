-- The cube kept in the writing transaction, by differences: what changes is taken out as it was counted, and
-- counted as it is now.

CREATE FUNCTION merge_raisers(a uuid[], b uuid[]) RETURNS uuid[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN cardinality(a) >= raisers_kept() OR b <@ a THEN a
        ELSE coalesce((array(SELECT DISTINCT w FROM unnest(a || b) w ORDER BY w LIMIT raisers_kept())), '{}') END
$$;

-- Count concerns (sign 1) or take them out again (sign -1) under what stands beside each of them.
CREATE FUNCTION count_concerns(ids uuid[], under text[], sign integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    WITH slot AS MATERIALIZED (
        SELECT ca.area_id, u.under, c.kind, c.month, c.light, sum(ca.share) AS n,
               (array_agg(DISTINCT c.walk_id ORDER BY c.walk_id) FILTER (WHERE c.walk_id IS NOT NULL))[1:raisers_kept()] AS raisers
        FROM unnest(ids, under) AS u (id, under)
        JOIN concern c ON c.id = u.id JOIN concern_area ca ON ca.concern_id = c.id
        GROUP BY 1, 2, 3, 4, 5
    ), total AS (
        INSERT INTO figure_total AS f (counted_under, kind, month, light, n)
        SELECT u.under, c.kind, c.month, c.light, sign * count(*)
        FROM unnest(ids, under) AS u (id, under) JOIN concern c ON c.id = u.id
        GROUP BY 1, 2, 3, 4
        ON CONFLICT (counted_under, kind, month, light) DO UPDATE SET n = f.n + excluded.n
    ), voice AS (
        -- A voice that is known, or one more than are told apart, is nothing new.
        INSERT INTO figure_voice AS f (area_id, counted_under, kind, month, light, raisers)
        SELECT s.area_id, s.under, s.kind, s.month, s.light, s.raisers FROM slot s
        WHERE sign > 0 AND s.raisers IS NOT NULL AND NOT EXISTS (
            SELECT FROM figure_voice v
            WHERE v.area_id = s.area_id AND v.counted_under = s.under AND v.kind = s.kind AND v.month = s.month
              AND v.light = s.light AND (cardinality(v.raisers) >= raisers_kept() OR s.raisers <@ v.raisers))
        ON CONFLICT (area_id, counted_under, kind, month, light) DO UPDATE SET raisers = merge_raisers(f.raisers, excluded.raisers)
    ), cell AS (
        UPDATE figure_cell f SET n = tidy(f.n + sign * s.n)
        FROM (SELECT all_.area_id, sum(all_.n) AS n FROM slot all_ WHERE all_.under = 'all' AND all_.kind = 'concern' GROUP BY 1) s
        WHERE f.area_id = s.area_id
    )
    INSERT INTO figure_concern AS f (area_id, counted_under, kind, year, n)
    SELECT s.area_id, s.under, s.kind, extract(year FROM s.month)::smallint,
           sum_years(year_of(sign * s.n, light_code(s.light), extract(month FROM s.month)::integer))
    FROM slot s GROUP BY 1, 2, 3, 4
    ON CONFLICT (area_id, counted_under, kind, year) DO UPDATE SET n = add_year(f.n, excluded.n);
    IF sign < 0 THEN
        PERFORM forget_concerns(ids, under);
    END IF;
END
$$;

-- After concerns were taken out: rows in which nothing is left go, and who raised the rest is asked anew.
CREATE FUNCTION forget_concerns(ids uuid[], under text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    DELETE FROM figure_total WHERE n <= 0;
    DELETE FROM figure_concern f USING (
        SELECT DISTINCT ca.area_id, extract(year FROM c.month)::smallint AS year
        FROM concern c JOIN concern_area ca ON ca.concern_id = c.id WHERE c.id = ANY (ids)) gone
    WHERE f.area_id = gone.area_id AND f.year = gone.year
      AND abs(f.n[12]) < 1e-9 AND abs(f.n[24]) < 1e-9 AND abs(f.n[36]) < 1e-9;
    UPDATE figure_voice f
    SET raisers = array(
            SELECT DISTINCT c.walk_id FROM concern_area ca JOIN concern c ON c.id = ca.concern_id
            WHERE ca.area_id = f.area_id AND c.kind = f.kind AND c.month = f.month AND c.light = f.light
              AND c.walk_id IS NOT NULL AND c.id <> ALL (ids)
              AND (f.counted_under = 'all' OR EXISTS (
                  SELECT FROM concern_factor cf JOIN factor ON factor.code = cf.factor_code
                  WHERE cf.concern_id = c.id AND f.counted_under IN (factor.code, factor.factor_group)))
            ORDER BY c.walk_id LIMIT raisers_kept())
    FROM (SELECT DISTINCT ca.area_id, u.under, c.kind, c.month, c.light
          FROM unnest(ids, under) AS u (id, under)
          JOIN concern c ON c.id = u.id JOIN concern_area ca ON ca.concern_id = c.id
          WHERE c.walk_id IS NOT NULL) gone
    WHERE f.area_id = gone.area_id AND f.counted_under = gone.under AND f.kind = gone.kind
      AND f.month = gone.month AND f.light = gone.light;
    DELETE FROM figure_voice f USING concern_area ca
    WHERE ca.concern_id = ANY (ids) AND f.area_id = ca.area_id AND f.raisers = '{}';
END
$$;

-- Count a walk's metres (sign 1) or take them out again (sign -1).
CREATE FUNCTION count_walks(ids uuid[], sign integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    WITH one AS (
        SELECT e.walk_id, e.area_id, w.month,
               sum(CASE WHEN e.metres > 0 THEN 1 << e.light ELSE 0 END)::integer AS lights,
               sign * coalesce(sum(e.metres) FILTER (WHERE e.light = 0), 0) AS m0,
               sign * coalesce(sum(e.metres) FILTER (WHERE e.light = 1), 0) AS m1,
               sign * coalesce(sum(e.metres) FILTER (WHERE e.light = 2), 0) AS m2,
               sign * coalesce(sum(e.minutes) FILTER (WHERE e.light = 0), 0) AS t0,
               sign * coalesce(sum(e.minutes) FILTER (WHERE e.light = 1), 0) AS t1,
               sign * coalesce(sum(e.minutes) FILTER (WHERE e.light = 2), 0) AS t2
        FROM exposure e JOIN walk w ON w.id = e.walk_id
        WHERE e.walk_id = ANY (ids) AND w.month IS NOT NULL
        GROUP BY 1, 2, 3
    ), walked AS MATERIALIZED (
        SELECT area_id, extract(year FROM month)::smallint AS year, extract(month FROM month)::integer AS month, lights,
               sign * count(*)::float8 AS walks, sum(m0) AS m0, sum(m1) AS m1, sum(m2) AS m2, sum(t0) AS t0, sum(t1) AS t1, sum(t2) AS t2
        FROM one GROUP BY area_id, 2, 3, lights
    ), cell AS (
        UPDATE figure_cell f
        SET metres = CASE WHEN abs(f.metres + w.m) < 1e-6 THEN 0 ELSE f.metres + w.m END,
            minutes = CASE WHEN abs(f.minutes + w.t) < 1e-9 THEN 0 ELSE f.minutes + w.t END
        FROM (SELECT area_id, sum(m0 + m1 + m2) AS m, sum(t0 + t1 + t2) AS t FROM walked GROUP BY area_id) w
        WHERE f.area_id = w.area_id
    )
    INSERT INTO figure_walk AS f (area_id, year, walks, metres, minutes)
    SELECT area_id, year, sum_reaches(reach_of(walks, lights, month)),
           sum_years(add_year(add_year(year_of(m0, 0, month), year_of(m1, 1, month)), year_of(m2, 2, month))),
           sum_years(add_year(add_year(year_of(t0, 0, month), year_of(t1, 1, month)), year_of(t2, 2, month)))
    FROM walked GROUP BY area_id, year
    ON CONFLICT (area_id, year) DO UPDATE SET
        walks = add_reach(f.walks, excluded.walks),
        metres = add_year(f.metres, excluded.metres),
        minutes = add_year(f.minutes, excluded.minutes);
    IF sign < 0 THEN
        -- By any light nobody walked, and nobody stood: nothing is left of the year.
        DELETE FROM figure_walk f USING exposure e
        WHERE e.walk_id = ANY (ids) AND f.area_id = e.area_id AND f.walks[84] = 0
          AND abs(of_year(f.minutes, 7, 1, 12)) < 1e-6;
    END IF;
    PERFORM count_reach(ids, NULL, sign);
END
$$;

-- The triggers keep their plans: what they ask is always the same, and planning it anew costs more than doing it.
CREATE OR REPLACE FUNCTION keep_concern_area() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    ids uuid[];
    under text[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM hold_cube();
        PERFORM make_cells(ARRAY(SELECT geom_bng FROM arrived));
        INSERT INTO concern_area (concern_id, area_id, share, main)
        SELECT a.id, s.area_id, s.share, s.main
        FROM arrived a CROSS JOIN LATERAL concern_shares(a.geom_bng, NULL) s;
        SELECT array_agg(id), array_agg('all'::text) INTO ids, under FROM arrived;
        PERFORM count_concerns(ids, under, 1);
        RETURN NULL;
    END IF;
    -- Those that uncount_concern() took out, by the same rule.
    SELECT array_agg(n.id) INTO ids
    FROM arrived n JOIN left_behind o ON o.id = n.id
    WHERE NOT ST_OrderingEquals(o.geom_bng, n.geom_bng) OR o.kind <> n.kind OR o.light <> n.light
       OR o.recorded_at <> n.recorded_at OR o.walk_id IS DISTINCT FROM n.walk_id;
    IF ids IS NULL THEN
        RETURN NULL;
    END IF;
    DELETE FROM concern_area ca USING arrived n JOIN left_behind o ON o.id = n.id
    WHERE ca.concern_id = n.id AND NOT ST_OrderingEquals(o.geom_bng, n.geom_bng);
    PERFORM make_cells(ARRAY(SELECT n.geom_bng FROM arrived n JOIN left_behind o ON o.id = n.id
                             WHERE NOT ST_OrderingEquals(o.geom_bng, n.geom_bng)));
    INSERT INTO concern_area (concern_id, area_id, share, main)
    SELECT n.id, s.area_id, s.share, s.main
    FROM arrived n JOIN left_behind o ON o.id = n.id CROSS JOIN LATERAL concern_shares(n.geom_bng, NULL) s
    WHERE NOT ST_OrderingEquals(o.geom_bng, n.geom_bng);
    SELECT array_agg(c.id), array_agg(c.counted_under) INTO ids, under FROM counted_under(ids) c;
    PERFORM count_concerns(ids, under, 1);
    RETURN NULL;
END
$$;

-- What is about to change or go is taken out first, while it still stands as it was counted.
CREATE FUNCTION uncount_concern() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    ids uuid[];
    under text[];
BEGIN
    PERFORM hold_cube();
    SELECT array_agg(c.id), array_agg(c.counted_under) INTO ids, under FROM counted_under(ARRAY[OLD.id]) c;
    PERFORM count_concerns(ids, under, -1);
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER tr_concern_uncount_update BEFORE UPDATE ON concern FOR EACH ROW
    WHEN (NOT ST_OrderingEquals(OLD.geom_bng, NEW.geom_bng) OR OLD.kind <> NEW.kind OR OLD.light <> NEW.light
          OR OLD.recorded_at <> NEW.recorded_at OR OLD.walk_id IS DISTINCT FROM NEW.walk_id)
    EXECUTE FUNCTION uncount_concern();
CREATE TRIGGER tr_concern_uncount_delete BEFORE DELETE ON concern FOR EACH ROW EXECUTE FUNCTION uncount_concern();

-- Factors that came or went, and the groups of which they are the first or were the last. Those of a concern
-- that goes itself are already taken out with it, and find it gone.
CREATE FUNCTION keep_counted_under() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    ids uuid[];
    under text[];
BEGIN
    IF NOT EXISTS (SELECT FROM touched) THEN
        RETURN NULL;
    END IF;
    PERFORM hold_cube();
    SELECT array_agg(u.concern_id), array_agg(u.under) INTO ids, under
    FROM (
        SELECT t.concern_id, t.factor_code AS under FROM touched t
        UNION
        SELECT t.concern_id, f.factor_group FROM touched t JOIN factor f ON f.code = t.factor_code
        WHERE NOT EXISTS (
            SELECT FROM concern_factor other JOIN factor g ON g.code = other.factor_code
            WHERE other.concern_id = t.concern_id AND g.factor_group = f.factor_group
              AND NOT EXISTS (SELECT FROM touched x
                              WHERE x.concern_id = other.concern_id AND x.factor_code = other.factor_code))) u;
    PERFORM count_concerns(ids, under, CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END);
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_concern_factor_insert AFTER INSERT ON concern_factor
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION keep_counted_under();
CREATE TRIGGER tr_concern_factor_delete AFTER DELETE ON concern_factor
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION keep_counted_under();

CREATE OR REPLACE FUNCTION keep_exposure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    ids uuid[] := ARRAY(SELECT walk_id FROM arrived ORDER BY walk_id);
BEGIN
    PERFORM hold_cube();
    IF TG_OP = 'UPDATE' THEN
        PERFORM count_walks(ids, -1);
        DELETE FROM exposure e WHERE e.walk_id = ANY (ids);
    END IF;
    PERFORM make_cells(ARRAY(SELECT geom_bng FROM arrived));
    INSERT INTO exposure (walk_id, area_id, light, metres, minutes)
    SELECT t.walk_id, l.area_id, l.light_code, l.metres, l.minutes
    FROM arrived t CROSS JOIN LATERAL line_areas(t.geom_bng, t.light, NULL) l;
    PERFORM count_walks(ids, 1);
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION drop_exposure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    ids uuid[] := ARRAY(SELECT walk_id FROM left_behind ORDER BY walk_id);
BEGIN
    PERFORM hold_cube();
    PERFORM count_walks(ids, -1);
    DELETE FROM exposure e WHERE e.walk_id = ANY (ids);
    RETURN NULL;
END
$$;

-- A walk that learns its start, or another one, moves to that month.
CREATE FUNCTION uncount_walk() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    PERFORM hold_cube();
    PERFORM count_walks(ARRAY[OLD.id], -1);
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
$$;
CREATE FUNCTION recount_walk() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    PERFORM count_walks(ARRAY[NEW.id], 1);
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_walk_uncount_update BEFORE UPDATE ON walk FOR EACH ROW
    WHEN (OLD.started_at IS DISTINCT FROM NEW.started_at) EXECUTE FUNCTION uncount_walk();
CREATE TRIGGER tr_walk_recount AFTER UPDATE ON walk FOR EACH ROW
    WHEN (OLD.started_at IS DISTINCT FROM NEW.started_at) EXECUTE FUNCTION recount_walk();
CREATE TRIGGER tr_walk_uncount_delete BEFORE DELETE ON walk FOR EACH ROW EXECUTE FUNCTION uncount_walk();

-- New cells begin at nothing; a new edition takes in what was recorded before it.
CREATE OR REPLACE FUNCTION keep_edition() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    imported integer;
    cells integer[];
BEGIN
    SELECT array_agg(id) INTO cells FROM arrived WHERE kind <> 'ward';
    IF cells IS NOT NULL THEN
        INSERT INTO cell_ward (cell_id, ward_id) SELECT * FROM wards_of_cells(cells, NULL);
        INSERT INTO figure_cell (area_id, q, r)
        SELECT id, split_part(code, ':', 2)::integer, split_part(code, ':', 3)::integer FROM arrived WHERE kind = 'hex200';
    END IF;
    FOR imported IN SELECT DISTINCT edition_id FROM arrived WHERE edition_id IS NOT NULL LOOP
        PERFORM hold_cube();
        DELETE FROM cell_ward cw USING area a WHERE a.id = cw.ward_id AND a.edition_id = imported;
        INSERT INTO cell_ward (cell_id, ward_id) SELECT * FROM wards_of_cells(NULL, imported);

        DELETE FROM figure_concern f USING area a WHERE a.id = f.area_id AND a.edition_id = imported;
        DELETE FROM figure_voice f USING area a WHERE a.id = f.area_id AND a.edition_id = imported;
        DELETE FROM concern_area ca USING area a WHERE a.id = ca.area_id AND a.edition_id = imported;
        INSERT INTO concern_area (concern_id, area_id, share, main)
        SELECT c.id, s.area_id, s.share, s.main
        FROM concern c CROSS JOIN LATERAL concern_shares(c.geom_bng, imported) s;
        DELETE FROM figure_walk f USING area a WHERE a.id = f.area_id AND a.edition_id = imported;
        DELETE FROM figure_reach WHERE edition_id = imported;
        DELETE FROM exposure e USING area a WHERE a.id = e.area_id AND a.edition_id = imported;
        INSERT INTO exposure (walk_id, area_id, light, metres, minutes)
        SELECT t.walk_id, l.area_id, l.light_code, l.metres, l.minutes
        FROM track t CROSS JOIN LATERAL line_areas(t.geom_bng, t.light, imported) l;
        PERFORM count_areas(imported);
        PERFORM count_reach(NULL, imported, 1);
    END LOOP;
    RETURN NULL;
END
$$;

-- Wards that go take their figures along; where walks reach without them has to be counted anew.
CREATE FUNCTION leave_edition() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    left_edition integer;
BEGIN
    FOR left_edition IN SELECT DISTINCT edition_id FROM left_behind WHERE edition_id IS NOT NULL LOOP
        PERFORM hold_cube();
        DELETE FROM figure_reach WHERE edition_id = left_edition;
        IF EXISTS (SELECT FROM area WHERE edition_id = left_edition) THEN
            PERFORM count_reach(NULL, left_edition, 1);
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_area_left AFTER DELETE ON area
    REFERENCING OLD TABLE AS left_behind FOR EACH STATEMENT EXECUTE FUNCTION leave_edition();

REVOKE EXECUTE ON FUNCTION merge_raisers, count_concerns, forget_concerns, count_walks, uncount_concern, keep_counted_under,
    uncount_walk, recount_walk, leave_edition FROM PUBLIC;
