DROP TABLE ward_sketch;
