"""Coverage as rows: intervals, series and tails of each source."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from cdp_bgservices.coverage.values import Interval, Series, State, Tail
from cdp_bgservices.events import from_microseconds, to_microseconds
from cdp_bgservices.store.sqlite.rows import Execute
from cdp_bgservices.store.values import Account

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
WRITE_TAIL = "INSERT OR REPLACE INTO tails (source, service, registration_id, timestamp, scope) VALUES (?, ?, ?, ?, ?)"


def write_account(connection: sqlite3.Connection, source: str, account: Account) -> None:
    """Within a transaction. What another recorder has seen for longer stays."""
    connection.executemany(WRITE_INTERVAL, (interval_row(source, interval) for interval in account.intervals))
    connection.executemany(WRITE_SERIES, (series_row(source, series) for series in account.series))
    connection.executemany(
        "DELETE FROM tails WHERE source = ? AND registration_id = ?", ((source, gone) for gone in account.gone)
    )
    connection.executemany(
        WRITE_TAIL,
        (
            (source, tail.service, tail.registration_id, to_microseconds(tail.timestamp), tail.scope)
            for tail in account.tails
        ),
    )


def interval_row(source: str, interval: Interval) -> tuple[object, ...]:
    begin, end = to_microseconds(interval.begin), to_microseconds(interval.end)
    return source, interval.context_kind, interval.service, begin, interval.state, end, interval.detail


def series_row(source: str, series: Series) -> tuple[object, ...]:
    armed = to_microseconds(series.armed_until) if series.armed_until else 0
    return source, series.context_kind, series.service, to_microseconds(series.seen_until), armed, series.is_over


def read_intervals(execute: Execute, oldest: int) -> dict[str, list[Interval]]:
    """Of each source, those that end after a moment, in order."""
    rows = execute(
        'SELECT source, context_kind, service, begin, "end", state, detail FROM coverage '
        'WHERE "end" > ? ORDER BY source, context_kind, service, begin',
        [oldest],
    )
    found: dict[str, list[Interval]] = {}
    for source, kind, service, begin, end, state, detail in rows:
        found.setdefault(str(source), []).append(
            Interval(
                context_kind=str(kind),
                service=str(service),
                begin=moment(begin),
                end=moment(end),
                state=State(str(state)),
                detail=str(detail),
            )
        )
    return found


def read_series(execute: Execute, source: str | None = None) -> dict[str, list[Series]]:
    """Of each source, or of one."""
    where, values = ("", []) if source is None else (" WHERE source = ?", [source])
    rows = execute(
        f"SELECT source, context_kind, service, seen_until, armed_until, is_over FROM lanes{where} "
        "ORDER BY source, context_kind, service",
        values,
    )
    found: dict[str, list[Series]] = {}
    for name, kind, service, seen_until, armed_until, is_over in rows:
        found.setdefault(str(name), []).append(
            Series(
                context_kind=str(kind),
                service=str(service),
                seen_until=moment(seen_until),
                armed_until=moment(armed_until) if armed_until else None,
                is_over=bool(is_over),
            )
        )
    return found


def read_tails(execute: Execute, source: str) -> list[Tail]:
    rows = execute("SELECT service, registration_id, timestamp, scope FROM tails WHERE source = ?", [source])
    return [
        Tail(service=str(service), registration_id=str(number), timestamp=moment(timestamp), scope=str(scope))
        for service, number, timestamp, scope in rows
    ]


def forget_tails(connection: sqlite3.Connection, services: Iterable[str]) -> None:
    """Of these services, or all: their events are deleted by their owner, in the browser perhaps, too."""
    if named := sorted(services):
        connection.executemany("DELETE FROM tails WHERE service = ?", ((service,) for service in named))
    else:
        connection.execute("DELETE FROM tails")


def delete_old_coverage(connection: sqlite3.Connection, oldest: int) -> None:
    """What ended before a moment, except series whose browser may still be recording."""
    connection.execute('DELETE FROM coverage WHERE "end" < ?', [oldest])
    connection.execute("DELETE FROM lanes WHERE seen_until < ? AND (is_over OR armed_until < ?)", [oldest, oldest])
    connection.execute("DELETE FROM tails WHERE source NOT IN (SELECT source FROM lanes)")


def moment(microseconds: object) -> datetime:
    assert isinstance(microseconds, int)
    return from_microseconds(microseconds)
