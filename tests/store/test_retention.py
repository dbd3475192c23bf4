"""Three days from an event's own timestamp, by a clock that the test moves."""

from datetime import timedelta
from pathlib import Path

import pytest

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.query import Query
from cdp_bgservices.store import Added, Pruned, open_engine, open_store
from tests.making import MovedClock, event, events, ids

MICROSECOND = timedelta(microseconds=1)


def test_an_event_is_gone_three_days_after_its_timestamp(tmp_path: Path) -> None:
    clock = MovedClock()
    young, old = event(age=timedelta(0)), event(age=timedelta(days=1))
    with open_engine(tmp_path / "events.db", clock=clock) as database:
        database.add([young, old])
        clock.move(timedelta(days=2) - MICROSECOND)
        assert ids(database.events()) == ids([old, young])
        clock.move(MICROSECOND)
        assert ids(database.events()) == ids(database.events(Query(limit=5))) == [young.id]
        assert ids(database.events(Query(since=old.timestamp))) == [young.id]
        assert database.find(old.id) == []
        assert database.statistics().events == {"backgroundSync": 1}
        assert database.statistics().oldest == young.timestamp
        assert ids(database.committed(Query(), 0)[0]) == [young.id]
        assert database.prune().events == 1
        assert database.prune() == Pruned(events=0, bytes=0)
        clock.move(timedelta(days=1))
        assert list(database.events()) == []
        assert database.prune().events == 1


def test_a_replay_that_is_too_old_is_not_stored(tmp_path: Path) -> None:
    clock = MovedClock()
    at_the_limit, within = event(age=timedelta(days=3)), event(age=timedelta(days=3) - MICROSECOND)
    with open_engine(tmp_path / "events.db", clock=clock) as database:
        assert database.add([at_the_limit, within]) == Added(stored=1, known=0, too_old=1)
        clock.move(timedelta(days=1))
        database.prune()
        assert database.add([within]) == Added(stored=0, known=0, too_old=1)


def test_pruning_gives_the_space_back(tmp_path: Path) -> None:
    clock, path = MovedClock(), tmp_path / "events.db"
    with open_engine(path, clock=clock) as database:
        database.add(events(20_000))
        full = database.statistics().size
        clock.move(timedelta(days=4))
        pruned = database.prune()
        empty = database.statistics().size
    assert pruned == Pruned(events=20_000, bytes=full - empty)
    assert empty < 100_000 < 4_000_000 < full


def test_the_retention_is_the_stores_for_every_process(tmp_path: Path) -> None:
    clock, path = MovedClock(), tmp_path / "events.db"
    given = event(age=timedelta(hours=3))
    with open_engine(path, clock=clock) as first:
        first.add([given])
        with open_engine(path, retention=timedelta(hours=2), clock=clock) as second:
            assert second.retention == timedelta(hours=2)
            assert list(first.events()) == []
            assert first.add([event(1, age=timedelta(hours=3))]).too_old == 1
            assert first.retention == timedelta(hours=2)
    with open_engine(path, clock=clock) as later:
        assert later.retention == timedelta(hours=2)


@pytest.mark.parametrize("retention", [timedelta(0), timedelta(days=-1), timedelta.max])
def test_a_retention_that_keeps_nothing_or_for_ever_is_refused(tmp_path: Path, retention: timedelta) -> None:
    with pytest.raises(InvalidInputError), open_engine(tmp_path / "events.db", retention=retention):
        pass


async def test_the_asynchronous_store_prunes_too(tmp_path: Path) -> None:
    clock = MovedClock()
    async with open_store(tmp_path / "events.db", retention=timedelta(days=1), clock=clock) as store:
        assert store.retention == timedelta(days=1)
        await store.add(events(5000))
        clock.move(timedelta(days=1))
        assert [item async for item in store.events()] == []
        pruned = await store.prune()
        assert pruned.events == 5000
        assert pruned.bytes > 1_000_000
