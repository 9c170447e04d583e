-- Who looks after a concern: a log of its own, the newest line counts.
CREATE TABLE concern_owner (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_concern_owner PRIMARY KEY,
    concern_id uuid NOT NULL CONSTRAINT fk_concern_owner_concern_id_concern REFERENCES concern ON DELETE CASCADE,
    owner text NOT NULL,
    set_at timestamptz NOT NULL DEFAULT now(),
    set_by uuid NOT NULL CONSTRAINT fk_concern_owner_set_by_person REFERENCES person,
    CONSTRAINT ck_concern_owner_owner CHECK (owner ~ '\S' AND length(owner) <= 120)
);
CREATE INDEX ix_concern_owner_concern_id ON concern_owner (concern_id, id);

-- What the public may read of a concern, in words written for the whole ward. The wording that a council reads
-- names streets; this one is written anew, and nothing of it is shown before somebody has read it over.
CREATE TABLE public_answer (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_public_answer PRIMARY KEY,
    concern_id uuid NOT NULL CONSTRAINT fk_public_answer_concern_id_concern REFERENCES concern ON DELETE CASCADE,
    status text NOT NULL,
    happened_on date NOT NULL,
    you_said text NOT NULL,
    answer text NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    written_by uuid NOT NULL CONSTRAINT fk_public_answer_written_by_person REFERENCES person,
    reviewed_at timestamptz,
    reviewed_by uuid CONSTRAINT fk_public_answer_reviewed_by_person REFERENCES person,
    withdrawn_at timestamptz,
    withdrawn_by uuid CONSTRAINT fk_public_answer_withdrawn_by_person REFERENCES person,
    CONSTRAINT ck_public_answer_status CHECK (status IN ('in_hand', 'done', 'no_action')),
    CONSTRAINT ck_public_answer_happened_on CHECK (happened_on >= '2015-01-01' AND isfinite(happened_on)),
    CONSTRAINT ck_public_answer_you_said CHECK (you_said ~ '\S' AND length(you_said) <= 200),
    CONSTRAINT ck_public_answer_answer CHECK (answer ~ '\S' AND length(answer) <= 400),
    CONSTRAINT ck_public_answer_reviewed CHECK ((reviewed_at IS NULL) = (reviewed_by IS NULL)),
    CONSTRAINT ck_public_answer_withdrawn CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL))
);
CREATE INDEX ix_public_answer_concern_id ON public_answer (concern_id);
CREATE INDEX ix_public_answer_happened_on ON public_answer (happened_on, id) WHERE reviewed_at IS NOT NULL AND withdrawn_at IS NULL;

-- All that a public page may know of an answer: no concern, no walk, no place below the ward.
-- One answer for each concern: the latest of those that stand.
CREATE VIEW said_and_did AS
SELECT p.id, a.code AS ward_code, a.name AS ward_name, a.borough_code, p.status, p.happened_on, p.you_said, p.answer
FROM (SELECT DISTINCT ON (concern_id) * FROM public_answer
      WHERE reviewed_at IS NOT NULL AND withdrawn_at IS NULL
      ORDER BY concern_id, happened_on DESC, id DESC) p
JOIN concern c ON c.id = p.concern_id AND c.status <> 'raised'
JOIN concern_area ca ON ca.concern_id = p.concern_id AND ca.main
JOIN area a ON a.id = ca.area_id AND a.kind = 'ward'
    AND a.edition_id = edition_on((now() AT TIME ZONE 'Europe/London')::date);

GRANT SELECT, INSERT ON concern_owner TO app;
GRANT SELECT, INSERT ON public_answer TO app;
-- Words that were read over stay as they were read: other words are another row.
GRANT UPDATE (reviewed_at, reviewed_by, withdrawn_at, withdrawn_by) ON public_answer TO app;
GRANT SELECT ON said_and_did TO app;

-- Which wards a postcode district touches, so that a district finds the walks near it without asking anybody.
CREATE TABLE postcode_district (
    code text COLLATE "C" NOT NULL,
    ward_code text COLLATE "C" NOT NULL,
    CONSTRAINT pk_postcode_district PRIMARY KEY (code, ward_code),
    CONSTRAINT ck_postcode_district_code CHECK (code ~ '^[A-Z]{1,2}[0-9][0-9A-Z]?$')
);
GRANT SELECT, INSERT, DELETE ON postcode_district TO app;
