"""Which way a push goes: really, by the push service of an open lab, or as DevTools emulates it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import trio

from cdp_bgservices.browser.missing_worker import find_worker
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.subscriptions import read_subscription
from cdp_bgservices.browser.triggers import Trigger, push, web_push
from cdp_bgservices.errors import BrowserError, InvalidInputError, TriggerError
from cdp_bgservices.lab.control import START_AGAIN, open_labs
from cdp_bgservices.protocol.workers import Worker
from cdp_bgservices.rpc.client import ask

EMULATED = "delivered as DevTools does it, not as a web push"
LOST = "If the folder of its push service is lost, let the page call unsubscribe(), and subscribe again"
"""Chromium gives a page the same subscription until it has unsubscribed."""
WAITING = {
    "network": (
        "the lab's network is offline",
        "Switch it on: cdp-bgservices network online. Then the message is delivered.",
    ),
    "browser": (
        "the browser is not connected to it",
        "Start it with the lab's arguments unchanged.",
    ),
}
"""What a message waits for, in words, and the remedy."""


async def choose_push(
    browser: Browser,
    text: str,
    lab: str | None,
    scope: str | None,
    browser_context: str | None,
    timeout: timedelta,
    say: Callable[[str], None],
) -> Trigger:
    """A web push where a lab is open whose push service knows the worker's subscription; it is said which way it goes.

    Without a lab nothing is said: there is one way then. ``timeout``: for the worker to become active.
    Raises TriggerError, BrowserError.
    """
    if not lab and not await find_labs():
        return push(text)
    worker = await find_worker(browser, scope, browser_context, timeout)
    trigger, way = await route_push(browser, text, Path(lab) if lab else None, worker)
    say(way)
    return trigger


async def route_push(browser: Browser, text: str, named: Path | None, worker: Worker) -> tuple[Trigger, str]:
    """To this worker, by the lab that is named, or else by that which knows its subscription; and which way it goes,
    in words. Raises TriggerError where it is at another lab than the one that is named, BrowserError.
    """
    subscription = await read_subscription(browser, worker)
    if subscription is None:
        return push(text), f"{EMULATED}: the worker of {worker.scope} has no subscription"
    lab = named if named is not None and await knows(named, subscription) else None
    if lab is None:
        for other in await find_labs():
            with suppress(BrowserError):  # It has ended since.
                if other != named and await knows(other, subscription):
                    lab = other
                    break
    if lab is None:
        way = f"{EMULATED}: the subscription of {worker.scope} is at another push service than the lab's. {LOST}"
        return push(text), way
    if named is not None and lab != named:
        raise TriggerError(f"the subscription of {worker.scope} is at another lab than {named}", f"Give --lab {lab}.")
    ask_what = partial(at_lab, lab, "push.waitsFor", subscription=subscription)

    async def why_waiting() -> tuple[str, str] | None:
        what, remedy = WAITING.get(await ask_what(), ("", ""))
        return (f"the message waits in the lab's push service: {what}", remedy) if what else None

    way = "sent as a web push, encrypted, through the lab's push service"
    if await ask_what() == "network":  # A browser may be about to connect.
        way += f", where it waits: {WAITING['network'][0]}"
    send = partial(at_lab, lab, "push.send", subscription=subscription, data=text)
    return web_push(text, send, why_waiting), way


async def knows(lab: Path, subscription: str) -> bool:
    """Whether a lab has a push service, and this is a subscription of it. Raises BrowserError where none answers."""
    try:
        return bool(await at_lab(lab, "push.knows", subscription=subscription))
    except InvalidInputError:  # It has no push service.
        return False


async def at_lab(lab: Path, method: str, **arguments: object) -> Any:
    return await trio.to_thread.run_sync(lambda: ask(lab, method, arguments, remedy=START_AGAIN))


async def find_labs() -> list[Path]:
    """Those that are open; none where this system, or this user, cannot have any."""
    try:
        return await trio.to_thread.run_sync(open_labs)
    except InvalidInputError:
        return []
