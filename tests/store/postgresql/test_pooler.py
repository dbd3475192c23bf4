"""Everything works through pgbouncer, which lends a server's connection for one transaction."""

import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest

from cdp_bgservices.errors import StoreError
from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine, connect_engine, open_engine, prepare_store, utc_now
from cdp_bgservices.store.postgresql.engine import PostgresEngine
from tests.debian import find_program
from tests.making import NOW, event
from tests.pgbouncer import Pooler, open_pooler
from tests.postgresql import databases
from tests.store.postgresql.conftest import ROLES, fresh_database

CLIENTS = 40
"""At once; the pooler has half as many connections of each role."""


@pytest.fixture(scope="module")
def pooler(roles: None) -> Iterator[Pooler]:
    if find_program("pgbouncer") is None and shutil.which("apt-get") is None:
        pytest.skip("this test needs the program pgbouncer")
    with fresh_database() as url:
        name = url.partition("/fresh")[2].partition("?")[0]
        with open_pooler(databases().server, f"fresh{name}", dict.fromkeys(ROLES, "secret")) as pooler:
            yield pooler


@pytest.fixture(scope="module")
def store(pooler: Pooler) -> Pooler:
    prepare_store(by("bg_owner", pooler), ["bg_recorder"], ["bg_reader"])
    return pooler


def by(role: str, pooler: Pooler) -> str:
    return pooler.url(role).replace(f"{role}@", f"{role}:secret@")


def recent(engine: Engine, number: int, **age: int) -> Event:
    return event(number, age=NOW - engine.clock() + timedelta(**age))


def test_many_clients_at_once(store: Pooler) -> None:
    """Some clients' statements are made by the same connection of the server, one after the other."""
    barrier = threading.Barrier(CLIENTS)

    def record(number: int) -> int:
        with open_engine(by("bg_recorder", store)) as recorder, open_engine(by("bg_reader", store)) as reader:
            barrier.wait()
            stored = sum(recorder.add([recent(recorder, number * 10 + each)]).stored for each in range(5))
            recorder.keep_run(f"source-{number}", {"received": stored})
            recorder.known(f"source-{number}")
            deadline = time.monotonic() + 60
            while reader.count(Query(), 1000) < 5:  # Nothing is counted behind a transaction that has not ended yet.
                assert time.monotonic() < deadline
                time.sleep(0.01)
            return stored

    with ThreadPoolExecutor(CLIENTS) as threads:
        assert sum(threads.map(record, range(CLIENTS))) == CLIENTS * 5
    with open_engine(by("bg_reader", store)) as reader:
        assert len(list(reader.events())) == CLIENTS * 5
        assert len(reader.runs()) == CLIENTS


def test_following(store: Pooler) -> None:
    with open_engine(by("bg_recorder", store)) as recorder, open_engine(by("bg_reader", store)) as reader:
        pages = reader.follow_pages(after=reader.cursor())
        for number in (1001, 1002):
            recorder.add([given := recent(recorder, number)])
            assert [found.id for found in next(pages)] == [given.id]


def test_days_and_settings(store: Pooler) -> None:
    with open_engine(by("bg_owner", store)) as owner, open_engine(by("bg_recorder", store)) as recorder:
        owner.set_retention(timedelta(days=20))
        assert recorder.add([recent(recorder, 2001, days=15)]).stored == 1
        owner.set_retention(timedelta(days=10))
        assert recorder.prune().events == 1
        owner.set_redaction(True)
        assert recorder.redaction_key() is not None
        owner.set_redaction(False)
        owner.clear()
        assert owner.count(Query(), 1) == 0


def test_a_question_can_be_interrupted(store: Pooler) -> None:
    """The pooler passes that on; the connection can be used afterwards."""
    engine = connect_engine(by("bg_reader", store), None, utc_now, create=False)
    assert isinstance(engine, PostgresEngine)
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(engine.rows, "SELECT pg_sleep(100)")
        with psycopg.connect(databases().server.url("postgres"), autocommit=True) as other:
            while not other.execute("SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'").fetchall():
                time.sleep(0.01)
        engine.interrupt()
        with pytest.raises(StoreError, match="was interrupted"):
            asked.result()
    assert engine.rows("SELECT 1") == [(1,)]
    engine.close()


def test_what_the_pooler_answers_by_itself(store: Pooler) -> None:
    with pytest.raises(StoreError) as caught, open_engine(by("bg_owner", store).replace("/events", "/nothing")):
        pass
    assert str(caught.value).endswith("is not there: its server has no such database (no such database: nothing)")
