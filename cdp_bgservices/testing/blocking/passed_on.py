# Generated from cdp_bgservices/testing/asynchronous/passed_on.py by scripts/unasync.py: change that one.
# Generated from cdp_bgservices/testing/services.py by scripts/faces.py: change that.
"""The services for programs that await nothing. Timeouts are in milliseconds; 0 is none."""

from typing import Unpack

from cdp_bgservices.browser.emulated_click import EmulatedClick
from cdp_bgservices.browser.emulated_network import EmulatedState
from cdp_bgservices.browser.triggers import Trigger
from cdp_bgservices.events import Event
from cdp_bgservices.protocol.workers import Worker
from cdp_bgservices.testing.blocking.calls import BlockingCalls
from cdp_bgservices.testing.expected import Criteria, Text
from cdp_bgservices.thrown import Thrown
from cdp_bgservices.why.values import Reason

__tracebackhide__ = True  # pytest does not show the frames of this module.


class BlockingPassedOn(BlockingCalls):
    """What is passed on, as it is, to the services in trio's thread."""

    def events(
        self, service: str | None = None, event: Text | None = None, **criteria: Unpack[Criteria]
    ) -> list[Event]:
        """The events of this test that have occurred by now and match, oldest first.

        If none does, it warns of names that may be misspelt: `assert not events(…)` would always pass.
        """
        return self.call(self.services.events, service, event, **criteria)

    def errors(self) -> list[Thrown]:
        """What the workers have thrown, oldest first: exceptions, and rejections that nothing handled.

        It waits for the errors of handlers that have just begun or ended, a quarter of a second at most.
        """
        return self.call(self.services.errors)

    def wait_for(
        self,
        service: str | None = None,
        event: Text | None = None,
        *,
        timeout: float | None = None,
        **criteria: Unpack[Criteria],
    ) -> Event:
        """The first event that matches. It may have occurred before the call.

        A displayed notification comes with its ``details``. Raises ExpectationError, which shows what occurred instead.
        """
        return self.call(self.services.wait_for, service, event, timeout=self.seconds(timeout), **criteria)

    def trigger(self, trigger: Trigger, scope: str | None, timeout: float | None, *, check: bool) -> Event:
        """What the methods of :class:`Triggers` call."""
        return self.call(self.services.trigger, trigger, scope, self.seconds(timeout), check=check)

    def workers(self) -> list[Worker]:
        """The service workers, sorted by scope."""
        return self.call(self.services.workers)

    def why(
        self, service: str, *, scope: str | None = None, tag: str | None = None, start_worker: bool = True
    ) -> list[Reason]:
        """The reasons why a service of a site does nothing, the decisive one first.

        Where nothing hinders it, the first one says so. ``scope`` is needed only where several sites use the service;
        ``tag``: of one sync, fetch or notification. A stopped worker is started, unless ``start_worker`` is false: only
        a running one says which handlers it has. Raises InvalidInputError where several sites match, or none;
        BrowserError.
        """
        return self.call(self.services.why, service, scope=scope, tag=tag, start_worker=start_worker)

    def grant(self, origin: str | None = None) -> None:
        """Grant an origin, or all origins, the permissions that background services need.

        Raises BrowserError, also where every browser context was closed.
        """
        self.call(self.services.grant, origin)

    def permission(self, origin: str | None, name: str, state: str, *, real: bool | None = None) -> None:
        """Set a permission of an origin, or of all origins, to ``granted``, ``denied`` or ``prompt``.

        Returns once the open pages see it. In the lab the site's own setting changes, too, if Chromium has one, and a
        subscription may end: ``real`` requires that, or excludes it. Raises BrowserError, also where every browser
        context was closed.
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
        """Without the lab: call the worker's handlers for a click on the first notification that is shown and matches.

        It may be shown later. ``action`` is a button's index (from 0), title or action. It waits for what the handlers
        wait for. It is not a user's click: ``openWindow`` and ``focus`` are refused, which the result lists.

        Warns if the worker has no handler. Raises ExpectationError; with ``check``, HandlerError for anything else that
        a handler threw.
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
        """The end of an emulated ``offline``. Chromium fires the syncs at once."""
        return self.call(self.services.online, emulated=emulated)
