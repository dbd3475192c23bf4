"""The few different texts that most columns have, kept while a store is looked at."""

from collections.abc import Callable, Sequence
from threading import Lock

from cdp_bgservices.store.postgresql.connecting import Row
from cdp_bgservices.store.postgresql.rows import unescaped
from cdp_bgservices.store.postgresql.text_search import NARROW

MOST = 5_000
"""Texts of a column. Where there are more, it is not quicker to look through these than through all events."""

Texts = dict[str, frozenset[str]]
"""By column."""
Rows = Callable[[str, Sequence[object]], list[Row]]


class Vocabulary:
    """Shared by the connections to one store. It is read once, while nothing else is asked, and then what is new."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.until = 0
        """The cursor up to which all texts are known; 0 before anything is."""
        self.texts: Texts = {}

    def read(self, rows: Rows, cursor: int, pause: Callable[[], None]) -> None:
        """All that there are up to a cursor, a column at a time."""
        if not self.until:
            texts = {}
            for column in NARROW:
                pause()
                texts[column] = distinct(rows, column, 0, cursor)
            with self.lock:
                self.texts, self.until = texts, cursor

    def known(self, rows: Rows, cursor: int) -> Texts | None:
        """All that there are up to a cursor, and some that are gone; None where they are not known, or too many."""
        with self.lock:
            if not self.until:
                return None
            if self.until < cursor:
                new = {column: distinct(rows, column, self.until, cursor) for column in NARROW}
                self.texts = {column: self.texts[column] | new[column] for column in NARROW}
                self.until = cursor
            return self.texts if max(map(len, self.texts.values())) <= MOST else None


def distinct(rows: Rows, column: str, after: int, until: int) -> frozenset[str]:
    where = f"seq > %s AND seq <= %s AND {column} IS NOT NULL"
    sql = f"SELECT DISTINCT {column} FROM bgservices.events WHERE {where} LIMIT {MOST + 1}"
    return frozenset(unescaped(text) for (text,) in rows(sql, [after, until]))
