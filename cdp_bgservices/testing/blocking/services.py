# Generated from cdp_bgservices/testing/asynchronous/services.py by scripts/unasync.py: change that one.
"""Background services for programs that nothing."""

from time import monotonic
from types import TracebackType
from typing import Unpack

from cdp_bgservices.browser.emulated_click import EmulatedClick
from cdp_bgservices.browser.emulated_network import EmulatedState
from cdp_bgservices.browser.triggers import Trigger
from cdp_bgservices.events import Event
from cdp_bgservices.protocol.workers import Worker
from cdp_bgservices.testing.blocking.calls import BlockingCalls
from cdp_bgservices.testing.blocking.lab import BlockingNetwork, BlockingNotifications, BlockingPushService
from cdp_bgservices.testing.blocking.triggers import Triggers
from cdp_bgservices.testing.expected import Criteria, Expected, Text, expected
from cdp_bgservices.testing.services import Expectation
from cdp_bgservices.thrown import Thrown

__tracebackhide__ = True  # pytest does not show the frames of this module.


class BlockingBackgroundServices(BlockingCalls, Triggers):
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

    def events(
        self, service: str | None = None, event: Text | None = None, **criteria: Unpack[Criteria]
    ) -> list[Event]:
        """The events of this test that have occurred by now and match, oldest first."""
        return self.call(self.services.events, service, event, **criteria)

    def errors(self) -> list[Thrown]:
        """What the workers have thrown since the test began, oldest first: exceptions, and rejections that nothing
        handled."""
        return self.call(self.services.errors)

    def wait_for(
        self,
        service: str | None = None,
        event: Text | None = None,
        *,
        timeout: float | None = None,
        **criteria: Unpack[Criteria],
    ) -> Event:
        """The first event of this test that matches. It may have occurred before the call. Raises ExpectationError."""
        seconds = self.seconds(timeout)
        return self.call(self.services.wait_for, service, event, timeout=seconds, **criteria)

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

    def workers(self) -> list[Worker]:
        """The service workers, sorted by scope."""
        return self.call(self.services.workers)

    def grant(self, origin: str | None = None) -> None:
        """Grant an origin, or all origins, the permissions that background services need."""
        self.call(self.services.grant, origin)

    def permission(self, origin: str | None, name: str, state: str, *, real: bool | None = None) -> None:
        """Set a permission of an origin, or of all origins: ``granted``, ``denied`` or ``prompt``. Returns once the
        open pages see it.

        In the lab the site's own setting changes, too, if Chromium has one: ``real`` requires that, or excludes it.
        """
        self.call(self.services.permission, origin, name, state, real=real)

    def click_notification(
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
        return self.call(
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

    def offline(self, *, emulated: bool) -> EmulatedState:
        """Without the lab: the pages and workers of the open contexts lose the network, and see that they are offline.

        Chromium holds back their syncs. But it stays online itself: it delivers pushes, and goes on with background
        fetches. Raises BrowserError where the browser cannot do it.
        """
        return self.call(self.services.offline, emulated=emulated)

    def online(self, *, emulated: bool) -> EmulatedState:
        """The end of :meth:`offline`. Chromium fires the syncs at once."""
        return self.call(self.services.online, emulated=emulated)


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
