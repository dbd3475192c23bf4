"""What others commit is seen by a glance at the log, or by the next question to the database."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import trio
import trio.testing

from cdp_bgservices.store import open_engine, open_store
from cdp_bgservices.store.trio_store import Store
from tests.making import MovedClock, event, events

NEVER = 1000.0


async def settled(store: Store) -> int:
    """The commits, once all of them are seen."""
    seen = -1
    while seen != store.commits:
        seen = store.commits
        await store.wait_committed(seen, 0)
    return seen


def checkpoint(path: Path, mode: str) -> None:
    """Fold the whole log into the file."""
    with closing(sqlite3.connect(path)) as connection:
        is_busy, logged, folded = connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
    assert not is_busy
    assert logged == folded


@pytest.mark.parametrize("mode", [None, "PASSIVE", "TRUNCATE"])
async def test_a_glance_sees_what_others_commit(tmp_path: Path, mode: str | None) -> None:
    """Also where the log begins again, in the space that it has, or without any."""
    path = tmp_path / "events.db"
    async with open_store(path, clock=MovedClock()) as store:
        with open_engine(path, clock=MovedClock()) as other:
            other.add(events(100))
            if mode:
                checkpoint(path, mode)
            seen = await settled(store)
            with trio.fail_after(60):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(store.wait_committed, seen, NEVER, NEVER, 0.001)
                    await trio.testing.wait_all_tasks_blocked()
                    other.add([event(1000)])
        assert store.commits == seen + 1


async def test_a_commit_that_a_glance_cannot_see_is_seen_by_the_next_question(tmp_path: Path) -> None:
    """The log begins again: it keeps its size, and the file system's clock may stand for a moment."""
    path = tmp_path / "events.db"
    async with open_store(path, clock=MovedClock()) as store:
        with open_engine(path, clock=MovedClock()) as other:
            other.add(events(100))
            checkpoint(path, "PASSIVE")
            seen = await settled(store)
            log, before = path.with_name(path.name + "-wal"), store.engine.stamp()
            moments = log.stat().st_atime_ns, log.stat().st_mtime_ns
            other.add([event(1000)])
            os.utime(log, ns=moments)
            assert store.engine.stamp() == before
            with trio.fail_after(60):
                await store.wait_committed(seen, NEVER, 0.01, NEVER)
        assert store.commits == seen + 1


async def test_a_checkpoint_does_not_count_as_a_commit(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_store(path, clock=MovedClock()) as store:
        with open_engine(path, clock=MovedClock()) as other:
            other.add(events(100))
        seen = await settled(store)
        checkpoint(path, "PASSIVE")
        await store.wait_committed(seen, 0)
        assert store.commits == seen
        assert store.news.last_stamp == store.engine.stamp()
