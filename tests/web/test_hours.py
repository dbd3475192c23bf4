"""What is counted hour by hour adds up to what an engine counts at once."""

from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cdp_bgservices.events import from_microseconds, to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.values import HOUR, FieldCounts
from cdp_bgservices.web.hours import Kept
from tests.making import NOW, MovedClock, event
from tests.store.engines import Home
from tests.store.model.data import Data
from tests.store.model.engine import ModelEngine

SERVICES = ("backgroundSync", "pushMessaging")
FIELDS = ("service", "source")
AGES = st.integers(1, 80 * 60)
"""Minutes."""
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.lists(st.tuples(AGES, st.sampled_from(SERVICES)), max_size=6)),
        st.tuples(st.just("wait"), st.sampled_from([20, 3600, 2 * 86_400])),
        st.tuples(st.just("clear"), st.sampled_from([(), SERVICES[:1]])),
        st.tuples(st.just("keep"), st.sampled_from([1, 2, 4])),
        st.tuples(st.just("count"), st.integers(1, 5)),
    ),
    max_size=12,
)
QUERIES = st.builds(
    Query,
    services=st.sampled_from([(), SERVICES[:1]]),
    since=st.sampled_from([None, NOW - timedelta(hours=30, minutes=17)]),
    before=st.sampled_from([None, NOW - timedelta(hours=3, minutes=44)]),
)


def values(engine: Engine, query: Query, cursor: int) -> FieldCounts:
    return engine.values(query, FIELDS, 0, cursor)


def act(engine: Engine, clock: MovedClock, kept: Kept[FieldCounts], number: int, step: Any) -> None:
    match step:
        case "add", list(items):
            engine.add(
                [
                    event(number * 10 + at, age=NOW - clock() + timedelta(minutes=age), service=service, source=f"{at}")
                    for at, (age, service) in enumerate(items)
                ]
            )
        case "wait", int(seconds):
            clock.move(timedelta(seconds=seconds))
        case "clear", services:
            engine.clear(services)
        case "keep", int(days):
            engine.set_retention(timedelta(days=days))
        case "count", int(times):
            for _ in range(times):
                kept.go_on(engine, seconds=0)


def complete(engine: Engine, kept: Kept[FieldCounts]) -> FieldCounts:
    """All of them; the share never shrinks on the way."""
    share, before = 0.0, -1.0
    while share < 1:
        parts, share = kept.go_on(engine, seconds=0)
        assert 0 <= before < share <= 1 or before == -1
        before = share
    return {field: sum((part[field] for part in parts.values()), Counter()) for field in FIELDS}


@example(
    [
        ("add", [(1, SERVICES[0]), (1441, SERVICES[0])]),
        ("count", 2),
        ("keep", 1),
        ("add", [(1, SERVICES[0]), (61, SERVICES[0])]),
    ],
    Query(),
)
@settings(max_examples=200, deadline=None)
@given(steps=STEPS, query=QUERIES)
@example(
    steps=[
        ("add", [(1, SERVICES[0])]),
        *[("wait", 2 * 86_400), ("count", 1), ("wait", 2 * 86_400)],
        ("add", [(1, SERVICES[0]), (61, SERVICES[0])]),
    ],
    query=Query(),
).via("an hour that was counted has expired")
@example(
    steps=[
        *[("count", 1), ("keep", 4), ("add", [(1, SERVICES[0]), (61, SERVICES[0])])],
        *[("count", 1), ("add", [(1, SERVICES[0])])],
    ],
    query=Query(),
).via("events are kept for longer, and an hour is due")
def test_hours_add_up(steps: list[Any], query: Query) -> None:
    clock = MovedClock()
    engine = ModelEngine(Data(), clock)
    kept = Kept(query, values)
    for number, step in enumerate(steps):
        act(engine, clock, kept, number, step)
    assert complete(engine, kept) == values(engine, query, engine.cursor())


def test_the_newest_hour_comes_first_and_empty_ones_are_left_out(home: Home, clock: MovedClock) -> None:
    with home.open(clock) as engine:
        engine.add([event(number, age=timedelta(hours=hours)) for number, hours in enumerate([1, 2, 2, 70])])
        kept, found = Kept(Query(), values), []
        for _ in range(4):
            parts, share = kept.go_on(engine, seconds=0)
            found.append((len(parts), round(share, 2)))
        now = to_microseconds(NOW) // HOUR
        assert found == [(1, 0.01), (2, 0.03), (3, 1), (3, 1)]
        assert list(parts) == [now - 1, now - 2, now - 70]


def test_only_hours_of_new_events_are_counted_again(home: Home, clock: MovedClock) -> None:
    """Also those of an event that comes late. A clear drops all."""
    counted: list[int] = []

    def count(engine: Engine, query: Query, cursor: int) -> FieldCounts:
        assert query.since
        counted.append(round((NOW - query.since) / timedelta(hours=1)))
        return values(engine, query, cursor)

    with home.open(clock) as engine:
        kept = Kept(Query(), count)
        for ages, expected in (([5, 4, 9], [4, 5, 9]), ([5, 1], [1, 5]), ([7], [7]), ([70], [70]), ([], [])):
            engine.add([event(len(counted) * 10 + age, age=timedelta(hours=age)) for age in ages])
            counted.clear()
            parts, share = kept.go_on(engine, seconds=60)
            assert (counted, share) == (expected, 1)
        assert sum(part["source"]["test"] for part in parts.values()) == 7
        engine.clear()
        assert kept.go_on(engine, seconds=60) == ({}, 1)


def test_the_first_hour_is_a_part_of_one(home: Home, clock: MovedClock) -> None:
    with home.open(clock) as engine:
        begin = from_microseconds((to_microseconds(NOW) // HOUR - 72) * HOUR)
        ages = [NOW - begin - timedelta(minutes=minutes) for minutes in (10, 50)]
        engine.add([event(number, age=age) for number, age in enumerate(ages)])
        kept = Kept(Query(), values)
        for minutes, left in ((0, 2), (20, 1), (60, 0)):
            clock.move(begin + timedelta(days=3, minutes=minutes) - clock())
            parts, share = kept.go_on(engine, seconds=60)
            assert (sum(part["source"]["test"] for part in parts.values()), share) == (left, 1)
