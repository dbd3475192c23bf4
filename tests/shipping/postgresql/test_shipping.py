"""From a spool into a real PostgreSQL, which is killed, set back, and full of refusals."""

import os
import secrets
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trio

from cdp_bgservices.errors import StoreError
from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.shipping.report import find_report
from cdp_bgservices.shipping.spooled import SpooledStore, open_spooled
from cdp_bgservices.store import open_engine
from tests.making import event, ids
from tests.shipping.far import until_level
from tests.shipping.postgresql.conftest import CrashingServer
from tests.store.making import completed as completed_then
from tests.store.making import thrown

DEADLINE = 60
BEGIN = datetime.now(UTC) - timedelta(hours=1)


def recent(number: int = 0, **fields: Any) -> Event:
    return event(number, timestamp=int(BEGIN.timestamp()) * 1_000_000 + number, **fields)


def recents(first: int, last: int) -> list[Event]:
    return [recent(number) for number in range(first, last)]


def completed(number: int) -> Event:
    return completed_then(number, timestamp=int(BEGIN.timestamp()) * 1_000_000 + number)


@asynccontextmanager
async def open_shipping(
    server: CrashingServer, spool: Path, say: Callable[[str], None] = print, **options: Any
) -> AsyncIterator[SpooledStore]:
    with trio.fail_after(DEADLINE):
        async with open_spooled(server.store, spool, say=say, **options) as store:
            yield store


async def test_events_errors_and_the_ledger_are_as_in_the_spool(server: CrashingServer, spool: Path) -> None:
    first, second = completed(9_000), completed(9_001)
    odd = recent(9_002, instance_id="a\0b\1", metadata={"k": "\0"}, scope=None)
    async with open_shipping(server, spool) as store:
        assert (store.name, store.is_shared) == (f"{server.folder}/template", True)
        await store.add([*recents(0, 5_000), first, odd], [thrown(1, first, timestamp=BEGIN)])
        await until_level(store)
        await store.add([second], [thrown(2, first, timestamp=BEGIN), thrown(1, second, timestamp=BEGIN)])
    with open_engine(server.store) as there, open_engine(spool) as here:
        assert list(map(bare, there.events())) == list(map(bare, here.events()))
        assert there.thrown() == here.thrown()
        assert ids(there.events(Query(failed=True))) == [first.id, second.id]
        assert there.runs() == here.runs()
        assert there.coverage() == here.coverage()


def bare(event: Event) -> tuple[object, ...]:
    """Without what each of both stores says for itself."""
    values = [getattr(event, name) for name in Event.__struct_fields__ if name not in ("received_at", "details")]
    return (*values, repr(event.details))


async def test_a_server_that_is_killed_has_each_event_once(server: CrashingServer, spool: Path) -> None:
    said: list[str] = []
    async with open_shipping(server, spool, said.append) as store:
        for number in range(2):
            begin = number * 1_000
            await store.add(recents(begin, begin + 500))
            await trio.to_thread.run_sync(server.crash)
            await store.add(recents(begin + 500, begin + 1_000))
            await trio.to_thread.run_sync(server.start)
            await until_level(store)
    assert Counter(server.ids()) == Counter(ids(recents(0, 2_000)))
    assert any("The recording goes on, and its events wait in" in line for line in said)


async def test_a_server_that_forgets_what_it_has_acknowledged_gets_it_again(
    server: CrashingServer, spool: Path
) -> None:
    async with open_shipping(server, spool) as store:
        await store.add(recents(0, 500))
        await until_level(store)
        copy = await trio.to_thread.run_sync(server.copy)
        await store.add(recents(0, 3_000))
        await until_level(store)
        assert len(server.ids()) == 3_000
        await trio.to_thread.run_sync(server.set_back, copy)
        assert len(server.ids()) == 500
        await store.add(recents(3_000, 3_001))
        while len(server.ids()) < 3_001:  # noqa: ASYNC110 the far end notifies no one
            await trio.sleep(0.05)
    assert Counter(server.ids()) == Counter(ids(recents(0, 3_001)))


async def test_an_event_that_postgresql_refuses_is_set_aside(server: CrashingServer, spool: Path) -> None:
    poison = recent(7, service=secrets.token_hex(10_000))
    said: list[str] = []
    async with open_shipping(server, spool, said.append) as store:
        await store.add([*recents(0, 7), poison, *recents(8, 100)])
        await until_level(store)
        assert len(server.ids()) == 99
    report = find_report(spool)
    assert report is not None
    assert (report.refused, report.waiting) == (1, 0)
    assert len(said) == 1
    assert said[0].startswith(f"warning: {server.folder}/template cannot hold 1 event, such as ")
    assert said[0].endswith(f": it stays in {spool} only")


async def test_a_database_that_is_not_there_is_a_warning(server: CrashingServer, spool: Path) -> None:
    said: list[str] = []
    with pytest.raises(StoreError, match="1 event is in"):
        async with open_spooled(server.url("nothing"), spool, say=said.append, patience=0) as store:
            await store.add([recent(1)])
    assert said[1:] == [f"waiting for {server.folder}/nothing, to send 1 event; Ctrl-C ends this"]
    assert "The recording goes on" in said[0]


async def test_a_server_that_is_silent_holds_up_neither_the_recording_nor_its_end(
    server: CrashingServer, spool: Path
) -> None:
    with psycopg.connect(server.store, autocommit=True) as connection:
        with pytest.raises(StoreError, match="100 events are in"):  # noqa: PT012 the end of the recording raises it
            async with open_shipping(server, spool, patience=0.3) as store:
                await store.add(recents(0, 10))
                await until_level(store)
                rows = connection.execute(
                    "SELECT pid FROM pg_stat_activity WHERE datname = 'template' AND pid <> pg_backend_pid()"
                ).fetchall()
                for (pid,) in rows:
                    os.kill(pid, signal.SIGSTOP)
                began = trio.current_time()
                await store.add(recents(10, 110))
                assert len([event async for event in store.events()]) == 110
        assert trio.current_time() - began < 10
        for (pid,) in rows:
            os.kill(pid, signal.SIGKILL)  # What it was asked for waits for its pipe; the server starts again.
    server.stop()
    server.start()
    async with open_shipping(server, spool):
        pass
    assert Counter(server.ids()) == Counter(ids(recents(0, 110)))
