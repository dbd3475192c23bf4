"""A trigger of a test: it raises or warns if the worker did not handle it well."""

from datetime import timedelta

import trio

from cdp_bgservices.browser.triggers import Trigger
from cdp_bgservices.errors import BrowserLostError, TriggerError
from cdp_bgservices.events import Event
from cdp_bgservices.protocol.workers import NoneRegisteredError, NoWorkerError, Worker, none_left
from cdp_bgservices.query import format_duration
from cdp_bgservices.tasks import wait_any
from cdp_bgservices.testing.scope import View
from cdp_bgservices.testing.situation import explain_no_worker

LOOK_EVERY = 0.25
"""Seconds between two looks for a worker in a browser that was not there before."""
FOREVER = 365 * 86_400.0


async def trigger_worker(view: View, trigger: Trigger, scope: str | None, timeout: float, *, check: bool) -> Event:
    """Wait for an active worker, fire, and wait until the event that proves it is stored.

    Warns if the worker has no handler. Raises TriggerError; with ``check``, HandlerError if the handler failed.
    """
    deadline = trio.current_time() + timeout if timeout else float("inf")
    worker = await wait_worker(view, scope, deadline)
    left = min(max(deadline - trio.current_time(), 0.0), FOREVER)
    try:
        outcome = await view.scope.open_contexts.trigger(trigger, worker, timedelta(seconds=round(left, 1)))
    except BrowserLostError as error:
        raise none_left(view.scope.ended() or error) from error
    await view.scope.settle()
    if check:
        outcome.check()
    if outcome.missing:
        waited = format_duration(timedelta(seconds=timeout))
        raise TriggerError(f"{outcome.event.event_name!r} came, but {outcome.missing!r} did not follow within {waited}")
    if outcome.remark:
        view.scope.warn(outcome.remark)
    stored = await view.scope.store.find(outcome.event.id)
    return stored[0] if stored else outcome.event


async def wait_worker(view: View, scope: str | None, deadline: float) -> Worker:
    """Wait for the active worker that matches: a page may be about to register it. Raises TriggerError."""
    with trio.move_on_at(deadline):
        while True:
            try:
                return view.scope.open_contexts.choose_worker(scope)
            except NoWorkerError:
                if ended := view.scope.ended():
                    raise none_left(ended) from None
                await wait_change(view)
    try:
        return view.scope.open_contexts.choose_worker(scope)
    except NoneRegisteredError:
        raise await explain_no_worker(view) from None


async def wait_change(view: View) -> None:
    """Wait until a browser context or a worker may have changed."""
    changes = [each.observation.changed for each in view.scope.recorders if each.observation is not None]
    with trio.move_on_after(LOOK_EVERY):  # Another browser may have been started.
        await wait_any(*(change.wait for change in changes))
