"""Background services for asyncio, as Playwright's asynchronous API has it."""

from time import monotonic
from types import TracebackType
from typing import Unpack

from cdp_bgservices.browser.emulated_click import EmulatedClick
from cdp_bgservices.browser.emulated_network import EmulatedState
from cdp_bgservices.browser.triggers import Trigger
from cdp_bgservices.events import Event
from cdp_bgservices.protocol.workers import Worker
from cdp_bgservices.testing.asynchronous.calls import AsyncioCalls
from cdp_bgservices.testing.asynchronous.lab import AsyncioNetwork, AsyncioNotifications, AsyncioPushService
from cdp_bgservices.testing.asynchronous.triggers import Triggers
from cdp_bgservices.testing.expected import Criteria, Expected, Text, expected
from cdp_bgservices.testing.services import Expectation
from cdp_bgservices.thrown import Thrown

__tracebackhide__ = True  # pytest does not show the frames of this module.


class AsyncioBackgroundServices(AsyncioCalls, Triggers):
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

    async def events(
        self, service: str | None = None, event: Text | None = None, **criteria: Unpack[Criteria]
    ) -> list[Event]:
        """The events of this test that have occurred by now and match, oldest first."""
        return await self.call(self.services.events, service, event, **criteria)

    async def errors(self) -> list[Thrown]:
        """What the workers have thrown since the test began, oldest first: exceptions, and rejections that nothing
        handled."""
        return await self.call(self.services.errors)

    async def wait_for(
        self,
        service: str | None = None,
        event: Text | None = None,
        *,
        timeout: float | None = None,
        **criteria: Unpack[Criteria],
    ) -> Event:
        """The first event of this test that matches. It may have occurred before the call. Raises ExpectationError."""
        seconds = self.seconds(timeout)
        return await self.call(self.services.wait_for, service, event, timeout=seconds, **criteria)

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

    async def workers(self) -> list[Worker]:
        """The service workers, sorted by scope."""
        return await self.call(self.services.workers)

    async def grant(self, origin: str | None = None) -> None:
        """Grant an origin, or all origins, the permissions that background services need."""
        await self.call(self.services.grant, origin)

    async def permission(self, origin: str | None, name: str, state: str, *, real: bool | None = None) -> None:
        """Set a permission of an origin, or of all origins: ``granted``, ``denied`` or ``prompt``. Returns once the
        open pages see it.

        In the lab the site's own setting changes, too, if Chromium has one: ``real`` requires that, or excludes it.
        """
        await self.call(self.services.permission, origin, name, state, real=real)

    async def click_notification(
        self,
        title: Text | None = None,
        *,
        emulated: bool,
        body: Text | None = None,
        tag: Text | None = None,
        action: int | str | None = None,
        scope: str | None = None,
        timeout: float | None = None,
        check: bool = True,
    ) -> EmulatedClick:
        """Without the lab: call the worker's handlers for a click on the first notification that is shown and matches,
        now or later, or on its button with this index (from 0), title or action. It waits for what they wait for.

        It is not a user's click: ``openWindow`` and ``focus`` are refused, which the result lists. Warns if the worker
        has no handler. Raises ExpectationError; with ``check``, HandlerError for anything else that a handler threw.
        """
        return await self.call(
            self.services.click_notification,
            title,
            emulated=emulated,
            body=body,
            tag=tag,
            action=action,
            scope=scope,
            timeout=self.seconds(timeout),
            check=check,
        )

    async def offline(self, *, emulated: bool) -> EmulatedState:
        """Without the lab: the pages and workers of the open contexts lose the network, and see that they are offline.

        Chromium holds back their syncs. But it stays online itself: it delivers pushes, and goes on with background
        fetches. Raises BrowserError where the browser cannot do it.
        """
        return await self.call(self.services.offline, emulated=emulated)

    async def online(self, *, emulated: bool) -> EmulatedState:
        """The end of :meth:`offline`. Chromium fires the syncs at once."""
        return await self.call(self.services.online, emulated=emulated)


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
