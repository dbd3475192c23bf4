"""Counts of events and of their values; and all that a query takes, as long as these are not too many."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.store.criteria import Selection, check_text, every
from cdp_bgservices.store.sqlite.analysis import Analysis
from cdp_bgservices.store.sqlite.conditions import TABLE
from cdp_bgservices.store.sqlite.rows import COLUMNS, decode_seqs, encode_json, event_of
from cdp_bgservices.store.sqlite.sums import is_summed
from cdp_bgservices.store.values import PAGE, FieldCounts


class Counting(Analysis):
    """A part of the engine."""

    def count(self, query: Query, most: int) -> int:
        check_text(query)
        if is_summed(query):
            return min(most + 1, self.number_of(query, self.cursor()))
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
        if after or not is_summed(query):
            found = self.count_combinations(query, fields, after, until)
        else:
            found = self.sum_of(query, fields, until)
        counts: FieldCounts = {field: Counter() for field in fields}
        for values, number in found.items():
            for field, value in zip(fields, values, strict=True):
                if value:
                    counts[field][value] += number
        return counts

    def count_combinations(
        self, query: Query, columns: Sequence[str], after: int, until: int
    ) -> Counter[tuple[Any, ...]]:
        """As ``sum_of``; every event is looked at. SQLite would sort them for a GROUP BY."""
        table, where = self.table_for(query), self.where(query, until, after)
        if after:
            table, where = TABLE, every([Selection("seq > ?", [after]), where])
        counts: Counter[tuple[Any, ...]] = Counter()
        with self.snapshot():
            text = self.rows(f"SELECT json_group_array(kind) FROM {table} WHERE {where.sql}", where.values)[0][0]
            numbers = Counter(decode_seqs(text))
            chosen = encode_json(list(numbers)).decode()
            sql = f"SELECT id, {', '.join(columns)} FROM kinds WHERE id IN (SELECT value FROM json_each(?))"
            for kind, *values in self.rows(sql, [chosen]):
                counts[tuple(values)] += numbers[kind]
        return counts
