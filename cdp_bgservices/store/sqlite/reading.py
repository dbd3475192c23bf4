"""What is asked of the events in a SQLite file, and of what recorders left beside them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cdp_bgservices.coverage.values import Coverage
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.store.sqlite import neighbours, statements
from cdp_bgservices.store.sqlite.conditions import check_text
from cdp_bgservices.store.sqlite.coverage import read_intervals, read_series, read_tails
from cdp_bgservices.store.sqlite.database import Database
from cdp_bgservices.store.sqlite.deletion import disk_size
from cdp_bgservices.store.sqlite.errors import translate_errors
from cdp_bgservices.store.sqlite.recorder_runs import read_runs
from cdp_bgservices.store.sqlite.redacting import read_redaction
from cdp_bgservices.store.sqlite.rows import COLUMNS, Row, event_of, numbered
from cdp_bgservices.store.sqlite.thrown import read_thrown
from cdp_bgservices.store.values import EVERYTHING, PAGE, Committed, Known, LastRun, Numbered, Place
from cdp_bgservices.thrown import Thrown


class Reading(Database):
    """A part of the engine: see :class:`~cdp_bgservices.store.protocol.Engine`, also for the methods."""

    def next_page(self, query: Query, place: Place) -> tuple[list[Event], Place | None]:
        check_text(query)
        span, position = (place.after, place.until), place.position
        if position is None and query.limit is not None:
            if query.limit <= PAGE:
                rows, more = self.page_of_rows(*statements.newest(query, self.oldest_kept(), span, query.limit))
                if not more:
                    return events_of(reversed(rows)), None
            before = self.rows(*statements.position(query, self.oldest_kept(), span, query.limit))
            position = before[0] if before else None
        rows, _ = self.page_of_rows(*statements.page(query, self.oldest_kept(), span, position, PAGE))
        if not rows:
            return [], None
        return events_of(rows), Place(place.after, place.until, (rows[-1][3], rows[-1][0]))

    def find(self, id_prefix: str) -> list[Event]:
        if not id_prefix:
            raise InvalidInputError("An id, or its beginning, is needed", "`events` lists them.")
        check_text(id_prefix)
        return [event_of(row) for row in self.rows(*statements.by_id(id_prefix.lower(), self.oldest_kept()))]

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
        forms = [event] if redaction is None else [event, redaction.redactor.redact(event)]
        return next((found for form in forms for found in self.find(form.id)), None)

    def nearest(self, query: Query, moment: datetime, limit: int) -> list[Numbered]:
        return neighbours.nearest(self, query, moment, limit)

    def reach(self, services: Sequence[str], moment: datetime, number: int) -> tuple[datetime | None, datetime | None]:
        return neighbours.reach(self, services, moment, number)

    def thrown(self, query: Query = EVERYTHING, *, after: int = 0, no_event: bool = False) -> list[Thrown]:
        check_text(query)
        return read_thrown(self.rows, query, self.oldest_kept(), after, no_event=no_event)

    def committed(self, query: Query, after: int, limit: int = PAGE) -> Committed:
        check_text(query)
        last = self.cursor()
        rows, more = self.page_of_rows(*statements.committed(query, self.oldest_kept(), after, last, limit))
        more = more or len(rows) == limit
        return Committed(numbered(rows), rows[-1][0] if more else max(last, after), more)

    def detailed(self, query: Query, after: int, until: int) -> list[Event]:
        return events_of(self.rows(*statements.detailed(query, self.oldest_kept(), after, until)))

    def size(self) -> int:
        return disk_size(self.path)

    def known(self, source: str) -> Known:
        return Known(series=read_series(self.rows, source).get(source, []), tails=read_tails(self.rows, source))

    def coverage(self) -> list[Coverage]:
        intervals, series = read_intervals(self.rows, self.oldest_kept()), read_series(self.rows)
        return [
            Coverage(source=source, intervals=intervals.get(source, []), series=series.get(source, []))
            for source in sorted({*intervals, *series})
        ]

    def runs(self) -> list[LastRun]:
        with translate_errors(self.path):
            return read_runs(self.connection, self.oldest_kept())


def events_of(rows: Iterable[Row]) -> list[Event]:
    """From a seq and the values of COLUMNS."""
    return [event_of(row[1:]) for row in rows]
