"""Wakes tasks late, at random, in every Python that has this folder on its path: `tox -e late`.

What a busy machine does once in many runs happens in each of these: a task goes on a moment after what it waited for,
and a thread takes longer. A test that reads a state before the condition that makes it true fails here. ``LATE`` is
the seed. Clocks of tests are left alone, and so are trio's own tasks.
"""

import os
import random
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import trio
from outcome import Value
from trio._core import _run

ODDS = ((0.02, 0.005, 0.06), (0.004, 0.06, 0.3), (0.0008, 0.5, 1.2))
"""How often, and from how many seconds to how many."""
dice = random.Random(f"{os.environ['LATE']} {os.getpid()}")
reschedule = _run.Runner.reschedule
in_thread = trio.to_thread.run_sync


def delay() -> float:
    thrown = dice.random()
    for odds, least, most in ODDS:
        if thrown < odds:
            return dice.uniform(least, most)
        thrown -= odds
    return 0


def is_ours(runner: _run.Runner, task: _run.Task) -> bool:
    nursery = task.parent_nursery
    return nursery is not None and (task is runner.main_task or nursery.parent_task is not runner.init_task)


def reschedule_late(runner: _run.Runner, task: _run.Task, outcome: Any = _run._NO_SEND) -> None:
    seconds = delay()
    if not (seconds and isinstance(runner.clock, _run.SystemClock) and not runner.is_guest and is_ours(runner, task)):
        reschedule(runner, task, outcome)
        return
    task._abort_func = None  # As if it were scheduled: a cancellation waits for its next step.
    task.custom_sleep_data = None
    go_on = partial(reschedule, runner, task, Value(None) if outcome is _run._NO_SEND else outcome)
    timer = threading.Timer(seconds, partial(runner.entry_queue.run_sync_soon, go_on))
    timer.daemon = True
    timer.start()


def slow(function: Callable[..., Any], *arguments: Any) -> Any:
    time.sleep(2 * delay())
    answer = function(*arguments)
    time.sleep(2 * delay())
    return answer


async def run_slowly(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    return await in_thread(partial(slow, function), *arguments, **options)


_run.Runner.reschedule = reschedule_late  # type: ignore[method-assign, assignment]
trio.to_thread.run_sync = run_slowly  # type: ignore[assignment]
