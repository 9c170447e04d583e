-- The cube: what any selection is answered from. Kept by differences in the writing transaction, so that
-- an answer costs the size of the map and not of the data, and can be recounted from concern_area and exposure.

-- What a concern is counted under: 'all', its factors, and their groups.
ALTER TABLE concern ADD COLUMN counted_under text[] NOT NULL DEFAULT '{all}';

CREATE TABLE figure_concern (
    area_id integer NOT NULL CONSTRAINT fk_figure_concern_area_id_area REFERENCES area ON DELETE CASCADE,
    counted_under text NOT NULL,
    kind text NOT NULL,
    month date NOT NULL,
    light text NOT NULL,
    n double precision NOT NULL,
    raisers uuid[] NOT NULL DEFAULT '{}',
    CONSTRAINT pk_figure_concern PRIMARY KEY (area_id, counted_under, kind, month, light)
);
COMMENT ON COLUMN figure_concern.raisers IS 'distinct walks that raised these, up to raisers_kept(): enough to tell few from many';
CREATE INDEX ix_figure_concern_counted_under ON figure_concern (counted_under, kind, month) INCLUDE (area_id, light, n);

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
COMMENT ON COLUMN figure_walk.lights IS 'the lights that these walks had metres in here: 1 day + 2 twilight + 4 dark';

CREATE FUNCTION raisers_kept() RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 12';

CREATE FUNCTION merge_raisers(a uuid[], b uuid[]) RETURNS uuid[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN cardinality(a) >= raisers_kept() OR b <@ a THEN a
        ELSE coalesce((array(SELECT DISTINCT w FROM unnest(a || b) w ORDER BY w LIMIT raisers_kept())), '{}') END
$$;

-- A sum of shares without what rounding leaves behind.
CREATE FUNCTION tidy(n double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN abs(n - round(n)) < 1e-10 THEN round(n) ELSE n END
$$;

-- Count concerns (sign 1) or take them out again (sign -1) under what stands beside each of them.
CREATE FUNCTION count_concerns(ids uuid[], under text[], sign integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    INSERT INTO figure_total AS f (counted_under, kind, month, light, n)
    SELECT u.under, c.kind, c.month, c.light, sign * count(*)
    FROM unnest(ids, under) AS u (id, under) JOIN concern c ON c.id = u.id
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (counted_under, kind, month, light) DO UPDATE SET n = f.n + excluded.n;
    IF sign > 0 THEN
        INSERT INTO figure_concern AS f (area_id, counted_under, kind, month, light, n, raisers)
        SELECT ca.area_id, u.under, c.kind, c.month, c.light, sum(ca.share),
               coalesce((array_agg(DISTINCT c.walk_id ORDER BY c.walk_id) FILTER (WHERE c.walk_id IS NOT NULL))[1:raisers_kept()], '{}')
        FROM unnest(ids, under) AS u (id, under)
        JOIN concern c ON c.id = u.id JOIN concern_area ca ON ca.concern_id = c.id
        GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (area_id, counted_under, kind, month, light) DO UPDATE
            SET n = tidy(f.n + excluded.n), raisers = merge_raisers(f.raisers, excluded.raisers);
        RETURN;
    END IF;
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
              AND f.counted_under = ANY (c.counted_under) AND c.walk_id IS NOT NULL AND c.id <> ALL (ids)
            ORDER BY c.walk_id LIMIT raisers_kept())), '{}')
    FROM gone
    WHERE f.area_id = gone.area_id AND f.counted_under = gone.under AND f.kind = gone.kind
      AND f.month = gone.month AND f.light = gone.light;
    DELETE FROM figure_concern f USING unnest(ids) AS i (id), concern_area ca
    WHERE ca.concern_id = i.id AND f.area_id = ca.area_id AND f.n < 1e-9;
    DELETE FROM figure_total WHERE n <= 0;
END
$$;

-- Count a walk's metres (sign 1) or take them out again (sign -1), in areas of one edition or of all kinds.
CREATE FUNCTION count_walks(ids uuid[], only_edition integer, sign integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    INSERT INTO figure_walk AS f (area_id, month, lights, walks, metres, minutes)
    SELECT area_id, month, lights, sign * count(*) FILTER (WHERE lights > 0),
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
    GROUP BY area_id, month, lights ORDER BY area_id, month, lights
    ON CONFLICT (area_id, month, lights) DO UPDATE SET
        walks = f.walks + excluded.walks,
        metres = ARRAY[f.metres[1] + excluded.metres[1], f.metres[2] + excluded.metres[2], f.metres[3] + excluded.metres[3]],
        minutes = ARRAY[f.minutes[1] + excluded.minutes[1], f.minutes[2] + excluded.minutes[2], f.minutes[3] + excluded.minutes[3]];
    IF sign < 0 THEN
        DELETE FROM figure_walk f USING exposure e
        WHERE e.walk_id = ANY (ids) AND f.area_id = e.area_id AND f.walks <= 0
          AND f.minutes[1] + f.minutes[2] + f.minutes[3] < 1e-6;
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION keep_concern_area() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    ids uuid[];
    under text[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(a.id) INTO ids FROM arrived a;
    ELSE
        DELETE FROM concern_area ca USING arrived n JOIN left_behind o ON o.id = n.id
        WHERE ca.concern_id = n.id AND NOT ST_OrderingEquals(o.geom_bng, n.geom_bng);
        SELECT array_agg(n.id) INTO ids FROM arrived n JOIN left_behind o ON o.id = n.id
        WHERE NOT ST_OrderingEquals(o.geom_bng, n.geom_bng);
    END IF;
    IF ids IS NOT NULL THEN
        PERFORM make_cells(c.geom_bng) FROM arrived c WHERE c.id = ANY (ids);
        INSERT INTO concern_area (concern_id, area_id, share, main)
        SELECT c.id, s.area_id, s.share, s.main
        FROM arrived c CROSS JOIN LATERAL concern_shares(c.geom_bng, NULL) s
        WHERE c.id = ANY (ids);
    END IF;
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(a.id), array_agg(u) INTO ids, under FROM arrived a CROSS JOIN unnest(a.counted_under) u;
    ELSE
        SELECT array_agg(n.id), array_agg(u) INTO ids, under
        FROM arrived n JOIN left_behind o ON o.id = n.id CROSS JOIN unnest(o.counted_under) u
        WHERE NOT ST_OrderingEquals(o.geom_bng, n.geom_bng) OR o.kind <> n.kind OR o.light <> n.light
           OR o.recorded_at <> n.recorded_at OR o.walk_id IS DISTINCT FROM n.walk_id;
    END IF;
    IF ids IS NOT NULL THEN
        PERFORM count_concerns(ids, under, 1);
    END IF;
    RETURN NULL;
END
$$;

-- What is about to change or go is taken out first, while it still stands as it was counted.
CREATE FUNCTION uncount_concern() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    PERFORM count_concerns(array_fill(OLD.id, ARRAY[cardinality(OLD.counted_under)]), OLD.counted_under, -1);
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

CREATE FUNCTION keep_counted_under() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    each record;
    added text[];
    gone text[];
BEGIN
    FOR each IN
        SELECT c.id, c.counted_under AS before, ARRAY['all'] || coalesce(f.under, '{}') AS now
        FROM (SELECT DISTINCT concern_id FROM touched) t JOIN concern c ON c.id = t.concern_id
        LEFT JOIN LATERAL (
            SELECT array_agg(DISTINCT u ORDER BY u) AS under
            FROM concern_factor cf JOIN factor ON factor.code = cf.factor_code
            CROSS JOIN LATERAL (VALUES (factor.code), (factor.factor_group)) AS v (u)
            WHERE cf.concern_id = c.id) f ON true
        ORDER BY c.id
    LOOP
        added := ARRAY(SELECT unnest(each.now) EXCEPT SELECT unnest(each.before));
        gone := ARRAY(SELECT unnest(each.before) EXCEPT SELECT unnest(each.now));
        IF cardinality(gone) > 0 THEN
            PERFORM count_concerns(array_fill(each.id, ARRAY[cardinality(gone)]), gone, -1);
        END IF;
        IF cardinality(added) > 0 OR cardinality(gone) > 0 THEN
            UPDATE concern SET counted_under = each.now WHERE id = each.id;
        END IF;
        IF cardinality(added) > 0 THEN
            PERFORM count_concerns(array_fill(each.id, ARRAY[cardinality(added)]), added, 1);
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_concern_factor_insert AFTER INSERT ON concern_factor
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION keep_counted_under();
CREATE TRIGGER tr_concern_factor_delete AFTER DELETE ON concern_factor
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION keep_counted_under();

CREATE OR REPLACE FUNCTION keep_exposure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    ids uuid[] := ARRAY(SELECT walk_id FROM arrived ORDER BY walk_id);
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM count_walks(ids, NULL, -1);
        DELETE FROM exposure e WHERE e.walk_id = ANY (ids);
    END IF;
    PERFORM make_cells(t.geom_bng) FROM arrived t;
    INSERT INTO exposure (walk_id, area_id, light, metres, minutes)
    SELECT t.walk_id, l.area_id, l.light_code, l.metres, l.minutes
    FROM arrived t CROSS JOIN LATERAL line_areas(t.geom_bng, t.light, NULL) l;
    PERFORM count_walks(ids, NULL, 1);
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION drop_exposure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    ids uuid[] := ARRAY(SELECT walk_id FROM left_behind ORDER BY walk_id);
BEGIN
    PERFORM count_walks(ids, NULL, -1);
    DELETE FROM exposure e WHERE e.walk_id = ANY (ids);
    RETURN NULL;
END
$$;

-- A walk that learns its start, or another one, moves to that month.
CREATE FUNCTION uncount_walk() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    PERFORM count_walks(ARRAY[OLD.id], NULL, -1);
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
$$;
CREATE FUNCTION recount_walk() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
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

CREATE OR REPLACE FUNCTION keep_edition() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    imported integer;
    walked uuid[];
BEGIN
    INSERT INTO cell_ward (cell_id, ward_id)
    SELECT DISTINCT ON (cell.id, ward.edition_id) cell.id, ward.id
    FROM arrived cell JOIN area ward ON ward.kind = 'ward' AND ST_Intersects(ward.geom_bng, ST_Centroid(cell.geom_bng))
    WHERE cell.kind <> 'ward'
    ORDER BY cell.id, ward.edition_id, ward.code;
    FOR imported IN SELECT DISTINCT edition_id FROM arrived WHERE edition_id IS NOT NULL LOOP
        INSERT INTO cell_ward (cell_id, ward_id)
        SELECT DISTINCT ON (cell.id) cell.id, ward.id
        FROM area ward JOIN area cell ON cell.kind <> 'ward' AND ST_Intersects(ward.geom_bng, ST_Centroid(cell.geom_bng))
            AND cell.geom_bng && ward.geom_bng
        WHERE ward.edition_id = imported
        ORDER BY cell.id, ward.code
        ON CONFLICT DO NOTHING;

        DELETE FROM figure_concern f USING area a WHERE a.id = f.area_id AND a.edition_id = imported;
        DELETE FROM concern_area ca USING area a WHERE a.id = ca.area_id AND a.edition_id = imported;
        INSERT INTO concern_area (concern_id, area_id, share, main)
        SELECT c.id, s.area_id, s.share, s.main
        FROM concern c CROSS JOIN LATERAL concern_shares(c.geom_bng, imported) s;
        INSERT INTO figure_concern (area_id, counted_under, kind, month, light, n, raisers)
        SELECT ca.area_id, u, c.kind, c.month, c.light, tidy(sum(ca.share)),
               coalesce((array_agg(DISTINCT c.walk_id ORDER BY c.walk_id) FILTER (WHERE c.walk_id IS NOT NULL))[1:raisers_kept()], '{}')
        FROM concern_area ca JOIN area a ON a.id = ca.area_id AND a.edition_id = imported
        JOIN concern c ON c.id = ca.concern_id CROSS JOIN unnest(c.counted_under) u
        GROUP BY 1, 2, 3, 4, 5;

        DELETE FROM figure_walk f USING area a WHERE a.id = f.area_id AND a.edition_id = imported;
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

-- Work all of the cube out anew from concern_area and exposure.
CREATE FUNCTION recount_cube() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    DELETE FROM figure_concern;
    DELETE FROM figure_total;
    DELETE FROM figure_walk;
    INSERT INTO figure_total (counted_under, kind, month, light, n)
    SELECT u, c.kind, c.month, c.light, count(*) FROM concern c CROSS JOIN unnest(c.counted_under) u GROUP BY 1, 2, 3, 4;
    INSERT INTO figure_concern (area_id, counted_under, kind, month, light, n, raisers)
    SELECT ca.area_id, u, c.kind, c.month, c.light, tidy(sum(ca.share)),
           coalesce((array_agg(DISTINCT c.walk_id ORDER BY c.walk_id) FILTER (WHERE c.walk_id IS NOT NULL))[1:raisers_kept()], '{}')
    FROM concern_area ca JOIN concern c ON c.id = ca.concern_id CROSS JOIN unnest(c.counted_under) u
    GROUP BY 1, 2, 3, 4, 5;
    PERFORM count_walks((SELECT array_agg(DISTINCT walk_id) FROM exposure), NULL, 1);
END
$$;

GRANT SELECT ON figure_concern, figure_total, figure_walk TO app;
REVOKE EXECUTE ON FUNCTION raisers_kept, merge_raisers, tidy, count_concerns, count_walks, recount_cube FROM PUBLIC;
GRANT EXECUTE ON FUNCTION raisers_kept, tidy TO app;
