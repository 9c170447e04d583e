-- Outlines of wards for the screen, simplified together: for drawing alone, never for counting.
CREATE TABLE ward_sketch (
    area_id integer CONSTRAINT pk_ward_sketch PRIMARY KEY
        CONSTRAINT fk_ward_sketch_area_id_area REFERENCES area ON DELETE CASCADE,
    shape text NOT NULL
);
COMMENT ON COLUMN ward_sketch.shape IS 'polygons of rings in 1e-5 degrees of WGS84: longitude, latitude, then the step to each next corner';
GRANT SELECT, INSERT, UPDATE ON ward_sketch TO app;
