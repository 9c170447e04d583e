DELETE FROM area WHERE kind <> 'ward';
REVOKE UPDATE (geom, outline) ON area FROM app;
DROP TABLE cell_ward;
DROP FUNCTION make_cells, add_cells, hex_at, hex_outline, hex_code, hex_width_m;
DROP TRIGGER tr_area_hold ON area;
CREATE TRIGGER tr_area_hold BEFORE INSERT OR UPDATE OR DELETE ON area
    FOR EACH STATEMENT EXECUTE FUNCTION hold_figures();
DROP INDEX ix_area_outline_missing;
ALTER TABLE area DROP CONSTRAINT ck_area_ward_outline;
ALTER TABLE area ALTER COLUMN geom SET NOT NULL;
ALTER TABLE area ALTER COLUMN outline SET NOT NULL;
