"""Following commits across a failover.

A server that takes over may lack the last transactions of the one before it, and gives their numbers to others: a
cursor of the former server tells nothing there. Who follows then steps back some minutes; what was already delivered is
skipped, by its id.
"""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from typing import NamedTuple

from cdp_bgservices.store.values import Numbered

BACK = 600_000_000
"""Microseconds: what a server that takes over lacks is not older."""
MOST = 100_000
"""Events, and cursors, that are remembered."""


class Given(NamedTuple):
    """A cursor that was given to a follower."""

    server: str
    cursor: int


class Following:
    """What followers were given: shared by the connections to one store."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.began: int | None = None
        """When the first one began, in microseconds since the epoch."""
        self.cursors: OrderedDict[int, tuple[str, Given | None]] = OrderedDict()
        """The server of each, and where a follower is in the midst of stepping back, its cursor before that."""
        self.delivered: OrderedDict[tuple[str, str], int] = OrderedDict()
        """By server and id, the seqs of events."""

    def give(self, given: Given, former: Given | None, now: int) -> None:
        with self.lock:
            self.began = now if self.began is None else self.began
            self.cursors[given.cursor] = given.server, former
            self.cursors.move_to_end(given.cursor)
            while len(self.cursors) > MOST:
                self.cursors.popitem(last=False)

    def former(self, after: int, last: Given) -> Given | None:
        """Of a follower that a former server has brought up to there, or that comes from another process and is further
        than this server; None for others.
        """
        with self.lock:
            server, former = self.cursors.get(after, (last.server if after <= last.cursor else "", None))
        return former if server == last.server else Given(server, after)

    def note(self, server: str, events: Iterable[Numbered]) -> None:
        """These were delivered, or had been before."""
        with self.lock:
            for seq, event in events:
                self.delivered[server, event.id] = seq
            while len(self.delivered) > MOST:
                self.delivered.popitem(last=False)

    def is_new(self, id_: str, former: Given) -> bool:
        """Whether the former server had not delivered it up to a cursor."""
        return self.delivered.get((former.server, id_), former.cursor + 1) > former.cursor
