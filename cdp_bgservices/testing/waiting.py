"""How the result of a call in trio's thread is waited for outside of it: in asyncio, or in a thread that blocks."""

from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any

__tracebackhide__ = True  # pytest does not show the frames of this module.

AsyncioWait = Callable[["Future[Any]"], Awaitable[Any]]
BlockingWait = Callable[["Future[Any]"], Any]


def asyncio_wait(future: "Future[Any]") -> Awaitable[Any]:
    """Cancellation reaches the call."""
    import asyncio  # A program that blocks does without it.

    return asyncio.wrap_future(future)


def blocking_wait(future: "Future[Any]") -> Any:
    """In this thread, in which nothing else happens until then."""
    try:
        return future.result()
    finally:
        future.cancel()  # After Ctrl-C the result is not needed any more.
