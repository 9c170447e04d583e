-- Cells: hexagons of equal area on British National Grid, 200 m and 500 m across flats, the same lattice
-- as spatial/grid.py: centre (0, 0) on the grid's false origin, flats north and south, columns half a cell
-- further south each. A cell is made when a concern or a metre first falls into it. Its WGS84 outline is
-- written by the program, which has the OSTN15 grid.

ALTER TABLE area ALTER COLUMN geom DROP NOT NULL;
ALTER TABLE area ALTER COLUMN outline DROP NOT NULL;
ALTER TABLE area ADD CONSTRAINT ck_area_ward_outline
    CHECK (kind <> 'ward' OR (geom IS NOT NULL AND outline IS NOT NULL));
CREATE INDEX ix_area_outline_missing ON area (id) WHERE outline IS NULL;

CREATE FUNCTION hex_width_m(kind text) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE kind WHEN 'hex200' THEN 200.0 WHEN 'hex500' THEN 500.0 END::float8
$$;

CREATE FUNCTION hex_code(kind text, q integer, r integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT kind || ':' || lpad(q::text, 4, '0') || ':' || lpad(r::text, 4, '0')
$$;

-- Corners come from a lattice of whole numbers, so that neighbours share them bit by bit.
CREATE FUNCTION hex_outline(kind text, q integer, r integer) RETURNS geometry LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ST_SetSRID(ST_Multi(ST_MakePolygon(ST_MakeLine(ARRAY(
        SELECT ST_MakePoint((3 * q + c.x) * (hex_width_m(kind) / sqrt(3::float8) / 2), (2 * r - q + c.y) * (hex_width_m(kind) / 2))
        FROM (VALUES (1, 2, 0), (2, 1, 1), (3, -1, 1), (4, -2, 0), (5, -1, -1), (6, 1, -1), (7, 2, 0)) AS c (n, x, y)
        ORDER BY c.n)))), 27700)
$$;

-- The cell of the nearest centre; of equally near ones the lowest (q, r), which is the lowest code. As a table of
-- one row it is copied into the query that asks; a function that gives one record would be called and planned.
CREATE FUNCTION hex_at(kind text, e double precision, n double precision) RETURNS TABLE (q integer, r integer)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 1 AS $$
    SELECT col::integer, near::integer
    FROM (SELECT hex_width_m(kind) AS w, hex_width_m(kind) / sqrt(3::float8) AS edge) k
    CROSS JOIN LATERAL (VALUES (floor(e / (1.5 * k.edge))), (floor(e / (1.5 * k.edge)) + 1)) AS c (col)
    CROSS JOIN LATERAL (SELECT ceil((n + col * (k.w / 2)) / k.w - 0.5) AS near) v
    ORDER BY (e - col * (1.5 * k.edge)) ^ 2 + (n - (2 * near - col) * (k.w / 2)) ^ 2, col
    LIMIT 1
$$;

-- Cells are made while concerns and tracks are written; nothing recorded can lie in a cell that is not
-- there yet, so only changes of wards have to hold the writers.
CREATE OR REPLACE FUNCTION hold_figures() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    IF current_setting('lamplight.making_cells', true) IS DISTINCT FROM 'yes' THEN
        LOCK TABLE concern, track IN SHARE ROW EXCLUSIVE MODE;
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER tr_area_hold ON area;
CREATE TRIGGER tr_area_hold BEFORE INSERT OR DELETE OR UPDATE OF kind, edition_id, code, geom_bng ON area
    FOR EACH STATEMENT EXECUTE FUNCTION hold_figures();

-- Make the cells that places touch, where they are missing. Whether a cell is there is asked cell by cell from the
-- index, so that no plan ever reads all areas; an outline is drawn only for those that are not.
CREATE FUNCTION make_cells(places geometry[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
DECLARE
    kinds text[];
    qs integer[];
    rs integer[];
BEGIN
    WITH near AS MATERIALIZED (
        SELECT NULL::bigint AS n, k.kind, h.q, h.r
        FROM unnest(places) AS p (place)
        CROSS JOIN (VALUES ('hex200'), ('hex500')) AS k (kind)
        CROSS JOIN LATERAL hex_at(k.kind, ST_X(p.place), ST_Y(p.place)) h
        WHERE GeometryType(p.place) = 'POINT'
        UNION
        SELECT line.n, k.kind, col.q, row.r
        FROM unnest(places) WITH ORDINALITY AS line (place, n)
        CROSS JOIN (VALUES ('hex200'), ('hex500')) AS k (kind)
        CROSS JOIN LATERAL (SELECT hex_width_m(k.kind) AS w) w
        CROSS JOIN LATERAL (
            SELECT ST_Subdivide(ST_Force2D(line.place), 64) AS stretch
            UNION ALL
            -- Whoever only stood somewhere has a line without length, which comes to nothing above.
            SELECT ST_StartPoint(piece.geom) FROM ST_Dump(ST_Force2D(line.place)) AS piece WHERE ST_Length(piece.geom) = 0) s
        CROSS JOIN LATERAL generate_series(
            floor((ST_XMin(s.stretch) - w.w) / (1.5 * w.w / sqrt(3::float8)))::integer,
            ceil((ST_XMax(s.stretch) + w.w) / (1.5 * w.w / sqrt(3::float8)))::integer) AS col (q)
        CROSS JOIN LATERAL generate_series(
            floor((ST_YMin(s.stretch) + col.q * w.w / 2) / w.w)::integer - 1,
            ceil((ST_YMax(s.stretch) + col.q * w.w / 2) / w.w)::integer + 1) AS row (r)
        WHERE GeometryType(line.place) <> 'POINT'
          -- No point of a cell is further from its centre than a corner.
          AND ST_DWithin(s.stretch, ST_SetSRID(ST_MakePoint(
              3 * col.q * (w.w / sqrt(3::float8) / 2), (2 * row.r - col.q) * (w.w / 2)), 27700), w.w / sqrt(3::float8) + 0.01)
    ), missing AS MATERIALIZED (
        SELECT near.n, near.kind, near.q, near.r FROM near
        WHERE (SELECT a.id FROM area a
               WHERE a.kind = near.kind AND coalesce(a.edition_id, 0) = 0 AND a.code = hex_code(near.kind, near.q, near.r)
               LIMIT 1) IS NULL
    ), touched AS (
        SELECT DISTINCT m.kind, m.q, m.r FROM missing m
        WHERE m.n IS NULL OR ST_DWithin(hex_outline(m.kind, m.q, m.r), places[m.n], 0.01)
    )
    SELECT array_agg(t.kind), array_agg(t.q), array_agg(t.r) INTO kinds, qs, rs FROM touched t;
    PERFORM add_cells(kinds, qs, rs);
END
$$;

-- A statement that adds nothing would still start all that stands behind a new area.
CREATE FUNCTION add_cells(kinds text[], qs integer[], rs integer[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lamplight, public, pg_temp AS $$
BEGIN
    IF kinds IS NULL THEN
        RETURN;
    END IF;
    PERFORM set_config('lamplight.making_cells', 'yes', true);
    INSERT INTO area (kind, code, name, geom_bng)
    SELECT m.kind, hex_code(m.kind, m.q, m.r), hex_code(m.kind, m.q, m.r), hex_outline(m.kind, m.q, m.r)
    FROM unnest(kinds, qs, rs) AS m (kind, q, r)
    ON CONFLICT (kind, coalesce(edition_id, 0), code) DO NOTHING;
    PERFORM set_config('lamplight.making_cells', '', true);
END
$$;

-- The ward of each edition in which a cell has its centre: by it a borough has cells.
CREATE TABLE cell_ward (
    cell_id integer NOT NULL CONSTRAINT fk_cell_ward_cell_id_area REFERENCES area ON DELETE CASCADE,
    ward_id integer NOT NULL CONSTRAINT fk_cell_ward_ward_id_area REFERENCES area ON DELETE CASCADE,
    CONSTRAINT pk_cell_ward PRIMARY KEY (cell_id, ward_id)
);
CREATE INDEX ix_cell_ward_ward_id ON cell_ward (ward_id);
GRANT SELECT ON cell_ward TO app;
GRANT UPDATE (geom, outline) ON area TO app;

-- The frame first and alone, so that no plan ever measures the distance to every ward there is.
CREATE OR REPLACE FUNCTION point_areas(place geometry, only_edition integer) RETURNS TABLE (area_id integer)
LANGUAGE sql STABLE AS $$
    (SELECT DISTINCT ON (a.edition_id) a.id
    FROM (SELECT id, kind, edition_id, code, geom_bng FROM area
          WHERE geom_bng && ST_Expand(place, boundary_tolerance_m()) OFFSET 0) a
    WHERE a.kind = 'ward' AND (only_edition IS NULL OR a.edition_id = only_edition)
      AND ST_DWithin(a.geom_bng, place, boundary_tolerance_m())
    ORDER BY a.edition_id, a.code)
    UNION ALL
    SELECT a.id
    FROM (VALUES ('hex200'), ('hex500')) AS k (kind)
    CROSS JOIN LATERAL hex_at(k.kind, ST_X(place), ST_Y(place)) h
    CROSS JOIN LATERAL (SELECT id FROM area
        WHERE kind = k.kind AND coalesce(edition_id, 0) = 0 AND code = hex_code(k.kind, h.q, h.r) LIMIT 1) a
    WHERE only_edition IS NULL
$$;

REVOKE EXECUTE ON FUNCTION hex_width_m, hex_code, hex_outline, hex_at, make_cells, add_cells FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hex_width_m, hex_code, hex_outline, hex_at TO app;
