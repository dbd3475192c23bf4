-- What many events have in common. So a filter of these columns is a few numbers.
CREATE TABLE kinds (
    id INTEGER PRIMARY KEY AUTOINCREMENT,   -- never used twice: recorders remember it
    source TEXT NOT NULL,
    service TEXT NOT NULL,
    event_name TEXT NOT NULL,
    origin TEXT NOT NULL,
    storage_key TEXT NOT NULL,
    scope TEXT,
    browser_context TEXT NOT NULL,
    failed INTEGER NOT NULL                 -- whether they are failures, by cdp_bgservices/failures.py
) STRICT;

CREATE UNIQUE INDEX kinds_by_values ON kinds (
    event_name, origin, source, service, storage_key, scope, browser_context, failed
);

INSERT INTO kinds (source, service, event_name, origin, storage_key, scope, browser_context, failed)
SELECT DISTINCT
    source, service, event_name, origin, storage_key, scope, browser_context, failed(event_name, metadata, details)
FROM events;

ALTER TABLE events ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;

UPDATE events SET kind = (
    SELECT id FROM kinds
    WHERE kinds.event_name = events.event_name
        AND kinds.origin = events.origin
        AND kinds.source = events.source
        AND kinds.service = events.service
        AND kinds.storage_key = events.storage_key
        AND kinds.scope IS events.scope
        AND kinds.browser_context = events.browser_context
        AND kinds.failed = failed(events.event_name, events.metadata, events.details)
);

DROP INDEX events_by_service;

-- What filters look at, in the order of time: new events come to its end, and a million are looked through in 60 ms.
CREATE INDEX events_in_time ON events (timestamp, kind, instance_id);
