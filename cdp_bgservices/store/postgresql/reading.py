"""Reading events, and what workers threw."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event, from_microseconds, to_microseconds
from cdp_bgservices.learned import Detail
from cdp_bgservices.query import Query
from cdp_bgservices.redaction import Redactor
from cdp_bgservices.store.criteria import Position, Selection, Span, check_limit, check_text
from cdp_bgservices.store.postgresql.analysis import Analysis
from cdp_bgservices.store.postgresql.conditions import EVER
from cdp_bgservices.store.postgresql.connecting import Row
from cdp_bgservices.store.postgresql.following import BACK, MOST, Given
from cdp_bgservices.store.postgresql.joining import numbered, with_details
from cdp_bgservices.store.postgresql.rows import unescaped
from cdp_bgservices.store.postgresql.sql import moment
from cdp_bgservices.store.postgresql.thrown import read_thrown
from cdp_bgservices.store.values import EVERYTHING, FIND_LIMIT, PAGE, Committed, Numbered, Place
from cdp_bgservices.thrown import Thrown

HEX = frozenset("0123456789abcdef")
ID = 32
"""Digits."""
decode = msgspec.json.Decoder().decode
MARGIN = 2_000_000
"""Microseconds by which clocks may differ."""


class Reading(Analysis):
    """A part of the engine. Each page is one statement, and comes with what was learned of its events."""

    def next_page(self, query: Query, place: Place) -> tuple[list[Event], Place | None]:
        span, position = (place.after, place.until), place.position
        self.read_settings()
        if position is None:
            self.learn(query, span, PAGE if query.limit is None else min(query.limit, PAGE))
        if position is None and query.limit is not None:
            check_limit(query)
            if query.limit <= PAGE:
                rows, more = self.newest(query, span, query.limit)
                if not more:
                    return events_of(rows[::-1]), None
            position = self.position(query, span, query.limit)
        rows = self.oldest(query, span, position, PAGE)
        if not rows:
            return [], None
        return events_of(rows), Place(place.after, place.until, position_of(rows[-1]))

    def oldest(self, query: Query, span: Span, after: Position | None, limit: int) -> list[Row]:
        """The next events by timestamp, oldest first."""
        return self.ordered(self.where(query, span, after), "timestamp, seq", limit)[0]

    def newest(self, query: Query, span: Span, limit: int) -> tuple[list[Row], bool]:
        """The newest ``limit`` events, newest first; and whether there are more."""
        return self.ordered(self.where(query, span), "timestamp DESC, seq DESC", limit)

    def ordered(self, where: Selection, order: str, limit: int) -> tuple[list[Row], bool]:
        inner = f"SELECT * FROM bgservices.events WHERE {where.sql} ORDER BY {order} LIMIT %s"
        return self.page_of_rows(with_details(inner), [*where.values, limit])

    def position(self, query: Query, span: Span, limit: int) -> Position | None:
        """The position just before the newest ``limit`` events."""
        where = self.where(query, span)
        rows = self.rows(
            f"SELECT timestamp, seq FROM bgservices.events WHERE {where.sql} "
            "ORDER BY timestamp DESC, seq DESC LIMIT 1 OFFSET %s",
            [*where.values, limit],
        )
        return rows[0][:2] if rows else None

    def find(self, id_prefix: str) -> list[Event]:
        if not id_prefix:
            raise InvalidInputError("An id, or its beginning, is needed", "`events` lists them.")
        check_text(id_prefix)
        prefix = id_prefix.lower()
        if len(prefix) > ID or not HEX.issuperset(prefix):
            return []
        between = [prefix.ljust(ID, "0"), prefix.ljust(ID, "f")]
        where = Selection(
            "timestamp >= %s AND id BETWEEN %s::uuid AND %s::uuid", [moment(self.oldest_kept()), *between]
        )
        return events_of(self.ordered(where, "id", FIND_LIMIT)[0])

    def by_id(self, id_: str, seq: int = 0) -> Numbered | None:
        check_text(id_)
        if len(id_) != ID or not HEX.issuperset(id_):
            return None
        since = moment(self.oldest_kept())
        guess = Selection("timestamp >= %s AND seq = %s AND id = %s::uuid", [since, seq, id_])
        found = self.ordered(guess, "timestamp", 1)[0] if seq else []
        if not found:
            # No index begins with the id. Most that are asked for are of the last days, which are looked at first.
            where = Selection("timestamp >= %s AND id = %s::uuid", [since, id_])
            found = self.ordered(where, "timestamp DESC", 1)[0]
        return numbered(found)[0] if found else None

    def stored(self, event: Event) -> Event | None:
        key = self.redaction_key()
        forms = [event] if key is None else [event, Redactor(key).redact(event)]
        sql = "SELECT * FROM bgservices.events WHERE timestamp = %s AND id = ANY(%s::uuid[]) AND timestamp >= %s"
        ids = [form.id for form in forms]
        found = events_of(self.rows(with_details(sql), [event.timestamp, ids, moment(self.oldest_kept())]))
        return next((each for id_ in ids for each in found if each.id == id_), None)

    def nearest(self, query: Query, moment: datetime, limit: int) -> list[Numbered]:
        self.read_settings()
        before, _ = self.newest(msgspec.structs.replace(query, before=moment), (0, EVER), limit)
        after = self.oldest(msgspec.structs.replace(query, since=moment), (0, EVER), None, limit)
        return numbered([*before, *after])

    def reach(self, services: Sequence[str], moment: datetime, number: int) -> tuple[datetime | None, datetime | None]:
        def edge(query: Query, order: str, closest: Callable[[list[int]], int]) -> datetime | None:
            found = []
            for service in services:
                where = self.where(msgspec.structs.replace(query, services=(service,)), (0, EVER))
                sql = f"SELECT timestamp FROM bgservices.events WHERE {where.sql} ORDER BY {order} LIMIT 1 OFFSET %s"
                found += [row[0] for row in self.rows(sql, [*where.values, number])]
            return from_microseconds(closest(found)) if found else None

        self.read_settings()
        until = from_microseconds(to_microseconds(moment) + 1)
        return edge(Query(before=until), "timestamp DESC", max), edge(Query(since=moment), "timestamp", min)

    def thrown(
        self, query: Query = EVERYTHING, *, after: int = 0, until: int | None = None, no_event: bool = False
    ) -> list[Thrown]:
        check_text(query)
        span = (after, EVER if until is None else until)
        return read_thrown(self.rows, query, self.oldest_kept(), span, no_event=no_event)

    def details(self, after: int, until: int) -> list[Detail]:
        where = "seq > %s AND seq <= %s ORDER BY seq, id, key"
        sql = f"SELECT id, timestamp, key, value FROM bgservices.details WHERE {where}"
        return [
            Detail(event_id=id_, event_timestamp=from_microseconds(timestamp), key=unescaped(key), value=decode(value))
            for id_, timestamp, key, value in self.rows(sql, [after, until])
        ]

    def cursor(self) -> int:
        cursor = super().cursor()
        self.memory.following.give(Given(self.server, cursor), None, to_microseconds(self.clock()))
        return cursor

    def committed(self, query: Query, after: int, limit: int = PAGE) -> Committed:
        following, last = self.memory.following, self.cursor()
        former = following.former(after, Given(self.server, last))
        if former is not None and former.cursor == after:
            after = self.some_minutes_back(last)
        rows, more = self.ordered(self.where(query, (after, last)), "seq", limit)
        more = more or len(rows) == limit
        # Another connection to the same server may be a little ahead of this one.
        found, behind = numbered(rows), rows[-1][0] if more else max(last, after)
        now = to_microseconds(self.clock())
        new = [each for each in found if former is None or following.is_new(each[1].id, former)]
        following.note(self.server, [each for each in found if is_recent(each[1], now)])
        following.give(Given(self.server, behind), former if more else None, now)
        return Committed(new, behind, more)

    def some_minutes_back(self, last: int) -> int:
        """The cursor behind which all is that this server may have got since it took over."""
        began, now = self.memory.following.began, to_microseconds(self.clock())
        since = max(now - BACK, (now if began is None else began) - MARGIN)
        latest = (
            "SELECT seq, received_at FROM bgservices.events WHERE timestamp >= %s AND seq <= %s "
            f"ORDER BY seq DESC LIMIT {MOST}"
        )
        rows = self.rows(
            f"SELECT min(seq) FROM ({latest}) AS latest WHERE received_at >= %s",
            [moment(self.oldest_kept()), last, moment(since)],
        )
        return last if rows[0][0] is None else int(rows[0][0]) - 1

    def detailed(self, query: Query, after: int, until: int) -> list[Event]:
        self.read_settings()
        where = self.where(query, (0, after))
        inner = (
            "SELECT * FROM bgservices.events WHERE (timestamp, id) IN (SELECT event_timestamp, event_id "
            "FROM bgservices.thrown WHERE seq > %s AND seq <= %s AND event_id IS NOT NULL "
            "UNION SELECT timestamp, id FROM bgservices.details WHERE seq > %s AND seq <= %s) "
            f"AND {where.sql} ORDER BY seq"
        )
        return events_of(self.rows(with_details(inner), [after, until, after, until, *where.values]))


def events_of(rows: Sequence[Row]) -> list[Event]:
    return [event for _, event in numbered(rows)]


def position_of(row: Row) -> Position:
    return row[3], row[0]


def is_recent(event: Event, now: int) -> bool:
    return event.received_at is None or to_microseconds(event.received_at) > now - BACK
