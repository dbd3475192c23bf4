"""Background tasks of an ``open_x()``, without the exception groups of a plain nursery; and pauses between attempts."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import trio

SHORTEST, FACTOR = 0.1, 1.6
"""Seconds between two attempts at first, and how they grow."""


@asynccontextmanager
async def open_tasks() -> AsyncIterator[trio.Nursery]:
    """A nursery whose tasks are cancelled when the body ends, and whose errors come out bare.

    Error handling: the body's own error comes out as it was raised. If a task raises, the body is
    cancelled and the task's error comes out instead.
    """
    failure: BaseException | None = None
    try:
        async with trio.open_nursery() as nursery:
            try:
                yield nursery
            except BaseException as error:
                failure = error
            finally:
                nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        raise only_error(group) from None
    if failure is not None:
        raise failure


async def wait_any(*conditions: Callable[[], Awaitable[object]]) -> None:
    """Wait until the first of them returns; cancel the others."""
    met = trio.Event()

    async def wait(condition: Callable[[], Awaitable[object]]) -> None:
        await condition()
        met.set()

    async with open_tasks() as tasks:
        for condition in conditions:
            tasks.start_soon(wait, condition)
        await met.wait()


def only_error(error: BaseException) -> BaseException:
    """The one error in a group of groups; the group itself if it has several."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def pauses(longest: float) -> Iterator[float]:
    """Seconds, more each time up to a bound; jittered, so that several recorders do not come all at once."""
    pause = SHORTEST
    while True:
        yield pause * random.uniform(0.5, 1.0)
        pause = min(pause * FACTOR, longest)
