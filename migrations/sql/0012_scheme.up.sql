-- Joining a walk. What is published stands in lamplight; whoever asks to join stands in a schema of her own,
-- `participant`, under a role of its own, `scheme`. The service signs in as `app`, which inherits nothing from
-- `scheme`: it sees a participant only inside a transaction in which it has taken that role on, and there only
-- the rows that the transaction has named (her own link, one team, or, for jobs, all).

-- A walk that can be joined. `places_taken` and `places_confirmed` are kept by the triggers on requests alone, so
-- that the public can be told how many places are left by somebody who cannot read who has taken them.
CREATE TABLE joinable_walk (
    id uuid CONSTRAINT pk_joinable_walk PRIMARY KEY,
    number integer GENERATED ALWAYS AS IDENTITY (START WITH 2600) CONSTRAINT uq_joinable_walk_number UNIQUE,
    team_id integer NOT NULL CONSTRAINT fk_joinable_walk_team_id_team REFERENCES team,
    title text NOT NULL,
    ward_code text COLLATE "C" NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    length_m integer,
    step_free boolean NOT NULL,
    details text NOT NULL DEFAULT '',
    meeting_point geometry(Point, 4326),
    meeting_words text,
    getting_there text NOT NULL DEFAULT '',
    officer_id uuid CONSTRAINT fk_joinable_walk_officer_id_person REFERENCES person,
    officer_first_name text,
    officer_number text NOT NULL DEFAULT '',
    word text NOT NULL DEFAULT '',
    kind text NOT NULL,
    listed boolean NOT NULL DEFAULT true,
    places integer NOT NULL,
    places_taken integer NOT NULL DEFAULT 0,
    places_confirmed integer NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT 'open',
    sequence integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_joinable_walk_title CHECK (title ~ '\S' AND length(title) <= 120),
    CONSTRAINT ck_joinable_walk_ward_code CHECK (ward_code ~ '^[A-Za-z0-9_:-]{1,40}$'),
    CONSTRAINT ck_joinable_walk_starts_at CHECK (isfinite(starts_at)),
    CONSTRAINT ck_joinable_walk_order CHECK (ends_at > starts_at AND ends_at <= starts_at + interval '12 hours'),
    CONSTRAINT ck_joinable_walk_length_m CHECK (length_m BETWEEN 1 AND 50000),
    CONSTRAINT ck_joinable_walk_kind CHECK (kind IN ('group', 'one_to_one')),
    CONSTRAINT ck_joinable_walk_places CHECK (places BETWEEN 1 AND 50 AND (kind = 'group' OR places = 1)),
    CONSTRAINT ck_joinable_walk_places_taken CHECK (
        places_taken BETWEEN 0 AND places AND places_confirmed BETWEEN 0 AND places_taken),
    CONSTRAINT ck_joinable_walk_state CHECK (state IN ('open', 'full', 'cancelled', 'done')),
    CONSTRAINT ck_joinable_walk_cancelled CHECK (state <> 'cancelled' OR places_taken = 0),
    CONSTRAINT ck_joinable_walk_meeting_point CHECK (
        NOT ST_IsEmpty(meeting_point) AND ST_X(meeting_point) BETWEEN -9 AND 3 AND ST_Y(meeting_point) BETWEEN 49 AND 61.5),
    CONSTRAINT ck_joinable_walk_texts CHECK (
        length(details) <= 1000 AND length(meeting_words) <= 300 AND length(getting_there) <= 1000
        AND length(officer_first_name) <= 40 AND length(officer_number) <= 40 AND length(word) <= 40),
    -- Nobody is told to come, and nobody who was told to come is left, without all that she has to know.
    CONSTRAINT ck_joinable_walk_complete CHECK (places_confirmed = 0 OR (
        ends_at IS NOT NULL AND meeting_point IS NOT NULL AND coalesce(meeting_words ~ '\S', false)
        AND coalesce(officer_first_name ~ '\S', false)))
);
CREATE INDEX ix_joinable_walk_team_id ON joinable_walk (team_id, starts_at);
CREATE INDEX ix_joinable_walk_starts_at ON joinable_walk (starts_at);
CREATE INDEX ix_joinable_walk_ward_code ON joinable_walk (ward_code);

CREATE FUNCTION keep_joinable_walk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state IN ('open', 'full') THEN
        NEW.state := CASE WHEN NEW.places_taken >= NEW.places THEN 'full' ELSE 'open' END;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state IN ('cancelled', 'done') AND NEW.state <> OLD.state THEN
        RAISE EXCEPTION 'a walk that is % stays so', OLD.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_joinable_walk_over';
    END IF;
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_joinable_walk BEFORE INSERT OR UPDATE ON joinable_walk
    FOR EACH ROW EXECUTE FUNCTION keep_joinable_walk();

-- What anybody may know of a walk before she has a place on it: no meeting point, no word, no number.
CREATE VIEW open_walk WITH (security_barrier) AS
SELECT w.id, w.title, w.ward_code, w.starts_at, w.ends_at, w.length_m, w.step_free, w.details,
       w.officer_first_name, w.kind, w.places - w.places_taken AS places_left, w.state
FROM joinable_walk w
WHERE w.listed AND w.state IN ('open', 'full') AND w.starts_at > now();

CREATE SCHEMA participant;

-- Who asks to join. first_name to ease are sealed by the service with a key that is not in the database, so that
-- neither a dump nor a disk holds what she said in the clear. Her link is kept as a hash.
CREATE TABLE participant.request (
    id uuid CONSTRAINT pk_request PRIMARY KEY,
    reference text NOT NULL CONSTRAINT uq_request_reference UNIQUE,
    team_id integer CONSTRAINT fk_request_team_id_team REFERENCES lamplight.team,
    asked_walk_id uuid CONSTRAINT fk_request_asked_walk_id_joinable_walk REFERENCES lamplight.joinable_walk,
    walk_id uuid CONSTRAINT fk_request_walk_id_joinable_walk REFERENCES lamplight.joinable_walk,
    kind text NOT NULL,
    state text NOT NULL DEFAULT 'asked',
    state_at timestamptz NOT NULL DEFAULT now(),
    waiting_since timestamptz,
    no_show boolean,
    ward_code text COLLATE "C",
    preferred text[] NOT NULL DEFAULT '{}',
    adult boolean NOT NULL,
    first_name bytea NOT NULL,
    email bytea,
    phone bytea,
    times_note bytea,
    access_needs bytea,
    ease bytea,
    token_hash bytea NOT NULL CONSTRAINT uq_request_token_hash UNIQUE,
    calendar_sequence integer NOT NULL DEFAULT 0,
    answered_feedback boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_request_reference CHECK (reference ~ '^R-[0-9A-HJKMNP-TV-Z]{8}$'),
    CONSTRAINT ck_request_kind CHECK (kind IN ('group', 'one_to_one')),
    CONSTRAINT ck_request_state CHECK (state IN ('asked', 'offered', 'agreed', 'confirmed', 'changed', 'cancelled', 'done')),
    CONSTRAINT ck_request_walk CHECK (
        CASE WHEN state IN ('offered', 'agreed', 'confirmed', 'changed', 'done') THEN walk_id IS NOT NULL
             WHEN state = 'asked' THEN walk_id IS NULL ELSE true END),
    CONSTRAINT ck_request_asked_for CHECK (asked_walk_id IS NOT NULL OR ward_code IS NOT NULL),
    CONSTRAINT ck_request_waiting CHECK (waiting_since IS NULL OR (state = 'asked' AND asked_walk_id IS NOT NULL)),
    CONSTRAINT ck_request_no_show CHECK ((no_show IS NOT NULL) = (state = 'done')),
    CONSTRAINT ck_request_adult CHECK (adult),
    CONSTRAINT ck_request_contact CHECK (email IS NOT NULL OR phone IS NOT NULL),
    CONSTRAINT ck_request_preferred CHECK (preferred <@ ARRAY['weekday_morning', 'weekday_daytime', 'weekday_evening',
        'weekend_morning', 'weekend_daytime', 'weekend_evening'] AND cardinality(preferred) <= 6),
    CONSTRAINT ck_request_token CHECK (length(token_hash) = 32),
    CONSTRAINT ck_request_sizes CHECK (greatest(length(first_name), length(email), length(phone), length(times_note),
        length(access_needs), length(ease)) <= 16000)
);
CREATE INDEX ix_request_team_id ON participant.request (team_id, state);
CREATE INDEX ix_request_walk_id ON participant.request (walk_id);
CREATE INDEX ix_request_asked_walk_id ON participant.request (asked_walk_id);

CREATE TABLE participant.request_event (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_request_event PRIMARY KEY,
    request_id uuid NOT NULL CONSTRAINT fk_request_event_request_id_request REFERENCES participant.request ON DELETE CASCADE,
    state text NOT NULL,
    walk_id uuid,
    by text NOT NULL,
    happened_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_request_event_by CHECK (by IN ('participant', 'coordinator', 'clock'))
);
CREATE INDEX ix_request_event_request_id ON participant.request_event (request_id);

-- Each message once: the same kind, way and number of a request cannot stand twice.
CREATE TABLE participant.message (
    id uuid CONSTRAINT pk_message PRIMARY KEY,
    request_id uuid NOT NULL CONSTRAINT fk_message_request_id_request REFERENCES participant.request ON DELETE CASCADE,
    kind text NOT NULL,
    way text NOT NULL,
    number integer NOT NULL,
    walk_id uuid CONSTRAINT fk_message_walk_id_joinable_walk REFERENCES lamplight.joinable_walk,
    state text NOT NULL DEFAULT 'queued',
    failure text NOT NULL DEFAULT '',
    queued_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    seen_at timestamptz,
    CONSTRAINT uq_message_request_id UNIQUE (request_id, kind, way, number),
    CONSTRAINT ck_message_kind CHECK (kind IN ('received', 'waiting', 'offered', 'confirmed', 'changed', 'cancelled', 'reminder', 'afterwards')),
    CONSTRAINT ck_message_way CHECK (way IN ('email', 'text')),
    CONSTRAINT ck_message_state CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'withdrawn')),
    CONSTRAINT ck_message_failure CHECK (length(failure) <= 200 AND failure !~ '@')
);
CREATE INDEX ix_message_state ON participant.message (state);

-- Figures without anybody in them: the team and the month, nothing that leads back to a request or a walk.
CREATE TABLE participant.feedback (
    id uuid CONSTRAINT pk_feedback PRIMARY KEY DEFAULT gen_random_uuid(),
    team_id integer NOT NULL CONSTRAINT fk_feedback_team_id_team REFERENCES lamplight.team,
    month date NOT NULL,
    felt_heard smallint NOT NULL,
    felt_safer smallint NOT NULL,
    walk_again boolean NOT NULL,
    CONSTRAINT ck_feedback_answers CHECK (felt_heard BETWEEN 1 AND 5 AND felt_safer BETWEEN 1 AND 5),
    CONSTRAINT ck_feedback_month CHECK (extract(day FROM month) = 1)
);

-- What is left when somebody has been erased: that it was done, when and why. Hashes let the same question
-- be answered with the same receipt.
CREATE TABLE participant.erasure (
    id uuid CONSTRAINT pk_erasure PRIMARY KEY,
    erased_at timestamptz NOT NULL DEFAULT now(),
    cause text NOT NULL,
    reference_hash bytea NOT NULL CONSTRAINT uq_erasure_reference_hash UNIQUE,
    token_hash bytea NOT NULL CONSTRAINT uq_erasure_token_hash UNIQUE,
    messages integer NOT NULL,
    events integer NOT NULL,
    CONSTRAINT ck_erasure_cause CHECK (cause IN ('asked', 'clock', 'command'))
);

-- Asking is counted by network and by a keyed hash of how to reach her, for as long as the limits look back.
CREATE TABLE participant.asking (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_asking PRIMARY KEY,
    contact_hash bytea NOT NULL,
    address inet,
    asked_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_asking_contact_hash ON participant.asking (contact_hash, asked_at);
CREATE INDEX ix_asking_address ON participant.asking (address, asked_at);

-- 1. Only these steps. 2. A place is taken or given back, which the walk's constraints allow or refuse.
-- 3. The step is written down.
CREATE FUNCTION participant.step_allowed(before text, after text, asked_for_it boolean) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE before
        WHEN 'asked' THEN after IN ('offered', 'cancelled') OR (after = 'confirmed' AND asked_for_it)
        WHEN 'offered' THEN after IN ('agreed', 'asked', 'cancelled')
        WHEN 'agreed' THEN after IN ('confirmed', 'asked', 'cancelled')
        WHEN 'confirmed' THEN after IN ('changed', 'asked', 'cancelled', 'done')
        WHEN 'changed' THEN after IN ('confirmed', 'asked', 'cancelled', 'done')
        ELSE false END
$$;

CREATE FUNCTION participant.check_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = participant, lamplight, public, pg_temp AS $$
DECLARE
    now_at text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'asked' THEN
            RAISE EXCEPTION 'a request begins as asked'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_request_step';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state <> OLD.state THEN
        IF NOT participant.step_allowed(OLD.state, NEW.state, NEW.asked_walk_id IS NOT DISTINCT FROM NEW.walk_id) THEN
            RAISE EXCEPTION 'a request that is % cannot become %', OLD.state, NEW.state
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_request_step';
        END IF;
        NEW.state_at := now();
    ELSIF NEW.walk_id IS DISTINCT FROM OLD.walk_id THEN
        RAISE EXCEPTION 'a request changes its walk by a step only'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_request_step';
    END IF;
    IF NEW.state IN ('offered', 'agreed', 'confirmed', 'changed') AND NEW.state <> OLD.state THEN
        SELECT state INTO now_at FROM lamplight.joinable_walk WHERE id = NEW.walk_id FOR UPDATE;
        IF now_at IN ('cancelled', 'done') THEN
            RAISE EXCEPTION 'the walk is %', now_at
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_request_walk_over';
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER check_step BEFORE INSERT OR UPDATE ON participant.request
    FOR EACH ROW EXECUTE FUNCTION participant.check_step();

CREATE FUNCTION participant.keep_places() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = participant, lamplight, public, pg_temp AS $$
DECLARE
    takes text[] := ARRAY['offered', 'agreed', 'confirmed', 'changed', 'done'];
    tells text[] := ARRAY['confirmed', 'changed', 'done'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = NEW.state AND OLD.walk_id IS NOT DISTINCT FROM NEW.walk_id THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' AND OLD.state = ANY (takes) AND OLD.walk_id IS NOT NULL
        AND NOT (TG_OP = 'UPDATE' AND NEW.walk_id IS NOT DISTINCT FROM OLD.walk_id) THEN
        UPDATE lamplight.joinable_walk SET places_taken = places_taken - 1,
            places_confirmed = places_confirmed - (OLD.state = ANY (tells))::integer WHERE id = OLD.walk_id;
    ELSIF TG_OP = 'UPDATE' AND NEW.walk_id IS NOT NULL AND NEW.walk_id = OLD.walk_id THEN
        UPDATE lamplight.joinable_walk
        SET places_taken = places_taken + (NEW.state = ANY (takes))::integer - (OLD.state = ANY (takes))::integer,
            places_confirmed = places_confirmed + (NEW.state = ANY (tells))::integer - (OLD.state = ANY (tells))::integer
        WHERE id = NEW.walk_id;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.walk_id IS NOT NULL AND NEW.walk_id IS DISTINCT FROM OLD.walk_id
        AND NEW.state = ANY (takes) THEN
        UPDATE lamplight.joinable_walk SET places_taken = places_taken + 1,
            places_confirmed = places_confirmed + (NEW.state = ANY (tells))::integer WHERE id = NEW.walk_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO participant.request_event (request_id, state, walk_id, by)
        VALUES (NEW.id, NEW.state, NEW.walk_id, coalesce(nullif(current_setting('lamplight.by', true), ''), 'clock'));
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_places AFTER INSERT OR UPDATE OR DELETE ON participant.request
    FOR EACH ROW EXECUTE FUNCTION participant.keep_places();

-- Which rows a transaction has named: 'all', 'team:7', or 'holder:' and the hash of a link.
CREATE FUNCTION participant.within_reach(team_id integer, token_hash bytea) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(CASE
        WHEN reach = 'all' THEN true
        WHEN reach LIKE 'team:%' THEN team_id IS NULL OR team_id = substr(reach, 6)::integer
        WHEN reach LIKE 'holder:%' THEN token_hash = decode(substr(reach, 8), 'hex')
        ELSE false END, false)
    FROM current_setting('lamplight.reach', true) AS reach
$$;

-- The one job that this role may queue; its argument is a number that leads nowhere once she is erased.
CREATE FUNCTION participant.queue_message(message uuid, at timestamptz) RETURNS void LANGUAGE sql SECURITY DEFINER
    SET search_path = participant, lamplight, public, pg_temp AS $$
    SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'send message', 0, NULL, NULL,
        jsonb_build_object('message', message), at)::procrastinate_job_to_defer_v1])
$$;

ALTER TABLE participant.request ENABLE ROW LEVEL SECURITY;
ALTER TABLE participant.request_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE participant.message ENABLE ROW LEVEL SECURITY;
ALTER TABLE participant.erasure ENABLE ROW LEVEL SECURITY;
ALTER TABLE participant.feedback ENABLE ROW LEVEL SECURITY;
CREATE POLICY within_reach ON participant.request TO scheme
    USING (participant.within_reach(team_id, token_hash)) WITH CHECK (participant.within_reach(team_id, token_hash));
CREATE POLICY within_reach ON participant.request_event TO scheme
    USING (EXISTS (SELECT 1 FROM participant.request r WHERE r.id = request_id));
CREATE POLICY within_reach ON participant.message TO scheme
    USING (EXISTS (SELECT 1 FROM participant.request r WHERE r.id = request_id))
    WITH CHECK (EXISTS (SELECT 1 FROM participant.request r WHERE r.id = request_id));
CREATE POLICY within_reach ON participant.erasure TO scheme
    USING (participant.within_reach(-1, token_hash)) WITH CHECK (true);
CREATE POLICY reading ON participant.feedback FOR SELECT TO scheme USING (participant.within_reach(team_id, NULL));
CREATE POLICY adding ON participant.feedback FOR INSERT TO scheme WITH CHECK (true);

-- The published walks: the service changes what a coordinator may change, never the kept counts.
GRANT SELECT ON joinable_walk TO app, scheme;
GRANT INSERT (id, team_id, title, ward_code, starts_at, ends_at, length_m, step_free, details, meeting_point,
    meeting_words, getting_there, officer_id, officer_first_name, officer_number, word, kind, listed, places, state)
    ON joinable_walk TO app, scheme;
GRANT UPDATE (title, ward_code, starts_at, ends_at, length_m, step_free, details, meeting_point, meeting_words,
    getting_there, officer_id, officer_first_name, officer_number, word, kind, listed, places, state, sequence)
    ON joinable_walk TO app, scheme;
GRANT SELECT ON open_walk TO app, feed;

GRANT USAGE ON SCHEMA participant, lamplight TO scheme;
GRANT SELECT, INSERT, UPDATE, DELETE ON participant.request, participant.message TO scheme;
GRANT SELECT ON participant.request_event TO scheme;
GRANT SELECT, INSERT ON participant.feedback, participant.erasure TO scheme;
GRANT SELECT, INSERT, DELETE ON participant.asking TO scheme;
-- And what it needs of the rest, to name a ward and an officer and to write the audit log.
GRANT SELECT ON area, edition, borough, team TO scheme;
GRANT SELECT (id, name, role, team_id, active) ON person TO scheme;
GRANT INSERT ON audit TO scheme;

REVOKE EXECUTE ON FUNCTION keep_joinable_walk FROM PUBLIC;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA participant FROM PUBLIC;
GRANT EXECUTE ON FUNCTION participant.within_reach, participant.queue_message TO scheme;
GRANT EXECUTE ON FUNCTION edition_on TO scheme;
