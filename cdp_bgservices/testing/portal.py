"""A thread that runs trio, for callers in other threads, and how they wait for a result: in asyncio, or blocked."""

from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, InvalidStateError
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any, TypeVar

import trio

__tracebackhide__ = True  # pytest does not show the frames of this module.

T = TypeVar("T")

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


class Portal:
    """Made by :func:`open_portal`. anyio has one, but would load a second pytest plugin into each test run."""

    def __init__(self) -> None:
        self.ready = Event()
        self.token: trio.lowlevel.TrioToken
        self.tasks: trio.Nursery

    async def serve(self) -> None:
        self.token = trio.lowlevel.current_trio_token()
        async with trio.open_nursery() as self.tasks:
            self.ready.set()
            await trio.sleep_forever()

    def submit(self, function: Callable[..., Awaitable[T]], *args: Any) -> "Future[T]":
        """Begin a call. Cancelling the future cancels the call. It is cancelled if it comes while the portal ends."""
        future: Future[T] = Future()

        def begin() -> None:
            try:
                self.tasks.start_soon(self.run, function, args, future)
            except RuntimeError:  # Its tasks have ended, and trio has not yet.
                future.cancel()

        self.token.run_sync_soon(begin)
        return future

    def call(self, function: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Wait for it, in the caller's thread."""
        result: T = blocking_wait(self.submit(function, *args))
        return result

    async def run(self, function: Callable[..., Awaitable[T]], args: tuple[Any, ...], future: "Future[T]") -> None:
        scope = trio.CancelScope()

        def stop(done: "Future[T]") -> None:
            if done.cancelled():
                with suppress(trio.RunFinishedError):
                    self.token.run_sync_soon(scope.cancel)

        future.add_done_callback(stop)
        with scope, suppress(InvalidStateError):  # A caller that cancelled it does not wait for a result.
            try:
                future.set_result(await function(*args))
            except trio.Cancelled:
                future.cancel()
                raise
            except Exception as error:
                future.set_exception(error)


@contextmanager
def open_portal() -> Iterator[Portal]:
    """Calls that have not ended when the body does are cancelled."""
    portal = Portal()
    thread = Thread(target=trio.run, args=(portal.serve,), name="cdp-bgservices", daemon=True)
    thread.start()
    portal.ready.wait()
    try:
        yield portal
    finally:
        portal.token.run_sync_soon(portal.tasks.cancel_scope.cancel)
        thread.join()
