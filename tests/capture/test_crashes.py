"""A browser that crashes again and again is not a line of the log each time."""

import pytest
from trio.testing import MockClock

from cdp_bgservices.capture.crashes import SOON, Crashes
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.notices import Notice

DEATH = BrowserError("the browser was killed by signal 11", "")


async def test_the_change_is_said_and_then_nothing_until_one_stays(mock_clock: MockClock) -> None:
    said: list[Notice] = []
    crashes = Crashes(said.append)
    for _ in range(1000):
        crashes.add(DEATH)
        mock_clock.jump(SOON / 2)
    assert crashes.are_many
    assert [(notice.event, notice.level) for notice in said] == [("restarting", "info"), ("restarting", "warning")]
    assert said[0] == "starting the browser again: the browser was killed by signal 11"
    assert "again and again" in said[1]
    assert "was killed by signal 11" in said[1]
    mock_clock.jump(SOON / 2)
    crashes.add(DEATH)
    assert not crashes.are_many
    assert len(said) == 3


@pytest.mark.parametrize("pause", [SOON, SOON * 100])
async def test_a_crash_now_and_then_is_said_each_time(mock_clock: MockClock, pause: float) -> None:
    said: list[Notice] = []
    crashes = Crashes(said.append)
    for _ in range(3):
        crashes.add(DEATH)
        mock_clock.jump(pause)
        assert not crashes.are_many
    assert [notice.level for notice in said] == ["info"] * 3
