-- What is raised on walks, and by whom it may be seen. WGS84 as it arrives in geom, British National
-- Grid by OSTN15 in geom_bng; the database never converts between the two, it has no OSTN15 grid.

CREATE TABLE borough (
    code text CONSTRAINT pk_borough PRIMARY KEY,
    name text,
    CONSTRAINT ck_borough_code CHECK (code ~ '^[A-Za-z0-9_-]{1,20}$')
);

CREATE TABLE edition (
    id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_edition PRIMARY KEY,
    name text NOT NULL CONSTRAINT uq_edition_name UNIQUE,
    valid_from date NOT NULL,
    attribution text NOT NULL DEFAULT '',
    imported_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_edition_name CHECK (name ~ '\S' AND length(name) <= 80)
);

-- Wards of every edition; hexagonal cells stand beside them under other kinds.
CREATE TABLE area (
    id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_area PRIMARY KEY,
    kind text NOT NULL,
    edition_id integer CONSTRAINT fk_area_edition_id_edition REFERENCES edition ON DELETE CASCADE,
    code text COLLATE "C" NOT NULL,
    name text NOT NULL,
    borough_code text CONSTRAINT fk_area_borough_code_borough REFERENCES borough,
    geom geometry(MultiPolygon, 4326) NOT NULL,
    geom_bng geometry(MultiPolygon, 27700) NOT NULL,
    outline text NOT NULL,
    CONSTRAINT ck_area_kind CHECK (kind IN ('ward', 'hex200', 'hex500')),
    CONSTRAINT ck_area_edition CHECK ((kind = 'ward') = (edition_id IS NOT NULL)),
    CONSTRAINT ck_area_code CHECK (code ~ '^[A-Za-z0-9_:-]{1,40}$'),
    CONSTRAINT ck_area_name CHECK (name ~ '\S'),
    CONSTRAINT ck_area_geometry_valid CHECK (ST_IsValid(geom) AND ST_IsValid(geom_bng)),
    CONSTRAINT ck_area_geometry_filled CHECK (NOT ST_IsEmpty(geom) AND NOT ST_IsEmpty(geom_bng))
);
CREATE UNIQUE INDEX uq_area_kind_edition_id_code ON area (kind, coalesce(edition_id, 0), code);
CREATE INDEX ix_area_geom_bng ON area USING gist (geom_bng);
CREATE INDEX ix_area_borough_code ON area (borough_code);

COMMENT ON COLUMN area.outline IS 'GeoJSON text of geom, 7 decimals, right-hand rule, kept ready for maps and feed';

CREATE TABLE team (
    id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_team PRIMARY KEY,
    name text NOT NULL CONSTRAINT uq_team_name UNIQUE,
    CONSTRAINT ck_team_name CHECK (name ~ '\S' AND length(name) <= 80)
);

CREATE TABLE person (
    id uuid CONSTRAINT pk_person PRIMARY KEY,
    email text NOT NULL CONSTRAINT uq_person_email UNIQUE,
    name text NOT NULL,
    role text NOT NULL,
    team_id integer NOT NULL CONSTRAINT fk_person_team_id_team REFERENCES team,
    password_hash text NOT NULL,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_person_email CHECK (email = lower(email) AND email ~ '^[^@\s]+@[^@\s]+$' AND length(email) <= 254),
    CONSTRAINT ck_person_role CHECK (role IN ('officer', 'analyst', 'coordinator', 'planner', 'administrator'))
);

CREATE TABLE person_borough (
    person_id uuid NOT NULL CONSTRAINT fk_person_borough_person_id_person REFERENCES person ON DELETE CASCADE,
    borough_code text NOT NULL CONSTRAINT fk_person_borough_borough_code_borough REFERENCES borough,
    CONSTRAINT pk_person_borough PRIMARY KEY (person_id, borough_code)
);

-- Secrets are kept as SHA-256 of random values of 256 bits: nothing that could be guessed back.
CREATE TABLE sign_in (
    token_hash bytea CONSTRAINT pk_sign_in PRIMARY KEY,
    person_id uuid NOT NULL CONSTRAINT fk_sign_in_person_id_person REFERENCES person ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT ck_sign_in_order CHECK (expires_at > created_at)
);
CREATE INDEX ix_sign_in_person_id ON sign_in (person_id);

CREATE TABLE sign_in_failure (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_sign_in_failure PRIMARY KEY,
    account_hash bytea NOT NULL,
    address inet,
    failed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_sign_in_failure_account_hash ON sign_in_failure (account_hash, failed_at);
CREATE INDEX ix_sign_in_failure_address ON sign_in_failure (address, failed_at);

CREATE TABLE api_token (
    id uuid CONSTRAINT pk_api_token PRIMARY KEY,
    token_hash bytea NOT NULL CONSTRAINT uq_api_token_token_hash UNIQUE,
    person_id uuid NOT NULL CONSTRAINT fk_api_token_person_id_person REFERENCES person ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE TABLE feed_key (
    id uuid CONSTRAINT pk_feed_key PRIMARY KEY,
    name text NOT NULL,
    key_hash bytea NOT NULL CONSTRAINT uq_feed_key_key_hash UNIQUE,
    hint text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    CONSTRAINT ck_feed_key_name CHECK (name ~ '\S' AND length(name) <= 80)
);
CREATE INDEX ix_feed_key_name ON feed_key (name);

CREATE TABLE feed_key_borough (
    feed_key_id uuid NOT NULL CONSTRAINT fk_feed_key_borough_feed_key_id_feed_key REFERENCES feed_key ON DELETE CASCADE,
    borough_code text NOT NULL CONSTRAINT fk_feed_key_borough_borough_code_borough REFERENCES borough,
    CONSTRAINT pk_feed_key_borough PRIMARY KEY (feed_key_id, borough_code)
);

-- A walk without started_at is one of which only a pin or a piece of track has arrived so far.
CREATE TABLE walk (
    id uuid CONSTRAINT pk_walk PRIMARY KEY,
    team_id integer NOT NULL CONSTRAINT fk_walk_team_id_team REFERENCES team,
    officer_id uuid CONSTRAINT fk_walk_officer_id_person REFERENCES person,
    started_at timestamptz,
    ended_at timestamptz,
    participants integer,
    body text,
    body_hash bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_walk_order CHECK (ended_at >= started_at),
    CONSTRAINT ck_walk_participants CHECK (participants BETWEEN 0 AND 1000),
    CONSTRAINT ck_walk_announced CHECK ((body IS NULL) = (body_hash IS NULL) AND (body IS NULL OR started_at IS NOT NULL)),
    CONSTRAINT ck_walk_end_needs_start CHECK (ended_at IS NULL OR started_at IS NOT NULL)
);
CREATE INDEX ix_walk_team_id ON walk (team_id);
CREATE INDEX ix_walk_started_at ON walk (started_at);

-- Raw fixes as they came; the cleaned track is made from them and can be made again.
CREATE TABLE track_chunk (
    walk_id uuid NOT NULL CONSTRAINT fk_track_chunk_walk_id_walk REFERENCES walk ON DELETE CASCADE,
    chunk integer NOT NULL,
    body text NOT NULL,
    body_hash bytea NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_track_chunk PRIMARY KEY (walk_id, chunk),
    CONSTRAINT ck_track_chunk_chunk CHECK (chunk >= 0)
);

-- One line a piece, M = milliseconds since 1970; gaps are the spaces between pieces.
CREATE TABLE track (
    walk_id uuid CONSTRAINT pk_track PRIMARY KEY CONSTRAINT fk_track_walk_id_walk REFERENCES walk ON DELETE CASCADE,
    geom geometry(MultiLineStringM, 4326) NOT NULL,
    geom_bng geometry(MultiLineStringM, 27700) NOT NULL,
    light smallint[] NOT NULL,
    metres double precision NOT NULL,
    minutes double precision NOT NULL,
    dropped jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT ck_track_filled CHECK (NOT ST_IsEmpty(geom) AND ST_NPoints(geom) = ST_NPoints(geom_bng)),
    -- As text, because PostGIS 3.3 has no test of M, and a walker who stands still has a line that is not valid.
    CONSTRAINT ck_track_finite CHECK (ST_AsText(geom, 0) !~* 'nan|inf' AND ST_AsText(geom_bng, 0) !~* 'nan|inf'),
    CONSTRAINT ck_track_light CHECK (cardinality(light) = ST_NPoints(geom_bng) - ST_NumGeometries(geom_bng)),
    CONSTRAINT ck_track_light_codes CHECK (light <@ ARRAY[0, 1, 2]::smallint[]),
    CONSTRAINT ck_track_metres CHECK (metres >= 0 AND metres < 'Infinity' AND minutes >= 0 AND minutes < 'Infinity')
);
COMMENT ON COLUMN track.light IS 'light at the middle of each segment in order: 0 day, 1 twilight, 2 dark';

CREATE TABLE factor (
    code text CONSTRAINT pk_factor PRIMARY KEY,
    factor_group text NOT NULL,
    label text NOT NULL,
    position smallint NOT NULL,
    retired_at timestamptz,
    CONSTRAINT ck_factor_factor_group CHECK (factor_group IN ('environment', 'behaviour')),
    CONSTRAINT ck_factor_code CHECK (code ~ '^[a-z][a-z_]{1,39}$')
);

CREATE TABLE concern (
    id uuid CONSTRAINT pk_concern PRIMARY KEY,
    team_id integer NOT NULL CONSTRAINT fk_concern_team_id_team REFERENCES team,
    walk_id uuid CONSTRAINT fk_concern_walk_id_walk REFERENCES walk,
    kind text NOT NULL,
    geom geometry(Geometry, 4326) NOT NULL,
    geom_bng geometry(Geometry, 27700) NOT NULL,
    feeling text,
    applies text[] NOT NULL DEFAULT '{}',
    basis text,
    setting text,
    note text,
    recorded_at timestamptz NOT NULL,
    month date NOT NULL GENERATED ALWAYS AS (date_trunc('month', recorded_at AT TIME ZONE 'Europe/London')::date) STORED,
    light text NOT NULL,
    accuracy_m double precision,
    position_method text,
    status text NOT NULL DEFAULT 'raised',
    wording text,
    body text NOT NULL,
    body_hash bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_concern_kind CHECK (kind IN ('concern', 'positive')),
    CONSTRAINT ck_concern_geometry_kind CHECK (
        GeometryType(geom) IN ('POINT', 'LINESTRING') AND GeometryType(geom) = GeometryType(geom_bng)
        AND ST_NPoints(geom) = ST_NPoints(geom_bng)),
    CONSTRAINT ck_concern_geometry_valid CHECK (ST_IsValid(geom) AND ST_IsValid(geom_bng)),
    CONSTRAINT ck_concern_geometry_filled CHECK (NOT ST_IsEmpty(geom) AND NOT ST_IsEmpty(geom_bng)),
    CONSTRAINT ck_concern_geometry_in_grid CHECK (
        ST_XMin(geom_bng) >= 0 AND ST_XMax(geom_bng) <= 700000 AND ST_YMin(geom_bng) >= 0 AND ST_YMax(geom_bng) <= 1250000),
    CONSTRAINT ck_concern_feeling CHECK (feeling IN ('frightening', 'uncomfortable', 'acceptable', 'comfortable')),
    CONSTRAINT ck_concern_applies CHECK (
        applies <@ ARRAY['day', 'twilight', 'dark']
        AND cardinality(applies) = (applies @> '{day}')::int + (applies @> '{twilight}')::int + (applies @> '{dark}')::int),
    CONSTRAINT ck_concern_basis CHECK (basis IN ('seen_on_walk', 'experienced_here', 'felt_here', 'heard_from_others')),
    CONSTRAINT ck_concern_setting CHECK (setting IN ('quiet_street', 'busy_place', 'park', 'transport_hub', 'other')),
    CONSTRAINT ck_concern_light CHECK (light IN ('day', 'twilight', 'dark')),
    CONSTRAINT ck_concern_accuracy_m CHECK (accuracy_m >= 0 AND accuracy_m < 'Infinity'),
    CONSTRAINT ck_concern_position_method CHECK (position_method IN ('gps', 'moved', 'map')),
    CONSTRAINT ck_concern_status CHECK (status IN ('raised', 'shared', 'in_hand', 'done', 'no_action')),
    CONSTRAINT ck_concern_wording CHECK (length(wording) <= 4000),
    CONSTRAINT ck_concern_recorded_at CHECK (recorded_at >= '2015-01-01' AND isfinite(recorded_at))
);
CREATE INDEX ix_concern_geom ON concern USING gist (geom);
CREATE INDEX ix_concern_geom_bng ON concern USING gist (geom_bng);
CREATE INDEX ix_concern_walk_id ON concern (walk_id);
CREATE INDEX ix_concern_month ON concern (month);
CREATE INDEX ix_concern_team_id ON concern (team_id, recorded_at);

CREATE TABLE concern_factor (
    concern_id uuid NOT NULL CONSTRAINT fk_concern_factor_concern_id_concern REFERENCES concern ON DELETE CASCADE,
    factor_code text NOT NULL CONSTRAINT fk_concern_factor_factor_code_factor REFERENCES factor,
    CONSTRAINT pk_concern_factor PRIMARY KEY (concern_id, factor_code)
);
CREATE INDEX ix_concern_factor_factor_code ON concern_factor (factor_code);

-- What is left of a removed concern: its identifier, so that a late repetition is not kept again.
CREATE TABLE tombstone (
    concern_id uuid NOT NULL,
    team_id integer NOT NULL CONSTRAINT fk_tombstone_team_id_team REFERENCES team,
    removed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_tombstone PRIMARY KEY (concern_id, team_id)
);

CREATE TABLE photo (
    concern_id uuid CONSTRAINT pk_photo PRIMARY KEY,
    team_id integer NOT NULL CONSTRAINT fk_photo_team_id_team REFERENCES team,
    image bytea NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    sent_hash bytea NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_photo_size CHECK (width > 0 AND height > 0)
);

CREATE TABLE status_event (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_status_event PRIMARY KEY,
    concern_id uuid NOT NULL CONSTRAINT fk_status_event_concern_id_concern REFERENCES concern ON DELETE CASCADE,
    status text NOT NULL,
    happened_at timestamptz NOT NULL DEFAULT now(),
    actor_id uuid CONSTRAINT fk_status_event_actor_id_person REFERENCES person,
    public_wording text,
    reason text,
    CONSTRAINT ck_status_event_status CHECK (status IN ('raised', 'shared', 'in_hand', 'done', 'no_action')),
    CONSTRAINT ck_status_event_reason CHECK (status <> 'no_action' OR (reason IS NOT NULL AND reason ~ '\S'))
);
CREATE INDEX ix_status_event_concern_id ON status_event (concern_id);

-- Who did or read what. Entries are numbered without holes and chained by hash; see 0002.
CREATE TABLE audit (
    id bigint CONSTRAINT pk_audit PRIMARY KEY,
    happened_at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT ck_audit_id CHECK (id > 0)
);

-- Figures kept ready: see 0002 for the triggers that keep them.
CREATE TABLE concern_area (
    concern_id uuid NOT NULL CONSTRAINT fk_concern_area_concern_id_concern REFERENCES concern ON DELETE CASCADE,
    area_id integer NOT NULL CONSTRAINT fk_concern_area_area_id_area REFERENCES area ON DELETE CASCADE,
    share double precision NOT NULL,
    CONSTRAINT pk_concern_area PRIMARY KEY (concern_id, area_id),
    CONSTRAINT ck_concern_area_share CHECK (share > 0 AND share <= 1)
);
CREATE INDEX ix_concern_area_area_id ON concern_area (area_id) INCLUDE (concern_id, share);

CREATE TABLE exposure (
    walk_id uuid NOT NULL CONSTRAINT fk_exposure_walk_id_walk REFERENCES walk ON DELETE CASCADE,
    area_id integer NOT NULL CONSTRAINT fk_exposure_area_id_area REFERENCES area ON DELETE CASCADE,
    light smallint NOT NULL,
    metres double precision NOT NULL,
    minutes double precision NOT NULL,
    CONSTRAINT pk_exposure PRIMARY KEY (walk_id, area_id, light),
    CONSTRAINT ck_exposure_light CHECK (light BETWEEN 0 AND 2),
    CONSTRAINT ck_exposure_metres CHECK (metres >= 0 AND metres < 'Infinity' AND minutes >= 0 AND minutes < 'Infinity')
);
CREATE INDEX ix_exposure_area_id ON exposure (area_id) INCLUDE (walk_id, light, metres, minutes);

-- Streets, parks and stations of the base map that this service draws itself.
CREATE TABLE ground (
    id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_ground PRIMARY KEY,
    source text NOT NULL,
    layer text NOT NULL,
    class text NOT NULL,
    name text,
    geom geometry(Geometry, 4326) NOT NULL,
    CONSTRAINT ck_ground_layer CHECK (layer IN ('land', 'water', 'park', 'river', 'railway', 'street', 'station')),
    CONSTRAINT ck_ground_geometry_valid CHECK (ST_IsValid(geom) AND NOT ST_IsEmpty(geom))
);
CREATE INDEX ix_ground_geom ON ground USING gist (geom);
CREATE INDEX ix_ground_source ON ground (source);

INSERT INTO factor (code, factor_group, label, position) VALUES
    ('lighting', 'environment', 'Lighting', 1),
    ('sightlines', 'environment', 'Sightlines', 2),
    ('entrapment', 'environment', 'No way out', 3),
    ('isolation', 'environment', 'Isolation', 4),
    ('vegetation', 'environment', 'Overgrown', 5),
    ('maintenance', 'environment', 'Maintenance', 6),
    ('vandalism', 'environment', 'Vandalism', 7),
    ('abandoned_building', 'environment', 'Abandoned building', 8),
    ('poor_design', 'environment', 'Poor design', 9),
    ('no_cctv', 'environment', 'No CCTV', 10),
    ('signage', 'environment', 'Signs', 11),
    ('transport_stop', 'environment', 'Bus stop or station', 12),
    ('followed', 'behaviour', 'Followed', 13),
    ('verbal_abuse', 'behaviour', 'Verbal abuse', 14),
    ('harassment_group', 'behaviour', 'Harassed by a group', 15),
    ('unwanted_comments', 'behaviour', 'Unwanted comments', 16),
    ('threatened', 'behaviour', 'Threatened', 17),
    ('drug_activity', 'behaviour', 'Drug activity', 18),
    ('street_drinking', 'behaviour', 'Street drinking', 19),
    ('other_behaviour', 'behaviour', 'Other behaviour', 20);
