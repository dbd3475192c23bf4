"""Background services as one test sees them, for trio."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar, Unpack

import trio

from cdp_bgservices.browser.context_list import context_of
from cdp_bgservices.browser.emulated_click import EmulatedClick
from cdp_bgservices.browser.emulated_network import EmulatedState
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.permissions import grant, set_permission
from cdp_bgservices.browser.targets import ContextGoneError
from cdp_bgservices.browser.triggers import Trigger
from cdp_bgservices.errors import (
    BrowserError,
    ExpectationError,
    InvalidInputError,
)
from cdp_bgservices.events import Event
from cdp_bgservices.protocol.workers import Worker
from cdp_bgservices.query import parse_origin
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.testing.asynchronous.triggers import Triggers
from cdp_bgservices.testing.emulating import click_notification, require_emulated, switch_network
from cdp_bgservices.testing.expected import Criteria, Expected, Text, expected
from cdp_bgservices.testing.explaining import explain
from cdp_bgservices.testing.scope import BrowserScope, View
from cdp_bgservices.testing.situation import failure
from cdp_bgservices.testing.triggering import trigger_worker
from cdp_bgservices.thrown import Thrown
from cdp_bgservices.vocabulary.permissions import parse_permission
from cdp_bgservices.why.values import Reason

if TYPE_CHECKING:
    from cdp_bgservices.lab.clock import SyncClock
    from cdp_bgservices.lab.network import Network
    from cdp_bgservices.lab.notifications.center import NotificationCenter
    from cdp_bgservices.lab.opening import Lab
    from cdp_bgservices.lab.push import PushService

__tracebackhide__ = True  # pytest does not show the frames of this module.

Part = TypeVar("Part")

TIMEOUT = 30.0
"""Seconds, as Playwright's."""
DEFAULT_TIMEOUT = TIMEOUT * 1000
"""The same in milliseconds, for callers outside trio."""

SETTLE_DEADLINE = 2.0
"""Seconds for what the browser has reported to be stored, once a test is about to fail."""


class Expectation:
    """The target of ``async with`` :meth:`BackgroundServices.expect`."""

    def __init__(self) -> None:
        self.event: Event | None = None

    @property
    def value(self) -> Event:
        """The event, once the body has ended."""
        if self.event is None:
            raise ExpectationError("the event has not occurred yet", "Read the value after the with block.")
        return self.event


class BackgroundServices(View, Triggers):
    """The events of some browser contexts, from one moment on. Timeouts are in seconds; 0 is none."""

    @property
    def recorder(self) -> Recorder:
        """The recorder of the first browser."""
        return self.scope.recorders[0]

    @property
    def push_service(self) -> "PushService":
        """The lab's. This and the next three raise InvalidInputError where the lab was opened without it."""
        return self.part(lab.push_service if (lab := self.scope.lab) else None, "push")

    @property
    def notifications(self) -> "NotificationCenter":
        """What the browser shows on the lab's desktop."""
        return self.part(lab.notifications if (lab := self.scope.lab) else None, "notifications")

    @property
    def network(self) -> "Network":
        """The browser's own, in the lab."""
        return self.part(lab.network if (lab := self.scope.lab) else None, "network")

    @property
    def clock(self) -> "SyncClock":
        """The lab's."""
        return self.part(lab.clock if (lab := self.scope.lab) else None, "clock")

    def part(self, part: Part | None, name: str) -> Part:
        """Raises InvalidInputError where the lab was opened without it."""
        if part is None:
            remedy = self.scope.lab_remedy.format(name)
            verb = "are" if "contexts" in self.scope.where else "is"
            raise InvalidInputError(f"{self.scope.where} {verb} not in a lab with {name}", remedy)
        return part

    @property
    def browser(self) -> Browser:
        return self.recorder.browser

    async def events(
        self, service: str | None = None, event: Text | None = None, **criteria: Unpack[Criteria]
    ) -> list[Event]:
        """The events of this test that have occurred by now and match, oldest first.

        If none does, it warns of names that may be misspelt: `assert not events(…)` would always pass.
        """
        wanted = expected(service, event, criteria)
        await self.scope.settle()
        await self.scope.wait_learned()
        found = await self.find(wanted, self.after)
        for doubt in () if found else wanted.doubts():
            self.scope.warn(doubt)
        return found

    async def errors(self) -> list[Thrown]:
        """What the workers have thrown, oldest first: exceptions, and rejections that nothing handled.

        It waits for the errors of handlers that have just begun or ended, a quarter of a second at most.
        """
        await self.scope.settle()
        await self.scope.open_contexts.wait_errors()
        await self.scope.settle()
        return await self.thrown()

    async def wait_for(
        self,
        service: str | None = None,
        event: Text | None = None,
        *,
        timeout: float = TIMEOUT,
        **criteria: Unpack[Criteria],
    ) -> Event:
        """The first event that matches. It may have occurred before the call.

        A displayed notification comes with its ``details``. Raises ExpectationError, which shows what occurred instead.
        """
        return await self.wait_after(self.after, expected(service, event, criteria), timeout)

    @asynccontextmanager
    async def expect(
        self,
        service: str | None = None,
        event: Text | None = None,
        *,
        timeout: float = TIMEOUT,
        **criteria: Unpack[Criteria],
    ) -> AsyncIterator[Expectation]:
        """The first event that matches and occurs from now on. The end of the body waits for it.

        The timeout begins with the body. Raises ExpectationError.
        """
        wanted = expected(service, event, criteria)
        after, started = await self.mark(), trio.current_time()
        expectation = Expectation()
        yield expectation
        elapsed = trio.current_time() - started
        expectation.event = await self.wait_after(after, wanted, timeout, elapsed=elapsed)

    async def wait_after(self, after: int, wanted: Expected, timeout: float, *, elapsed: float = 0.0) -> Event:
        """The first event after a cursor that matches. ``elapsed`` seconds of the timeout have passed already."""
        follower = self.scope.follower(wanted.query, after=after)
        deadline = trio.current_time() + timeout - elapsed if timeout else float("inf")
        ended = ""
        late = False
        while True:
            page = await follower.next_page()
            sees = self.scope.seeing()
            for event in page:
                if sees(event) and wanted.fits(event) and wanted.matches(found := await self.complete(event)):
                    return found
            if late and not page:
                raise await failure(self, after, wanted, timeout, ended)
            if not late and ((ended := self.scope.ended()) or trio.current_time() >= deadline):
                late = True
                # An event that the browser reported in time counts, even if storing it takes longer.
                with trio.move_on_after(SETTLE_DEADLINE):
                    await self.scope.settle()

    async def trigger(self, trigger: Trigger, scope: str | None, timeout: float | None, *, check: bool) -> Event:
        """What the methods of :class:`Triggers` call."""
        return await trigger_worker(self, trigger, scope, TIMEOUT if timeout is None else timeout, check=check)

    async def workers(self) -> list[Worker]:
        """The service workers, sorted by scope."""
        await self.scope.settle()
        return self.scope.open_contexts.workers

    async def why(
        self, service: str, *, scope: str | None = None, tag: str | None = None, start_worker: bool = True
    ) -> list[Reason]:
        """The reasons why a service of a site does nothing, the decisive one first.

        Where nothing hinders it, the first one says so. ``scope`` is needed only where several sites use the service;
        ``tag``: of one sync, fetch or notification. A stopped worker is started, unless ``start_worker`` is false: only
        a running one says which handlers it has. Raises InvalidInputError where several sites match, or none;
        BrowserError.
        """
        return await explain(self, service, scope, tag, start_worker=start_worker)

    async def context(self, target: str) -> str:
        """The id of the browser context of a DevTools target: a page or a worker. Raises InvalidInputError."""
        return await context_of(self.browser, target)

    async def grant(self, origin: str | None = None) -> None:
        """Grant an origin, or all origins, the permissions that background services need.

        Raises BrowserError, also where every browser context was closed.
        """
        meant = None if origin is None else parse_origin(origin)
        await self.in_each_context(lambda browser, context_id: grant(browser, meant, context_id))

    async def permission(self, origin: str | None, name: str, state: str, *, real: bool | None = None) -> None:
        """Set a permission of an origin, or of all origins, to ``granted``, ``denied`` or ``prompt``.

        Returns once the open pages see it. In the lab the site's own setting changes, too, if Chromium has one, and a
        subscription may end: ``real`` requires that, or excludes it. Raises BrowserError, also where every browser
        context was closed.
        """
        meant = None if origin is None else parse_origin(origin)
        parse_permission(name, state)
        await self.in_each_context(
            lambda browser, context_id: set_permission(browser, meant, name, state, context_id, real=real)
        )

    async def click_notification(
        self,
        title: Text | None = None,
        *,
        emulated: bool,
        body: Text | None = None,
        tag: Text | None = None,
        action: int | str | None = None,
        scope: str | None = None,
        timeout: float = TIMEOUT,
        check: bool = True,
    ) -> EmulatedClick:
        """Without the lab: call the worker's handlers for a click on the first notification that is shown and matches.

        It may be shown later. ``action`` is a button's index (from 0), title or action. It waits for what the handlers
        wait for. It is not a user's click: ``openWindow`` and ``focus`` are refused, which the result lists.

        Warns if the worker has no handler. Raises ExpectationError; with ``check``, HandlerError for anything else that
        a handler threw.
        """
        require_emulated(emulated, "click_notification", "notifications.click(id)")
        wanted = {"title": title, "body": body, "tag": tag}
        return await click_notification(self, wanted, action, scope=scope, timeout=timeout, check=check)

    async def offline(self, *, emulated: bool) -> EmulatedState:
        """Without the lab: the pages and workers of the open contexts lose the network, and see that they are offline.

        Chromium holds back their syncs. But it stays online itself: it delivers pushes, and goes on with background
        fetches. Raises BrowserError where the browser cannot do it.
        """
        require_emulated(emulated, "offline", "network.offline()")
        return await switch_network(self, offline=True)

    async def online(self, *, emulated: bool) -> EmulatedState:
        """The end of an emulated ``offline``. Chromium fires the syncs at once."""
        require_emulated(emulated, "online", "network.online()")
        return await switch_network(self, offline=False)

    async def in_each_context(self, act: Callable[[Browser, str], Awaitable[None]]) -> None:
        """Set permissions in each context that is open. Raises BrowserError where every one was closed."""
        closed: ContextGoneError | None = None
        done = 0
        for recorder in self.scope.recorders:
            # One that is named may have no page yet.
            for context_id in self.scope.contexts or recorder.open_contexts(self.scope.contexts).ids:
                try:
                    await act(recorder.browser, context_id)
                    done += 1
                except ContextGoneError as error:
                    closed = error
        if not done and (ended := self.scope.ended() or closed):
            raise BrowserError(f"no page is left for permissions: {ended}") from closed


@asynccontextmanager
async def open_background_services(
    browser: Browser, store: Store, lab: "Lab | None" = None
) -> AsyncIterator[BackgroundServices]:
    """Record a browser until the body ends. The test's events are those of all contexts, from now on.

    ``lab``: the lab that it was started in, if any.
    """
    browser.in_lab = lab is not None
    async with open_recorder(browser, store) as recorder:
        yield BackgroundServices(BrowserScope(recorder, lab=lab), after=await store.cursor())
