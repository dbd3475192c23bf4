"""Lanes with open phases."""

from collections.abc import Iterator

import msgspec

from cdp_bgservices.failures import Kind
from cdp_bgservices.identity import Context, Identity
from cdp_bgservices.stories.values import Head, Span
from cdp_bgservices.vocabulary.event_names import HANDLER, SHOWN

HANDLER_LIMIT = 600_000_000
"""Microseconds after which no handler runs any more: Chromium stops a sync's after 5 minutes, a push's after 90 s."""
MOST_PHASES = 64
"""Of one lane at a time. Of more, such as notifications without a tag that are never closed, the oldest is let go."""
NOT_RECORDED = ", its end was not recorded"


class Phase(msgspec.Struct, eq=False):
    """One that is open."""

    slot: str
    """Of a Transition; requests and notifications have one each."""
    begin: int
    name: str
    row: int
    id: str
    alias: Identity | None
    """By which others find the lane: the identity of a notification in the lane of a push, or the context and
    registration of a push whose handler runs."""

    @property
    def is_handler(self) -> bool:
        return self.slot == HANDLER

    @property
    def is_shown(self) -> bool:
        return self.slot.startswith(SHOWN)

    def over(self, end: int | None, kind: Kind = Kind.GOING_ON) -> Span:
        return Span(self.begin, end, self.name, kind, self.row, self.id)

    def lost(self) -> Span:
        """As a handler whose end was not recorded."""
        return Span(self.begin, self.begin, self.name + NOT_RECORDED, Kind.GOING_ON, self.row, self.id)


class OpenLane:
    """An instance, and its open phases."""

    def __init__(self, head: Head, identity: Identity) -> None:
        self.head = head
        self.identity = identity
        self.context: Context = (head.source, head.context)
        """Where it continues now."""
        self.phases: list[Phase] = []
        self.attempts = 0
        self.last = 0
        """When its last event happened."""

    def identities(self) -> list[Identity]:
        """By which its events find it."""
        return [self.identity, *(phase.alias for phase in self.phases if phase.alias is not None and phase.is_shown)]

    def free_row(self) -> int:
        taken = {phase.row for phase in self.phases}
        return next(row for row in range(len(taken) + 1) if row not in taken)

    def left(self, now: int | None) -> Iterator[Span]:
        """The open phases at the end of the stream."""
        for phase in self.phases:
            is_lost = phase.is_handler and now is not None and now - phase.begin > HANDLER_LIMIT
            yield phase.lost() if is_lost else phase.over(None)
