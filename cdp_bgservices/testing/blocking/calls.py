# Generated from cdp_bgservices/testing/asynchronous/calls.py by scripts/unasync.py: change that one.
"""Calls of what runs in trio's thread. Timeouts are in milliseconds; 0 is none."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from cdp_bgservices.errors import BackgroundServicesError
from cdp_bgservices.testing.portal import BlockingWait, Portal, blocking_wait
from cdp_bgservices.testing.services import DEFAULT_TIMEOUT, BackgroundServices

if TYPE_CHECKING:
    pass

__tracebackhide__ = True  # pytest does not show the frames of this module.

T = TypeVar("T")


class BlockingCalls:
    """The services of one test, and how their functions are called from outside trio."""

    def __init__(
        self,
        portal: Portal,
        services: BackgroundServices,
        wait: BlockingWait = blocking_wait,
        default_timeout: Callable[[], float] = lambda: DEFAULT_TIMEOUT,
    ) -> None:
        self.portal = portal
        self.services = services
        self.wait = wait
        self.default_timeout = default_timeout

    def call(self, function: Callable[..., Awaitable[T]], *args: Any, **kwargs: Any) -> T:
        """Call a function in trio's thread, and wait for its result."""
        try:
            result: T = self.wait(self.portal.submit(partial(function, *args, **kwargs)))
        except BackgroundServicesError as error:
            # The frames of the other thread do not help a reader of a failed test.
            raise error.with_traceback(None) from error.__cause__
        return result

    def milliseconds(self, timeout: float | None) -> float:
        return self.default_timeout() if timeout is None else timeout

    def seconds(self, timeout: float | None) -> float:
        return self.milliseconds(timeout) / 1000


class BlockingLabPart:
    """A part of the lab, by the methods that ``serve`` answers, too."""

    def __init__(self, calls: BlockingCalls, part: object) -> None:
        self.calls = calls
        self.part = part
        """It is there: who asked for it has raised InvalidInputError otherwise."""

    def call(self, method: Callable[..., Awaitable[T]], *args: Any, **kwargs: Any) -> T:
        """Call a method of ``testing.methods`` in trio's thread, and wait for its result."""
        return self.calls.call(method, self.calls.services, *args, **kwargs)
