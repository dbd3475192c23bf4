"""The recorder goes away, in the middle of thousands of events: killed, out of disk, or out of power."""

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
import trio

from tests.cli.running import open_command
from tests.soak.bursts import assert_store_is_the_log, open_burst, seeded
from tests.soak.filling import assert_full, record_within
from tests.soak.killing import MOMENTS, READY, Killer, files, ids_of_sound, record_once
from tests.waiting import look_again

pytestmark = pytest.mark.browser

DEADLINE = 100
EVENTS = 2_000
RATE = 500
"""Events a second."""
LATE = 200
"""Events that are in the store's log only."""


@contextmanager
def reading(store: Path) -> Iterator[Callable[[], int]]:
    """Read an old state of the store until the body ends. The function counts its events now."""
    query = "SELECT count(*) FROM events"
    uri = f"{store.as_uri()}?mode=ro"  # One that may write would write the log back when it is closed.
    with closing(sqlite3.connect(uri, uri=True)) as old, closing(sqlite3.connect(uri, uri=True)) as new:
        old.execute("BEGIN")
        old.execute(query).fetchone()
        yield lambda: int(new.execute(query).fetchone()[0])


async def test_killed_over_and_over_it_has_every_event_once(tmp_path: Path) -> None:
    seed, chance = seeded()
    print(f"SEED={seed}")
    store = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_burst(tmp_path) as burst:
            killer = Killer(store, burst.endpoint, chance)
            await burst.dispatch(EVENTS)
            async with burst.going_on(RATE):
                for moment in MOMENTS * 3:
                    await killer.kill(moment)
            await record_once(store, burst.endpoint)
            events = await assert_store_is_the_log(store, burst)
    print(f"{len(events)} events, {dict(killer.kills)}")
    assert len(events) > EVENTS
    assert killer.kills["with events stored"]


async def test_killed_while_it_makes_its_store(tmp_path: Path) -> None:
    """Whatever there is of the file by then, the next one makes a store of it."""
    seed, chance = seeded()
    print(f"SEED={seed}")
    with trio.fail_after(DEADLINE):
        async with open_burst(tmp_path) as burst:
            await burst.dispatch(100)
            for number in range(3):
                store = tmp_path / f"{number}.db"
                await Killer(store, burst.endpoint, chance).kill("making")
                await record_once(store, burst.endpoint)
                await assert_store_is_the_log(store, burst)


async def test_power_that_fails_takes_only_the_end_of_the_log(tmp_path: Path) -> None:
    """What the disk had not written yet is gone; the browser still has it."""
    seed, chance = seeded()
    print(f"SEED={seed}")
    store = tmp_path / "events.db"
    log = files(store)[1]

    def cut(copy: Path, size: int | None = None) -> None:
        with files(copy)[1].open("r+b") as file:
            file.truncate(chance.randrange(log.stat().st_size) if size is None else size)

    with trio.fail_after(DEADLINE):
        async with open_burst(tmp_path) as burst:
            await burst.dispatch(EVENTS)
            async with open_command(store, "record", "--attach", burst.endpoint) as command:
                await command.wait_said(READY)
                with reading(store) as count:  # What comes now is not written back from the log to the file.
                    await burst.dispatch(LATE)
                    while count() < EVENTS + LATE:
                        await look_again()
                    command.process.kill()
                    await command.wait()
            whole = ids_of_sound(store)
            left = [ids_of_sound(store, partial(cut, size=0)), *(ids_of_sound(store, cut) for _ in range(20))]
            assert len(whole) == EVENTS + LATE
            assert all(ids <= whole for ids in left)
            assert left[0] < whole
            cut(store)
            await record_once(store, burst.endpoint)
            await assert_store_is_the_log(store, burst)


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit on a file's size")
async def test_a_disk_that_is_full_ends_it_and_once_there_is_room_every_event_is_there(tmp_path: Path) -> None:
    store = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_burst(tmp_path) as burst:
            await burst.dispatch(EVENTS)
            found: frozenset[str] = frozenset()
            for size in (20_000, 200_000, 700_000):  # full while the store is made, and in the replay
                assert_full(await record_within(store, burst.endpoint, size, "1h"))
                before, found = found, ids_of_sound(store)
                assert before <= found
            assert len(found) < EVENTS
            await record_once(store, burst.endpoint)
            await assert_store_is_the_log(store, burst)
            async with burst.going_on(RATE):  # full while it records
                # For a first transaction that changes every page of the store, and less than a checkpoint waits for.
                room = max(file.stat().st_size for file in files(store) if file.exists()) + 1_500_000
                assert_full(await record_within(store, burst.endpoint, room, "1h"))
            found = ids_of_sound(store)
            assert EVENTS < len(found) < burst.dispatched
            await record_once(store, burst.endpoint)
            await assert_store_is_the_log(store, burst)
