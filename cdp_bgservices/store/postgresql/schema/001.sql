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
    ('redaction_key', ''),                  -- which key it is; empty while payloads were never left out
    ('clears', '0'),                        -- how often events were deleted before their time, or changed
    ('deletions', '0'),                     -- how often events were deleted before their time
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

-- For texts within, and for instances: a page chooses those, and an ordinary index refuses long ones. Whether it is there
-- now: without it, searching is slower.
CREATE FUNCTION bgservices.make_text_index() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE place regnamespace; -- Where the extension is: some servers have a schema for extensions.
BEGIN
    IF to_regclass('bgservices.events_by_text') IS NULL THEN
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
        SELECT extnamespace INTO place FROM pg_extension WHERE extname = 'pg_trgm';
        EXECUTE format('CREATE INDEX events_by_text ON bgservices.events USING gin '
            '(metadata %1$s.gin_trgm_ops, instance_id %1$s.gin_trgm_ops)', place);
    END IF;
    RETURN TRUE;
EXCEPTION WHEN OTHERS THEN RETURN FALSE;
END $$;

SELECT bgservices.make_text_index();

-- What was learned of events beside the browser's own record, or came with them out of a file.
CREATE TABLE bgservices.details (
    timestamp timestamptz NOT NULL,         -- the event's, as the next two
    id uuid NOT NULL,
    source text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    value text COLLATE "C" NOT NULL,        -- JSON; jsonb refuses some of it
    PRIMARY KEY (timestamp, id, source, key)
);

CREATE INDEX details_by_seq ON bgservices.details (seq);

-- What service workers threw. The event that it belongs to has it in its details, after the errors out of a file, by seq.
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

-- The browser contexts that were recorded.
CREATE TABLE bgservices.contexts (
    source text COLLATE "C" NOT NULL,
    context text COLLATE "C" NOT NULL,      -- the browser's id of it
    kind text COLLATE "C" NOT NULL,         -- default: a profile's own; other; unknown
    number integer NOT NULL,                -- its place among those of its source that are not default ones, from 2 on
    name text COLLATE "C" NOT NULL,         -- what the program that made it calls it, or empty
    since timestamptz NOT NULL,             -- when it was first seen
    noted timestamptz NOT NULL,             -- when this was known last; written every minute
    ended timestamptz,                      -- null if no end is known
    why text COLLATE "C" NOT NULL,
    host text COLLATE "C" NOT NULL,
    profile text COLLATE "C" NOT NULL,      -- the user data folder there, or empty
    PRIMARY KEY (source, context)
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

-- Deletes what is past retention: all that recorders left, and of the events the oldest day that is past as a whole. How
-- many events that day had; null where there is none, or where it is in use: it stays for the next time. No lock is waited
-- for any longer than this says. The day comes last: from then until the end, all others wait.
CREATE FUNCTION bgservices.prune() RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '100ms' AS $$
DECLARE
    oldest timestamptz := bgservices.oldest_kept();
    first timestamptz := date_trunc('day', oldest);
    part text;
    number bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('bgservices.days')) THEN
        RETURN NULL;
    END IF;
    BEGIN
        DELETE FROM bgservices.details WHERE timestamp < first;
        DELETE FROM bgservices.thrown WHERE timestamp < first AND coalesce(event_timestamp, '-infinity') < first;
        DELETE FROM bgservices.coverage WHERE "end" < oldest;
        DELETE FROM bgservices.lanes
            WHERE seen_until < oldest AND (is_over OR coalesce(armed_until, '-infinity') < oldest);
        DELETE FROM bgservices.tails WHERE source NOT IN (SELECT source FROM bgservices.lanes);
        DELETE FROM bgservices.runs WHERE moment < oldest;
        DELETE FROM bgservices.contexts WHERE noted < oldest;
        -- While anything is known of a source, its last recorder stays.
        DELETE FROM bgservices.recorders AS each WHERE seen < oldest AND (
            source NOT IN (SELECT source FROM bgservices.lanes)
            OR EXISTS (SELECT FROM bgservices.recorders AS later WHERE later.source = each.source AND later.seen > each.seen)
        );
    EXCEPTION WHEN lock_not_available THEN NULL;
    END;
    SELECT min(relname::text) INTO part FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'bgservices.events'::regclass AND relname < 'events_' || to_char(first, 'YYYYMMDD');
    IF part IS NULL THEN
        RETURN NULL;
    END IF;
    BEGIN
        -- To count the events of a large day would take minutes.
        SELECT greatest(0, reltuples)::bigint INTO number FROM pg_class
            WHERE oid = ('bgservices.' || part)::regclass AND pg_relation_size(oid) > 1e9;
        IF NOT FOUND THEN
            EXECUTE format('SELECT count(*) FROM bgservices.%I', part) INTO number;
        END IF;
        EXECUTE format('DROP TABLE bgservices.%I', part);
    EXCEPTION WHEN lock_not_available THEN
        RETURN NULL;
    END;
    RETURN number;
END $$;

-- The next functions are for those who record: they may add, and neither read nor change what is there.

-- The place of something in this transaction's commit; of its events up to 3500, then of what workers threw,
-- and at 4095 of details.
CREATE FUNCTION bgservices.seq(number integer) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT (pg_current_xact_id()::text::bigint + value::bigint) * 4096 + number
    FROM bgservices.settings WHERE name = 'offset'
$$;

-- Which of these events are there.
CREATE FUNCTION bgservices.known_events(timestamps timestamptz[], ids uuid[]) RETURNS SETOF uuid LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT each.id FROM unnest(timestamps, ids) AS wanted (timestamp, id) JOIN bgservices.events AS each USING (timestamp, id)
$$;

-- Readers have to look again at what they have counted.
CREATE FUNCTION bgservices.note_clear() RETURNS void LANGUAGE sql VOLATILE AS $$
    UPDATE bgservices.settings SET value = (value::bigint + 1)::text WHERE name = 'clears'
$$;

CREATE FUNCTION bgservices.note_deletion() RETURNS void LANGUAGE sql VOLATILE AS $$
    UPDATE bgservices.settings SET value = (value::bigint + 1)::text WHERE name IN ('clears', 'deletions')
$$;

-- Details of events that have none of that key; those of other events, and of none, are dropped.
CREATE FUNCTION bgservices.keep_details(timestamps timestamptz[], ids uuid[], keys text[], texts text[])
RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first bigint := bgservices.seq(0);
    failed boolean;
BEGIN
    WITH given AS (SELECT * FROM unnest(timestamps, ids, keys, texts) AS given (timestamp, id, key, value)),
    found AS (
        SELECT DISTINCT ON (timestamp, id, key) timestamp, id, source, key, each.seq, value
        FROM given JOIN bgservices.events AS each USING (timestamp, id)
        WHERE key <> 'threw' OR NOT EXISTS (
            SELECT FROM bgservices.thrown WHERE event_timestamp = given.timestamp AND event_id = given.id
        )
        ORDER BY timestamp, id, key
    ),
    new AS (
        INSERT INTO bgservices.details (timestamp, id, source, key, seq, value)
        SELECT timestamp, id, source, key, bgservices.seq(4095), value FROM found
        ON CONFLICT DO NOTHING RETURNING timestamp, id, key
    )
    SELECT coalesce(bool_or(seq < first AND key = 'threw'), FALSE) INTO failed
    FROM new JOIN found USING (timestamp, id, key);
    IF failed THEN
        PERFORM bgservices.note_clear();
    END IF;
END $$;

-- What workers threw, in order; each with the ids that its event may have. One that is known may find another event.
CREATE FUNCTION bgservices.keep_thrown(given json) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first bigint := bgservices.seq(0);
    next bigint := bgservices.seq(3500);
    late boolean := FALSE;
    each record;
    owner record;
    known record;
BEGIN
    FOR each IN SELECT * FROM json_to_recordset(given) AS given (
        id uuid, source text, timestamp timestamptz, message text, source_url text, line bigint, "column" bigint,
        registration_id text, version_id text, scope text, script_url text, browser_context text, service text,
        event_ids uuid[], event_timestamp timestamptz, ids uuid[]
    ) LOOP
        next := next + 1;
        SELECT id, seq INTO owner FROM bgservices.events AS event
            WHERE event.timestamp = each.event_timestamp AND event.id = ANY (each.event_ids) LIMIT 1;
        -- It may be there as it came, or without its content.
        SELECT event_id AS id, event_timestamp AS timestamp, former.id AS thrown INTO known
            FROM bgservices.thrown AS former WHERE former.id = ANY (each.ids) AND former.source = each.source LIMIT 1;
        IF NOT FOUND THEN
            INSERT INTO bgservices.thrown VALUES (
                next, each.id, each.source, each.timestamp, each.message, each.source_url, each.line, each."column",
                each.registration_id, each.version_id, each.scope, each.script_url, each.browser_context,
                CASE WHEN owner.id IS NULL THEN '' ELSE each.service END, owner.id,
                CASE WHEN owner.id IS NULL THEN NULL ELSE each.event_timestamp END
            ) ON CONFLICT DO NOTHING;
        ELSIF owner.id IS NULL OR owner.id = known.id THEN
            CONTINUE;
        ELSE -- It belongs to its handler's end, which came after it, and no longer to the beginning.
            UPDATE bgservices.thrown AS former
                SET seq = next, service = each.service, event_id = owner.id, event_timestamp = each.event_timestamp
                WHERE former.id = known.thrown AND former.source = each.source;
            late := late OR EXISTS (
                SELECT FROM bgservices.events AS event
                WHERE event.timestamp = known.timestamp AND event.id = known.id AND event.seq < first
            );
        END IF;
        late := late OR coalesce(owner.seq < first, FALSE);
    END LOOP;
    IF late THEN
        PERFORM bgservices.note_clear();
    END IF;
END $$;
