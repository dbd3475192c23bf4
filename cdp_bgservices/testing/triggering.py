"""A trigger that a test sets off: what came of it is raised, or warned of."""

import warnings
from datetime import timedelta
from typing import TYPE_CHECKING

import trio

from cdp_bgservices.browser import triggers
from cdp_bgservices.browser.triggers import Trigger
from cdp_bgservices.errors import TriggerError
from cdp_bgservices.events import Event
from cdp_bgservices.query import format_duration

if TYPE_CHECKING:
    from cdp_bgservices.testing.services import BackgroundServices

FOREVER = 365 * 86_400.0


async def set_off(
    services: "BackgroundServices", trigger: Trigger, scope: str | None, timeout: float, *, check: bool
) -> Event:
    """Wait for an active worker, fire, and see the event that proves it stored.

    Warns where the worker has no handler. Raises TriggerError; with ``check``, HandlerError where the handler failed.
    """
    deadline = trio.current_time() + timeout if timeout else float("inf")
    worker = await services.wait_worker(scope, deadline)
    observer = next(found for found in services.observers if found.context_id == worker.browser_context)
    left = min(max(deadline - trio.current_time(), 0.0), FOREVER)
    outcome = await triggers.set_off(observer, trigger, worker, timedelta(seconds=round(left, 1)))
    await services.recorder.wait_written()
    if check:
        outcome.check()
    if outcome.missing:
        waited = format_duration(timedelta(seconds=timeout))
        raise TriggerError(f"{outcome.event.event_name!r} came, but {outcome.missing!r} did not follow within {waited}")
    if outcome.remark:
        warnings.warn(outcome.remark, stacklevel=2)
    stored = await services.recorder.store.find(outcome.event.id)
    return stored[0] if stored else outcome.event
