"""Background services as one test sees them, for trio."""

import json
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar, Unpack

import trio

from cdp_bgservices.browser import triggers
from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.pages import grant
from cdp_bgservices.browser.triggers import Trigger, set_off
from cdp_bgservices.browser.workers import NoWorkerError, Worker, choose_worker, workers_of
from cdp_bgservices.errors import BrowserLostError, ExpectationError, InvalidInputError, TriggerError
from cdp_bgservices.events import Event
from cdp_bgservices.query import Query, format_duration
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import Store
from cdp_bgservices.tasks import open_tasks, wait_any
from cdp_bgservices.testing.expected import Criteria, Expected, Text, expected
from cdp_bgservices.testing.failure import explain_failure

if TYPE_CHECKING:
    from cdp_bgservices.lab.network import Network
    from cdp_bgservices.lab.notifications.center import NotificationCenter
    from cdp_bgservices.lab.opening import Lab
    from cdp_bgservices.lab.push import PushService

Part = TypeVar("Part")

TIMEOUT = 30.0
"""Seconds, as Playwright's."""

FOREVER = 365 * 86_400.0

SETTLE_DEADLINE = 2.0
"""Seconds for what the browser has told of to be stored, once a test is about to fail."""


class Expectation:
    """What :meth:`BackgroundServices.expect` is entered with."""

    def __init__(self) -> None:
        self.event: Event | None = None

    @property
    def value(self) -> Event:
        """The event, once the body has ended."""
        if self.event is None:
            raise ExpectationError("the event has not come yet", "Look at the value after the with block.")
        return self.event


class BackgroundServices:
    """The events of some browser contexts, from one moment on. Timeouts are in seconds; 0 is none."""

    def __init__(
        self,
        recorder: Recorder,
        *,
        contexts: Collection[str] | None = None,
        after: int = 0,
        since: datetime | None = None,
        lab: "Lab | None" = None,
    ) -> None:
        self.recorder = recorder
        self.contexts = contexts
        """None: all of the browser. It may grow while the test goes on."""
        self.after = after
        """The store's cursor behind which this test's events are."""
        self.since = since
        """The moment from which on they are; a profile that is kept has older ones."""
        self.lab = lab
        """What the browser was started in, where it was."""

    @property
    def push_service(self) -> "PushService":
        """The lab's. This and the next two raise InvalidInputError where the lab was opened without it."""
        return asked_for(self.lab.push_service if self.lab else None, "push")

    @property
    def notifications(self) -> "NotificationCenter":
        """What the browser shows on the lab's desktop."""
        return asked_for(self.lab.notifications if self.lab else None, "notifications")

    @property
    def network(self) -> "Network":
        """The browser's own, in the lab."""
        return asked_for(self.lab.network if self.lab else None, "network")

    @property
    def browser(self) -> Browser:
        return self.recorder.browser

    @property
    def observers(self) -> list[Observer]:
        found = self.recorder.observation.observers if self.recorder.observation else {}
        return [
            observer
            for context_id, observer in found.items()
            if (self.contexts is None or context_id in self.contexts) and not observer.over.is_set()
        ]

    async def events(
        self, service: str | None = None, event: Text | None = None, **criteria: Unpack[Criteria]
    ) -> list[Event]:
        """Every event of this test that has come by now and matches, oldest first."""
        wanted = expected(service, event, criteria)
        await self.recorder.settle(self.contexts)
        return await self.find(wanted, self.after)

    async def wait_for(
        self,
        service: str | None = None,
        event: Text | None = None,
        *,
        timeout: float = TIMEOUT,
        **criteria: Unpack[Criteria],
    ) -> Event:
        """The first event of this test that matches: it may have come before the call.

        Raises ExpectationError, whose message shows what came instead.
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
        """The first event that matches of those that come from now on; waited for at the end of the body.

        The timeout begins with the body. Raises ExpectationError.
        """
        wanted = expected(service, event, criteria)
        after, started = await self.mark(), trio.current_time()
        expectation = Expectation()
        yield expectation
        elapsed = trio.current_time() - started
        expectation.event = await self.wait_after(after, wanted, timeout, elapsed=elapsed)

    async def mark(self) -> int:
        """The cursor behind everything that the browser has told of before this call."""
        await self.recorder.settle(self.contexts)
        return await self.recorder.store.cursor()

    async def wait_after(self, after: int, wanted: Expected, timeout: float, *, elapsed: float = 0.0) -> Event:
        """The first event behind a cursor that matches. ``elapsed`` seconds of the timeout are over already."""
        follower = self.recorder.follower(self.query(wanted), after=after)
        deadline = trio.current_time() + timeout - elapsed if timeout else float("inf")
        async with open_tasks() as tasks:
            tasks.start_soon(self.watch_browser, wanted)
            late = False
            while True:
                page = await follower.next_page()
                for event in page:
                    if wanted.matches(event):
                        return event
                if late and not page:
                    break
                if trio.current_time() >= deadline and not late:
                    late = True
                    # What the browser has told of in time counts, also where storing it took longer.
                    with trio.move_on_after(SETTLE_DEADLINE):
                        await self.recorder.settle(self.contexts)
        raise await self.failure(after, wanted, timeout)

    async def watch_browser(self, wanted: Expected) -> None:
        await self.browser.wait_lost()
        raise BrowserLostError(f"the browser went away before {wanted} came")

    async def failure(self, after: int, wanted: Expected, timeout: float) -> ExpectationError:
        """What came instead."""
        events = await self.find(Expected(), self.after)
        late = {event.id for event in await self.find(Expected(), after)}
        observers = self.observers
        errors = [error for observer in observers for error in observer.registrations.errors]
        earlier = {event.id for event in events} - late
        waited = format_duration(timedelta(seconds=timeout))
        return ExpectationError(explain_failure(wanted, waited, events, earlier, self.known_workers(), errors))

    async def find(self, wanted: Expected, after: int) -> list[Event]:
        stored = self.recorder.store.events(self.query(wanted), after=after)
        return [event async for event in stored if wanted.matches(event)]

    def query(self, wanted: Expected) -> Query:
        """What of it SQL can tell."""
        services = () if wanted.service is None else (wanted.service,)
        # A filter of no context would take all of them.
        contexts = () if self.contexts is None else tuple(self.contexts) or ("none yet",)
        return self.recorder.mine(Query(services=services, browser_contexts=contexts, since=self.since))

    async def sync(
        self, tag: str, *, last_chance: bool = False, scope: str | None = None, timeout: float = TIMEOUT
    ) -> Event:
        """``ServiceWorker.dispatchSyncEvent``: its ``Dispatched sync event``. Raises TriggerError."""
        return await self.set_off(triggers.sync(tag, last_chance=last_chance), scope, timeout)

    async def periodic_sync(self, tag: str, *, scope: str | None = None, timeout: float = TIMEOUT) -> Event:
        """``ServiceWorker.dispatchPeriodicSyncEvent``: its ``Dispatched periodicsync event``. Raises TriggerError."""
        return await self.set_off(triggers.periodic_sync(tag), scope, timeout)

    async def push(
        self, data: str | Mapping[str, object] = "", *, scope: str | None = None, timeout: float = TIMEOUT
    ) -> Event:
        """``ServiceWorker.deliverPushMessage``: its ``Push event completed``, with the ``Status`` in the metadata.

        A mapping is sent as JSON. Raises TriggerError.
        """
        text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
        return await self.set_off(triggers.push(text), scope, timeout)

    async def set_off(self, trigger: Trigger, scope: str | None, timeout: float) -> Event:
        """Wait for an active worker, fire, and see the event that proves it stored."""
        deadline = trio.current_time() + timeout if timeout else float("inf")
        worker = await self.wait_worker(scope, deadline)
        observer = next(found for found in self.observers if found.context_id == worker.browser_context)
        left = min(max(deadline - trio.current_time(), 0.0), FOREVER)
        event = await set_off(observer, trigger, worker, timedelta(seconds=round(left, 1)))
        if trigger.outcome is not None and event.event_name != trigger.outcome:
            waited = format_duration(timedelta(seconds=timeout))
            raise TriggerError(f"{event.event_name!r} came, but {trigger.outcome!r} did not follow within {waited}")
        await self.recorder.wait_written()
        stored = await self.recorder.store.find(event.id)
        return stored[0] if stored else event

    async def wait_worker(self, scope: str | None, deadline: float) -> Worker:
        """The active worker that is meant; a page may be about to register it. Raises TriggerError."""
        with trio.move_on_at(deadline):
            while True:
                try:
                    return choose_worker(self.known_workers(), scope, None)
                except NoWorkerError:
                    await self.wait_news()
        return choose_worker(self.known_workers(), scope, None)

    async def wait_news(self) -> None:
        """Until a browser context or a worker may have changed."""
        observation = self.recorder.observation
        conditions = [observer.progress for observer in self.observers]
        if observation is not None:
            conditions.append(observation.targets_changed)
        await wait_any(*(condition.wait for condition in conditions))

    def known_workers(self) -> list[Worker]:
        found = [worker for each in self.observers for worker in workers_of(each.registrations, each.context_id)]
        return sorted(found, key=lambda worker: (worker.scope, worker.browser_context))

    async def workers(self) -> list[Worker]:
        """The service workers of these contexts, sorted by scope."""
        await self.recorder.settle(self.contexts)
        return self.known_workers()

    async def grant(self, origin: str | None = None) -> None:
        """Allow an origin, or every one, the permissions that background services need."""
        contexts = self.recorder.contexts if self.contexts is None else self.contexts
        for context_id in contexts:
            await grant(self.browser, origin, context_id)


def asked_for(part: Part | None, name: str) -> Part:
    if part is None:
        raise InvalidInputError(
            f"this browser context is not in a lab with {name}",
            f'Mark the test: @pytest.mark.bgservices(lab="{name}"), or lab="all". '
            "Where a test makes its contexts itself, ask bgservices.of(context).",
        )
    return part


@asynccontextmanager
async def open_background_services(
    browser: Browser, store: Store, lab: "Lab | None" = None
) -> AsyncIterator[BackgroundServices]:
    """Record a browser until the body ends. The test's events are those of all contexts, from now on.

    ``lab`` is what it was started in, where it was.
    """
    async with open_recorder(browser, store) as recorder:
        yield BackgroundServices(recorder, after=await store.cursor(), lab=lab)
