"""The recorder goes first while it stores a replay."""

import trio
from trio.testing import MockClock

from cdp_bgservices.shipping.yielding import LONGEST, REPLAY, WINDOW, Yielding


async def test_events_of_now_are_not_waited_with(autojump_clock: MockClock) -> None:
    begin = trio.current_time()

    async def count() -> int:
        return round((trio.current_time() - begin) * REPLAY / 2)

    yielding = Yielding(count)
    for _ in range(50):
        before = trio.current_time()
        await yielding.wait()
        assert trio.current_time() == before
        await trio.sleep(WINDOW / 3)


async def test_a_replay_is_waited_for(autojump_clock: MockClock) -> None:
    begin = trio.current_time()

    async def count() -> int:
        return round(min(trio.current_time() - begin, 1.0) * REPLAY * 5)

    yielding = Yielding(count)
    await yielding.wait()
    await trio.sleep(WINDOW)
    await yielding.wait()
    assert 1.0 <= trio.current_time() - begin <= 1.0 + 3 * WINDOW


async def test_one_that_does_not_end_is_not_waited_for_all_the_time(autojump_clock: MockClock) -> None:
    begin = trio.current_time()

    async def count() -> int:
        return round((trio.current_time() - begin) * REPLAY * 5)

    yielding = Yielding(count)
    await yielding.wait()
    await trio.sleep(WINDOW)
    sent = 0
    while trio.current_time() < begin + 4 * LONGEST:
        await yielding.wait()
        sent += 1
        await trio.sleep(WINDOW)
    assert sent > LONGEST / WINDOW
