"""Trigger a worker, and check that it happened.

Chromium always answers ``{}`` to a trigger (content/browser/devtools/protocol/service_worker_handler.cc). So the worker
is looked up first, and then we wait for the event that proves the trigger. That event does not show whether the worker
has a handler, or what it threw: the worker is asked.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from logging import getLogger

import msgspec
import trio
from cdp import runtime

from cdp_bgservices.browser.handling import watch_handler
from cdp_bgservices.browser.missing_worker import find_worker
from cdp_bgservices.browser.observer import Observer, open_observer
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.outcome import Outcome, in_words
from cdp_bgservices.browser.profile_matching import find_source
from cdp_bgservices.browser.switching import Settings
from cdp_bgservices.browser.targets import ContextGoneError
from cdp_bgservices.browser.triggers import Trigger
from cdp_bgservices.errors import BrowserLostError, CommandError, TriggerError
from cdp_bgservices.events import Event, identified
from cdp_bgservices.protocol.registrations import WorkerError
from cdp_bgservices.protocol.workers import Worker, none_left
from cdp_bgservices.query import format_duration
from cdp_bgservices.tasks import wait_any

log = getLogger(__name__)

PATIENCE = timedelta(seconds=10)
PAGE_LIMIT = 1.0
"""Seconds for a page to answer. A page that computes, or is paused in a debugger, does not answer."""
LINGER = 0.25
"""Seconds in which a handler may still throw if no event reports its end, when a person waits for the answer."""


class Watch:
    def __init__(self, trigger: Trigger, worker: Worker, observer: Observer) -> None:
        self.trigger = trigger
        self.worker = worker
        self.observer = observer
        self.began = datetime.now(UTC)
        self.is_sent = False
        self.proof: Event | None = None
        self.outcome: Event | None = None
        self.changed = trio.Event()

    async def see(self, events: Sequence[Event]) -> None:
        is_replay = self.observer.arming.unobserved_since is not None
        for event in events:
            # Each session begins with a replay, and old events prove nothing.
            is_old = is_replay and event.timestamp < self.began
            if event.registration_id != self.worker.registration_id or is_old:
                continue
            if self.proof is None and self.trigger.proof(event):
                self.proof = event
            elif self.proof and self.outcome is None and event.event_name == self.trigger.outcome:
                self.outcome = event
        if self.outcome or (self.proof and self.trigger.outcome is None):
            self.changed.set()


async def fire(
    browser: Browser,
    trigger: Trigger,
    *,
    scope: str | None = None,
    browser_context: str | None = None,
    timeout: timedelta = PATIENCE,
    source: str | None = None,
    check: bool = True,
) -> Event:
    """Trigger it, and return the event that proves it; of a push the event that it completed, if that follows in time.
    A worker that is registered and not active yet has ``timeout`` to become so.

    A service that is not recorded is switched on for this time, and then off again. ``source`` is the name of the
    browser's first profile. If it is unknown which of several open profiles the event belongs to, it has no source, and
    must not be stored. If the worker has no handler, the logger ``cdp_bgservices`` warns.

    Raises TriggerError, with the reason if it is known; with ``check``, HandlerError if the worker's handler threw at
    once, or Chromium reports that it did not succeed; BrowserError.
    """
    outcome = await dispatch(
        browser, trigger, scope=scope, browser_context=browser_context, timeout=timeout, source=source
    )
    if outcome.remark:
        log.warning("%s", outcome.remark)
    if check:
        outcome.check()
    return outcome.event


async def dispatch(
    browser: Browser,
    trigger: Trigger,
    *,
    scope: str | None = None,
    browser_context: str | None = None,
    timeout: timedelta = PATIENCE,
    source: str | None = None,
    linger: float = 0.0,
) -> Outcome:
    """As :func:`fire`, with everything that is known about the outcome. Raises TriggerError, BrowserError."""
    worker = await find_worker(browser, scope, browser_context, timeout)
    settings = Settings(source=source or browser.source, services=(trigger.service,), rearm=False)
    async with open_observer(browser, worker.browser_context, settings) as (observer, tasks):
        recordings = [service for service, state in observer.recordings.items() if not state.was_recording]
        found: list[str] = []
        known = trio.Event()

        async def find() -> None:
            found.append(await find_source(observer) or "")
            known.set()

        tasks.start_soon(find)
        try:
            outcome = await fire_at(observer, trigger, worker, timeout, linger=linger)
            await known.wait()
            event = identified(msgspec.structs.replace(outcome.event, source=found[0]))
            return msgspec.structs.replace(outcome, event=event)
        finally:
            with trio.move_on_after(5, shield=True):
                await observer.stop(stop_recording=recordings)


async def fire_at(
    observer: Observer, trigger: Trigger, worker: Worker, timeout: timedelta, *, linger: float = 0.0
) -> Outcome:
    """The same in a context that is observed already.

    ``linger``: seconds in which a handler may still throw after its event was dispatched, if no event reports its end.
    """
    try:
        return await fire_there(observer, trigger, worker, timeout, linger)
    except ContextGoneError as error:
        raise none_left(error) from error


async def fire_there(
    observer: Observer, trigger: Trigger, worker: Worker, timeout: timedelta, linger: float
) -> Outcome:
    """Raises ContextGoneError in the moment in which the context ends, TriggerError, BrowserError."""
    watch = Watch(trigger, worker, observer)

    async def send() -> None:
        if trigger.act is None:
            await observer.present.call(lambda: trigger.command(worker))
        else:
            await trigger.act(worker)
        watch.is_sent = True

    async with watch_handler(observer, worker, trigger.event_type) as handler:
        observer.reception.watchers.append(watch.see)
        try:
            with trio.move_on_after(timeout.total_seconds()):
                await send()
                await wait_any(watch.changed.wait, observer.over.wait)
        finally:
            observer.reception.watchers.remove(watch.see)
        if observer.over.is_set() and not watch.changed.is_set():
            raise observer.present.loss
        if not watch.is_sent:
            late = f"it could not be sent to the worker of {worker.scope} within {format_duration(timeout)}"
            raise TriggerError(late, "Try again, or give a longer --timeout.")
        if watch.proof is None:
            raise await explain(observer, trigger, worker, timeout, handler.errors)
        handling = await handler.look(watch.proof.timestamp, 0.0 if watch.outcome else linger)
    return Outcome(
        event=watch.outcome or watch.proof,
        missing="" if watch.outcome or trigger.outcome is None else trigger.outcome,
        scope=worker.scope,
        event_type=trigger.event_type,
        handling=handling,
    )


async def explain(
    observer: Observer, trigger: Trigger, worker: Worker, timeout: timedelta, errors: Sequence[WorkerError]
) -> TriggerError:
    """Why no event followed, as far as the browser shows it. ``errors``: what the worker threw in this time."""
    said = f"the browser took the command, but no event followed within {format_duration(timeout)}"
    if errors:
        return TriggerError(f"{said}: the worker of {worker.scope} failed: {in_words(errors[-1])}", "Fix the worker.")
    if trigger.why_waiting is not None and (known := await trigger.why_waiting()):
        return TriggerError(*known)
    if trigger.needs_network and (offline := await why_offline(observer)):
        return TriggerError(f"{said}: {offline}", "Connect it to a network: the loopback interface is not enough.")
    versions = observer.registrations.versions
    if worker.version_id in versions and versions[worker.version_id].status == "redundant":
        return TriggerError(f"{said}: the worker of {worker.scope} was replaced in the meantime", "Try again.")
    state = observer.recordings.get(trigger.service)
    if state is not None and not state.is_recording:
        return TriggerError(f"{said}: another client switched the recording of {trigger.service} off", "Try again.")
    return TriggerError(
        f"{said}: the worker of {worker.scope} did not start, or is offline by DevTools' network emulation",
        "Check the worker (cdp-bgservices workers), or give a longer --timeout.",
    )


async def why_offline(observer: Observer) -> str:
    """Why the browser is offline, by ``navigator.onLine`` of the page that is observed from; ``""`` if it is online or
    that is unknown.

    DevTools' network emulation applies to the user's pages, but not to our hidden one.
    """
    session = observer.session
    if session is None:
        return ""
    try:
        with trio.move_on_after(PAGE_LIMIT):
            value, _ = await session.call(runtime.evaluate("navigator.onLine", return_by_value=True))
            if value.value is False and session.shared:
                return "a page is offline: by DevTools' emulation, or with the whole browser"
            if value.value is False:
                return "the browser is offline, and Chromium delays syncs until it is online"
    except (CommandError, BrowserLostError):
        pass  # Then it is unknown.
    return ""
