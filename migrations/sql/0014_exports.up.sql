-- Downloads that take long: made part by part in the background, for one person, and kept for a day.

CREATE TABLE export (
    id uuid CONSTRAINT pk_export PRIMARY KEY,
    person_id uuid NOT NULL CONSTRAINT fk_export_person_id_person REFERENCES person ON DELETE CASCADE,
    title text NOT NULL CONSTRAINT ck_export_title CHECK (length(title) BETWEEN 1 AND 200),
    query text NOT NULL CONSTRAINT ck_export_query CHECK (length(query) <= 4000),
    codes text[] NOT NULL CONSTRAINT ck_export_codes CHECK (cardinality(codes) BETWEEN 1 AND 200),
    status text NOT NULL DEFAULT 'waiting' CONSTRAINT ck_export_status CHECK (status IN ('waiting', 'working', 'ready', 'failed')),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX ix_export_person_id ON export (person_id);
CREATE INDEX ix_export_expires_at ON export (expires_at);

CREATE TABLE export_part (
    export_id uuid NOT NULL CONSTRAINT fk_export_part_export_id_export REFERENCES export ON DELETE CASCADE,
    position integer NOT NULL,
    name text NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT pk_export_part PRIMARY KEY (export_id, position)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON export TO app;
GRANT SELECT, INSERT, DELETE ON export_part TO app;
