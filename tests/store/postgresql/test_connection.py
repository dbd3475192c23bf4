"""A connection that ends, or is to end a question; and commits whose order is not that of their numbers."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
import trio

from cdp_bgservices.errors import StoreError
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.postgresql.engine import PostgresEngine
from tests.making import MovedClock, event, ids
from tests.store.engines import PostgresHome

END = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
"""All other connections to the database."""


def test_a_connection_that_has_ended_is_made_again_for_what_is_read(home: PostgresHome, database: Engine) -> None:
    database.add([event()])
    home.shared.owner.execute(END)
    assert ids(database.events()) == [event().id]
    assert database.reconnects == 1


def test_what_may_have_been_written_is_not_written_again_by_itself(home: PostgresHome, database: Engine) -> None:
    assert isinstance(database, PostgresEngine)
    home.shared.owner.execute(END)
    with pytest.raises(StoreError) as caught:
        database.keep_run("one", {"received": 1})
    assert "connection" in str(caught.value) or "shut down" in str(caught.value)
    assert database.reconnects == 0
    database.keep_run("one", {"received": 2})
    assert database.reconnects == 1
    assert [run.numbers for run in database.runs()] == [{"received": 2}]


def test_a_transaction_that_was_cut_left_nothing(home: PostgresHome, database: Engine) -> None:
    assert isinstance(database, PostgresEngine)

    def change() -> None:
        with database.transaction():
            database.change("INSERT INTO bgservices.runs VALUES ('one', %s, '{}')", [database.clock()])
            home.shared.owner.execute(END)
            database.rows("SELECT 1")

    with pytest.raises(StoreError):
        change()
    assert database.runs() == []


def test_an_interruption_ends_what_is_asked_and_nothing_later(database: Engine) -> None:
    assert isinstance(database, PostgresEngine)
    database.interrupt()  # Nothing is asked.
    for _ in range(3):
        with interrupting(database), pytest.raises(StoreError, match="interrupted"):
            database.rows("SELECT pg_sleep(60)")
        assert database.rows("SELECT 1") == [(1,)]
    assert database.reconnects == 0


@contextmanager
def interrupting(database: Engine) -> Iterator[None]:
    """Again and again, in another thread."""
    done = threading.Event()

    def interrupt() -> None:
        while not done.wait(0.01):
            database.interrupt()

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


async def test_a_question_that_is_cancelled_ends(home: PostgresHome) -> None:
    async with home.open_store() as store:
        with trio.move_on_after(0.2) as scope:
            await store.ask(lambda engine: engine.rows("SELECT pg_sleep(60)"))  # type: ignore[attr-defined]
        assert scope.cancelled_caught
        assert [item async for item in store.events()] == []


def test_a_commit_that_comes_late_is_not_missed(home: PostgresHome, database: Engine, clock: MovedClock) -> None:
    """The transaction that began first commits last: what a follower has seen until then is not behind it."""
    with home.open(clock) as late:
        assert isinstance(late, PostgresEngine)
        late.prepare_days([event(1)])
        start = database.cursor()
        with late.transaction():
            late.insert([event(1)], "0")
            database.add([event(2)])
            seen, cursor, _ = database.committed(Query(), start)
            assert [found.id for _, found in seen] == [], "it waits for what began before"
        seen, cursor, _ = database.committed(Query(), cursor)
        assert [found.id for _, found in seen] == [event(1).id, event(2).id]
        assert database.committed(Query(), cursor).events == []


def test_a_distributed_database_is_given_time(home: PostgresHome, database: Engine) -> None:
    home.shared.owner.execute("UPDATE bgservices.settings SET value = '300000' WHERE name = 'follow_lag'")
    before = time.monotonic()
    start = database.cursor()
    assert time.monotonic() - before >= 0.3
    database.add([event(1)])
    assert database.cursor() == start, "it may still be on its way to another server"
    while database.cursor() == start:
        time.sleep(0.01)
    assert time.monotonic() - before >= 0.6
    assert [found.id for _, found in database.committed(Query(), start).events] == [event(1).id]


def test_a_store_out_of_a_dump_goes_on_behind_its_events(home: PostgresHome, database: Engine) -> None:
    """The new server counts its transactions from the beginning."""
    database.add([event(1)])
    before = database.cursor()
    home.shared.owner.execute("UPDATE bgservices.settings SET value = '1000000' WHERE name = 'offset'")
    start = database.cursor()
    assert start > before + 1_000_000
    database.add([event(2)])
    assert [found.id for _, found in database.committed(Query(), start).events] == [event(2).id]
    assert ids(database.events()) == [event(1).id, event(2).id]


def test_a_page_ends_at_its_size(database: Engine) -> None:
    assert isinstance(database, PostgresEngine)
    sql = "SELECT number, 3000000 AS size FROM generate_series(1, %s) AS number"
    assert database.page_of_rows(sql, [2]) == ([(1, 3000000), (2, 3000000)], False)
    assert database.page_of_rows(sql, [3]) == ([(1, 3000000), (2, 3000000), (3, 3000000)], False)
    rows, more = database.page_of_rows(sql, [10])
    assert ([number for number, _ in rows], more) == ([1, 2, 3], True)
    assert database.page_of_rows("SELECT 1 AS number, 90000000 AS size") == ([(1, 90000000)], False)
    assert database.page_of_rows(sql, [0]) == ([], False)


def test_all_connections_are_to_one_store(home: PostgresHome, database: Engine) -> None:
    assert database.is_shared
    assert database.name.endswith(f"/{home.shared.name}")
    with closing(database.reader()) as reader:
        assert reader.identity() == database.identity()
        assert reader.clock is database.clock
    with PostgresHome(home.folder).open() as other:
        assert other.identity() != database.identity()
