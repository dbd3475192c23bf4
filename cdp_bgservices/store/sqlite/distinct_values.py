"""The few different texts that most columns have, kept while a store is looked at."""

from threading import Lock
from typing import Self

import msgspec

from cdp_bgservices.store.sqlite.rows import Execute

NARROW = ("service", "event_name", "origin", "storage_key", "scope", "source")
MOST = 5_000
"""Combinations of them. Where there are more, it is not quicker to look through these than through all events."""
STEP = 50_000
"""Events that are looked at while others wait for it."""

Texts = dict[str, frozenset[str]]


class DistinctValues(msgspec.Struct, frozen=True):
    """All texts of the narrow columns, of every event up to a commit; also of some that are gone."""

    until: int = 0
    """The seq of that commit."""
    texts: Texts = {}
    """By column."""

    def extend(self, execute: Execute, until: int) -> Self | None:
        """With those of what was committed since; None where there are too many."""
        columns = ", ".join(NARROW)
        rows = execute(
            f"SELECT DISTINCT {columns} FROM events NOT INDEXED WHERE seq > ? AND seq <= ? LIMIT {MOST + 1}",
            [self.until, until],
        )
        new = [frozenset(texts) - {None} for texts in zip(*rows, strict=True)] or [frozenset()] * len(NARROW)
        texts = {column: self.texts.get(column, frozenset()) | more for column, more in zip(NARROW, new, strict=True)}
        if len(rows) > MOST or sum(map(len, texts.values())) > MOST:
            return None
        return type(self)(max(self.until, until), texts)

    def containing(self, needle: str, *, ascii_only: bool) -> Texts:
        """Those that have it. The needle is in lower case, or folded."""
        found = needle.encode()
        return {
            column: frozenset(
                text for text in texts if (found in text.encode().lower() if ascii_only else needle in text.casefold())
            )
            for column, texts in self.texts.items()
        }


class Vocabulary:
    """Read once, and then what is new; shared by the connections to one store."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.known: DistinctValues | None = DistinctValues()

    def until(self, execute: Execute, cursor: int) -> DistinctValues | None:
        """All that there are up to a commit; None where they are too many to be kept."""
        while True:
            with self.lock:
                known = self.known
                if known is None or known.until >= cursor:
                    return known
                self.known = known.extend(execute, min(cursor, known.until + STEP))
