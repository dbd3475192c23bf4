# Generated from cdp_bgservices/testing/asynchronous/services.py by scripts/unasync.py: change that one.
"""Background services for programs that await nothing."""

from time import monotonic
from types import TracebackType
from typing import Unpack

from cdp_bgservices.browser.triggers import Trigger
from cdp_bgservices.events import Event
from cdp_bgservices.testing.blocking.calls import BlockingCalls
from cdp_bgservices.testing.blocking.lab import BlockingNetwork, BlockingNotifications, BlockingPushService
from cdp_bgservices.testing.blocking.passed_on import BlockingPassedOn
from cdp_bgservices.testing.blocking.triggers import Triggers
from cdp_bgservices.testing.expected import Criteria, Expected, Text, expected
from cdp_bgservices.testing.services import Expectation

__tracebackhide__ = True  # pytest does not show the frames of this module.


class BlockingBackgroundServices(BlockingPassedOn, Triggers):
    """As :class:`~cdp_bgservices.testing.services.BackgroundServices`, with timeouts in milliseconds; 0 is none."""

    @property
    def push_service(self) -> BlockingPushService:
        """The lab's. This and the next two raise InvalidInputError where the test is not in a lab with it."""
        return BlockingPushService(self, self.services.push_service)

    @property
    def notifications(self) -> BlockingNotifications:
        """What the browser shows on the lab's desktop."""
        return BlockingNotifications(self, self.services.notifications)

    @property
    def network(self) -> BlockingNetwork:
        """The browser's own, in the lab."""
        return BlockingNetwork(self, self.services.network)

    def expect(
        self,
        service: str | None = None,
        event: Text | None = None,
        *,
        timeout: float | None = None,
        **criteria: Unpack[Criteria],
    ) -> "BlockingExpectation":
        """For ``with``: the first event that matches and occurs from now on. Raises ExpectationError.

        The end of the body waits for it; then it is ``expectation.value``. The timeout begins with the body.
        """
        return BlockingExpectation(self, expected(service, event, criteria), self.seconds(timeout))

    def trigger(self, trigger: Trigger, scope: str | None, timeout: float | None, *, check: bool) -> Event:
        """What the methods of :class:`Triggers` call."""
        return self.call(self.services.trigger, trigger, scope, self.seconds(timeout), check=check)


class BlockingExpectation:
    """Made by :meth:`BlockingBackgroundServices.expect`. A class, since pytest would show contextlib's frames."""

    def __init__(self, calls: BlockingCalls, wanted: Expected, timeout: float) -> None:
        self.calls = calls
        self.wanted = wanted
        self.timeout = timeout
        self.expectation = Expectation()

    @property
    def value(self) -> Event:
        """The event, once the body has ended."""
        return self.expectation.value

    def __enter__(self) -> "BlockingExpectation":
        self.after = self.calls.call(self.calls.services.mark)
        self.started = monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            elapsed, wait_after = monotonic() - self.started, self.calls.services.wait_after
            found = self.calls.call(wait_after, self.after, self.wanted, self.timeout, elapsed=elapsed)
            self.expectation.event = found
