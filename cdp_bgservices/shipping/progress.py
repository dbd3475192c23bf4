"""How far a spool was shipped. It is noted in the spool, so that both are lost or kept together."""

from datetime import datetime, timedelta

import msgspec

from cdp_bgservices.store.protocol import Engine
from cdp_bgservices.store.spool_engine import SpoolEngine

NOTE = "shipping"
TAIL = timedelta(minutes=10)
"""A failover may forget what was acknowledged shortly before it. So the events of this time are sent again."""
TAIL_LIMIT = 100_000
"""The most events of it."""
MARK_EVERY = timedelta(seconds=15)
MOST_REFUSED = 1_000
"""Events that are named; the others are only counted."""

encode = msgspec.json.Encoder().encode


class Mark(msgspec.Struct, frozen=True):
    """Everything up to this place was acknowledged at this moment."""

    moment: datetime
    place: int


class Refused(msgspec.Struct, frozen=True):
    """An event that the shared store can never hold. It stays in the spool, as all of them, until it expires."""

    id: str
    why: str


class Ahead(msgspec.Struct, frozen=True):
    """Events for which the shared store has no day yet: the clock of this machine was ahead."""

    place: int
    """Just before the first of them."""
    due: datetime
    """When they are tried again."""


class Progress(msgspec.Struct, kw_only=True):
    store: str = ""
    """The identity of the shared store; empty until it was first reached."""
    url: str = ""
    """Where it is."""
    place: int = 0
    """The cursor of the spool up to which all is answered."""
    marks: list[Mark] = []
    """Oldest first."""
    reached_at: datetime | None = None
    """When the place was reached."""
    deletions: int = 0
    """Of the shared store, when it was last asked."""
    shipped: int = 0
    """Events that were new over there."""
    too_old: int = 0
    """Events that were past its retention."""
    refused: list[Refused] = []
    refusals: int = 0
    ahead: Ahead | None = None
    skew: float = 0.0
    """Seconds by which its clock is ahead of this machine's."""
    error: str = ""
    """Why nothing is shipped; empty while it is."""
    error_at: datetime | None = None

    def reach(self, place: int, moment: datetime) -> None:
        """All up to a place was answered."""
        if not self.marks:
            self.marks.append(Mark(moment, self.place))
        self.place, self.reached_at = place, moment
        if moment - self.marks[-1].moment >= MARK_EVERY:
            self.marks.append(Mark(moment, place))
        while len(self.marks) > 1 and self.marks[1].moment <= moment - TAIL:
            del self.marks[0]

    def note_deletions(self, deletions: int) -> None:
        """What was deleted over there must not come back. A lower number is that of a store that was set back."""
        if deletions > self.deletions:
            self.marks = []
        self.deletions = deletions

    def go_back(self) -> None:
        """At each new connection: to before everything that may have been forgotten."""
        if self.marks and self.reached_at is not None:
            oldest = self.reached_at - TAIL
            before = [mark.place for mark in self.marks if mark.moment <= oldest]
            self.place = max(before[-1] if before else self.marks[0].place, self.place - TAIL_LIMIT)

    def refuse(self, refused: list[Refused]) -> int:
        """How many of them were not known."""
        known = {each.id for each in self.refused}
        new = [each for each in refused if each.id not in known]
        self.refusals += len(new)
        self.refused = (self.refused + new)[-MOST_REFUSED:]
        return len(new)


def read_progress(spool: Engine) -> Progress:
    """As it was last noted."""
    note = spool.notes().get(NOTE) if isinstance(spool, SpoolEngine) else None
    return Progress() if note is None else msgspec.json.decode(note, type=Progress)


def note_progress(spool: Engine, progress: Progress) -> None:
    """In a store that can be a spool."""
    assert isinstance(spool, SpoolEngine)
    spool.keep_notes({NOTE: encode(progress).decode()})
