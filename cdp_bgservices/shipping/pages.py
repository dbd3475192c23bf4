"""What is read from a spool, to be sent as it is."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.learned import Learned
from cdp_bgservices.query import Query
from cdp_bgservices.store.protocol import Engine
from cdp_bgservices.store.values import EVERYTHING, Numbered
from cdp_bgservices.thrown import Thrown, threw, without_thrown

PAGE = 2_000
"""Events that are sent in one transaction."""
LEEWAY = timedelta(days=1)
"""A clock may have been set back between an event and what was thrown in it."""


class Page(NamedTuple):
    events: list[Numbered]
    learned: list[Learned]
    cursor: int
    """Behind both."""
    more: bool
    """Whether there was more behind it when it was read."""

    @property
    def is_empty(self) -> bool:
        return not (self.events or self.learned)


def read_page(spool: Engine, after: int) -> Page:
    """What was committed next."""
    events, cursor, more = spool.committed(EVERYTHING, after, PAGE)
    learned: list[Learned] = [*spool.thrown(after=after, until=cursor), *spool.details(after, cursor)]
    return Page(without_errors(spool, events), learned, cursor, more)


def without_errors(spool: Engine, events: Sequence[Numbered]) -> list[Numbered]:
    """What workers threw is sent for itself, and joined to its event over there."""
    with_errors = [event for _, event in events if threw(event)]
    if not with_errors:
        return [*events]
    query = Query(
        sources=tuple({event.source for event in with_errors}),
        since=min(event.timestamp for event in with_errors) - LEEWAY,
    )
    thrown: dict[str | None, list[Thrown]] = defaultdict(list)
    for each in spool.thrown(query):
        thrown[each.event_id].append(each)
    return [(seq, bare(event, thrown[event.id])) for seq, event in events]


def bare(event: Event, thrown: Sequence[Thrown]) -> Event:
    details = event.details
    for each in thrown:
        details = without_thrown(details, each)
    return msgspec.structs.replace(event, details=details) if details != event.details else event
