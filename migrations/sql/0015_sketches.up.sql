-- Outlines of wards for the screen, simplified together: for drawing alone, never for counting.
CREATE TABLE ward_sketch (
    area_id integer CONSTRAINT pk_ward_sketch PRIMARY KEY
        CONSTRAINT fk_ward_sketch_area_id_area REFERENCES area ON DELETE CASCADE,
    outline text NOT NULL
);
COMMENT ON COLUMN ward_sketch.outline IS 'GeoJSON in WGS84, good to some metres';
GRANT SELECT, INSERT, UPDATE ON ward_sketch TO app;
