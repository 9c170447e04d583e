-- What is left of a removed safety audit: a phone that sends it again, late, is told that it is gone.
CREATE TABLE safety_audit_tombstone (
    audit_id uuid NOT NULL,
    team_id integer NOT NULL CONSTRAINT fk_safety_audit_tombstone_team_id_team REFERENCES team,
    removed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_safety_audit_tombstone PRIMARY KEY (audit_id, team_id)
);

GRANT SELECT, INSERT ON safety_audit_tombstone TO app;
GRANT DELETE ON safety_audit TO app;
