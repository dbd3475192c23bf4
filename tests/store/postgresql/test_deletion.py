"""Deleting in PostgreSQL: whole days, and block by block what is cleared."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from cdp_bgservices.coverage.values import Series, State
from cdp_bgservices.errors import StoreError
from cdp_bgservices.query import Query
from cdp_bgservices.store import Account, Engine
from cdp_bgservices.store.postgresql import deletion
from cdp_bgservices.store.postgresql.engine import PostgresEngine
from tests.making import NOW, MovedClock, event, events, ids
from tests.store.engines import PostgresHome
from tests.store.making import completed, thrown


def day_names(database: Engine) -> list[str]:
    assert isinstance(database, PostgresEngine)
    return [f"{day:%m-%d}" for day, _, _ in database.days()]


@contextmanager
def being_read(home: PostgresHome) -> Iterator[None]:
    """As by an export: a transaction that has read every day, and has not ended."""
    with home.connection() as connection, connection.transaction():
        connection.execute("SELECT count(*) FROM bgservices.events")
        yield


def test_a_day_is_dropped_once_it_is_past_as_a_whole(home: PostgresHome, database: Engine, clock: MovedClock) -> None:
    database.add([event(), event(age=timedelta(days=2)), event(1, age=timedelta(days=2))])
    assert "11-19" in day_names(database)
    clock.move(timedelta(days=1, hours=11))
    assert database.prune().events == 0
    assert "11-19" in day_names(database)
    clock.move(timedelta(hours=1))
    assert database.prune().events == 2
    assert "11-19" not in day_names(database)
    assert len(list(database.events())) == 1


def test_what_is_in_use_is_dropped_the_next_time(home: PostgresHome, database: Engine, clock: MovedClock) -> None:
    database.add(events(3))
    clock.move(timedelta(days=4))
    with being_read(home):
        before = time.monotonic()
        assert database.prune().events == 0
        assert time.monotonic() - before < 5, "it waits a tenth of a second for a lock"
        assert database.add([event(7, age=-timedelta(days=4))]).stored == 1
    assert database.prune().events == 3


def test_one_prunes_at_a_time(home: PostgresHome, database: Engine, clock: MovedClock) -> None:
    database.add(events(3))
    clock.move(timedelta(days=4))
    with home.connection() as other, other.transaction():
        other.execute("SELECT pg_advisory_xact_lock(hashtext('bgservices.days'))")
        assert database.prune().events == 0
    assert database.prune().events == 3


def test_all_that_recorders_left_goes_with_the_events(home: PostgresHome, database: Engine, clock: MovedClock) -> None:
    owner = completed(1)
    series = Series(context_kind="default", service=owner.service, seen_until=NOW, armed_until=None)
    database.add([owner], [thrown(1, owner), thrown(2)])
    database.account("test", Account(intervals=[series.interval(NOW - timedelta(1), NOW, State.LIVE)], series=[series]))
    database.keep_run("test", {"received": 1})
    clock.move(timedelta(days=4))
    database.prune()
    for table in ("events", "details", "thrown", "coverage", "lanes", "tails", "runs", "recorders"):
        assert home.shared.owner.execute(f"SELECT count(*) FROM bgservices.{table}").fetchone() == (0,), table


def test_a_day_s_errors_stay_as_long_as_its_events(database: Engine, clock: MovedClock) -> None:
    """The recorder's clock was behind: it heard of the error the day before."""
    owner = completed(1)
    database.set_retention(timedelta(days=1))
    database.add([owner], [thrown(1, owner, timestamp=NOW - timedelta(hours=20))])
    clock.move(timedelta(hours=22))
    database.prune()
    (found,) = database.events()
    assert found.details is not None


@pytest.mark.parametrize("services", [(), ("pushMessaging",)])
def test_clearing_goes_through_every_block(
    database: Engine, services: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion, "BLOCKS", 10)
    for age in (1, 2):  # Days; some 30 events are a block.
        database.add(events(500, service="pushMessaging", age=timedelta(days=age)))
    database.add([event()])
    steps = [*database.clear_steps(services)]
    assert sum(steps) == 1000 + (not services)
    assert len([step for step in steps if step]) > 3
    assert ids(database.events()) == [event().id] * bool(services)
    assert database.clear(services) == 0


def test_what_is_added_while_it_is_cleared_stays(home: PostgresHome, database: Engine, clock: MovedClock) -> None:
    first = completed(1)
    database.add([first, *events(20)], [thrown(1, first)])
    clears = database.clears()
    with home.open(clock) as other:
        steps = database.clear_steps()
        assert next(steps) == 21
        other.add([later := completed(50)], [thrown(2, later)])
        assert sum(steps) == 0
    assert ids(database.events()) == [later.id]
    assert [each.event_id for each in database.thrown()] == [later.id]
    assert database.clears() > clears
    assert database.add([first]).stored == 1
    assert [found.details is None for found in database.events(Query(limit=2))] == [True, False]


def test_a_write_that_holds_others_up_does_not_keep_events_from_being_cleared(
    home: PostgresHome, database: Engine
) -> None:
    with home.connection() as other, other.transaction():
        other.execute("SELECT pg_current_xact_id()")
        database.add(events(3))
        assert database.clear() == 3


def test_citus_is_named_where_it_lets_nothing_be_cleared(home: PostgresHome, database: Engine) -> None:
    database.add(events(3))
    with home.connection() as connection:
        connection.execute("SET allow_system_table_mods = on")
        connection.execute(
            "INSERT INTO pg_extension SELECT 99999, 'citus', extowner, extnamespace, FALSE, '13.2', NULL, NULL "
            "FROM pg_extension WHERE extname = 'plpgsql'"
        )
        try:
            with pytest.raises(StoreError, match="is distributed by Citus: nothing is deleted there") as caught:
                database.clear()
            assert "TRUNCATE" in caught.value.remedy
            with pytest.raises(StoreError, match="is distributed by Citus: nothing is deleted there"):
                database.clear_matching(Query(instance_ids=("tag-1",)))
        finally:
            connection.execute("DELETE FROM pg_extension WHERE extname = 'citus'")
    assert database.clear_matching(Query(instance_ids=("tag-1",))) == 1
    assert database.clear() == 2
