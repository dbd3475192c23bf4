"""A worker's push subscription, asked of the worker itself: its page need not be open."""

from typing import Any

import trio
from cdp import runtime, service_worker

from cdp_bgservices.browser.connection import Session
from cdp_bgservices.browser.opening import Browser, note_all, open_session
from cdp_bgservices.browser.targets import ContextGoneError, ask_target
from cdp_bgservices.errors import TriggerError
from cdp_bgservices.protocol.registrations import Registrations
from cdp_bgservices.protocol.workers import Worker, none_left

STARTING = 10.0
"""Seconds for a stopped worker to start."""
SUBSCRIPTION = "registration.pushManager.getSubscription().then(found => found && JSON.stringify(found))"


async def read_subscription(browser: Browser, worker: Worker) -> str | None:
    """The JSON of ``PushSubscription.toJSON()``; None without a subscription. A stopped worker is started.

    Raises TriggerError where it does not start or its context has ended, BrowserError.
    """

    async def read_from(session: Session) -> str | None:
        session.listen()
        await session.call(service_worker.enable())
        await session.call(service_worker.start_worker(worker.scope))
        registrations = Registrations()
        with trio.move_on_after(STARTING):
            while (target := running_target(registrations, worker)) is None:
                note_all(session, await session.notifications(), registrations.note)
        if target is None:
            raise TriggerError(
                f"the worker of {worker.scope} did not start within {STARTING:g} s, so its subscription is unknown",
                "Check the worker: cdp-bgservices workers.",
            )
        return await evaluate(browser, target)

    try:
        return await ask_target(browser, worker.browser_context, read_from)
    except ContextGoneError as error:
        raise none_left(error) from error


def running_target(registrations: Registrations, worker: Worker) -> str | None:
    """Its target, once it runs."""
    version = registrations.versions.get(worker.version_id)
    return version.target_id or None if version is not None and version.running_status == "running" else None


async def evaluate(browser: Browser, target: str) -> str | None:
    value: Any
    async with open_session(browser, target) as session:
        value, thrown = await session.call(runtime.evaluate(SUBSCRIPTION, return_by_value=True, await_promise=True))
    if thrown is not None:
        raise TriggerError(f"the worker could not read its subscription: {thrown.text}", "Check the worker.")
    return None if value.value is None else str(value.value)
