-- A shared store. Times are to the microsecond; texts have an order that depends on no language.

CREATE SCHEMA bgservices;

CREATE TABLE bgservices.settings (
    name text COLLATE "C" PRIMARY KEY,
    value text NOT NULL
);

INSERT INTO bgservices.settings (name, value) VALUES
    ('version', '1'),                       -- of this schema
    ('identity', gen_random_uuid()::text),  -- another store has another one
    ('retention', '259200000000'),          -- microseconds
    ('redaction', '0'),                     -- 1: payloads are left out of what is added
    ('clears', '0'),                        -- how often events were deleted before their time, or changed
    ('offset', '0'),                        -- added to the numbers of transactions: for a store out of a dump
    ('follow_lag', '0');                    -- microseconds for which a commit may stay unseen: for distributed ones

-- The key by which events are known without their payloads: for those who record, and not for those who read.
CREATE TABLE bgservices.keys (
    name text COLLATE "C" PRIMARY KEY,
    value bytea NOT NULL
);

CREATE TABLE bgservices.events (
    timestamp timestamptz NOT NULL,
    id uuid NOT NULL,
    source text COLLATE "C" NOT NULL,
    -- The number of its transaction * 4096 + its own in it. A transaction below the lowest that runs has ended, so
    -- nothing appears below that any more: it is a cursor.
    seq bigint NOT NULL,
    service text COLLATE "C" NOT NULL,
    event_name text COLLATE "C" NOT NULL,
    origin text COLLATE "C" NOT NULL,
    storage_key text COLLATE "C" NOT NULL,
    registration_id text COLLATE "C" NOT NULL,
    scope text COLLATE "C",
    instance_id text COLLATE "C" NOT NULL,
    metadata text COLLATE "C" NOT NULL,     -- a JSON object of strings, sorted by key; jsonb refuses some of them
    browser_context text COLLATE "C" NOT NULL,
    failed boolean NOT NULL,                -- whether Chromium's own record reports a failure
    received_at timestamptz NOT NULL,
    PRIMARY KEY (timestamp, id, source)     -- source: a distributed database needs it; ids have it in them
) PARTITION BY RANGE (timestamp);           -- a day of UTC each: what is past retention is dropped, not deleted

CREATE INDEX events_by_seq ON bgservices.events (seq);
CREATE INDEX events_by_source ON bgservices.events (source, timestamp);
CREATE INDEX events_by_service ON bgservices.events (service, timestamp);

-- For texts within, and for instances: a page chooses those, and an ordinary index refuses long ones.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX events_by_text ON bgservices.events USING gin (metadata gin_trgm_ops, instance_id gin_trgm_ops);
EXCEPTION WHEN OTHERS THEN NULL; -- Where it cannot be had, searching is slower.
END $$;

-- What was learned of events beside the browser's own record: a JSON object.
CREATE TABLE bgservices.details (
    timestamp timestamptz NOT NULL,         -- the event's, and its id
    id uuid NOT NULL,
    source text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    details text COLLATE "C" NOT NULL,
    PRIMARY KEY (timestamp, id, source)
);

-- What service workers threw. The event that it belongs to has it in its details, after those above, by seq.
CREATE TABLE bgservices.thrown (
    seq bigint NOT NULL,
    id uuid NOT NULL,
    source text COLLATE "C" NOT NULL,
    timestamp timestamptz NOT NULL,         -- when the recorder received it
    message text COLLATE "C" NOT NULL,
    source_url text COLLATE "C" NOT NULL,
    line bigint NOT NULL,
    "column" bigint,
    registration_id text COLLATE "C" NOT NULL,
    version_id text COLLATE "C" NOT NULL,
    scope text COLLATE "C",
    script_url text COLLATE "C" NOT NULL,
    browser_context text COLLATE "C" NOT NULL,
    service text COLLATE "C" NOT NULL,      -- that of the event, or empty
    event_id uuid,
    event_timestamp timestamptz,
    PRIMARY KEY (id, source)
);

CREATE INDEX thrown_by_timestamp ON bgservices.thrown (timestamp);
CREATE INDEX thrown_by_event ON bgservices.thrown (event_timestamp, event_id);
CREATE INDEX thrown_by_seq ON bgservices.thrown (seq);

-- What recorders know of their own completeness: as in a store in a file.
CREATE TABLE bgservices.coverage (
    source text COLLATE "C" NOT NULL,
    context_kind text COLLATE "C" NOT NULL,
    service text COLLATE "C" NOT NULL,
    begin timestamptz NOT NULL,
    state text COLLATE "C" NOT NULL,
    "end" timestamptz NOT NULL,
    detail text COLLATE "C" NOT NULL,
    PRIMARY KEY (source, context_kind, service, begin, state)
);

CREATE TABLE bgservices.lanes (
    source text COLLATE "C" NOT NULL,
    context_kind text COLLATE "C" NOT NULL,
    service text COLLATE "C" NOT NULL,
    seen_until timestamptz NOT NULL,
    armed_until timestamptz,                -- when the browser stops recording by itself; null where it does not record
    is_over boolean NOT NULL,
    PRIMARY KEY (source, context_kind, service)
);

CREATE TABLE bgservices.tails (
    source text COLLATE "C" NOT NULL,
    service text COLLATE "C" NOT NULL,
    registration_id text COLLATE "C" NOT NULL,
    timestamp timestamptz NOT NULL,
    scope text COLLATE "C" NOT NULL,
    PRIMARY KEY (source, service, registration_id)
);

CREATE TABLE bgservices.runs (
    source text COLLATE "C" PRIMARY KEY,
    moment timestamptz NOT NULL,
    numbers text COLLATE "C" NOT NULL       -- a JSON object of integers
);

-- Which recorders record a source, or did. The last one of a source stays: it says on which machine its profile is.
CREATE TABLE bgservices.recorders (
    source text COLLATE "C" NOT NULL,
    run text COLLATE "C" NOT NULL,          -- random: each recorder has another one
    host text COLLATE "C" NOT NULL,
    browser text COLLATE "C" NOT NULL,      -- the same for all recorders of one browser, empty if unknown
    version text COLLATE "C" NOT NULL,
    since timestamptz NOT NULL,
    seen timestamptz NOT NULL,              -- written every minute
    is_over boolean NOT NULL,
    PRIMARY KEY (source, run)
);

-- The time by which days are made and dropped.
CREATE FUNCTION bgservices.clock() RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT now() $$;

CREATE FUNCTION bgservices.oldest_kept() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT bgservices.clock() - value::bigint * interval '1 microsecond' FROM bgservices.settings WHERE name = 'retention'
$$;

-- Makes the days that events come for, and some of those that are wanted beside: as far back as events are kept, and
-- three days ahead, since some clocks are fast.
CREATE FUNCTION bgservices.prepare_days(wanted date[]) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    day date;
    part text;
    made integer := 0;
    today date := bgservices.clock()::date;
    oldest date := (bgservices.oldest_kept() - interval '1 minute')::date;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('bgservices.days'));
    FOR day IN SELECT DISTINCT each FROM unnest(wanted || ARRAY[today, today + 1, today + 2]) AS each
        WHERE each BETWEEN oldest AND today + 3 ORDER BY each
    LOOP
        part := 'events_' || to_char(day, 'YYYYMMDD');
        IF to_regclass('bgservices.' || part) IS NULL THEN
            -- Made beside and then attached: to make it in place would lock out all who read or write.
            EXECUTE format('CREATE TABLE bgservices.%I (LIKE bgservices.events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
            EXECUTE format(
                'ALTER TABLE bgservices.events ATTACH PARTITION bgservices.%I FOR VALUES FROM (%L) TO (%L)',
                part, day::timestamptz, (day + 1)::timestamptz
            );
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END $$;

-- Drops days that are past retention as a whole; how many events they had. It waits for no lock for long: what is in
-- use stays for the next time.
CREATE FUNCTION bgservices.prune() RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '100ms' AS $$
DECLARE
    oldest timestamptz := bgservices.oldest_kept();
    first timestamptz := date_trunc('day', oldest);
    part text;
    number bigint;
    total bigint := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('bgservices.days')) THEN
        RETURN 0;
    END IF;
    FOR part IN SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'bgservices.events'::regclass AND relname < 'events_' || to_char(first, 'YYYYMMDD') ORDER BY 1
    LOOP
        EXECUTE format('SELECT count(*) FROM bgservices.%I', part) INTO number;
        EXECUTE format('DROP TABLE bgservices.%I', part);
        total := total + number;
    END LOOP;
    DELETE FROM bgservices.details WHERE timestamp < first;
    DELETE FROM bgservices.thrown WHERE timestamp < first AND coalesce(event_timestamp, '-infinity') < first;
    DELETE FROM bgservices.coverage WHERE "end" < oldest;
    DELETE FROM bgservices.lanes
        WHERE seen_until < oldest AND (is_over OR coalesce(armed_until, '-infinity') < oldest);
    DELETE FROM bgservices.tails WHERE source NOT IN (SELECT source FROM bgservices.lanes);
    DELETE FROM bgservices.runs WHERE moment < oldest;
    DELETE FROM bgservices.recorders WHERE seen < oldest;
    RETURN total;
EXCEPTION WHEN lock_not_available THEN
    RETURN 0;
END $$;
