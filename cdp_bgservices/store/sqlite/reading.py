"""Reading events, and what workers threw."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import MICROSECOND, Event, from_microseconds
from cdp_bgservices.learned import Detail
from cdp_bgservices.query import Query
from cdp_bgservices.store.criteria import Position, Span, check_text
from cdp_bgservices.store.sqlite.conditions import IN_TIME, TABLE, conditions
from cdp_bgservices.store.sqlite.database import Database
from cdp_bgservices.store.sqlite.errors import translate_errors
from cdp_bgservices.store.sqlite.learned import late_details
from cdp_bgservices.store.sqlite.redacting import read_redaction
from cdp_bgservices.store.sqlite.rows import COLUMNS, Row, event_of, numbered
from cdp_bgservices.store.sqlite.thrown import read_thrown
from cdp_bgservices.store.values import EVERYTHING, FIND_LIMIT, PAGE, Committed, Numbered, Place
from cdp_bgservices.thrown import Thrown

LEARNERS = """
SELECT event_timestamp AS moment, event_id AS learner FROM thrown WHERE seq > ? AND seq <= ? AND event_id IS NOT NULL
UNION SELECT timestamp, id FROM learned WHERE seq > ? AND seq <= ?
"""
"""The events that learned something in a span of commits."""


class Reading(Database):
    """A part of the engine."""

    def next_page(self, query: Query, place: Place) -> tuple[list[Event], Place | None]:
        check_text(query)
        span, position = (place.after, place.until), place.position
        if position is None and query.limit is not None:
            if query.limit <= PAGE:
                rows, more = self.newest(query, span, query.limit)
                if not more:
                    return events_of(reversed(rows)), None
            position = self.position(query, span, query.limit)
        rows = self.oldest(query, span, position, PAGE)
        if not rows:
            return [], None
        return events_of(rows), Place(place.after, place.until, (rows[-1][3], rows[-1][0]))

    def oldest(self, query: Query, span: Span, after: Position | None, limit: int) -> list[Row]:
        """The next events by timestamp, oldest first; each row is a seq and then COLUMNS."""
        where = conditions(query, self.oldest_kept(), span, after)
        sql = f"SELECT seq, {COLUMNS} FROM {IN_TIME} WHERE {where.sql} ORDER BY timestamp, seq LIMIT ?"
        return self.page_of_rows(sql, [*where.values, limit])[0]

    def newest(self, query: Query, span: Span, limit: int) -> tuple[list[Row], bool]:
        """The newest ``limit`` events, newest first; and whether there are more."""
        where = conditions(query, self.oldest_kept(), span)
        sql = f"SELECT seq, {COLUMNS} FROM {IN_TIME} WHERE {where.sql} ORDER BY timestamp DESC, seq DESC LIMIT ?"
        return self.page_of_rows(sql, [*where.values, limit])

    def position(self, query: Query, span: Span, limit: int) -> Position | None:
        """The position just before the newest ``limit`` events."""
        where = conditions(query, self.oldest_kept(), span)
        order = "ORDER BY timestamp DESC, seq DESC LIMIT 1 OFFSET ?"
        rows = self.rows(f"SELECT timestamp, seq FROM {IN_TIME} WHERE {where.sql} {order}", [*where.values, limit])
        return rows[0] if rows else None

    def find(self, id_prefix: str) -> list[Event]:
        if not id_prefix:
            raise InvalidInputError("An id, or its beginning, is needed", "`events` lists them.")
        check_text(id_prefix)
        prefix = id_prefix.lower()
        where = "id >= ? AND id < ? AND timestamp >= ? ORDER BY id"
        sql = f"SELECT {COLUMNS} FROM events WHERE {where} LIMIT {FIND_LIMIT}"
        # Ids are hex digits, and g comes after those.
        return [event_of(row) for row in self.rows(sql, [prefix, prefix + "g", self.oldest_kept()])]

    def by_id(self, id_: str, seq: int = 0) -> Numbered | None:
        check_text(id_)
        timestamp = self.timestamp_by_id(id_, seq)
        if timestamp is None or timestamp < self.oldest_kept():
            return None
        rows = self.rows(f"SELECT seq, {COLUMNS} FROM events WHERE timestamp = ? AND id = ?", [timestamp, id_])
        return numbered(rows)[0] if rows else None

    def timestamp_by_id(self, id_: str, seq: int) -> int | None:
        """No index begins with the id, but one has it: a tenth of a second in a million."""
        if rows := self.rows("SELECT timestamp FROM events WHERE seq = ? AND +id = ?", [seq, id_]):
            return int(rows[0][0])
        rows = self.rows("SELECT timestamp FROM events INDEXED BY events_by_timestamp WHERE id = ?", [id_])
        return int(rows[0][0]) if rows else None

    def stored(self, event: Event) -> Event | None:
        with translate_errors(self.path):
            redaction = read_redaction(self.connection, self.path)
        forms = [event] if redaction is None else redaction.forms(event)
        return next((found for form in forms for found in self.find(form.id)), None)

    def nearest(self, query: Query, moment: datetime, limit: int) -> list[Numbered]:
        span = (0, self.cursor())
        before, _ = self.newest(msgspec.structs.replace(query, before=moment), span, limit)
        after = self.oldest(msgspec.structs.replace(query, since=moment), span, None, limit)
        return numbered([*before, *after])

    def reach(self, services: Sequence[str], moment: datetime, number: int) -> tuple[datetime | None, datetime | None]:
        def edge(query: Query, order: str) -> list[datetime]:
            where = conditions(query, self.oldest_kept(), (0, self.cursor()))
            sql = f"SELECT timestamp FROM {IN_TIME} WHERE {where.sql} ORDER BY timestamp {order} LIMIT 1 OFFSET ?"
            return [from_microseconds(row[0]) for row in self.rows(sql, [*where.values, number])]

        stored = {row[0] for row in self.rows("SELECT DISTINCT service FROM kinds")}
        each = [Query(services=(service,)) for service in services if service in stored]
        before = [msgspec.structs.replace(query, before=moment + MICROSECOND) for query in each]
        after = [msgspec.structs.replace(query, since=moment) for query in each]
        return (
            max((found for query in before for found in edge(query, "DESC")), default=None),
            min((found for query in after for found in edge(query, "")), default=None),
        )

    def thrown(
        self, query: Query = EVERYTHING, *, after: int = 0, until: int | None = None, no_event: bool = False
    ) -> list[Thrown]:
        check_text(query)
        return read_thrown(self.rows, query, self.oldest_kept(), after, until, no_event=no_event)

    def details(self, after: int, until: int) -> list[Detail]:
        return late_details(self.rows, after, until)

    def committed(self, query: Query, after: int, limit: int = PAGE) -> Committed:
        check_text(query)
        last = self.cursor()
        where = conditions(query, self.oldest_kept(), (after, last))
        # Other indexes would need a sort.
        sql = f"SELECT seq, {COLUMNS} FROM {TABLE} WHERE seq > ? AND seq <= ? AND {where.sql} ORDER BY seq"
        rows, more = self.page_of_rows(f"{sql} LIMIT ?", [after, last, *where.values, limit])
        more = more or len(rows) == limit
        return Committed(numbered(rows), rows[-1][0] if more else max(last, after), more)

    def detailed(self, query: Query, after: int, until: int) -> list[Event]:
        where = conditions(query, self.oldest_kept(), (0, after))
        # In this order: else all events are gone through, at each commit.
        sql = (
            f"SELECT seq, {COLUMNS} FROM ({LEARNERS}) CROSS JOIN events ON timestamp = moment AND id = learner "
            f"WHERE {where.sql} ORDER BY seq"
        )
        return events_of(self.rows(sql, [after, until, after, until, *where.values]))


def events_of(rows: Iterable[Row]) -> list[Event]:
    """From a seq and the values of COLUMNS."""
    return [event_of(row[1:]) for row in rows]
