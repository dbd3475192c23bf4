"""What the page draws: answers that are ready for JSON, over a store. Times are microseconds since the Unix epoch."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

import msgspec

from cdp_bgservices.contexts import endings
from cdp_bgservices.events import Event, from_microseconds, to_microseconds
from cdp_bgservices.export.page_values import lane_values
from cdp_bgservices.query import FILTERS, Query
from cdp_bgservices.store import Engine
from cdp_bgservices.stories import make_lanes
from cdp_bgservices.web.gaps import Gaps, gaps_between
from cdp_bgservices.web.histograms import Histogram, histogram_of

MOST_EVENTS = 40_000
"""That a timeline draws one by one; of more, how many there were when."""
MOST_LANES = 10_000
"""Of more, a screen shows nothing that helps, however few events they have."""
AROUND = 4_000
"""Events before and after what is asked for that are looked at, for what began or ends there."""
BUCKETS = 240
"""Of a timeline that has too many events."""
MOST_INSTANCES = 2_000
"""Whose other events are looked for where a few are found among very many."""

Values = dict[str, Any]


def overview(engine: Engine, query: Query, begin: int, end: int, buckets: int) -> Values:
    """``overview_of`` what the engine counts at once."""
    return overview_of(histogram_of(engine, query, begin, end, buckets), gaps_between(engine, query, begin, end))


def overview_of(counted: Histogram, gaps: Gaps) -> Values:
    """``begin``, ``end``, ``width`` of a bucket, ``counts`` (by service), ``failed`` (all services), ``gaps`` and
    ``left_out`` of ``Gaps``; and ``share``: how much is counted, of 1.
    """
    failed = [sum(column) for column in zip(*counted.failed.values(), strict=True)] or [0] * counted.buckets
    return {**counted.values(), "failed": failed, **gaps._asdict()}


def timeline(engine: Engine, query: Query, begin: int, end: int) -> Values:
    """The lanes that have anything between two moments, or how many events there were when: ``lanes_between``, or
    ``strips_of`` what the engine counts at once.
    """
    gaps, lanes = gaps_and_lanes(engine, query, begin, end)
    return lanes or strips_of(histogram_of(engine, query, begin, end, BUCKETS), gaps)


def gaps_and_lanes(engine: Engine, query: Query, begin: int, end: int) -> tuple[Gaps, Values | None]:
    gaps = gaps_between(engine, query, begin, end)
    return gaps, lanes_between(engine, query, begin, end, gaps)


def strips_of(counted: Histogram, gaps: Gaps) -> Values:
    """In place of lanes that are too many: ``begin``, ``end``, ``complete`` (False), ``events`` (how many), ``width``
    of a bucket, ``counts`` and ``failed`` by service, ``gaps``, ``left_out``; and ``share``.
    """
    events = sum(map(sum, counted.counts.values()))
    return {**counted.values(), "failed": counted.failed, **gaps._asdict(), "complete": False, "events": events}


def lanes_between(engine: Engine, query: Query, begin: int, end: int, gaps: Gaps) -> Values | None:
    """``begin``, ``end``, ``complete`` (True), ``events`` (how many), ``gaps``, ``left_out``, and ``texts`` and
    ``lanes`` of ``lane_values``; None where there are too many events.

    It has all lanes of which an event passes the query, each with all its events; those of times that lie outside come
    along as far as they are near.
    """
    inside = narrowed(query, begin, end)
    whole = lanes_only(query)
    is_whole = whole == msgspec.structs.replace(query, since=None, before=None)
    # Where each event has to be looked at, once is enough.
    found = [] if is_whole else engine.up_to(inside, MOST_EVENTS)
    number = engine.count(inside, MOST_EVENTS) if is_whole else MOST_EVENTS + 1 if found is None else len(found)
    if found is None or number > MOST_EVENTS:
        return None
    assert inside.since is not None
    assert inside.before is not None
    since, before = to_microseconds(inside.since), to_microseconds(inside.before)
    chosen = None if is_whole else {event.id for event in found}
    if is_whole or engine.count(narrowed(whole, since, before), MOST_EVENTS) <= MOST_EVENTS:
        nearby = around(engine, whole, since, before)
    else:
        nearby = with_instances(engine, whole, found, since, before)
    lanes = [
        lane
        for lane in make_lanes(nearby, engine.clock(), endings(engine.contexts(query.sources)))
        if lane.begin < before
        and (lane.end is None or lane.end >= since)
        and (chosen is None or any(mark.event.id in chosen for mark in lane.marks))
    ]
    if len(lanes) > MOST_LANES:
        return None
    about = {"begin": begin, "end": end, "complete": True, "events": number}
    return {**about, **gaps._asdict(), **lane_values(lanes)}


def narrowed(query: Query, begin: int, end: int) -> Query:
    """To what is between two moments."""
    since, before = from_microseconds(begin), from_microseconds(end)
    return msgspec.structs.replace(
        query,
        since=since if query.since is None else max(since, query.since),
        before=before if query.before is None else min(before, query.before),
    )


def lanes_only(query: Query) -> Query:
    """Without what tells the events of one lane from each other."""
    nothing = Query()
    return msgspec.structs.replace(
        query, **{each.field: getattr(nothing, each.field) for each in FILTERS if each.splits}
    )


def around(engine: Engine, query: Query, begin: int, end: int) -> Iterable[Event]:
    """Between two moments, and the nearest before and after."""
    yield from engine.events(msgspec.structs.replace(query, before=from_microseconds(begin), limit=AROUND))
    yield from engine.events(narrowed(query, begin, end))
    yield from islice(engine.events(msgspec.structs.replace(query, since=from_microseconds(end))), AROUND)


def with_instances(engine: Engine, query: Query, found: list[Event], begin: int, end: int) -> Iterable[Event]:
    """What was found, and the other events of the same instances between two moments."""
    instances = tuple({event.instance_id for event in found if event.instance_id})
    if not instances or len(instances) > MOST_INSTANCES:
        return found
    wanted = msgspec.structs.replace(narrowed(query, begin, end), instance_ids=instances, limit=MOST_EVENTS)
    events = {event.id: event for event in [*found, *engine.events(wanted)]}
    return sorted(events.values(), key=lambda event: event.timestamp)
