"""Which events have a text, remembered for the latest few texts: the page asks several questions about each."""

from array import array
from threading import Lock

import msgspec

from cdp_bgservices.store.sqlite.conditions import TABLE
from cdp_bgservices.store.sqlite.database import Database
from cdp_bgservices.store.sqlite.rows import decode_seqs
from cdp_bgservices.store.sqlite.text_search import text_condition

MOST = 50_000
"""Events. Where more have the text, it is looked for each time."""
KEPT = 4
"""Texts."""


class Matches(msgspec.Struct, frozen=True):
    """Of one text."""

    until: int = 0
    """The last seq that was looked at."""
    seqs: "array[int] | None" = array("q")
    """Of events up to there; some may be gone. None where there are too many."""


class TextMatches:
    """Shared by the connections to one store: where several ask at the same time, one of them looks."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.known: dict[str, Matches] = {}
        """The text that was asked for last comes last."""

    def find(self, database: Database, text: str, cursor: int) -> "array[int] | None":
        """The seqs of those up to a cursor, and perhaps of later ones. None where there are too many."""
        with self.lock:
            known = self.known.pop(text, Matches())
            if known.seqs is not None and known.until < cursor:
                sql, values = text_condition(text)
                inner = f"SELECT seq FROM {TABLE} WHERE seq > ? AND seq <= ? AND {sql} LIMIT ?"
                found = database.rows(
                    f"SELECT json_group_array(seq) FROM ({inner})",
                    [known.until, cursor, *values, MOST + 1 - len(known.seqs)],
                )
                seqs = known.seqs + decode_seqs(found[0][0])
                known = Matches(cursor, seqs if len(seqs) <= MOST else None)
            self.known[text] = known
            if len(self.known) > KEPT:
                del self.known[next(iter(self.known))]
        return known.seqs
