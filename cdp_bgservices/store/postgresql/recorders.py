"""What recorders leave beside events: intervals, series and tails of each source, the numbers of its last run, and that
they are at work.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from cdp_bgservices.contexts import BrowserContext, merged
from cdp_bgservices.coverage.values import Coverage, Interval, Series, Tail
from cdp_bgservices.events import from_microseconds
from cdp_bgservices.store.postgresql.connecting import Row
from cdp_bgservices.store.postgresql.database import Database
from cdp_bgservices.store.postgresql.rows import encode_json, escaped, unescaped
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
from cdp_bgservices.store.values import Account, Known, LastRun


def given(*types: str) -> str:
    """Rows out of an array for each column."""
    return f"SELECT * FROM unnest({', '.join(f'%s::{kind}[]' for kind in types)})"


WRITE_INTERVALS = f"""
INSERT INTO bgservices.coverage (source, context_kind, service, begin, state, "end", detail)
{given("text", "text", "text", "timestamptz", "text", "timestamptz", "text")}
ON CONFLICT (source, context_kind, service, begin, state)
DO UPDATE SET "end" = greatest(coverage."end", excluded."end"), detail = excluded.detail
"""
WRITE_SERIES = f"""
INSERT INTO bgservices.lanes (source, context_kind, service, seen_until, armed_until, is_over)
{given("text", "text", "text", "timestamptz", "timestamptz", "boolean")}
ON CONFLICT (source, context_kind, service) DO UPDATE
SET seen_until = excluded.seen_until, armed_until = excluded.armed_until, is_over = excluded.is_over
WHERE excluded.seen_until >= lanes.seen_until
"""
"""What another recorder has seen for longer stays."""
DELETE_TAILS = "DELETE FROM bgservices.tails WHERE source = %s AND registration_id = ANY (%s)"
WRITE_TAILS = f"""
INSERT INTO bgservices.tails (source, service, registration_id, timestamp, scope)
{given("text", "text", "text", "timestamptz", "text")}
ON CONFLICT (source, service, registration_id) DO UPDATE SET timestamp = excluded.timestamp, scope = excluded.scope
"""
WRITE_RUN = """
INSERT INTO bgservices.runs (source, moment, numbers) VALUES (%s, %s, %s)
ON CONFLICT (source) DO UPDATE SET moment = excluded.moment, numbers = excluded.numbers
"""
WRITE_RECORDERS = f"""
INSERT INTO bgservices.recorders (source, run, host, browser, version, since, seen, is_over)
{given("text", "text", "text", "text", "text", "timestamptz", "timestamptz", "boolean")}
ON CONFLICT (source, run) DO UPDATE
SET seen = greatest(recorders.seen, excluded.seen), is_over = recorders.is_over OR excluded.is_over
"""
WRITE_CONTEXTS = f"""
INSERT INTO bgservices.contexts AS former ({CONTEXT_COLUMNS})
{given(*["text"] * 7, "integer", *["timestamptz"] * 3)}
ON CONFLICT (source, context) DO UPDATE SET
    name = coalesce(nullif(excluded.name, ''), former.name), since = least(former.since, excluded.since),
    ended = CASE WHEN excluded.noted >= former.noted THEN excluded.ended ELSE former.ended END,
    why = CASE WHEN excluded.noted >= former.noted THEN excluded.why ELSE former.why END,
    noted = greatest(former.noted, excluded.noted)
"""


class Recorders(Database):
    """A part of the engine."""

    def account(self, source: str, account: Account) -> None:
        with self.transaction():
            self.write(WRITE_INTERVALS, longest(interval_row(source, each) for each in account.intervals))
            self.write(WRITE_SERIES, last(3, (series_row(source, each) for each in account.series)))
            if account.gone:
                self.change(DELETE_TAILS, [escaped(source), [*map(escaped, account.gone)]])
            self.write(WRITE_TAILS, last(3, (tail_row(source, each) for each in account.tails)))

    def write(self, sql: str, rows: Sequence[Row]) -> None:
        if rows:
            self.change(sql, [list(column) for column in zip(*rows, strict=True)])

    def known(self, source: str) -> Known:
        sql = "SELECT service, registration_id, timestamp, scope FROM bgservices.tails WHERE source = %s"
        tails = [tail_of(row, unescaped) for row in self.rows(sql, [escaped(source)])]
        return Known(series=self.read_series("WHERE source = %s", [escaped(source)]).get(source, []), tails=tails)

    def coverage(self, sources: Collection[str] = ()) -> list[Coverage]:
        some, values = of_sources(sources), given_sources(sources)
        # First: with an account that is made just now, what is certain then goes further than the series, and not less.
        series = self.read_series(f"WHERE {some}", values)
        rows = self.rows(
            'SELECT source, context_kind, service, begin, "end", state, detail FROM bgservices.coverage '
            f'WHERE {some} AND "end" > %s ORDER BY source, context_kind, service, begin',
            [*values, from_microseconds(self.oldest_kept())],
        )
        contexts = self.kept_contexts(sources)
        return coverages(by_source(rows, interval_of, unescaped), series, self.hosts(sources), contexts, sources)

    def covered_sources(self) -> list[str]:
        rows = self.rows("SELECT DISTINCT source FROM bgservices.lanes ORDER BY source")
        return [unescaped(source) for (source,) in rows]

    def hosts(self, sources: Collection[str]) -> dict[str, str]:
        """The machine of each source's last recorder."""
        sql = (
            "SELECT DISTINCT ON (source) source, host FROM bgservices.recorders "
            f"WHERE {of_sources(sources)} ORDER BY source, seen DESC"
        )
        return {unescaped(source): unescaped(host) for source, host in self.rows(sql, given_sources(sources))}

    def read_series(self, where: str = "", values: Iterable[object] = ()) -> dict[str, list[Series]]:
        """Of each source."""
        rows = self.rows(
            f"SELECT source, context_kind, service, seen_until, armed_until, is_over FROM bgservices.lanes {where} "
            "ORDER BY source, context_kind, service",
            [*values],
        )
        return by_source(rows, series_of, unescaped)

    def keep_run(self, source: str, numbers: Mapping[str, int], moment: datetime | None = None) -> None:
        values = [escaped(source), moment or self.clock(), encode_json(dict(numbers)).decode()]
        # This machine's clock may have been set back since the last time.
        self.change(WRITE_RUN + ("WHERE excluded.moment >= runs.moment" if moment else ""), values)

    def runs(self) -> list[LastRun]:
        sql = "SELECT source, moment, numbers FROM bgservices.runs WHERE moment >= %s ORDER BY moment DESC, source"
        return [
            LastRun(source=unescaped(source), moment=from_microseconds(moment), numbers=decode_numbers(numbers))
            for source, moment, numbers in self.rows(sql, [from_microseconds(self.oldest_kept())])
        ]

    def keep_recorders(self, presences: Sequence[Presence]) -> None:
        latest = {(each.source, each.run): each for each in sorted(presences, key=lambda each: each.seen)}
        self.write(WRITE_RECORDERS, [presence_row(latest[key]) for key in sorted(latest)])

    def recorders(self, since: datetime, sources: Collection[str] = ()) -> list[Presence]:
        sql = (
            "SELECT source, run, host, browser, version, since, seen, is_over FROM bgservices.recorders "
            f"WHERE seen >= %s AND {of_sources(sources)} ORDER BY since, source, run"
        )
        return [presence_of(row, unescaped) for row in self.rows(sql, [since, *given_sources(sources)])]

    def keep_contexts(self, contexts: Sequence[BrowserContext]) -> None:
        self.write(WRITE_CONTEXTS, [context_row(each) for _, each in sorted(merged(contexts).items())])

    def kept_contexts(self, sources: Collection[str] = (), limit: int = -1) -> list[BrowserContext]:
        latest = f"WHERE {of_sources(sources)} ORDER BY since DESC, context DESC LIMIT %s"
        sql = f"SELECT {CONTEXT_COLUMNS} FROM bgservices.contexts {latest}"
        rows = self.rows(
            f"SELECT * FROM ({sql}) AS latest ORDER BY source, since, context",
            [*given_sources(sources), None if limit < 0 else limit],
        )
        return [context_of(row, unescaped) for row in rows]


def of_sources(sources: Collection[str]) -> str:
    """A condition; ``given_sources`` are its values."""
    return "source = ANY(%s)" if sources else "TRUE"


def given_sources(sources: Collection[str]) -> list[list[str]]:
    return [[*map(escaped, sources)]] if sources else []


def last(keys: int, rows: Iterable[Row]) -> list[Row]:
    """Of those with one key, in its order: a statement writes a row once, and two must not wait for each other."""
    return [row for _, row in sorted({row[:keys]: row for row in rows}.items())]


def longest(rows: Iterable[Row]) -> list[Row]:
    """The same of intervals, whose end only grows."""
    found: dict[Row, Row] = {}
    for row in rows:
        former = found.get(row[:5], row)
        found[row[:5]] = (*row[:5], max(row[5], former[5]), row[6])
    return [found[key] for key in sorted(found)]


def interval_row(source: str, interval: Interval) -> Row:
    texts = escaped(source), escaped(interval.context_kind), escaped(interval.service)
    return *texts, interval.begin, interval.state.value, interval.end, escaped(interval.detail)


def series_row(source: str, series: Series) -> Row:
    texts = escaped(source), escaped(series.context_kind), escaped(series.service)
    return *texts, series.seen_until, series.armed_until, series.is_over


def tail_row(source: str, tail: Tail) -> Row:
    return escaped(source), escaped(tail.service), escaped(tail.registration_id), tail.timestamp, escaped(tail.scope)


def presence_row(presence: Presence) -> Row:
    texts = presence.source, presence.run, presence.host, presence.browser, presence.version
    return *map(escaped, texts), presence.since, presence.seen, presence.is_over


def context_row(each: BrowserContext) -> Row:
    texts = each.source, each.context, each.kind, each.name, each.why, each.host, each.profile
    return *map(escaped, texts), each.number, each.since, each.noted, each.ended
