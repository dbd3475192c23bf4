"""The few different texts that most columns have, kept while a store is looked at."""

from collections.abc import Callable, Sequence
from threading import Lock

from cdp_bgservices.store.postgresql.connecting import Row
from cdp_bgservices.store.postgresql.rows import unescaped
from cdp_bgservices.store.postgresql.text_search import NARROW

MOST = 5_000
"""Texts of a column. Where there are more, it is not quicker to look through these than through all events."""
LIMIT = 50_000
"""Combinations that are read of several columns."""
TOGETHER = (NARROW[:-1], NARROW[-1:])
"""Columns that are read in one go: each source may have most of the others' texts."""

Texts = dict[str, frozenset[str]]
"""By column."""
Rows = Callable[[str, Sequence[object]], list[Row]]


class Vocabulary:
    """Shared by the connections to one store. It is read once, and then what is new."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.server = ""
        self.until = 0
        """The cursor up to which that server's texts are known; 0 before any are."""
        self.texts: Texts | None = None
        """None where they are too many."""

    def read(self, rows: Rows, server: str, cursor: int, pause: Callable[[], None] = lambda: None) -> None:
        """All that there are up to a cursor: less than a second in a million events."""
        if not self.is_known(server):
            texts: Texts | None = {}
            for columns in TOGETHER:
                pause()
                texts = joined(texts, distinct(rows, columns, 0, cursor))
            with self.lock:
                self.server, self.texts, self.until = server, texts, cursor

    def is_known(self, server: str) -> bool:
        with self.lock:
            return self.until > 0 and self.server == server

    def known(self, rows: Rows, server: str, end: int, cursor: int) -> Texts | None:
        """All that there are up to an end, and some that are gone; None where they are not known, or too many.

        ``cursor``: what is behind it is looked up, and not kept, since more of it may still be committed.
        """
        if not self.is_known(server):
            return None
        with self.lock:
            texts = self.texts
            if texts is not None and self.until < end:
                texts = joined(texts, distinct(rows, NARROW, self.until, end))
                if end <= cursor:
                    self.texts, self.until = texts, end
            return texts


def joined(texts: Texts | None, more: Texts | None) -> Texts | None:
    """None where they are too many."""
    if texts is None or more is None:
        return None
    both = {column: texts.get(column, frozenset()) | more.get(column, frozenset()) for column in {**texts, **more}}
    return both if max(map(len, both.values())) <= MOST else None


def distinct(rows: Rows, columns: Sequence[str], after: int, until: int) -> Texts | None:
    """As an array: how columns come together the server does not know, and would sort all events by them."""
    where = f"seq > %s AND seq <= %s LIMIT {LIMIT}"
    found = rows(f"SELECT DISTINCT ARRAY[{', '.join(columns)}] FROM bgservices.events WHERE {where}", [after, until])
    if len(found) == LIMIT:
        return None
    return {
        column: frozenset(unescaped(texts[place]) for (texts,) in found if texts[place] is not None)
        for place, column in enumerate(columns)
    }
