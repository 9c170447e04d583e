-- What an officer adds after a walk and what stays inside the force: a mark that something may be a crime, and
-- safety audits, which are no concerns and take part in no figure. `feed` is granted neither.

CREATE TABLE crime_mark (
    concern_id uuid CONSTRAINT pk_crime_mark PRIMARY KEY
        CONSTRAINT fk_crime_mark_concern_id_concern REFERENCES concern ON DELETE CASCADE,
    marked_by uuid CONSTRAINT fk_crime_mark_marked_by_person REFERENCES person,
    marked_at timestamptz NOT NULL DEFAULT now()
);

-- A stop at which the place was rated by a rubric; the rubric's words stand in the code under this version.
CREATE TABLE safety_audit (
    id uuid CONSTRAINT pk_safety_audit PRIMARY KEY,
    team_id integer NOT NULL CONSTRAINT fk_safety_audit_team_id_team REFERENCES team,
    walk_id uuid NOT NULL CONSTRAINT fk_safety_audit_walk_id_walk REFERENCES walk ON DELETE CASCADE,
    rubric text NOT NULL,
    geom geometry(Point, 4326) NOT NULL,
    geom_bng geometry(Point, 27700) NOT NULL,
    recorded_at timestamptz NOT NULL,
    light text NOT NULL,
    body text NOT NULL,
    body_hash bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_safety_audit_rubric CHECK (rubric ~ '^[a-z0-9][a-z0-9.-]{0,39}$'),
    CONSTRAINT ck_safety_audit_geometry CHECK (
        ST_IsValid(geom) AND NOT ST_IsEmpty(geom) AND ST_X(geom_bng) BETWEEN 0 AND 700000 AND ST_Y(geom_bng) BETWEEN 0 AND 1250000),
    CONSTRAINT ck_safety_audit_light CHECK (light IN ('day', 'twilight', 'dark')),
    CONSTRAINT ck_safety_audit_recorded_at CHECK (recorded_at >= '2015-01-01' AND isfinite(recorded_at))
);
CREATE INDEX ix_safety_audit_walk_id ON safety_audit (walk_id);

CREATE TABLE safety_audit_score (
    audit_id uuid NOT NULL CONSTRAINT fk_safety_audit_score_audit_id_safety_audit REFERENCES safety_audit ON DELETE CASCADE,
    parameter text NOT NULL,
    score smallint NOT NULL,
    CONSTRAINT pk_safety_audit_score PRIMARY KEY (audit_id, parameter),
    CONSTRAINT ck_safety_audit_score_parameter CHECK (parameter ~ '^[a-z][a-z_]{1,39}$'),
    CONSTRAINT ck_safety_audit_score_score CHECK (score BETWEEN 0 AND 3)
);

GRANT SELECT, INSERT, DELETE ON crime_mark TO app;
GRANT SELECT, INSERT, UPDATE ON safety_audit TO app;
GRANT SELECT, INSERT, DELETE ON safety_audit_score TO app;
