"""Recorders of several machines, whose clocks differ, see each other in the shared store."""

from datetime import timedelta
from pathlib import Path

import pytest
import trio

from cdp_bgservices.heartbeat import Heartbeat
from cdp_bgservices.store import open_engine
from tests.making import NOW, MovedClock
from tests.shipping.far import Far, open_shipping

MINUTE = timedelta(minutes=1)


async def test_the_second_machine_warns_whatever_its_clock(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    far = Far(tmp_path)
    clocks = far.clock, MovedClock(NOW + 10 * MINUTE), MovedClock(NOW - 10 * MINUTE)
    first_clock, second_clock = clocks[1:]
    async with (
        open_shipping(far, tmp_path / "one.db", clock=first_clock) as one,
        open_shipping(far, tmp_path / "two.db", clock=second_clock) as two,
    ):

        def move(by: timedelta) -> None:
            for clock in clocks:
                assert isinstance(clock, MovedClock)
                clock.move(by)

        first = Heartbeat(one, "one")
        await first.beat(["shop"])
        move(MINUTE)
        second = Heartbeat(two, "two")
        await second.beat(["shop"])
        assert not caplog.messages
        move(MINUTE)
        await first.beat(["shop"])
        with open_engine(far.path, clock=far.clock) as there:
            shipped = [NOW + 2 * MINUTE, NOW + MINUTE]
            while [each.seen for each in there.recorders(NOW)] != shipped:  # noqa: ASYNC110 the far end notifies no one
                await trio.sleep(0.01)
            assert [each.since for each in there.recorders(NOW)] == [NOW, NOW + MINUTE]
        await second.beat(["shop"])
        (message,) = caplog.messages
        assert "two browsers are recorded as shop at the same time, on " in message
