-- Which events learned something after they were committed. The value is in the event's details.
CREATE TABLE learned (
    seq INTEGER PRIMARY KEY,                -- the order of commits, one order with that of events and of thrown
    timestamp INTEGER NOT NULL,             -- the event's, as the next two
    id TEXT NOT NULL,
    service TEXT NOT NULL,
    key TEXT NOT NULL                       -- of its details
) STRICT;

CREATE INDEX learned_by_timestamp ON learned (timestamp);
