"""Background services for programs that await nothing: Playwright's synchronous API, Selenium, scripts."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from time import monotonic
from types import TracebackType
from typing import Any, TypeVar, Unpack

from cdp_bgservices.errors import BackgroundServicesError
from cdp_bgservices.events import Event
from cdp_bgservices.protocol.workers import Worker
from cdp_bgservices.testing.blocking_lab import BlockingNetwork, BlockingNotifications, BlockingPushService
from cdp_bgservices.testing.captures import open_captures
from cdp_bgservices.testing.expected import Criteria, Expected, Text, expected
from cdp_bgservices.testing.portal import Portal
from cdp_bgservices.testing.scope import BrowserScope
from cdp_bgservices.testing.services import TIMEOUT, BackgroundServices, Expectation
from cdp_bgservices.thrown import Thrown

__tracebackhide__ = True
"""pytest shows a failed test, and none of the frames here."""

T = TypeVar("T")

Wait = Callable[["Future[Any]"], Any]
"""Waits for a future; its result."""

DEFAULT_TIMEOUT = TIMEOUT * 1000
"""Milliseconds."""


def wait(future: "Future[T]") -> T:
    """In this thread, in which nothing else happens meanwhile."""
    try:
        return future.result()
    finally:
        future.cancel()  # After Ctrl-C, say, nobody waits for it any more.


class BlockingBackgroundServices:
    """As :class:`~cdp_bgservices.testing.services.BackgroundServices`, with timeouts in milliseconds; 0 is none."""

    def __init__(
        self,
        portal: Portal,
        services: BackgroundServices,
        wait: Wait = wait,
        default_timeout: Callable[[], float] = lambda: DEFAULT_TIMEOUT,
    ) -> None:
        self.portal = portal
        self.services = services
        self.wait = wait
        self.default_timeout = default_timeout

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """One of the services' own functions."""
        try:
            return self.wait(self.portal.submit(partial(function, *args, **kwargs)))
        except BackgroundServicesError as error:
            # What went on in the other thread is nothing to a test that failed.
            raise error.with_traceback(None) from error.__cause__

    def seconds(self, timeout: float | None) -> float:
        return (self.default_timeout() if timeout is None else timeout) / 1000

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

    def events(
        self, service: str | None = None, event: Text | None = None, **criteria: Unpack[Criteria]
    ) -> list[Event]:
        """Every event of this test that has come by now and matches, oldest first."""
        found: list[Event] = self.call(self.services.events, service, event, **criteria)
        return found

    def errors(self) -> list[Thrown]:
        """What the workers have thrown since the test began, oldest first: exceptions, and rejections that nothing
        handled."""
        found: list[Thrown] = self.call(self.services.errors)
        return found

    def wait_for(
        self,
        service: str | None = None,
        event: Text | None = None,
        *,
        timeout: float | None = None,
        **criteria: Unpack[Criteria],
    ) -> Event:
        """The first event of this test that matches: it may have come before the call. Raises ExpectationError."""
        found: Event = self.call(self.services.wait_for, service, event, timeout=self.seconds(timeout), **criteria)
        return found

    def expect(
        self,
        service: str | None = None,
        event: Text | None = None,
        *,
        timeout: float | None = None,
        **criteria: Unpack[Criteria],
    ) -> "BlockingExpectation":
        """For ``with``: the first event that matches of those that come from now on. Raises ExpectationError.

        It is waited for at the end of the body, and is the ``value`` then. The timeout begins with the body.
        """
        return BlockingExpectation(self, expected(service, event, criteria), self.seconds(timeout))

    def sync(
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
        event: Event = self.call(self.services.sync, tag, **options)
        return event

    def periodic_sync(
        self, tag: str, *, scope: str | None = None, timeout: float | None = None, check: bool = True
    ) -> Event:
        """``ServiceWorker.dispatchPeriodicSyncEvent``: its ``Dispatched periodicsync event``."""
        options = {"scope": scope, "timeout": self.seconds(timeout), "check": check}
        event: Event = self.call(self.services.periodic_sync, tag, **options)
        return event

    def push(
        self,
        data: str | Mapping[str, object] = "",
        *,
        scope: str | None = None,
        timeout: float | None = None,
        check: bool = True,
    ) -> Event:
        """``ServiceWorker.deliverPushMessage``: its ``Push event completed``. A mapping is sent as JSON."""
        options = {"scope": scope, "timeout": self.seconds(timeout), "check": check}
        event: Event = self.call(self.services.push, data, **options)
        return event

    def workers(self) -> list[Worker]:
        """The service workers, sorted by scope."""
        found: list[Worker] = self.call(self.services.workers)
        return found

    def grant(self, origin: str | None = None) -> None:
        """Allow an origin, or every one, the permissions that background services need."""
        self.call(self.services.grant, origin)


class BlockingExpectation(Expectation):
    """Made by :meth:`BlockingBackgroundServices.expect`. A class, since pytest would show contextlib's frames."""

    def __init__(self, blocking: BlockingBackgroundServices, wanted: Expected, timeout: float) -> None:
        super().__init__()
        self.blocking = blocking
        self.wanted = wanted
        self.timeout = timeout

    def __enter__(self) -> "BlockingExpectation":
        self.after = self.blocking.call(self.blocking.services.mark)
        self.started = monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            elapsed = monotonic() - self.started
            self.event = self.blocking.call(
                self.blocking.services.wait_after, self.after, self.wanted, self.timeout, elapsed=elapsed
            )


@contextmanager
def open_background_services(attach: str, *, timeout: float = DEFAULT_TIMEOUT) -> Iterator[BlockingBackgroundServices]:
    """Record the running browser at ``attach`` until the body ends: every context of it, from now on.

    ``attach`` is a port, host:port (ChromeDriver's ``debuggerAddress``), http://, ws:// or a profile folder.
    ``timeout`` is the default of every call, in milliseconds.

    Raises InvalidInputError for what is no endpoint, BrowserError where no browser is found or it refuses.
    """
    with open_captures() as captures:
        capture = captures.portal.call(captures.open, attach)
        services = BackgroundServices(BrowserScope(capture.recorder), after=capture.ready)
        yield BlockingBackgroundServices(captures.portal, services, default_timeout=lambda: timeout)
