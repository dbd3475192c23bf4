"""Background services for asyncio, as Playwright's asynchronous API has it."""

from time import monotonic
from types import TracebackType
from typing import Unpack

from cdp_bgservices.browser.triggers import Trigger
from cdp_bgservices.events import Event
from cdp_bgservices.testing.asynchronous.calls import AsyncioCalls
from cdp_bgservices.testing.asynchronous.lab import AsyncioNetwork, AsyncioNotifications, AsyncioPushService
from cdp_bgservices.testing.asynchronous.passed_on import AsyncioPassedOn
from cdp_bgservices.testing.asynchronous.triggers import Triggers
from cdp_bgservices.testing.expected import Criteria, Expected, Text, expected
from cdp_bgservices.testing.services import Expectation

__tracebackhide__ = True  # pytest does not show the frames of this module.


class AsyncioBackgroundServices(AsyncioPassedOn, Triggers):
    """As :class:`~cdp_bgservices.testing.services.BackgroundServices`, with timeouts in milliseconds; 0 is none."""

    @property
    def push_service(self) -> AsyncioPushService:
        """The lab's. This and the next two raise InvalidInputError where the test is not in a lab with it."""
        return AsyncioPushService(self, self.services.push_service)

    @property
    def notifications(self) -> AsyncioNotifications:
        """What the browser shows on the lab's desktop."""
        return AsyncioNotifications(self, self.services.notifications)

    @property
    def network(self) -> AsyncioNetwork:
        """The browser's own, in the lab."""
        return AsyncioNetwork(self, self.services.network)

    def expect(
        self,
        service: str | None = None,
        event: Text | None = None,
        *,
        timeout: float | None = None,
        **criteria: Unpack[Criteria],
    ) -> "AsyncioExpectation":
        """For ``async with``: the first event that matches and occurs from now on. Raises ExpectationError.

        The end of the body waits for it; then it is ``await expectation.value``. The timeout begins with the body.
        """
        return AsyncioExpectation(self, expected(service, event, criteria), self.seconds(timeout))

    async def trigger(self, trigger: Trigger, scope: str | None, timeout: float | None, *, check: bool) -> Event:
        """What the methods of :class:`Triggers` call."""
        return await self.call(self.services.trigger, trigger, scope, self.seconds(timeout), check=check)


class AsyncioExpectation:
    """Made by :meth:`AsyncioBackgroundServices.expect`. A class, since pytest would show contextlib's frames."""

    def __init__(self, calls: AsyncioCalls, wanted: Expected, timeout: float) -> None:
        self.calls = calls
        self.wanted = wanted
        self.timeout = timeout
        self.expectation = Expectation()

    @property
    async def value(self) -> Event:
        """The event, once the body has ended."""
        return self.expectation.value

    async def __aenter__(self) -> "AsyncioExpectation":
        self.after = await self.calls.call(self.calls.services.mark)
        self.started = monotonic()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            elapsed, wait_after = monotonic() - self.started, self.calls.services.wait_after
            found = await self.calls.call(wait_after, self.after, self.wanted, self.timeout, elapsed=elapsed)
            self.expectation.event = found
