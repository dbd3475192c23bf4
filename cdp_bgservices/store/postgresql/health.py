"""How the server is doing: the days that it has, and what keeps commits from being followed."""

from datetime import timedelta

from cdp_bgservices.events import from_microseconds
from cdp_bgservices.store.postgresql.deletion import Deletion
from cdp_bgservices.store.values import Health

SOON = timedelta(seconds=5)
"""A transaction of ours takes less."""
WAITING = "SELECT min(received_at) FROM bgservices.events WHERE timestamp >= %s AND seq > %s"
HOLDER = """
SELECT words FROM (
    SELECT age(backend_xid), format('process %%s of %%s in database %%s', pid, usename, datname) FROM pg_stat_activity
    UNION ALL
    SELECT age(transaction), format('the prepared transaction %%s of %%s in database %%s', gid, owner, database)
    FROM pg_prepared_xacts
) AS transactions (age, words) WHERE age IS NOT NULL ORDER BY age DESC LIMIT 1
"""
"""The oldest transaction that writes, of any database there. A role sees its own, and an administrator sees all."""


class ServerHealth(Deletion):
    """A part of the engine."""

    def health(self) -> Health:
        oldest, cursor = from_microseconds(self.oldest_kept()), self.cursor()
        since = self.rows(WAITING, [oldest, cursor])[0][0]
        waits = since is not None and from_microseconds(since) < self.clock() - SOON
        holder = self.rows(HOLDER) if waits else []
        days = self.days()
        return Health(
            days={day.isoformat(): size for day, size, _ in days},
            expired=sum(day < oldest.date() for day, _, _ in days),
            waiting_since=from_microseconds(since) if waits else None,
            waiting_for=holder[0][0] if holder else "",
        )
