"""What recorders leave beside events: intervals, series and tails of each source, and the numbers of its last run."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from cdp_bgservices.coverage.values import Coverage, Interval, Series, State, Tail
from cdp_bgservices.events import from_microseconds, to_microseconds
from cdp_bgservices.store.sqlite.database import Database
from cdp_bgservices.store.sqlite.rows import Row, encode_json
from cdp_bgservices.store.values import Account, Known, LastRun

WRITE_INTERVAL = """
INSERT INTO coverage (source, context_kind, service, begin, state, "end", detail) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET "end" = max("end", excluded."end"), detail = excluded.detail
"""
WRITE_SERIES = """
INSERT INTO lanes (source, context_kind, service, seen_until, armed_until, is_over) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE
SET seen_until = excluded.seen_until, armed_until = excluded.armed_until, is_over = excluded.is_over
WHERE excluded.seen_until >= seen_until
"""
"""What another recorder has seen for longer stays."""
WRITE_TAIL = "INSERT OR REPLACE INTO tails (source, service, registration_id, timestamp, scope) VALUES (?, ?, ?, ?, ?)"

decode_numbers = msgspec.json.Decoder(dict[str, int]).decode


class Recorders(Database):
    """A part of the engine."""

    def account(self, source: str, account: Account) -> None:
        write = self.connection.executemany
        with self.transaction():
            write(WRITE_INTERVAL, (interval_row(source, interval) for interval in account.intervals))
            write(WRITE_SERIES, (series_row(source, series) for series in account.series))
            write("DELETE FROM tails WHERE source = ? AND registration_id = ?", ((source, id_) for id_ in account.gone))
            write(WRITE_TAIL, (tail_row(source, tail) for tail in account.tails))

    def known(self, source: str) -> Known:
        sql = "SELECT service, registration_id, timestamp, scope FROM tails WHERE source = ?"
        tails = [
            Tail(service=service, registration_id=id_, timestamp=from_microseconds(timestamp), scope=scope)
            for service, id_, timestamp, scope in self.rows(sql, [source])
        ]
        return Known(series=self.read_series("WHERE source = ?", [source]).get(source, []), tails=tails)

    def ledger(self, source: str) -> Account:
        sql = (
            'SELECT context_kind, service, begin, "end", state, detail FROM coverage WHERE source = ? '
            "ORDER BY context_kind, service, begin"
        )
        known = self.known(source)
        return Account(
            intervals=[interval_of(row) for row in self.rows(sql, [source])], series=known.series, tails=known.tails
        )

    def coverage(self) -> list[Coverage]:
        rows = self.rows(
            'SELECT source, context_kind, service, begin, "end", state, detail FROM coverage '
            'WHERE "end" > ? ORDER BY source, context_kind, service, begin',
            [self.oldest_kept()],
        )
        intervals: dict[str, list[Interval]] = {}
        for source, *values in rows:
            intervals.setdefault(source, []).append(interval_of(values))
        series = self.read_series()
        return [
            Coverage(source=source, intervals=intervals.get(source, []), series=series.get(source, []))
            for source in sorted({*intervals, *series})
        ]

    def read_series(self, where: str = "", values: Iterable[str] = ()) -> dict[str, list[Series]]:
        """Of each source."""
        rows = self.rows(
            f"SELECT source, context_kind, service, seen_until, armed_until, is_over FROM lanes {where} "
            "ORDER BY source, context_kind, service",
            [*values],
        )
        found: dict[str, list[Series]] = {}
        for source, *columns in rows:
            found.setdefault(source, []).append(series_of(columns))
        return found

    def keep_run(self, source: str, numbers: Mapping[str, int]) -> None:
        """The numbers of sources that were last recorded before the oldest event go, as their events do."""
        values = [source, to_microseconds(self.clock()), encode_json(dict(numbers)).decode()]
        with self.transaction():
            self.connection.execute("DELETE FROM runs WHERE moment < ?", [self.oldest_kept()])
            self.connection.execute("INSERT OR REPLACE INTO runs (source, moment, numbers) VALUES (?, ?, ?)", values)

    def runs(self) -> list[LastRun]:
        sql = "SELECT source, moment, numbers FROM runs WHERE moment >= ? ORDER BY moment DESC, source"
        return [
            LastRun(source=source, moment=from_microseconds(moment), numbers=decode_numbers(numbers))
            for source, moment, numbers in self.rows(sql, [self.oldest_kept()])
        ]


def interval_row(source: str, interval: Interval) -> Row:
    begin, end = to_microseconds(interval.begin), to_microseconds(interval.end)
    return source, interval.context_kind, interval.service, begin, interval.state, end, interval.detail


def interval_of(values: Iterable[Any]) -> Interval:
    kind, service, begin, end, state, detail = values
    return Interval(
        context_kind=kind,
        service=service,
        begin=from_microseconds(begin),
        end=from_microseconds(end),
        state=State(state),
        detail=detail,
    )


def series_row(source: str, series: Series) -> Row:
    armed = to_microseconds(series.armed_until) if series.armed_until else 0
    return source, series.context_kind, series.service, to_microseconds(series.seen_until), armed, series.is_over


def series_of(values: Iterable[Any]) -> Series:
    kind, service, seen_until, armed_until, is_over = values
    return Series(
        context_kind=kind,
        service=service,
        seen_until=from_microseconds(seen_until),
        armed_until=from_microseconds(armed_until) if armed_until else None,
        is_over=bool(is_over),
    )


def tail_row(source: str, tail: Tail) -> Row:
    return source, tail.service, tail.registration_id, to_microseconds(tail.timestamp), tail.scope
