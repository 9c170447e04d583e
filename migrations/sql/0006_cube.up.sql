-- The cube: what any selection is answered from. Kept by differences in the writing transaction, so that
-- an answer costs the size of the map and not of the data, and can be recounted from concern_area and exposure.
-- Every writer of figures passes hold_cube() first: what follows sees all that was counted before, and two
-- writers cannot wait for each other. The rows of the present month are everybody's, so they would queue anyway.

CREATE FUNCTION hold_cube() RETURNS void LANGUAGE sql AS 'SELECT pg_advisory_xact_lock(7302006)';

CREATE TABLE figure_concern (
    area_id integer NOT NULL CONSTRAINT fk_figure_concern_area_id_area REFERENCES area ON DELETE CASCADE,
    counted_under text NOT NULL,
    kind text NOT NULL,
    month date NOT NULL,
    light text NOT NULL,
    n double precision NOT NULL,
    raisers uuid[] NOT NULL DEFAULT '{}',
    -- With n, so that an answer is read from the index alone.
    CONSTRAINT pk_figure_concern PRIMARY KEY (area_id, counted_under, kind, month, light) INCLUDE (n)
);
COMMENT ON COLUMN figure_concern.raisers IS 'distinct walks that raised these, up to raisers_kept(): enough to tell few from many';
COMMENT ON COLUMN figure_concern.counted_under IS 'all, a factor, or a group of factors';

CREATE TABLE figure_total (
    counted_under text NOT NULL,
    kind text NOT NULL,
    month date NOT NULL,
    light text NOT NULL,
    n double precision NOT NULL,
    CONSTRAINT pk_figure_total PRIMARY KEY (counted_under, kind, month, light)
);

CREATE TABLE figure_walk (
    area_id integer NOT NULL CONSTRAINT fk_figure_walk_area_id_area REFERENCES area ON DELETE CASCADE,
    month date NOT NULL,
    lights smallint NOT NULL,
    walks integer NOT NULL,
    metres double precision[] NOT NULL,
    minutes double precision[] NOT NULL,
    CONSTRAINT pk_figure_walk PRIMARY KEY (area_id, month, lights),
    CONSTRAINT ck_figure_walk_lights CHECK (lights BETWEEN 0 AND 7)
);
COMMENT ON COLUMN figure_walk.lights IS 'lights that these walks had metres in: 1 day + 2 twilight + 4 dark, 0 if they only stood';

-- Distinct walks of all wards of an edition, of all cells of a size, and of a borough's part of either. Walks of
-- several areas cannot be added up from those of each.
CREATE TABLE figure_reach (
    kind text NOT NULL,
    edition_id integer CONSTRAINT fk_figure_reach_edition_id_edition REFERENCES edition ON DELETE CASCADE,
    borough_code text NOT NULL,
    month date NOT NULL,
    lights smallint NOT NULL,
    walks integer NOT NULL,
    CONSTRAINT ck_figure_reach_lights CHECK (lights BETWEEN 1 AND 7)
);
CREATE UNIQUE INDEX uq_figure_reach ON figure_reach (kind, coalesce(edition_id, 0), borough_code, month, lights);
COMMENT ON COLUMN figure_reach.borough_code IS 'empty for all areas of the kind; of cells by the ward of an edition that holds their centre';

-- What each area belongs to, as figure_reach names it.
CREATE VIEW area_scope AS
SELECT id AS area_id, kind, edition_id, '' AS borough_code FROM area
UNION ALL
SELECT id, kind, edition_id, borough_code FROM area WHERE kind = 'ward' AND borough_code IS NOT NULL
UNION ALL
SELECT cell.id, cell.kind, ward.edition_id, ward.borough_code
FROM cell_ward cw JOIN area cell ON cell.id = cw.cell_id JOIN area ward ON ward.id = cw.ward_id
WHERE ward.borough_code IS NOT NULL;

CREATE FUNCTION raisers_kept() RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 12';

CREATE FUNCTION merge_raisers(a uuid[], b uuid[]) RETURNS uuid[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN cardinality(a) >= raisers_kept() OR b <@ a THEN a
        ELSE coalesce((array(SELECT DISTINCT w FROM unnest(a || b) w ORDER BY w LIMIT raisers_kept())), '{}') END
$$;

-- A sum of shares without what rounding leaves behind.
CREATE FUNCTION tidy(n double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN abs(n - round(n)) < 1e-10 THEN round(n) ELSE n END
$$;

-- What concerns are counted under: 'all', their factors, and the groups of these.
CREATE FUNCTION counted_under(ids uuid[]) RETURNS TABLE (id uuid, counted_under text) LANGUAGE sql STABLE AS $$
    SELECT c.id, 'all' FROM concern c WHERE c.id = ANY (ids)
    UNION
    SELECT cf.concern_id, v.counted_under
    FROM concern_factor cf JOIN factor f ON f.code = cf.factor_code
    CROSS JOIN LATERAL (VALUES (f.code), (f.factor_group)) AS v (counted_under)
    WHERE cf.concern_id = ANY (ids)
$$;

-- Count concerns (sign 1) or take them out again (sign -1) under what stands beside each of them.
CREATE FUNCTION count_concerns(ids uuid[], under text[], sign integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    IF sign > 0 THEN
        WITH total AS (
            INSERT INTO figure_total AS f (counted_under, kind, month, light, n)
            SELECT u.under, c.kind, c.month, c.light, count(*)
            FROM unnest(ids, under) AS u (id, under) JOIN concern c ON c.id = u.id
            GROUP BY 1, 2, 3, 4
            ON CONFLICT (counted_under, kind, month, light) DO UPDATE SET n = f.n + excluded.n
        )
        INSERT INTO figure_concern AS f (area_id, counted_under, kind, month, light, n, raisers)
        SELECT ca.area_id, u.under, c.kind, c.month, c.light, sum(ca.share),
               coalesce((array_agg(DISTINCT c.walk_id ORDER BY c.walk_id) FILTER (WHERE c.walk_id IS NOT NULL))[1:raisers_kept()], '{}')
        FROM unnest(ids, under) AS u (id, under)
        JOIN concern c ON c.id = u.id JOIN concern_area ca ON ca.concern_id = c.id
        GROUP BY 1, 2, 3, 4, 5
        ON CONFLICT (area_id, counted_under, kind, month, light) DO UPDATE
            SET n = tidy(f.n + excluded.n), raisers = merge_raisers(f.raisers, excluded.raisers);
        RETURN;
    END IF;
    UPDATE figure_total f SET n = f.n - gone.n
    FROM (SELECT u.under, c.kind, c.month, c.light, count(*) AS n
          FROM unnest(ids, under) AS u (id, under) JOIN concern c ON c.id = u.id GROUP BY 1, 2, 3, 4) gone
    WHERE f.counted_under = gone.under AND f.kind = gone.kind AND f.month = gone.month AND f.light = gone.light;
    WITH gone AS (
        SELECT ca.area_id, u.under, c.kind, c.month, c.light, sum(ca.share) AS n
        FROM unnest(ids, under) AS u (id, under)
        JOIN concern c ON c.id = u.id JOIN concern_area ca ON ca.concern_id = c.id
        GROUP BY 1, 2, 3, 4, 5
    )
    UPDATE figure_concern f
    SET n = tidy(f.n - gone.n),
        raisers = coalesce((array(
            SELECT DISTINCT c.walk_id FROM concern_area ca JOIN concern c ON c.id = ca.concern_id
            WHERE ca.area_id = f.area_id AND c.kind = f.kind AND c.month = f.month AND c.light = f.light
              AND c.walk_id IS NOT NULL AND c.id <> ALL (ids)
              AND (f.counted_under = 'all' OR EXISTS (
                  SELECT FROM concern_factor cf JOIN factor ON factor.code = cf.factor_code
                  WHERE cf.concern_id = c.id AND f.counted_under IN (factor.code, factor.factor_group)))
            ORDER BY c.walk_id LIMIT raisers_kept())), '{}')
    FROM gone
    WHERE f.area_id = gone.area_id AND f.counted_under = gone.under AND f.kind = gone.kind
      AND f.month = gone.month AND f.light = gone.light;
    DELETE FROM figure_concern f USING unnest(ids) AS i (id), concern_area ca
    WHERE ca.concern_id = i.id AND f.area_id = ca.area_id AND f.n < 1e-9;
    DELETE FROM figure_total WHERE n <= 0;
END
$$;

-- Count walks where they reach (sign 1) or take them out again (sign -1); null ids are all walks.
CREATE FUNCTION count_reach(ids uuid[], only_edition integer, sign integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    INSERT INTO figure_reach AS f (kind, edition_id, borough_code, month, lights, walks)
    SELECT kind, edition_id, borough_code, month, lights, sign * count(*)
    FROM (
        SELECT s.kind, s.edition_id, s.borough_code, w.month, bit_or(1 << e.light)::smallint AS lights
        FROM exposure e JOIN walk w ON w.id = e.walk_id JOIN area_scope s ON s.area_id = e.area_id
        WHERE (ids IS NULL OR e.walk_id = ANY (ids)) AND w.month IS NOT NULL AND e.metres > 0
          AND (only_edition IS NULL OR s.edition_id = only_edition)
        GROUP BY e.walk_id, s.kind, s.edition_id, s.borough_code, w.month) one
    GROUP BY kind, edition_id, borough_code, month, lights
    ON CONFLICT (kind, coalesce(edition_id, 0), borough_code, month, lights) DO UPDATE SET walks = f.walks + excluded.walks;
    IF sign < 0 THEN
        DELETE FROM figure_reach WHERE walks <= 0;
    END IF;
END
$$;

-- Count a walk's metres (sign 1) or take them out again (sign -1), in areas of one edition or of all kinds.
CREATE FUNCTION count_walks(ids uuid[], only_edition integer, sign integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    INSERT INTO figure_walk AS f (area_id, month, lights, walks, metres, minutes)
    SELECT area_id, month, lights, sign * count(*),
           ARRAY[sign * sum(day_m), sign * sum(twilight_m), sign * sum(dark_m)],
           ARRAY[sign * sum(day_t), sign * sum(twilight_t), sign * sum(dark_t)]
    FROM (
        SELECT e.walk_id, e.area_id, w.month,
               sum(CASE WHEN e.metres > 0 THEN 1 << e.light ELSE 0 END)::smallint AS lights,
               coalesce(sum(e.metres) FILTER (WHERE e.light = 0), 0) AS day_m,
               coalesce(sum(e.metres) FILTER (WHERE e.light = 1), 0) AS twilight_m,
               coalesce(sum(e.metres) FILTER (WHERE e.light = 2), 0) AS dark_m,
               coalesce(sum(e.minutes) FILTER (WHERE e.light = 0), 0) AS day_t,
               coalesce(sum(e.minutes) FILTER (WHERE e.light = 1), 0) AS twilight_t,
               coalesce(sum(e.minutes) FILTER (WHERE e.light = 2), 0) AS dark_t
        FROM exposure e JOIN walk w ON w.id = e.walk_id
        WHERE e.walk_id = ANY (ids) AND w.month IS NOT NULL
          AND (only_edition IS NULL OR e.area_id IN (SELECT id FROM area WHERE edition_id = only_edition))
        GROUP BY e.walk_id, e.area_id, w.month) one
    GROUP BY area_id, month, lights
    ON CONFLICT (area_id, month, lights) DO UPDATE SET
        walks = f.walks + excluded.walks,
        metres = ARRAY[f.metres[1] + excluded.metres[1], f.metres[2] + excluded.metres[2], f.metres[3] + excluded.metres[3]],
        minutes = ARRAY[f.minutes[1] + excluded.minutes[1], f.minutes[2] + excluded.minutes[2], f.minutes[3] + excluded.minutes[3]];
    IF sign < 0 THEN
        DELETE FROM figure_walk f USING exposure e
        WHERE e.walk_id = ANY (ids) AND f.area_id = e.area_id AND f.walks <= 0;
    END IF;
    PERFORM count_reach(ids, only_edition, sign);
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
        WITH placed AS (
            INSERT INTO concern_area (concern_id, area_id, share, main)
            SELECT a.id, s.area_id, s.share, s.main
            FROM arrived a CROSS JOIN LATERAL concern_shares(a.geom_bng, NULL) s
            RETURNING concern_id, area_id, share
        ), total AS (
            INSERT INTO figure_total AS f (counted_under, kind, month, light, n)
            SELECT 'all', kind, month, light, count(*) FROM arrived GROUP BY 2, 3, 4
            ON CONFLICT (counted_under, kind, month, light) DO UPDATE SET n = f.n + excluded.n
        )
        INSERT INTO figure_concern AS f (area_id, counted_under, kind, month, light, n, raisers)
        SELECT p.area_id, 'all', a.kind, a.month, a.light, sum(p.share),
               coalesce((array_agg(DISTINCT a.walk_id ORDER BY a.walk_id) FILTER (WHERE a.walk_id IS NOT NULL))[1:raisers_kept()], '{}')
        FROM placed p JOIN arrived a ON a.id = p.concern_id
        GROUP BY 1, 3, 4, 5
        ON CONFLICT (area_id, counted_under, kind, month, light) DO UPDATE
            SET n = tidy(f.n + excluded.n), raisers = merge_raisers(f.raisers, excluded.raisers);
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
        PERFORM count_walks(ids, NULL, -1);
        DELETE FROM exposure e WHERE e.walk_id = ANY (ids);
    END IF;
    PERFORM make_cells(ARRAY(SELECT geom_bng FROM arrived));
    INSERT INTO exposure (walk_id, area_id, light, metres, minutes)
    SELECT t.walk_id, l.area_id, l.light_code, l.metres, l.minutes
    FROM arrived t CROSS JOIN LATERAL line_areas(t.geom_bng, t.light, NULL) l;
    PERFORM count_walks(ids, NULL, 1);
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
    PERFORM count_walks(ids, NULL, -1);
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
    PERFORM count_walks(ARRAY[OLD.id], NULL, -1);
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
    PERFORM count_walks(ARRAY[NEW.id], NULL, 1);
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_walk_uncount_update BEFORE UPDATE ON walk FOR EACH ROW
    WHEN (OLD.started_at IS DISTINCT FROM NEW.started_at) EXECUTE FUNCTION uncount_walk();
CREATE TRIGGER tr_walk_recount AFTER UPDATE ON walk FOR EACH ROW
    WHEN (OLD.started_at IS DISTINCT FROM NEW.started_at) EXECUTE FUNCTION recount_walk();
CREATE TRIGGER tr_walk_uncount_delete BEFORE DELETE ON walk FOR EACH ROW EXECUTE FUNCTION uncount_walk();

-- In which ward of each edition these cells have their centres; on a boundary, the lower code.
CREATE FUNCTION wards_of_cells(cells integer[], only_edition integer) RETURNS TABLE (cell_id integer, ward_id integer)
LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (cell.id, ward.edition_id) cell.id, ward.id
    FROM area cell
    CROSS JOIN LATERAL (SELECT ST_Centroid(cell.geom_bng) AS centre) c
    CROSS JOIN LATERAL (SELECT id, kind, edition_id, code, geom_bng FROM area WHERE geom_bng && c.centre OFFSET 0) ward
    WHERE cell.kind <> 'ward' AND (cells IS NULL OR cell.id = ANY (cells))
      AND ward.kind = 'ward' AND (only_edition IS NULL OR ward.edition_id = only_edition)
      AND ST_Intersects(ward.geom_bng, c.centre)
    ORDER BY cell.id, ward.edition_id, ward.code
$$;

CREATE OR REPLACE FUNCTION keep_edition() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    imported integer;
    cells integer[];
    walked uuid[];
BEGIN
    SELECT array_agg(id) INTO cells FROM arrived WHERE kind <> 'ward';
    IF cells IS NOT NULL THEN
        INSERT INTO cell_ward (cell_id, ward_id) SELECT * FROM wards_of_cells(cells, NULL);
    END IF;
    FOR imported IN SELECT DISTINCT edition_id FROM arrived WHERE edition_id IS NOT NULL LOOP
        PERFORM hold_cube();
        DELETE FROM cell_ward cw USING area a WHERE a.id = cw.ward_id AND a.edition_id = imported;
        INSERT INTO cell_ward (cell_id, ward_id) SELECT * FROM wards_of_cells(NULL, imported);

        DELETE FROM figure_concern f USING area a WHERE a.id = f.area_id AND a.edition_id = imported;
        DELETE FROM concern_area ca USING area a WHERE a.id = ca.area_id AND a.edition_id = imported;
        INSERT INTO concern_area (concern_id, area_id, share, main)
        SELECT c.id, s.area_id, s.share, s.main
        FROM concern c CROSS JOIN LATERAL concern_shares(c.geom_bng, imported) s;
        INSERT INTO figure_concern (area_id, counted_under, kind, month, light, n, raisers)
        SELECT area_id, counted_under, kind, month, light, n, raisers FROM counted_again(imported);

        DELETE FROM figure_walk f USING area a WHERE a.id = f.area_id AND a.edition_id = imported;
        DELETE FROM figure_reach WHERE edition_id = imported;
        DELETE FROM exposure e USING area a WHERE a.id = e.area_id AND a.edition_id = imported;
        INSERT INTO exposure (walk_id, area_id, light, metres, minutes)
        SELECT t.walk_id, l.area_id, l.light_code, l.metres, l.minutes
        FROM track t CROSS JOIN LATERAL line_areas(t.geom_bng, t.light, imported) l;
        SELECT array_agg(walk_id) INTO walked FROM track;
        IF walked IS NOT NULL THEN
            PERFORM count_walks(walked, imported, 1);
        END IF;
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

-- figure_concern worked out anew from concern_area, for the wards of one edition or for all areas.
CREATE FUNCTION counted_again(only_edition integer) RETURNS TABLE (
    area_id integer, counted_under text, kind text, month date, light text, n double precision, raisers uuid[])
LANGUAGE sql STABLE AS $$
    SELECT ca.area_id, u.counted_under, c.kind, c.month, c.light, tidy(sum(ca.share)),
           coalesce((array_agg(DISTINCT c.walk_id ORDER BY c.walk_id) FILTER (WHERE c.walk_id IS NOT NULL))[1:raisers_kept()], '{}')
    FROM concern_area ca JOIN concern c ON c.id = ca.concern_id
    JOIN (SELECT id, 'all' AS counted_under FROM concern
          UNION
          SELECT cf.concern_id, v.counted_under
          FROM concern_factor cf JOIN factor f ON f.code = cf.factor_code
          CROSS JOIN LATERAL (VALUES (f.code), (f.factor_group)) AS v (counted_under)) u ON u.id = c.id
    WHERE only_edition IS NULL OR ca.area_id IN (SELECT a.id FROM area a WHERE a.edition_id = only_edition)
    GROUP BY 1, 2, 3, 4, 5
$$;

-- Work all of the cube out anew from concern_area and exposure.
CREATE FUNCTION recount_cube() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    PERFORM hold_cube();
    DELETE FROM figure_concern;
    DELETE FROM figure_total;
    DELETE FROM figure_walk;
    DELETE FROM figure_reach;
    INSERT INTO figure_total (counted_under, kind, month, light, n)
    SELECT u.counted_under, c.kind, c.month, c.light, count(*)
    FROM counted_under(ARRAY(SELECT id FROM concern)) u JOIN concern c ON c.id = u.id GROUP BY 1, 2, 3, 4;
    INSERT INTO figure_concern (area_id, counted_under, kind, month, light, n, raisers)
    SELECT area_id, counted_under, kind, month, light, n, raisers FROM counted_again(NULL);
    PERFORM count_walks(ARRAY(SELECT DISTINCT walk_id FROM exposure), NULL, 1);
END
$$;

-- What was recorded before there were cells.
SELECT make_cells(ARRAY(SELECT geom_bng FROM concern UNION ALL SELECT geom_bng FROM track));
INSERT INTO concern_area (concern_id, area_id, share, main)
SELECT c.id, s.area_id, s.share, s.main
FROM concern c CROSS JOIN LATERAL concern_shares(c.geom_bng, NULL) s JOIN area a ON a.id = s.area_id AND a.kind <> 'ward';
INSERT INTO exposure (walk_id, area_id, light, metres, minutes)
SELECT t.walk_id, l.area_id, l.light_code, l.metres, l.minutes
FROM track t CROSS JOIN LATERAL line_areas(t.geom_bng, t.light, NULL) l JOIN area a ON a.id = l.area_id AND a.kind <> 'ward';
SELECT recount_cube();

GRANT SELECT ON figure_concern, figure_total, figure_walk, figure_reach, area_scope TO app;
REVOKE EXECUTE ON FUNCTION hold_cube, raisers_kept, merge_raisers, tidy, counted_under, count_concerns, count_reach, count_walks,
    uncount_concern, keep_counted_under, uncount_walk, recount_walk, wards_of_cells, leave_edition, counted_again,
    recount_cube FROM PUBLIC;
GRANT EXECUTE ON FUNCTION raisers_kept, tidy, wards_of_cells TO app;
