"""A spool's numbers while it is sent: one answer is of one moment."""

from pathlib import Path
from threading import Event
from typing import Any

import pytest

from cdp_bgservices.capture.metrics import PREFIX, shipping_metrics
from cdp_bgservices.store.pool import MOST
from cdp_bgservices.store.sqlite.engine import SqliteEngine
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.store.values import Committed
from cdp_bgservices.tasks import open_tasks
from tests.making import NOW, events
from tests.shipping.far import DEADLINE, Far, open_shipping
from tests.waiting import look_again

COUNT = 5_000


async def shipped_and_waiting(store: Store) -> tuple[float, float]:
    samples = {sample.name: sample.value for metric in await shipping_metrics(store) for sample in metric.samples}
    return samples[f"{PREFIX}events_shipped_total"], samples[f"{PREFIX}events_to_ship"]


async def test_an_event_that_was_sent_does_not_wait(tmp_path: Path) -> None:
    far = Far(tmp_path)
    seen, stored = [], events(COUNT)
    async with open_shipping(far, tmp_path / "spool.db") as store:
        for each in range(COUNT // 50):
            await store.add(stored[50 * each : 50 * (each + 1)])
            seen.append(await shipped_and_waiting(store))
        while seen[-1][0] < COUNT:
            seen.append(await shipped_and_waiting(store))
    assert [both for number, both in enumerate(seen, 1) if sum(both) > min(50 * number, COUNT)] == []
    assert seen[-1] == (COUNT, 0)


async def test_an_event_that_is_sent_while_they_are_read_is_counted_once(tmp_path: Path) -> None:
    far, may_send, found = Far(tmp_path), Event(), list[tuple[float, float]]()

    def wait() -> None:
        assert may_send.wait(DEADLINE)

    far.on_step = wait

    async def tell(store: Store) -> None:
        found.append(await shipped_and_waiting(store))

    async with open_shipping(far, tmp_path / "spool.db") as store, open_tasks() as tasks:
        await store.add(events(10))
        readers = [object() for _ in range(MOST)]
        for each in readers:  # All are busy: what is asked waits.
            await store.pool.limiter.acquire_on_behalf_of(each)
        tasks.start_soon(tell, store)
        while not store.pool.limiter.statistics().tasks_waiting:
            await look_again()
        may_send.set()
        while store.shipper.sent < 10:
            await look_again()
        for each in readers:
            store.pool.limiter.release_on_behalf_of(each)
        while not found:
            await look_again()
    assert found == [(0, 10)]


async def test_what_is_sent_while_it_is_counted_waits_with_its_moment_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = Far(tmp_path)
    far.is_away = True
    async with open_shipping(far, tmp_path / "spool.db") as store:
        await store.add(events(3))
        committed = SqliteEngine.committed

        def committed_and_sent(engine: SqliteEngine, *asked: Any) -> Committed:
            found = committed(engine, *asked)
            store.shipper.progress.reach(3, NOW)
            return found

        monkeypatch.setattr(SqliteEngine, "committed", committed_and_sent)
        report = await store.report()
        assert (report.waiting, report.since) == (3, NOW)
        report = await store.report()
        assert (report.waiting, report.since) == (0, None)
        store.hurry()
