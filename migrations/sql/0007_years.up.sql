-- The cube once more by year, with months added up inside each year: any run of months is a difference of two
-- numbers, so that an answer reads as many rows whether a thousand concerns were counted or a million.
-- Kept by triggers on the month figures, under the same lock.

-- n: three lights of twelve months, n[12 * light + month] = all of that light up to that month of the year.
CREATE TABLE figure_concern_year (
    area_id integer NOT NULL CONSTRAINT fk_figure_concern_year_area_id_area REFERENCES area ON DELETE CASCADE,
    counted_under text NOT NULL,
    kind text NOT NULL,
    year smallint NOT NULL,
    n double precision[] NOT NULL,
    CONSTRAINT pk_figure_concern_year PRIMARY KEY (area_id, counted_under, kind, year),
    CONSTRAINT ck_figure_concern_year_n CHECK (cardinality(n) = 36)
);

-- metres and minutes likewise; walks: seven sets of lights of twelve months, walks[12 * (lights - 1) + month].
CREATE TABLE figure_walk_year (
    area_id integer NOT NULL CONSTRAINT fk_figure_walk_year_area_id_area REFERENCES area ON DELETE CASCADE,
    year smallint NOT NULL,
    walks double precision[] NOT NULL,
    metres double precision[] NOT NULL,
    minutes double precision[] NOT NULL,
    CONSTRAINT pk_figure_walk_year PRIMARY KEY (area_id, year),
    CONSTRAINT ck_figure_walk_year_sizes CHECK (
        cardinality(walks) = 84 AND cardinality(metres) = 36 AND cardinality(minutes) = 36)
);

CREATE FUNCTION add_arrays(a double precision[], b double precision[]) RETURNS double precision[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT ARRAY(SELECT x + y FROM unnest(a, b) AS t (x, y))
$$;
CREATE AGGREGATE sum_arrays(double precision[]) (SFUNC = add_arrays, STYPE = double precision[], PARALLEL = SAFE);

-- What one month of one row of twelve adds to the running sums of a year, in `width` such rows.
CREATE FUNCTION from_month_on(row_number integer, month integer, amount double precision, width integer)
RETURNS double precision[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_fill(0::float8, ARRAY[12 * row_number + month - 1])
        || array_fill(amount, ARRAY[13 - month])
        || array_fill(0::float8, ARRAY[12 * (width - row_number - 1)])
$$;

CREATE FUNCTION light_code(light text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE light WHEN 'day' THEN 0 WHEN 'twilight' THEN 1 WHEN 'dark' THEN 2 END
$$;

CREATE FUNCTION months_of_walk(month integer, lights integer, walks integer, metres double precision[], minutes double precision[],
    OUT walk double precision[], OUT metre double precision[], OUT minute double precision[])
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN lights > 0 THEN from_month_on(lights - 1, month, walks, 7) ELSE array_fill(0::float8, ARRAY[84]) END,
        add_arrays(add_arrays(from_month_on(0, month, metres[1], 3), from_month_on(1, month, metres[2], 3)), from_month_on(2, month, metres[3], 3)),
        add_arrays(add_arrays(from_month_on(0, month, minutes[1], 3), from_month_on(1, month, minutes[2], 3)), from_month_on(2, month, minutes[3], 3))
$$;

CREATE FUNCTION keep_concern_year() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    -- An upsert fires for what it adds and for what it changes; one of the two is mostly nothing.
    IF TG_OP <> 'DELETE' THEN
        IF NOT EXISTS (SELECT FROM arrived) THEN
            RETURN NULL;
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN
        UPDATE figure_concern_year f SET n = add_arrays(f.n, gone.n)
        FROM (
            SELECT area_id, counted_under, kind, extract(year FROM month)::smallint AS year,
                   sum_arrays(from_month_on(light_code(light), extract(month FROM month)::integer, -n, 3)) AS n
            FROM left_behind GROUP BY 1, 2, 3, 4) gone
        WHERE f.area_id = gone.area_id AND f.counted_under = gone.counted_under AND f.kind = gone.kind AND f.year = gone.year;
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE figure_concern_year f SET n = add_arrays(f.n, d.n)
        FROM (
            SELECT a.area_id, a.counted_under, a.kind, extract(year FROM a.month)::smallint AS year,
                   sum_arrays(from_month_on(light_code(a.light), extract(month FROM a.month)::integer, a.n - b.n, 3)) AS n
            FROM arrived a JOIN left_behind b USING (area_id, counted_under, kind, month, light)
            WHERE a.n <> b.n GROUP BY 1, 2, 3, 4) d
        WHERE f.area_id = d.area_id AND f.counted_under = d.counted_under AND f.kind = d.kind AND f.year = d.year;
    ELSE
        INSERT INTO figure_concern_year AS f (area_id, counted_under, kind, year, n)
        SELECT area_id, counted_under, kind, extract(year FROM month)::smallint,
               sum_arrays(from_month_on(light_code(light), extract(month FROM month)::integer, n, 3))
        FROM arrived GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        ON CONFLICT (area_id, counted_under, kind, year) DO UPDATE SET n = add_arrays(f.n, excluded.n);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_figure_concern_year_insert AFTER INSERT ON figure_concern
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION keep_concern_year();
CREATE TRIGGER tr_figure_concern_year_update AFTER UPDATE ON figure_concern
    REFERENCING NEW TABLE AS arrived OLD TABLE AS left_behind FOR EACH STATEMENT EXECUTE FUNCTION keep_concern_year();
CREATE TRIGGER tr_figure_concern_year_delete AFTER DELETE ON figure_concern
    REFERENCING OLD TABLE AS left_behind FOR EACH STATEMENT EXECUTE FUNCTION keep_concern_year();

CREATE FUNCTION keep_walk_year() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        IF NOT EXISTS (SELECT FROM arrived) THEN
            RETURN NULL;
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN
        UPDATE figure_walk_year f
        SET walks = add_arrays(f.walks, g.walks), metres = add_arrays(f.metres, g.metres), minutes = add_arrays(f.minutes, g.minutes)
        FROM (
            SELECT area_id, extract(year FROM month)::smallint AS year, sum_arrays(m.walk) AS walks,
                   sum_arrays(m.metre) AS metres, sum_arrays(m.minute) AS minutes
            FROM left_behind l CROSS JOIN LATERAL months_of_walk(extract(month FROM month)::integer, lights, -l.walks,
                ARRAY[-l.metres[1], -l.metres[2], -l.metres[3]], ARRAY[-l.minutes[1], -l.minutes[2], -l.minutes[3]]) m
            GROUP BY 1, 2) g
        WHERE f.area_id = g.area_id AND f.year = g.year;
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE figure_walk_year f
        SET walks = add_arrays(f.walks, g.walks), metres = add_arrays(f.metres, g.metres), minutes = add_arrays(f.minutes, g.minutes)
        FROM (
            SELECT a.area_id, extract(year FROM a.month)::smallint AS year, sum_arrays(m.walk) AS walks,
                   sum_arrays(m.metre) AS metres, sum_arrays(m.minute) AS minutes
            FROM arrived a JOIN left_behind b USING (area_id, month, lights)
            CROSS JOIN LATERAL months_of_walk(extract(month FROM a.month)::integer, a.lights, a.walks - b.walks,
                ARRAY[a.metres[1] - b.metres[1], a.metres[2] - b.metres[2], a.metres[3] - b.metres[3]],
                ARRAY[a.minutes[1] - b.minutes[1], a.minutes[2] - b.minutes[2], a.minutes[3] - b.minutes[3]]) m
            GROUP BY 1, 2) g
        WHERE f.area_id = g.area_id AND f.year = g.year;
    ELSE
        INSERT INTO figure_walk_year AS f (area_id, year, walks, metres, minutes)
        SELECT area_id, extract(year FROM month)::smallint, sum_arrays(m.walk), sum_arrays(m.metre), sum_arrays(m.minute)
        FROM arrived a CROSS JOIN LATERAL months_of_walk(
            extract(month FROM month)::integer, a.lights, a.walks, a.metres, a.minutes) m
        GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (area_id, year) DO UPDATE SET
            walks = add_arrays(f.walks, excluded.walks), metres = add_arrays(f.metres, excluded.metres),
            minutes = add_arrays(f.minutes, excluded.minutes);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_figure_walk_year_insert AFTER INSERT ON figure_walk
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION keep_walk_year();
CREATE TRIGGER tr_figure_walk_year_update AFTER UPDATE ON figure_walk
    REFERENCING NEW TABLE AS arrived OLD TABLE AS left_behind FOR EACH STATEMENT EXECUTE FUNCTION keep_walk_year();
CREATE TRIGGER tr_figure_walk_year_delete AFTER DELETE ON figure_walk
    REFERENCING OLD TABLE AS left_behind FOR EACH STATEMENT EXECUTE FUNCTION keep_walk_year();

-- All concerns and metres of each cell of 200 m, whenever and in whatever light: what a surface is drawn from.
CREATE TABLE figure_cell (
    area_id integer CONSTRAINT pk_figure_cell PRIMARY KEY
        CONSTRAINT fk_figure_cell_area_id_area REFERENCES area ON DELETE CASCADE,
    q integer NOT NULL,
    r integer NOT NULL,
    n double precision NOT NULL DEFAULT 0,
    metres double precision NOT NULL DEFAULT 0,
    minutes double precision NOT NULL DEFAULT 0
);

CREATE FUNCTION keep_cells() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO figure_cell (area_id, q, r)
    SELECT id, split_part(code, ':', 2)::integer, split_part(code, ':', 3)::integer FROM arrived WHERE kind = 'hex200';
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_figure_cell AFTER INSERT ON area
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION keep_cells();

CREATE FUNCTION keep_cell_concerns() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT FROM arrived WHERE counted_under = 'all' AND kind = 'concern') THEN
            UPDATE figure_cell f SET n = tidy(f.n + g.n)
            FROM (SELECT area_id, sum(n) AS n FROM arrived
                  WHERE counted_under = 'all' AND kind = 'concern' GROUP BY area_id) g WHERE f.area_id = g.area_id;
        END IF;
    ELSIF EXISTS (SELECT FROM left_behind WHERE counted_under = 'all' AND kind = 'concern') THEN
        IF TG_OP = 'DELETE' THEN
            UPDATE figure_cell f SET n = tidy(f.n - g.n)
            FROM (SELECT area_id, sum(n) AS n FROM left_behind
                  WHERE counted_under = 'all' AND kind = 'concern' GROUP BY area_id) g WHERE f.area_id = g.area_id;
        ELSE
            UPDATE figure_cell f SET n = tidy(f.n + g.n)
            FROM (SELECT area_id, sum(n) AS n
                  FROM (SELECT area_id, counted_under, kind, n FROM arrived
                        UNION ALL SELECT area_id, counted_under, kind, -n FROM left_behind) d
                  WHERE counted_under = 'all' AND kind = 'concern' GROUP BY area_id) g WHERE f.area_id = g.area_id;
        END IF;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_figure_cell_insert AFTER INSERT ON figure_concern
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION keep_cell_concerns();
CREATE TRIGGER tr_figure_cell_update AFTER UPDATE ON figure_concern
    REFERENCING NEW TABLE AS arrived OLD TABLE AS left_behind FOR EACH STATEMENT EXECUTE FUNCTION keep_cell_concerns();
CREATE TRIGGER tr_figure_cell_delete AFTER DELETE ON figure_concern
    REFERENCING OLD TABLE AS left_behind FOR EACH STATEMENT EXECUTE FUNCTION keep_cell_concerns();

CREATE FUNCTION keep_cell_metres() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE figure_cell f SET metres = f.metres - g.m, minutes = f.minutes - g.t
        FROM (SELECT area_id, sum(metres[1] + metres[2] + metres[3]) AS m, sum(minutes[1] + minutes[2] + minutes[3]) AS t
              FROM left_behind GROUP BY area_id) g
        WHERE f.area_id = g.area_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE figure_cell f SET metres = f.metres + g.m, minutes = f.minutes + g.t
        FROM (SELECT area_id, sum(metres[1] + metres[2] + metres[3]) AS m, sum(minutes[1] + minutes[2] + minutes[3]) AS t
              FROM arrived GROUP BY area_id) g
        WHERE f.area_id = g.area_id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tr_figure_cell_walk_insert AFTER INSERT ON figure_walk
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION keep_cell_metres();
CREATE TRIGGER tr_figure_cell_walk_update AFTER UPDATE ON figure_walk
    REFERENCING NEW TABLE AS arrived OLD TABLE AS left_behind FOR EACH STATEMENT EXECUTE FUNCTION keep_cell_metres();
CREATE TRIGGER tr_figure_cell_walk_delete AFTER DELETE ON figure_walk
    REFERENCING OLD TABLE AS left_behind FOR EACH STATEMENT EXECUTE FUNCTION keep_cell_metres();

-- What a row of twelve running sums has between two months of its year, both included.
CREATE FUNCTION between_months(sums double precision[], row_number integer, first integer, last integer) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sums[12 * row_number + last] - CASE WHEN first > 1 THEN sums[12 * row_number + first - 1] ELSE 0 END
$$;

-- Work all of this out anew from the figures by month. Sums with conditions, because adding up arrays row by row
-- would take minutes where this takes seconds.
CREATE FUNCTION recount_years() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    n_sums text := (SELECT string_agg(format('coalesce(sum(n) FILTER (WHERE l = %s AND m <= %s), 0)', l, m), ', ' ORDER BY l, m)
                    FROM generate_series(0, 2) l, generate_series(1, 12) m);
    walks_sums text := (SELECT string_agg(format('coalesce(sum(walks) FILTER (WHERE lights = %s AND m <= %s), 0)', k, m), ', ' ORDER BY k, m)
                   FROM generate_series(1, 7) k, generate_series(1, 12) m);
    metres_sums text := (SELECT string_agg(format('coalesce(sum(metres[%s]) FILTER (WHERE m <= %s), 0)', l, m), ', ' ORDER BY l, m)
                    FROM generate_series(1, 3) l, generate_series(1, 12) m);
BEGIN
    DELETE FROM figure_concern_year;
    DELETE FROM figure_walk_year;
    DELETE FROM figure_cell;
    EXECUTE format('INSERT INTO figure_concern_year (area_id, counted_under, kind, year, n)
        SELECT area_id, counted_under, kind, y, ARRAY[%s]::float8[]
        FROM (SELECT area_id, counted_under, kind, extract(year FROM month)::smallint AS y,
                     extract(month FROM month)::integer AS m, light_code(light) AS l, n FROM figure_concern) f
        GROUP BY 1, 2, 3, 4', n_sums);
    EXECUTE format('INSERT INTO figure_walk_year (area_id, year, walks, metres, minutes)
        SELECT area_id, y, ARRAY[%s]::float8[], ARRAY[%s]::float8[], ARRAY[%s]::float8[]
        FROM (SELECT *, extract(year FROM month)::smallint AS y, extract(month FROM month)::integer AS m FROM figure_walk) f
        GROUP BY 1, 2', walks_sums, metres_sums, replace(metres_sums, 'metres', 'minutes'));
    INSERT INTO figure_cell (area_id, q, r, n, metres, minutes)
    SELECT a.id, split_part(a.code, ':', 2)::integer, split_part(a.code, ':', 3)::integer,
           coalesce(c.n, 0), coalesce(w.metres, 0), coalesce(w.minutes, 0)
    FROM area a
    LEFT JOIN (SELECT area_id, tidy(sum(n)) AS n FROM figure_concern
               WHERE counted_under = 'all' AND kind = 'concern' GROUP BY area_id) c ON c.area_id = a.id
    LEFT JOIN (SELECT area_id, sum(metres[1] + metres[2] + metres[3]) AS metres, sum(minutes[1] + minutes[2] + minutes[3]) AS minutes
               FROM figure_walk GROUP BY area_id) w ON w.area_id = a.id
    WHERE a.kind = 'hex200';
END
$$;
SELECT recount_years();

GRANT SELECT ON figure_concern_year, figure_walk_year, figure_cell TO app;
REVOKE EXECUTE ON FUNCTION add_arrays, sum_arrays, from_month_on, light_code, months_of_walk, between_months,
    keep_concern_year, keep_walk_year, keep_cells, keep_cell_concerns, keep_cell_metres, recount_years FROM PUBLIC;
GRANT EXECUTE ON FUNCTION add_arrays, sum_arrays, from_month_on, light_code, months_of_walk, between_months TO app;
