-- The cube: what any selection is answered from, so that an answer costs the size of the map and not of the data.
-- A row holds a year in which months are added up: any run of months is the difference of two of its numbers,
-- and an answer reads as many rows whether a thousand concerns were counted or a million.

CREATE TABLE figure_concern (
    area_id integer NOT NULL CONSTRAINT fk_figure_concern_area_id_area REFERENCES area ON DELETE CASCADE,
    counted_under text NOT NULL,
    kind text NOT NULL,
    year smallint NOT NULL,
    n double precision[] NOT NULL,
    CONSTRAINT pk_figure_concern PRIMARY KEY (area_id, counted_under, kind, year),
    CONSTRAINT ck_figure_concern_n CHECK (cardinality(n) = 36)
) WITH (fillfactor = 80);
COMMENT ON COLUMN figure_concern.counted_under IS 'all, a factor, or a group of factors';
COMMENT ON COLUMN figure_concern.n IS 'sum of shares since January at the end of each month: twelve by day, twelve by twilight, twelve in the dark';

CREATE TABLE figure_voice (
    area_id integer NOT NULL CONSTRAINT fk_figure_voice_area_id_area REFERENCES area ON DELETE CASCADE,
    counted_under text NOT NULL,
    kind text NOT NULL,
    month date NOT NULL,
    light text NOT NULL,
    raisers uuid[] NOT NULL,
    CONSTRAINT pk_figure_voice PRIMARY KEY (area_id, counted_under, kind, month, light)
);
COMMENT ON COLUMN figure_voice.raisers IS 'distinct walks that raised these, up to raisers_kept(): enough to tell few from many';

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
    year smallint NOT NULL,
    walks double precision[] NOT NULL,
    metres double precision[] NOT NULL,
    minutes double precision[] NOT NULL,
    CONSTRAINT pk_figure_walk PRIMARY KEY (area_id, year),
    CONSTRAINT ck_figure_walk_sizes CHECK (
        cardinality(walks) = 84 AND cardinality(metres) = 36 AND cardinality(minutes) = 36)
) WITH (fillfactor = 80);
COMMENT ON COLUMN figure_walk.walks IS 'since January at the end of each month, twelve for each selection of lights (1 day + 2 twilight + 4 dark): walks with metres in any of them';
COMMENT ON COLUMN figure_walk.metres IS 'since January at the end of each month: twelve by day, twelve by twilight, twelve in the dark';
COMMENT ON COLUMN figure_walk.minutes IS 'as metres';

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

-- All concerns and metres of each cell of 200 m, whenever and in whatever light: what a surface is drawn from.
CREATE TABLE figure_cell (
    area_id integer CONSTRAINT pk_figure_cell PRIMARY KEY
        CONSTRAINT fk_figure_cell_area_id_area REFERENCES area ON DELETE CASCADE,
    q integer NOT NULL,
    r integer NOT NULL,
    n double precision NOT NULL DEFAULT 0,
    metres double precision NOT NULL DEFAULT 0,
    minutes double precision NOT NULL DEFAULT 0,
    -- Ready to be strung together: fifty thousand rows would take longer to unpack than to draw.
    packed bytea NOT NULL GENERATED ALWAYS AS (int4send(q) || int4send(r) || float8send(n) || float8send(metres) || float8send(minutes)) STORED
) WITH (fillfactor = 80);

-- Every writer of figures passes this first: what follows sees all that was counted before, and two writers
-- cannot wait for each other. The rows of the present month are everybody's, so they would queue anyway.
CREATE FUNCTION hold_cube() RETURNS void LANGUAGE sql AS 'SELECT pg_advisory_xact_lock(7302006)';

CREATE FUNCTION raisers_kept() RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 12';

-- A sum of shares without what rounding leaves behind.
CREATE FUNCTION tidy(n double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN abs(n - round(n)) < 1e-10 THEN round(n) ELSE n END
$$;

CREATE FUNCTION light_code(light text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE light WHEN 'day' THEN 0 WHEN 'twilight' THEN 1 WHEN 'dark' THEN 2 END
$$;

-- A year in which x happened in one month by one light.
CREATE FUNCTION year_of(x double precision, light integer, month integer) RETURNS double precision[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_fill(0::float8, ARRAY[12 * light + month - 1]) || array_fill(x, ARRAY[13 - month])
        || array_fill(0::float8, ARRAY[24 - 12 * light])
$$;

-- A year in which x walks were on their way in one month with metres in exactly these lights: every selection
-- that has one of them finds them.
CREATE FUNCTION reach_of(x double precision, lights integer, month integer) RETURNS double precision[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(CASE WHEN selected & lights <> 0 AND at >= month THEN x ELSE 0 END ORDER BY selected, at)
    FROM generate_series(1, 7) selected CROSS JOIN generate_series(1, 12) at
$$;

-- Years added number by number, written out: a loop or unnest() would cost more than all else in a write. The
-- first of each pair is for expressions, into which it is copied; the other for the aggregate.
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES ('add_year', 36, ''), ('add_years', 36, 'STRICT'), ('add_reach', 84, ''), ('add_reaches', 84, 'STRICT')) AS v (name, size, nulls) LOOP
        EXECUTE format(
            'CREATE FUNCTION %I(a double precision[], b double precision[]) RETURNS double precision[] LANGUAGE sql IMMUTABLE %s PARALLEL SAFE AS %L',
            one.name, one.nulls,
            (SELECT 'SELECT ARRAY[' || string_agg(format('a[%s] + b[%s]', i, i), ', ' ORDER BY i) || ']' FROM generate_series(1, one.size) i));
    END LOOP;
END
$$;
CREATE AGGREGATE sum_years(double precision[]) (SFUNC = add_years, STYPE = double precision[]);
CREATE AGGREGATE sum_reaches(double precision[]) (SFUNC = add_reaches, STYPE = double precision[]);

-- Of a year, the months from first to last, by a selection of lights (1 day + 2 twilight + 4 dark).
CREATE FUNCTION of_year(n double precision[], lights integer, first integer, last integer) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN lights & 1 = 0 THEN 0 WHEN first = 1 THEN n[last] ELSE n[last] - n[first - 1] END
         + CASE WHEN lights & 2 = 0 THEN 0 WHEN first = 1 THEN n[12 + last] ELSE n[12 + last] - n[11 + first] END
         + CASE WHEN lights & 4 = 0 THEN 0 WHEN first = 1 THEN n[24 + last] ELSE n[24 + last] - n[23 + first] END
$$;
CREATE FUNCTION walks_of_year(walks double precision[], lights integer, first integer, last integer) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT walks[12 * (lights - 1) + last] - CASE WHEN first = 1 THEN 0 ELSE walks[12 * (lights - 1) + first - 1] END
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

-- What was raised in each area, month and light, from concern_area: for the wards of one edition or for all areas.
CREATE FUNCTION raised_in_months(only_edition integer) RETURNS TABLE (
    area_id integer, counted_under text, kind text, month date, light text, n double precision, raisers uuid[])
LANGUAGE sql STABLE AS $$
    SELECT ca.area_id, u.counted_under, c.kind, c.month, c.light, sum(ca.share),
           (array_agg(DISTINCT c.walk_id ORDER BY c.walk_id) FILTER (WHERE c.walk_id IS NOT NULL))[1:raisers_kept()]
    FROM concern_area ca JOIN concern c ON c.id = ca.concern_id
    JOIN (SELECT id, 'all' AS counted_under FROM concern
          UNION
          SELECT cf.concern_id, v.counted_under
          FROM concern_factor cf JOIN factor f ON f.code = cf.factor_code
          CROSS JOIN LATERAL (VALUES (f.code), (f.factor_group)) AS v (counted_under)) u ON u.id = c.id
    WHERE only_edition IS NULL OR ca.area_id IN (SELECT a.id FROM area a WHERE a.edition_id = only_edition)
    GROUP BY 1, 2, 3, 4, 5
$$;

-- What was walked in each area, month and exact set of lights, from exposure.
CREATE FUNCTION walked_in_months(only_edition integer) RETURNS TABLE (
    area_id integer, month date, lights integer, walks bigint, metres double precision[], minutes double precision[])
LANGUAGE sql STABLE AS $$
    SELECT area_id, month, lights, count(*), ARRAY[sum(day_m), sum(twilight_m), sum(dark_m)], ARRAY[sum(day_t), sum(twilight_t), sum(dark_t)]
    FROM (
        SELECT e.walk_id, e.area_id, w.month,
               sum(CASE WHEN e.metres > 0 THEN 1 << e.light ELSE 0 END)::integer AS lights,
               coalesce(sum(e.metres) FILTER (WHERE e.light = 0), 0) AS day_m,
               coalesce(sum(e.metres) FILTER (WHERE e.light = 1), 0) AS twilight_m,
               coalesce(sum(e.metres) FILTER (WHERE e.light = 2), 0) AS dark_m,
               coalesce(sum(e.minutes) FILTER (WHERE e.light = 0), 0) AS day_t,
               coalesce(sum(e.minutes) FILTER (WHERE e.light = 1), 0) AS twilight_t,
               coalesce(sum(e.minutes) FILTER (WHERE e.light = 2), 0) AS dark_t
        FROM exposure e JOIN walk w ON w.id = e.walk_id
        WHERE w.month IS NOT NULL
          AND (only_edition IS NULL OR e.area_id IN (SELECT id FROM area WHERE edition_id = only_edition))
        GROUP BY e.walk_id, e.area_id, w.month) one
    GROUP BY area_id, month, lights
$$;

-- Count all that was raised and walked in the wards of one edition, or in all areas, of which nothing is counted
-- yet. Sums with conditions, because adding up arrays row by row would take minutes where this takes seconds.
CREATE FUNCTION count_areas(only_edition integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    n_sums text := (SELECT string_agg(format('coalesce(sum(n) FILTER (WHERE light_code(light) = %s AND m <= %s), 0)', l, at), ', ' ORDER BY l, at)
                    FROM generate_series(0, 2) l, generate_series(1, 12) at);
    walks_sums text := (SELECT string_agg(format('coalesce(sum(walks) FILTER (WHERE lights & %s <> 0 AND m <= %s), 0)', s, at), ', ' ORDER BY s, at)
                   FROM generate_series(1, 7) s, generate_series(1, 12) at);
    metres_sums text := (SELECT string_agg(format('coalesce(sum(metres[%s]) FILTER (WHERE m <= %s), 0)', l, at), ', ' ORDER BY l, at)
                    FROM generate_series(1, 3) l, generate_series(1, 12) at);
BEGIN
    EXECUTE format('WITH slot AS MATERIALIZED (
            SELECT *, extract(year FROM month)::smallint AS y, extract(month FROM month)::integer AS m FROM raised_in_months($1)
        ), voice AS (
            INSERT INTO figure_voice (area_id, counted_under, kind, month, light, raisers)
            SELECT area_id, counted_under, kind, month, light, raisers FROM slot WHERE raisers IS NOT NULL)
        INSERT INTO figure_concern (area_id, counted_under, kind, year, n)
        SELECT area_id, counted_under, kind, y, ARRAY[%s]::float8[] FROM slot GROUP BY 1, 2, 3, 4', n_sums) USING only_edition;
    EXECUTE format('INSERT INTO figure_walk (area_id, year, walks, metres, minutes)
        SELECT area_id, y, ARRAY[%s]::float8[], ARRAY[%s]::float8[], ARRAY[%s]::float8[]
        FROM (SELECT *, extract(year FROM month)::smallint AS y, extract(month FROM month)::integer AS m FROM walked_in_months($1)) f
        GROUP BY 1, 2', walks_sums, metres_sums, replace(metres_sums, 'metres', 'minutes')) USING only_edition;
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

-- Work all of the cube out anew from concern_area and exposure.
CREATE FUNCTION recount_cube() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    PERFORM hold_cube();
    DELETE FROM figure_concern;
    DELETE FROM figure_voice;
    DELETE FROM figure_total;
    DELETE FROM figure_walk;
    DELETE FROM figure_reach;
    DELETE FROM figure_cell;
    INSERT INTO figure_total (counted_under, kind, month, light, n)
    SELECT u.counted_under, c.kind, c.month, c.light, count(*)
    FROM counted_under(ARRAY(SELECT id FROM concern)) u JOIN concern c ON c.id = u.id GROUP BY 1, 2, 3, 4;
    PERFORM count_areas(NULL);
    PERFORM count_reach(NULL, NULL, 1);
    INSERT INTO figure_cell (area_id, q, r, n, metres, minutes)
    SELECT a.id, split_part(a.code, ':', 2)::integer, split_part(a.code, ':', 3)::integer,
           coalesce(c.n, 0), coalesce(w.metres, 0), coalesce(w.minutes, 0)
    FROM area a
    LEFT JOIN (SELECT area_id, tidy(sum(of_year(n, 7, 1, 12))) AS n FROM figure_concern
               WHERE counted_under = 'all' AND kind = 'concern' GROUP BY area_id) c ON c.area_id = a.id
    LEFT JOIN (SELECT area_id, sum(of_year(metres, 7, 1, 12)) AS metres, sum(of_year(minutes, 7, 1, 12)) AS minutes
               FROM figure_walk GROUP BY area_id) w ON w.area_id = a.id
    WHERE a.kind = 'hex200';
END
$$;

-- What was recorded before there were cells.
SELECT make_cells(ARRAY(SELECT geom_bng FROM concern UNION ALL SELECT geom_bng FROM track));
INSERT INTO cell_ward (cell_id, ward_id) SELECT * FROM wards_of_cells(NULL, NULL);
INSERT INTO concern_area (concern_id, area_id, share, main)
SELECT c.id, s.area_id, s.share, s.main
FROM concern c CROSS JOIN LATERAL concern_shares(c.geom_bng, NULL) s JOIN area a ON a.id = s.area_id AND a.kind <> 'ward';
INSERT INTO exposure (walk_id, area_id, light, metres, minutes)
SELECT t.walk_id, l.area_id, l.light_code, l.metres, l.minutes
FROM track t CROSS JOIN LATERAL line_areas(t.geom_bng, t.light, NULL) l JOIN area a ON a.id = l.area_id AND a.kind <> 'ward';
SELECT recount_cube();

GRANT SELECT ON figure_concern, figure_voice, figure_total, figure_walk, figure_reach, figure_cell, area_scope TO app;
REVOKE EXECUTE ON FUNCTION hold_cube, raisers_kept, tidy, light_code, year_of, reach_of, add_year, add_years, add_reach, add_reaches,
    sum_years, sum_reaches, of_year, walks_of_year, counted_under, wards_of_cells, raised_in_months, walked_in_months, count_areas,
    count_reach, recount_cube FROM PUBLIC;
GRANT EXECUTE ON FUNCTION raisers_kept, tidy, light_code, of_year, walks_of_year, wards_of_cells TO app;
