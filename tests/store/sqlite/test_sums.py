"""The summary of a store against a new count of its events."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp_bgservices.events import Event, to_microseconds
from cdp_bgservices.failures import Kind, judge
from cdp_bgservices.query import Query
from cdp_bgservices.store import open_engine
from cdp_bgservices.store.sqlite import deletion, summing
from cdp_bgservices.store.sqlite.engine import SqliteEngine
from cdp_bgservices.store.sqlite.kinds import FIELDS
from cdp_bgservices.store.sqlite.summing import MINUTE, PART
from cdp_bgservices.thrown import THREW, as_detail
from tests.making import NOW, MovedClock, event
from tests.store.making import SERVICES, detail, thrown
from tests.store.sqlite.opening import open_sqlite

AGES = (0, 60, 61, 600, 3600, 200_000, 259_100)
SCOPES = (None, "", "https://a.example/app/", "https://a.example/\0")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from(SERVICES), st.integers(1, 30)),
        st.tuples(st.just("add again")),
        st.tuples(st.just("learn"), st.integers(0, 50)),
        st.tuples(st.just("throw"), st.integers(0, 50), st.integers(0, 3)),
        st.tuples(st.just("sum up")),
        st.tuples(st.just("wait"), st.sampled_from([1, 10, 600, 3600, 86_400])),
        st.tuples(st.just("clear"), st.sampled_from([*SERVICES, ""])),
        st.tuples(st.just("clear while some come"), st.sampled_from(SERVICES)),
        st.tuples(st.just("redact"), st.booleans()),
        st.tuples(st.just("prune")),
        st.tuples(st.just("keep"), st.sampled_from([1, 2, 3])),
    ),
    max_size=12,
)
QUERIES = st.builds(
    Query,
    services=st.sampled_from([(), (), SERVICES[:1], SERVICES[1:]]),
    origins=st.sampled_from([(), (), ("https://a.example",)]),
    scopes=st.sampled_from([(), (), ("",), SCOPES[2:]]),
    since=st.sampled_from([None, None, *(NOW - timedelta(seconds=age) for age in (30, 600, 3000, 200_003))]),
    before=st.sampled_from([None, None, *(NOW - timedelta(seconds=age) for age in (0, 30, 610, 100_000))]),
    failed=st.sampled_from([False, False, True]),
)


def made(chance: random.Random, now: Any, service: str, number: int) -> Event:
    return event(
        number,
        age=NOW - now + timedelta(seconds=chance.choice(AGES)),
        service=service,
        event_name=chance.choice(["Registered sync", "sync event failed"]),
        origin=chance.choice(["https://a.example/", "https://b.example/"]),
        scope=chance.choice(SCOPES),
        metadata=chance.choice([{}, {"Status": "failed"}]),
    )


def passes(query: Query, each: Event) -> bool:
    """As the words of Query say it."""
    return (
        (not query.services or each.service in query.services)
        and (not query.origins or each.origin.rstrip("/") in query.origins)
        and (not query.scopes or each.scope in query.scopes)
        and (query.since is None or each.timestamp >= query.since)
        and (query.before is None or each.timestamp < query.before)
        and (not query.failed or is_failure(each))
    )


def is_failure(each: Event) -> bool:
    return judge(each).kind is Kind.FAILED


def check(database: SqliteEngine, queries: Sequence[Query], cursor: int) -> None:
    """``cursor``: an earlier one. What was deleted since is in no answer."""
    everything, last = list(database.events()), database.cursor()
    former = list(database.events(until=cursor))
    found = database.statistics()
    assert found.events == Counter(each.service for each in everything)
    moments = [each.timestamp for each in everything]
    assert (found.oldest, found.newest) == (min(moments, default=None), max(moments, default=None))
    for query in queries:
        for events, until in ((everything, last), (former, cursor)):
            chosen = [each for each in events if passes(query, each)]
            wanted = {field: Counter(getattr(each, field) for each in chosen) for field in FIELDS}
            assert database.values(query, FIELDS, 0, until) == {
                field: Counter({value: number for value, number in counts.items() if value})
                for field, counts in wanted.items()
            }
            assert database.listing(query, "time", until).total == len(chosen)
        chosen = [each for each in everything if passes(query, each)]
        assert database.count(query, 5) == min(6, len(chosen))
        for width in (MINUTE, PART, 7):
            begin = to_microseconds(NOW) // PART * PART - 6 * PART
            counts, failed = database.histogram(query, begin, width, 7)
            wanted_counts: dict[str, list[int]] = {}
            wanted_failed: dict[str, list[int]] = {}
            for each in chosen:
                bucket = (to_microseconds(each.timestamp) - begin) // width
                if 0 <= bucket < 7:
                    wanted_counts.setdefault(each.service, [0] * 7)[bucket] += 1
                    if is_failure(each):
                        wanted_failed.setdefault(each.service, [0] * 7)[bucket] += 1
            assert (counts, failed) == (wanted_counts, wanted_failed)


@settings(deadline=None, max_examples=60)
@given(STEPS, st.lists(QUERIES, min_size=1, max_size=3))
def test_it_counts_what_is_there(steps: list[tuple[object, ...]], queries: list[Query]) -> None:
    clock, cursors, number = MovedClock(), [0], 0
    chance = random.Random(len(steps))
    events: list[Event] = []
    with (
        patch.object(deletion, "DELETE_STEP", 2),
        patch.multiple(summing, STEP=6, SIZES=(6, 12), DENSE=2),
        TemporaryDirectory() as folder,
        open_sqlite(Path(folder) / "events.db", clock) as database,
    ):
        for step in steps:
            match step:
                case "add", str(service), int(many):
                    fresh = [made(chance, clock(), service, number + place) for place in range(many)]
                    number += many
                    events += fresh
                    database.add(fresh)
                case ("add again",):
                    database.add(events[-20:])
                case "learn", int(place) if events:
                    owner = events[place % len(events)]
                    database.add([], [detail(owner, THREW, [as_detail(thrown(9))])])
                case "throw", int(place), int(error) if events:
                    database.add([], [thrown(error, events[place % len(events)])])
                case ("sum up",):
                    sum(database.sum_up_steps())
                case "wait", int(seconds):
                    clock.move(timedelta(seconds=seconds))
                case "clear", str(service):
                    database.clear([service] if service else [])
                case "clear while some come", str(service):
                    for _ in database.clear_steps([service]):
                        number += 1
                        database.add([made(chance, clock(), service, number)])
                case "redact", bool(on):
                    database.set_redaction(on)
                case ("prune",):
                    database.prune()
                case "keep", int(days):
                    database.set_retention(timedelta(days=days))
            cursors.append(database.cursor())
            check(database, queries, chance.choice(cursors))


def test_only_what_was_deleted_before_its_time_is_a_clear(tmp_path: Path) -> None:
    clock = MovedClock()
    with open_sqlite(tmp_path / "events.db", clock) as database:
        database.add([event(number, age=timedelta(days=3) - timedelta(minutes=number)) for number in range(1, 100)])
        clears = database.statistics().clears
        for _ in range(100):
            clock.move(timedelta(minutes=1))
            database.prune()
            counted = database.statistics()
        assert (counted.events, counted.clears) == ({}, clears)


def sizes(database: SqliteEngine) -> list[int]:
    return [
        database.rows(f"SELECT count(*) FROM {table}")[0][0] for table in ("sums", "sums_by_time", "sums_by_minute")
    ]


def test_what_is_deleted_leaves_nothing_in_the_sums(tmp_path: Path) -> None:
    clock = MovedClock()
    with patch.multiple(summing, STEP=6, SIZES=(6,), DENSE=1), open_sqlite(tmp_path / "events.db", clock) as database:
        database.add([event(number, age=timedelta(minutes=number)) for number in range(60)])
        sum(database.sum_up_steps())
        assert min(sizes(database)) > 0
        clock.move(timedelta(days=4))
        database.prune()
        assert sizes(database) == [0, 0, 0]


@pytest.mark.parametrize(("different", "summed"), [(False, 60), (True, 0)])
def test_kinds_that_occur_once_or_twice_are_not_summed_up(tmp_path: Path, *, different: bool, summed: int) -> None:
    """The sums would be as large as the events."""
    with (
        patch.multiple(summing, STEP=20, SIZES=(20, 40)),
        open_sqlite(tmp_path / "events.db", MovedClock()) as database,
    ):
        names = [f"https://{number if different else 'a'}.example/" for number in range(60)]
        database.add([event(number, origin=name) for number, name in enumerate(names)])
        assert sum(database.sum_up_steps()) == summed
        assert database.statistics().events == {"backgroundSync": 60}


def test_what_was_added_is_summed_up_at_the_end(tmp_path: Path) -> None:
    with patch.multiple(summing, STEP=20, SIZES=(20,)):
        with open_engine(tmp_path / "events.db", clock=MovedClock()) as engine:
            engine.add([event(number) for number in range(50)])
        with open_sqlite(tmp_path / "events.db") as database:
            assert database.setting(summing.SUMMED) >= 31
