"""The days of a shared store: made by many at once, and dropped without holding up those who read or write."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from cdp_bgservices.events import Event
from cdp_bgservices.store import Engine, open_engine, prepare_store
from tests.making import NOW, event
from tests.store.postgresql.conftest import by, fresh_database

AT_ONCE = 80
"""The server takes 100."""
ANY = "SELECT bgservices.prepare_days('{}')"


@pytest.fixture
def store(roles: None) -> Iterator[str]:
    """With events of today, and of two days that are past once a day alone is kept."""
    with fresh_database() as url:
        prepare_store(url, ["bg_recorder"], [])
        with open_engine(url) as engine:
            engine.set_retention(timedelta(days=10))
            engine.add([recent(engine, 1), recent(engine, 2, days=2), recent(engine, 3, days=3)])
        yield url


def recent(engine: Engine, number: int, days: int = 0) -> Event:
    """By the server's clock, whatever this machine's is."""
    return event(number, age=NOW - engine.clock() + timedelta(days=days))


def days(connection: psycopg.Connection[Any]) -> list[str]:
    sql = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'bgservices.events'::regclass ORDER BY 1"
    return [name for (name,) in connection.execute(sql)]


def test_many_make_days_at_once(store: str) -> None:
    """Also with connections that have seen the day that is missing."""
    made: list[int] = []
    failed: list[psycopg.Error] = []
    barrier = threading.Barrier(AT_ONCE)

    def prepare() -> None:
        try:
            with psycopg.connect(by("bg_recorder", store), autocommit=True) as connection:
                for _ in range(2):
                    barrier.wait()
                    made.append(connection.execute(ANY).fetchall()[0][0])
                    if barrier.wait() == 0:
                        drop_last_day()
        except psycopg.Error as error:
            failed.append(error)
            barrier.abort()

    def drop_last_day() -> None:
        with psycopg.connect(store) as owner:
            owner.execute(f"DROP TABLE {days(owner)[-1]}".encode())

    drop_last_day()
    threads = [threading.Thread(target=prepare) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert sorted(made) == [0] * (2 * AT_ONCE - 2) + [1, 1]


@contextmanager
def being_read(url: str) -> Iterator[None]:
    """As by an export: a transaction that has read every day, and has not ended."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT count(*) FROM bgservices.events")
        yield


@contextmanager
def adding(url: str) -> Iterator[Callable[[], int]]:
    """A recorder adds events all the time; how many it has added."""
    number = 10
    ended = threading.Event()

    def add() -> None:
        nonlocal number
        with open_engine(by("bg_recorder", url)) as engine:
            while not ended.is_set():
                engine.add([recent(engine, number)])
                number += 1

    thread = threading.Thread(target=add)
    thread.start()
    try:
        yield lambda: number
    finally:
        ended.set()
        thread.join()


def test_who_reads_holds_up_neither_the_making_nor_the_dropping_of_days_nor_who_writes(store: str) -> None:
    """Each of these would wait for the reader's end, which comes after them: then this test would never end."""
    with open_engine(store) as engine, psycopg.connect(store, autocommit=True) as owner, adding(store) as added:
        engine.set_retention(timedelta(days=1))
        expected = days(owner)
        owner.execute(f"DROP TABLE {expected[-1]}".encode())
        with being_read(store):
            for _ in range(5):
                before = added()
                assert engine.prune().events == 0
                owner.execute(ANY)
                while added() < before + 3:
                    time.sleep(0.005)
            assert days(owner) == expected
        pruned = 0
        while pruned < 2:  # The recorder may hold it up for longer than it waits.
            pruned += engine.prune().events
        assert pruned == 2
        assert days(owner) == expected[2:]


def test_the_events_of_a_large_day_are_not_counted(store: str) -> None:
    """How many there are about is known. Here, a large day is one of more than a byte."""
    with open_engine(store) as engine, psycopg.connect(store, autocommit=True) as owner:
        rows = owner.execute("SELECT pg_get_functiondef('bgservices.prune'::regproc)").fetchall()
        (prune,) = [text.replace("1e9", "1") for (text,) in rows if "1e9" in text]
        owner.execute(prune.encode())
        owner.execute("ANALYZE bgservices.events")
        owner.execute("DELETE FROM bgservices.events")
        engine.set_retention(timedelta(days=1))
        assert engine.prune().events == 2
