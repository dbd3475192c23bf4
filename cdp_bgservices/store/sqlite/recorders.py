"""What recorders leave beside events: intervals, series and tails of each source, and the numbers of its last run."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from cdp_bgservices.contexts import BrowserContext
from cdp_bgservices.coverage.values import Coverage, Interval, Series, Tail
from cdp_bgservices.events import from_microseconds, to_microseconds
from cdp_bgservices.store.criteria import Selection
from cdp_bgservices.store.presence import Presence
from cdp_bgservices.store.recorder_rows import (
    CONTEXT_COLUMNS,
    by_source,
    context_of,
    coverages,
    decode_numbers,
    interval_of,
    presence_of,
    series_of,
    tail_of,
)
from cdp_bgservices.store.sqlite.database import Database
from cdp_bgservices.store.sqlite.rows import Row, encode_json
from cdp_bgservices.store.sqlite.sql import one_of
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
WRITE_RUN = """
INSERT INTO runs (source, moment, numbers) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET moment = excluded.moment, numbers = excluded.numbers
"""
WRITE_TAIL = "INSERT OR REPLACE INTO tails (source, service, registration_id, timestamp, scope) VALUES (?, ?, ?, ?, ?)"

WRITE_RECORDER = """
INSERT INTO recorders (source, run, host, browser, version, since, seen, is_over) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET seen = max(seen, excluded.seen), is_over = max(is_over, excluded.is_over)
"""
WRITE_CONTEXT = f"""
INSERT INTO contexts ({CONTEXT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    name = iif(excluded.name = '', name, excluded.name), since = min(since, excluded.since),
    ended = iif(excluded.noted >= noted, excluded.ended, ended),
    why = iif(excluded.noted >= noted, excluded.why, why), noted = max(noted, excluded.noted)
"""


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
        tails = [tail_of(row) for row in self.rows(sql, [source])]
        return Known(series=self.read_series("WHERE source = ?", [source]).get(source, []), tails=tails)

    def coverage(self, sources: Collection[str] = ()) -> list[Coverage]:
        # First: with an account that is made just now, what is certain then goes further than the series, and not less.
        series = self.read_series()
        rows = self.rows(
            'SELECT source, context_kind, service, begin, "end", state, detail FROM coverage '
            'WHERE "end" > ? ORDER BY source, context_kind, service, begin',
            [self.oldest_kept()],
        )
        return coverages(by_source(rows, interval_of), series, self.hosts(), self.kept_contexts(), sources)

    def gap_mark(self) -> int:
        sql = "SELECT count(*) + coalesce(max(\"end\"), 0) FROM coverage WHERE state NOT IN ('live', 'browser')"
        return int(self.rows(sql)[0][0])

    def hosts(self) -> dict[str, str]:
        """The machine of each source's last recorder."""
        return {
            source: host for source, host, _ in self.rows("SELECT source, host, max(seen) FROM recorders GROUP BY 1")
        }

    def read_series(self, where: str = "", values: Iterable[str] = ()) -> dict[str, list[Series]]:
        """Of each source."""
        rows = self.rows(
            f"SELECT source, context_kind, service, seen_until, armed_until, is_over FROM lanes {where} "
            "ORDER BY source, context_kind, service",
            [*values],
        )
        return by_source(rows, series_of)

    def keep_run(self, source: str, numbers: Mapping[str, int], moment: datetime | None = None) -> None:
        """The numbers of sources that were last recorded before the oldest event go, as their events do."""
        values = [source, to_microseconds(moment or self.clock()), encode_json(dict(numbers)).decode()]
        with self.transaction():
            self.connection.execute("DELETE FROM runs WHERE moment < ?", [self.oldest_kept()])
            # This machine's clock may have been set back since the last time.
            self.connection.execute(WRITE_RUN + ("WHERE excluded.moment >= moment" if moment else ""), values)

    def runs(self) -> list[LastRun]:
        sql = "SELECT source, moment, numbers FROM runs WHERE moment >= ? ORDER BY moment DESC, source"
        return [
            LastRun(source=source, moment=from_microseconds(moment), numbers=decode_numbers(numbers))
            for source, moment, numbers in self.rows(sql, [self.oldest_kept()])
        ]

    def keep_recorders(self, presences: Sequence[Presence]) -> None:
        with self.transaction():
            self.connection.executemany(WRITE_RECORDER, map(presence_row, presences))

    def recorders(self, since: datetime, sources: Collection[str] = ()) -> list[Presence]:
        some = one_of("source", sources) if sources else Selection("TRUE", [])
        sql = (
            "SELECT source, run, host, browser, version, since, seen, is_over FROM recorders "
            f"WHERE seen >= ? AND {some.sql} ORDER BY since, source, run"
        )
        return [presence_of(row) for row in self.rows(sql, [to_microseconds(since), *some.values])]

    def keep_contexts(self, contexts: Sequence[BrowserContext]) -> None:
        with self.transaction():
            self.connection.executemany(WRITE_CONTEXT, map(context_row, contexts))

    def kept_contexts(self, sources: Collection[str] = (), limit: int = -1) -> list[BrowserContext]:
        some = one_of("source", sources) if sources else Selection("TRUE", [])
        latest = f"SELECT {CONTEXT_COLUMNS} FROM contexts WHERE {some.sql} ORDER BY since DESC, context DESC LIMIT ?"
        sql = f"SELECT * FROM ({latest}) ORDER BY source, since, context"
        return [context_of(row) for row in self.rows(sql, [*some.values, limit])]


def interval_row(source: str, interval: Interval) -> Row:
    begin, end = to_microseconds(interval.begin), to_microseconds(interval.end)
    return source, interval.context_kind, interval.service, begin, interval.state, end, interval.detail


def series_row(source: str, series: Series) -> Row:
    armed = to_microseconds(series.armed_until) if series.armed_until else 0
    return source, series.context_kind, series.service, to_microseconds(series.seen_until), armed, series.is_over


def tail_row(source: str, tail: Tail) -> Row:
    return source, tail.service, tail.registration_id, to_microseconds(tail.timestamp), tail.scope


def presence_row(presence: Presence) -> Row:
    since, seen = to_microseconds(presence.since), to_microseconds(presence.seen)
    names = presence.source, presence.run, presence.host, presence.browser, presence.version
    return *names, since, seen, presence.is_over


def context_row(each: BrowserContext) -> Row:
    texts = each.source, each.context, each.kind, each.name, each.why, each.host, each.profile
    ended = None if each.ended is None else to_microseconds(each.ended)
    return *texts, each.number, to_microseconds(each.since), to_microseconds(each.noted), ended
