"""Three days from an event's own timestamp, by a clock that the test moves."""

from datetime import timedelta

import pytest

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.query import Query
from cdp_bgservices.store import Added, Engine, Pruned
from tests.making import MovedClock, event, events, ids
from tests.store.engines import Home

MICROSECOND = timedelta(microseconds=1)


def test_an_event_is_gone_three_days_after_its_timestamp(home: Home) -> None:
    clock = MovedClock()
    young, old = event(age=timedelta(0)), event(age=timedelta(days=1))
    with home.open(clock) as database:
        database.add([young, old])
        clock.move(timedelta(days=2) - MICROSECOND)
        assert ids(database.events()) == ids([old, young])
        clock.move(MICROSECOND)
        assert ids(database.events()) == ids(database.events(Query(limit=5))) == [young.id]
        assert ids(database.events(Query(since=old.timestamp))) == [young.id]
        assert database.find(old.id) == []
        assert database.statistics().events == {"backgroundSync": 1}
        assert database.statistics().oldest == young.timestamp
        assert [event.id for _, event in database.committed(Query(), 0).events] == [young.id]
        clock.move(home.delay)
        assert database.prune().events == 1
        assert database.prune() == Pruned(events=0, bytes=0)
        clock.move(timedelta(days=1))
        assert list(database.events()) == []
        assert database.prune().events == 1


def test_a_replay_that_is_too_old_is_not_stored(home: Home) -> None:
    clock = MovedClock()
    at_the_limit, within = event(age=timedelta(days=3)), event(age=timedelta(days=3) - MICROSECOND)
    with home.open(clock) as database:
        assert database.add([at_the_limit, within]) == Added(stored=1, known=0, too_old=1)
        clock.move(timedelta(days=1))
        database.prune()
        assert database.add([within]) == Added(stored=0, known=0, too_old=1)


def test_the_retention_is_the_stores_for_every_process(home: Home) -> None:
    clock = MovedClock()
    given = event(age=timedelta(hours=3))
    with home.open(clock) as first:
        first.add([given])
        with home.open(clock) as second:
            second.set_retention(timedelta(hours=2))
            assert second.retention == timedelta(hours=2)
            assert list(first.events()) == []
            assert first.add([event(1, age=timedelta(hours=3))]).too_old == 1
            assert first.retention == timedelta(hours=2)
    with home.open(clock) as later:
        assert later.retention == timedelta(hours=2)


@pytest.mark.parametrize("retention", [timedelta(0), timedelta(days=-1), timedelta.max])
def test_a_retention_that_keeps_nothing_or_for_ever_is_refused(database: Engine, retention: timedelta) -> None:
    with pytest.raises(InvalidInputError):
        database.set_retention(retention)


async def test_the_asynchronous_store_prunes_too(home: Home) -> None:
    clock = MovedClock()
    with home.open(clock) as database:
        database.set_retention(timedelta(days=1))
    async with home.open_store(clock) as store:
        assert store.retention == timedelta(days=1)
        await store.add(events(5000))
        clock.move(timedelta(days=1))
        assert [item async for item in store.events()] == []
        clock.move(home.delay)
        pruned = await store.prune()
        assert pruned.events == 5000
        assert pruned.bytes > 1_000_000
