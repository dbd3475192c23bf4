"""Deleting in small transactions, so that recorders' commits come in between."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from cdp_bgservices.errors import StoreError
from cdp_bgservices.events import Event
from cdp_bgservices.store.postgresql.database import Database
from cdp_bgservices.store.postgresql.rows import escaped

BLOCKS = 1_000
"""Of 8 KiB, that one transaction goes through: some 30,000 events."""

DAYS = """
SELECT relname, pg_total_relation_size(oid)::bigint, pg_relation_size(oid) / current_setting('block_size')::bigint
FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'bgservices.events'::regclass ORDER BY 1
"""
"""The days that there are, with their bytes, and the blocks of the events alone."""
DELETE_EVENTS = """
WITH gone AS (
    DELETE FROM bgservices.events WHERE timestamp >= %s AND timestamp < %s AND ctid >= %s::tid AND ctid < %s::tid
    AND seq <= %s AND (service = ANY (%s) OR %s) RETURNING 1
), noted AS (
    SELECT bgservices.note_deletion() WHERE EXISTS (SELECT FROM gone)
)
SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM noted)
"""
"""What was counted before does not hold after it."""


DELETE_THESE = """
WITH wanted AS (
    SELECT * FROM unnest(%s::timestamptz[], %s::uuid[], %s::text[]) AS wanted (timestamp, id, source)
), gone AS (
    DELETE FROM bgservices.events AS event USING wanted
    WHERE event.timestamp = wanted.timestamp AND event.id = wanted.id AND event.source = wanted.source RETURNING 1
), noted AS (
    SELECT bgservices.note_deletion() WHERE EXISTS (SELECT FROM gone)
), thrown AS (
    DELETE FROM bgservices.thrown AS thrown USING wanted
    WHERE thrown.event_timestamp = wanted.timestamp AND thrown.event_id = wanted.id
), details AS (
    DELETE FROM bgservices.details AS detail USING wanted
    WHERE detail.timestamp = wanted.timestamp AND detail.id = wanted.id AND detail.source = wanted.source
)
SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM noted)
"""
CITUS = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')"


class Deletion(Database):
    """A part of the engine."""

    def clear_steps(self, services: Collection[str] = ()) -> Iterator[int]:
        """Block by block: what is added in the meantime stays, wherever it comes."""
        self.check_clearing()
        last = self.latest()
        chosen = [[*map(escaped, sorted(services))], not services]
        for day, _, blocks in self.days():
            times = [day_begin(day), day_begin(day + timedelta(days=1))]
            for first in range(0, blocks, BLOCKS):
                places = [f"({first},0)", f"({first + BLOCKS},0)"]
                if number := self.change(DELETE_EVENTS, [*times, *places, last, *chosen])[0][0]:
                    yield int(number)
        with self.transaction():
            where = "seq <= %s AND (service = ANY (%s) OR %s)"
            self.change(f"DELETE FROM bgservices.thrown WHERE {where}", [last, *chosen])
            self.change(
                "DELETE FROM bgservices.details WHERE NOT EXISTS (SELECT FROM bgservices.events AS event "
                "WHERE event.timestamp = details.timestamp AND event.id = details.id)"
            )
            self.change("DELETE FROM bgservices.tails WHERE service = ANY (%s) OR %s", chosen)
        yield 0

    def remove(self, events: Sequence[Event]) -> int:
        self.check_clearing()
        keys = [
            [event.timestamp for event in events],
            [event.id for event in events],
            [escaped(event.source) for event in events],
        ]
        return int(self.change(DELETE_THESE, keys)[0][0])

    def check_clearing(self) -> None:
        """Raises StoreError where nothing can be deleted before its time."""
        self.check_writer()
        if self.rows(CITUS)[0][0]:
            raise StoreError(
                f"{self.name} is distributed by Citus: nothing is deleted there before its time",
                "The owner can TRUNCATE bgservices.events, bgservices.details and bgservices.thrown.",
            )

    def prune_steps(self) -> Iterator[int]:
        """Whole days, one at a time. What is past retention and not deleted yet is never read."""
        while (number := self.change("SELECT bgservices.prune()")[0][0]) is not None:
            yield int(number)

    def days(self) -> list[tuple[date, int, int]]:
        """Those that events can be of, with their bytes, and the blocks of events."""
        return [
            (date.fromisoformat(name.removeprefix("events_")), size, blocks) for name, size, blocks in self.rows(DAYS)
        ]


def day_begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
