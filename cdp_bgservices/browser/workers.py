"""The service workers of a browser."""

import trio
from cdp import service_worker

from cdp_bgservices.browser.context_list import read_contexts
from cdp_bgservices.browser.each_context import ask_each
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.targets import open_target
from cdp_bgservices.protocol.registrations import Registrations
from cdp_bgservices.protocol.workers import Worker, workers_of

LISTING_DEADLINE = 5.0
"""Seconds for a browser to report the registrations of one context."""


async def list_workers(browser: Browser) -> list[Worker]:
    """The workers of all browser contexts, sorted by scope. A context that cannot be asked is logged as a warning.

    Raises BrowserError where no context can be asked: an empty list would be wrong.
    """
    found = await ask_each(browser, await read_contexts(browser), workers_in, "which workers there are in")
    workers = [worker for each in found.values() for worker in each]
    return sorted(workers, key=lambda worker: (worker.scope, worker.browser_context))


async def workers_in(browser: Browser, context_id: str) -> list[Worker]:
    """The workers of one context. Raises ContextGoneError, CommandError."""
    registrations = Registrations()
    async with open_target(browser, context_id) as session:
        session.listen()
        await session.call(service_worker.enable())
        with trio.move_on_after(LISTING_DEADLINE):
            # Both lists come right after the reply, even if they are empty: versions last.
            while not registrations.reported:
                for message in await session.notifications():
                    registrations.note(message)
    return workers_of(registrations, context_id)
