"""Counts of events and of their values; and all that a query takes, as long as these are not too many."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.store.criteria import check_text
from cdp_bgservices.store.sqlite.analysis import Analysis
from cdp_bgservices.store.sqlite.errors import translate_errors
from cdp_bgservices.store.sqlite.rows import COLUMNS, Row, decode_seqs, encode_json, event_of
from cdp_bgservices.store.sqlite.summing import KIND
from cdp_bgservices.store.sqlite.sums import is_summed, number_of
from cdp_bgservices.store.values import PAGE, FieldCounts


class Counting(Analysis):
    """A part of the engine."""

    def count(self, query: Query, most: int) -> int:
        check_text(query)
        if is_summed(query):
            return min(most + 1, number_of(self.sum_of(query, [], self.cursor())))
        sql, values = self.where(query, self.cursor())
        inner = f"SELECT 1 FROM {self.table_for(query)} WHERE {sql} LIMIT ?"
        rows = self.rows(f"SELECT count(*) FROM ({inner})", [*values, most + 1])
        return int(rows[0][0])

    def up_to(self, query: Query, most: int) -> list[Event] | None:
        if is_summed(query) and self.count(query, most) > most:
            return None
        sql, values = self.where(query, self.cursor())
        inner = f"SELECT seq FROM {self.table_for(query)} WHERE {sql} ORDER BY timestamp, seq LIMIT ?"
        found = self.rows(f"SELECT json_group_array(seq) FROM ({inner})", [*values, most + 1])
        seqs = decode_seqs(found[0][0]).tolist()
        return None if len(seqs) > most else self.read_all(seqs)

    def read_all(self, seqs: list[int]) -> list[Event]:
        """Those of them that are still there."""
        sql = f"SELECT {COLUMNS} FROM (SELECT value AS wanted FROM json_each(?)) CROSS JOIN events ON seq = wanted"
        pages = (seqs[start : start + PAGE] for start in range(0, len(seqs), PAGE))
        return [event_of(row) for page in pages for row in self.rows(sql, [encode_json(page).decode()])]

    def values(self, query: Query, fields: Sequence[str], after: int, until: int) -> FieldCounts:
        check_text(query)
        if after or not is_summed(query) or not set(fields) <= set(KIND):
            rows = self.count_combinations(query, fields, after, until)
        else:
            rows = self.sum_of(query, fields, until)
        counts: FieldCounts = {field: Counter() for field in fields}
        for *values, number in rows:
            for field, value in zip(fields, values, strict=True):
                if value:
                    counts[field][value] += number
        return {field: +counter for field, counter in counts.items()}

    def count_combinations(self, query: Query, columns: Sequence[str], after: int, until: int) -> list[Row]:
        """In one go through the events. SQLite sorts them for a GROUP BY; into a table it takes a third of that."""
        sql, values = self.where(query, until, after)
        if after:
            sql, values = f"seq > ? AND {sql}", [after, *values]
        keys = ", ".join(columns)
        chosen = ", ".join(f"coalesce({column}, '')" for column in columns)
        with self.scratch():
            execute = self.connection.execute
            execute(f"CREATE TEMP TABLE counts ({keys}, number INTEGER, PRIMARY KEY ({keys})) WITHOUT ROWID")
            execute(
                f"INSERT INTO counts SELECT {chosen}, 1 FROM events NOT INDEXED WHERE {sql} "
                "ON CONFLICT DO UPDATE SET number = number + 1",
                values,
            )
            return execute(f"SELECT {keys}, number FROM counts").fetchall()

    @contextmanager
    def scratch(self) -> Iterator[None]:
        """A transaction that leaves nothing behind; with a table of its own, in memory."""
        execute = self.connection.execute
        with translate_errors(self.path):
            read_only = execute("PRAGMA query_only").fetchone()[0]
            execute("PRAGMA query_only = OFF")
            try:
                execute("BEGIN")
                yield
            finally:
                if self.connection.in_transaction:
                    execute("ROLLBACK")
                execute(f"PRAGMA query_only = {read_only}")
