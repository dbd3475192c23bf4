"""The signs of life of a capture that stops while one of them is made."""

from collections.abc import Callable
from pathlib import Path

import trio
from trio.testing import MockClock

from cdp_bgservices.capture.health import BEAT, Health, State
from cdp_bgservices.capture.options import CaptureOptions
from cdp_bgservices.capture.pulse import Pulse
from cdp_bgservices.capture.run import Run
from cdp_bgservices.capture.stop_reason import StopReason
from cdp_bgservices.store import open_store
from cdp_bgservices.tasks import open_tasks
from tests.waiting import look_again


class Shown:
    """An outlet that keeps what it is shown."""

    every: float | None = None

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.states: list[State] = []
        self.then = then
        self.changed = trio.Event()

    async def show(self, health: Health) -> None:
        self.states.append(health.state)
        self.changed.set()
        self.changed = trio.Event()
        self.then()

    def close(self) -> None: ...


async def test_the_next_one_follows_at_once(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_store(tmp_path / "events.db") as store, open_tasks() as tasks:
        run = Run(CaptureOptions(), store, print)
        shown, began = Shown(lambda: run.stop.set(StopReason.CALLER)), trio.current_time()
        tasks.start_soon(Pulse(run, [shown]).go_on)
        while State.STOPPING not in shown.states:
            await shown.changed.wait()
        assert trio.current_time() < began + BEAT
    assert shown.states[:2] == [State.STARTING, State.STOPPING]


async def test_it_tells_of_the_stop_alone(tmp_path: Path) -> None:
    """And not of what the stop has brought about since."""
    with trio.fail_after(60):
        async with open_store(tmp_path / "events.db") as store, open_tasks() as tasks:
            run, shown = Run(CaptureOptions(), store, print), Shown()
            run.phase.enter(State.RECORDING)
            async with store.writing:
                tasks.start_soon(Pulse(run, [shown]).beat)
                while not store.writing.statistics().tasks_waiting:
                    await look_again()
                run.stop.set(StopReason.CALLER)
                run.phase.enter(State.WAITING)
            while not shown.states:
                await look_again()
    assert shown.states == [State.STOPPING]
