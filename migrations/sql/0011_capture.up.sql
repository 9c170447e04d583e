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

-- What an officer may still want to look at before a concern is finished; a position is poor over 40 m.
CREATE FUNCTION left_to_tidy(c concern) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT array_remove(ARRAY[
        CASE WHEN c.kind = 'concern' AND c.feeling IS NULL THEN 'feeling' END,
        CASE WHEN NOT EXISTS (SELECT FROM concern_factor f WHERE f.concern_id = c.id) THEN 'factors' END,
        CASE WHEN c.accuracy_m > 40 AND coalesce(c.position_method, 'gps') = 'gps' THEN 'place' END,
        CASE WHEN c.status = 'raised' AND EXISTS (
            SELECT FROM concern_factor cf JOIN factor f ON f.code = cf.factor_code
            WHERE cf.concern_id = c.id AND f.factor_group = 'behaviour') THEN 'wording' END], NULL)
$$;

-- Whether a concern can be shared without anybody checking it: about the place alone, and known where.
CREATE FUNCTION ready_to_share(c concern) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT c.status = 'raised' AND NOT left_to_tidy(c) && ARRAY['factors', 'place', 'wording']
        AND NOT EXISTS (SELECT FROM crime_mark m WHERE m.concern_id = c.id)
$$;

REVOKE EXECUTE ON FUNCTION left_to_tidy, ready_to_share FROM PUBLIC;
GRANT EXECUTE ON FUNCTION left_to_tidy, ready_to_share TO app;
GRANT SELECT, INSERT, DELETE ON crime_mark TO app;
GRANT SELECT, INSERT, UPDATE ON safety_audit TO app;
GRANT SELECT, INSERT, DELETE ON safety_audit_score TO app;
