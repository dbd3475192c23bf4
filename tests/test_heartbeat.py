"""A recorder's heartbeat, and the warning of another browser under the same name."""

from datetime import timedelta
from pathlib import Path

import pytest

from cdp_bgservices.heartbeat import Heartbeat
from cdp_bgservices.store import open_store
from tests.making import NOW, MovedClock


async def test_the_second_warns_once_and_not_of_one_that_was_killed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = MovedClock()
    async with open_store(tmp_path / "events.db", clock=clock) as store:
        killed = Heartbeat(store, "before")
        await killed.beat(["shop"])
        clock.move(timedelta(seconds=5))
        first = Heartbeat(store, "one")
        await first.beat(["shop"])
        clock.move(timedelta(seconds=5))
        second, same = Heartbeat(store, "two"), Heartbeat(store, "one")
        for each in (second, same):
            await each.beat(["shop", "shop/Profile 1"])
        assert not caplog.messages, "it is not known yet whether the first is at work"
        for _ in range(3):
            clock.move(timedelta(minutes=1))
            for each in (first, second):
                await each.beat(["shop"])
        (message,) = caplog.messages
        assert message.startswith("two browsers are recorded as shop at the same time, on ")
        assert "since 2026-11-21 12:00:05 UTC and on " in message
        assert message.endswith("since 2026-11-21 12:00:10 UTC: their events mix; give each its own name with --source")
        await first.beat(["shop"], is_over=True)
        assert [each.run for each in await store.recorders(NOW) if each.is_over] == [first.run]


async def test_another_browser_of_the_name_is_waited_for_until_it_has_been_silent_for_long(tmp_path: Path) -> None:
    clock = MovedClock()
    async with open_store(tmp_path / "events.db", clock=clock) as store:
        other, same, ended = (Heartbeat(store, browser) for browser in ("other", "ours", "before"))
        for each in (other, same, ended):
            await each.beat(["shop"])
        await ended.beat(["shop"], is_over=True)
        ours = Heartbeat(store, "ours")
        clock.move(timedelta(minutes=1))
        assert not await ours.beat(["shop"])
        assert await ours.beat(["another"])
        clock.move(timedelta(minutes=2))
        assert await ours.beat(["shop"])
