"""Background services for asyncio, as Playwright's asynchronous API has it."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from time import monotonic
from types import TracebackType
from typing import Any, Unpack

from cdp_bgservices.errors import BackgroundServicesError
from cdp_bgservices.events import Event
from cdp_bgservices.protocol.workers import Worker
from cdp_bgservices.testing.asynchronous_lab import AsyncioNetwork, AsyncioNotifications, AsyncioPushService
from cdp_bgservices.testing.blocking import DEFAULT_TIMEOUT
from cdp_bgservices.testing.expected import Criteria, Expected, Text, expected
from cdp_bgservices.testing.portal import Portal
from cdp_bgservices.testing.services import BackgroundServices, Expectation
from cdp_bgservices.thrown import Thrown

__tracebackhide__ = True
"""pytest shows a failed test, and none of the frames here."""


class AsyncioBackgroundServices:
    """As :class:`~cdp_bgservices.testing.blocking.BlockingBackgroundServices`, to be awaited."""

    def __init__(
        self,
        portal: Portal,
        services: BackgroundServices,
        default_timeout: Callable[[], float] = lambda: DEFAULT_TIMEOUT,
    ) -> None:
        self.portal = portal
        self.services = services
        self.default_timeout = default_timeout

    async def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """One of the services' own functions. Cancellation reaches it."""
        try:
            return await asyncio.wrap_future(self.portal.submit(partial(function, *args, **kwargs)))
        except BackgroundServicesError as error:
            # What went on in the other thread is nothing to a test that failed.
            raise error.with_traceback(None) from error.__cause__

    def seconds(self, timeout: float | None) -> float:
        return (self.default_timeout() if timeout is None else timeout) / 1000

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
        """Every event of this test that has come by now and matches, oldest first."""
        found: list[Event] = await self.call(self.services.events, service, event, **criteria)
        return found

    async def errors(self) -> list[Thrown]:
        """What the workers have thrown since the test began, oldest first: exceptions, and rejections that nothing
        handled."""
        found: list[Thrown] = await self.call(self.services.errors)
        return found

    async def wait_for(
        self,
        service: str | None = None,
        event: Text | None = None,
        *,
        timeout: float | None = None,
        **criteria: Unpack[Criteria],
    ) -> Event:
        """The first event of this test that matches: it may have come before the call. Raises ExpectationError."""
        found: Event = await self.call(
            self.services.wait_for, service, event, timeout=self.seconds(timeout), **criteria
        )
        return found

    def expect(
        self,
        service: str | None = None,
        event: Text | None = None,
        *,
        timeout: float | None = None,
        **criteria: Unpack[Criteria],
    ) -> "AsyncioExpectation":
        """For ``async with``: the first event that matches of those that come from now on. Raises ExpectationError.

        It is waited for at the end of the body, and is ``await expectation.value`` then, as in Playwright.
        """
        return AsyncioExpectation(self, expected(service, event, criteria), self.seconds(timeout))

    async def sync(
        self,
        tag: str,
        *,
        last_chance: bool = False,
        scope: str | None = None,
        timeout: float | None = None,
        check: bool = True,
    ) -> Event:
        """``ServiceWorker.dispatchSyncEvent``: its ``Dispatched sync event``.

        This and the next two warn where the worker has no handler. Raises TriggerError; with ``check``,
        HandlerError where the handler threw at once, or Chromium says that it did not succeed.
        """
        options = {"last_chance": last_chance, "scope": scope, "timeout": self.seconds(timeout), "check": check}
        event: Event = await self.call(self.services.sync, tag, **options)
        return event

    async def periodic_sync(
        self, tag: str, *, scope: str | None = None, timeout: float | None = None, check: bool = True
    ) -> Event:
        """``ServiceWorker.dispatchPeriodicSyncEvent``: its ``Dispatched periodicsync event``."""
        options = {"scope": scope, "timeout": self.seconds(timeout), "check": check}
        event: Event = await self.call(self.services.periodic_sync, tag, **options)
        return event

    async def push(
        self,
        data: str | Mapping[str, object] = "",
        *,
        scope: str | None = None,
        timeout: float | None = None,
        check: bool = True,
    ) -> Event:
        """``ServiceWorker.deliverPushMessage``: its ``Push event completed``. A mapping is sent as JSON."""
        options = {"scope": scope, "timeout": self.seconds(timeout), "check": check}
        event: Event = await self.call(self.services.push, data, **options)
        return event

    async def workers(self) -> list[Worker]:
        """The service workers, sorted by scope."""
        found: list[Worker] = await self.call(self.services.workers)
        return found

    async def grant(self, origin: str | None = None) -> None:
        """Allow an origin, or every one, the permissions that background services need."""
        await self.call(self.services.grant, origin)


class AsyncioExpectation:
    """Made by :meth:`AsyncioBackgroundServices.expect`."""

    def __init__(self, asynchronous: AsyncioBackgroundServices, wanted: Expected, timeout: float) -> None:
        self.asynchronous = asynchronous
        self.wanted = wanted
        self.timeout = timeout
        self.came = Expectation()

    @property
    async def value(self) -> Event:
        """The event, once the body has ended."""
        return self.came.value

    async def __aenter__(self) -> "AsyncioExpectation":
        self.after = await self.asynchronous.call(self.asynchronous.services.mark)
        self.started = monotonic()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            elapsed = monotonic() - self.started
            self.came.event = await self.asynchronous.call(
                self.asynchronous.services.wait_after, self.after, self.wanted, self.timeout, elapsed=elapsed
            )
