"""What is read from a spool, to be sent as it is."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.learned import Detail, Learned
from cdp_bgservices.query import Query
from cdp_bgservices.store.protocol import Engine
from cdp_bgservices.store.values import EVERYTHING, Numbered
from cdp_bgservices.thrown import THREW, Thrown, threw, without_thrown

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
    """What was committed next. What workers threw is sent for itself, and joined to its event over there."""
    events, cursor, more = spool.committed(EVERYTHING, after, PAGE)
    details = spool.details(after, cursor)
    failed = [event for _, event in events if threw(event)]
    failed_before = [each for each in details if each.key == THREW]
    thrown: dict[str | None, list[Thrown]] = defaultdict(list)
    if failed or failed_before:
        moments = [event.timestamp for event in failed] + [each.event_timestamp for each in failed_before]
        sources = () if failed_before else tuple({event.source for event in failed})
        for each in spool.thrown(Query(sources=sources, since=min(moments) - LEEWAY)):
            thrown[each.event_id].append(each)
    learned: list[Learned] = [*spool.thrown(after=after, until=cursor)]
    learned += [bare_detail(each, thrown[each.event_id]) for each in details]
    return Page([(seq, bare(event, thrown[event.id])) for seq, event in events], learned, cursor, more)


def bare(event: Event, thrown: Sequence[Thrown]) -> Event:
    details = event.details
    for each in thrown:
        details = without_thrown(details, each)
    return msgspec.structs.replace(event, details=details) if details != event.details else event


def bare_detail(detail: Detail, thrown: Sequence[Thrown]) -> Detail:
    if detail.key != THREW:
        return detail
    rest: dict[str, Any] | None = {THREW: detail.value}
    for each in thrown:
        rest = without_thrown(rest, each)
    return msgspec.structs.replace(detail, value=(rest or {}).get(THREW, []))
