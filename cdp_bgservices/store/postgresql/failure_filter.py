"""Events that say that something went wrong, as SQL.

What Chromium's own record says was worked out when the event was added: ``failed``. What a worker threw makes an event
a failure, too; that is in tables of their own, and is often learned later.
"""

THREW = """(
    EXISTS (SELECT FROM bgservices.thrown WHERE event_timestamp = events.timestamp AND event_id = events.id)
    OR EXISTS (
        SELECT FROM bgservices.details
        WHERE details.timestamp = events.timestamp AND details.id = events.id AND key = 'threw' AND value <> '[]'
    )
)"""
FAILED = f"(failed OR {THREW})"
