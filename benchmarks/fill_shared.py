"""Fills a shared store with made events, on the server: ``python -m benchmarks.fill_shared URL [EVENTS [SOURCES]]``.

They are of the last 70 hours, oldest first, in transactions of 4,000, and are like what Chromium reports: runs of a few
events each, one of fifty failed. What is there stays. It is for a store that is thrown away.
"""

import sys
import time

from cdp_bgservices.store import open_engine
from cdp_bgservices.store.location import PostgresLocation, resolve_location
from cdp_bgservices.store.postgresql.connecting import connect

BATCH = 4_000
HOURS = 70
FILL = f"""
INSERT INTO bgservices.events (
    timestamp, id, source, seq, service, event_name, origin, storage_key, registration_id, scope, instance_id, metadata,
    browser_context, failed, received_at
)
SELECT timestamp, md5(number::text || ' of ' || %(events)s)::uuid, 'runner-' || lane || ':/home/ci/profile',
    pg_current_xact_id()::text::bigint * 4096 + number - %(first)s, services[kind],
    CASE WHEN failed THEN 'Sync event failed' ELSE names[kind] END, origin, origin, (lane %% 7)::text, origin || 'app/',
    CASE WHEN kind < 4 THEN 'tag-' || number / 4 ELSE 'push-' || number END,
    '{{"Event Tag":"tag-' || number / 4 || '","Last Chance":"No","Status":"'
        || CASE WHEN failed THEN 'waitUntil rejected' ELSE 'Success' END
        || '","Payload":"' || md5(number::text) || md5(lane::text) || '"}}',
    upper(md5('context' || lane)), failed, now()
FROM (
    SELECT *, 'https://site-' || lane %% 40 || '.example/' AS origin, kind = 1 AND number %% 25 = 0 AS failed
    FROM (
        SELECT number, now() - interval '{HOURS} hours' * (1 - number::float8 / %(events)s) AS timestamp,
            1 + hashint8(number) %% %(sources)s + CASE WHEN hashint8(number) < 0 THEN %(sources)s ELSE 0 END AS lane,
            1 + number %% 5 AS kind
        FROM generate_series(%(first)s + 1, %(first)s + {BATCH}) AS number
    ) AS made
) AS made, (VALUES (
    ARRAY['backgroundSync', 'backgroundSync', 'backgroundFetch', 'notifications', 'pushMessaging'],
    ARRAY['Sync completed', 'Registered sync', 'Background fetch started', 'Notification displayed',
        'Push event dispatched']
)) AS words (services, names)
WHERE number <= %(events)s
"""


def fill(location: PostgresLocation, events: int, sources: int) -> None:
    """On the server: to send them would take longer."""
    with connect(location) as connection:
        connection.execute(
            "SELECT bgservices.prepare_days(ARRAY(SELECT current_date - day FROM generate_series(0, 3) AS day))"
        )
        for first in range(0, events, BATCH):
            connection.execute(FILL, {"first": first, "events": events, "sources": sources})
        connection.execute("VACUUM ANALYZE bgservices.events")


def main(url: str, events: int = 5_000_000, sources: int = 1_000) -> None:
    location = resolve_location(url)
    assert isinstance(location, PostgresLocation)
    with open_engine(url):
        pass
    began = time.monotonic()
    fill(location, events, sources)
    print(f"{events} events of {sources} sources in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
