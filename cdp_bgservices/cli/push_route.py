"""Which way a push goes: really, by the push service of an open lab, or as DevTools emulates it."""

from functools import partial
from pathlib import Path
from typing import Any

import trio

from cdp_bgservices.browser.missing_worker import find_worker
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.subscriptions import read_subscription
from cdp_bgservices.browser.triggers import Trigger, push, web_push
from cdp_bgservices.browser.workers import Worker
from cdp_bgservices.cli.output import say
from cdp_bgservices.errors import BackgroundServicesError, InvalidInputError
from cdp_bgservices.lab.control import ask, newest_lab

EMULATED = "delivered as DevTools does it, not as a web push"


async def choose_push(
    browser: Browser, text: str, lab: str | None, scope: str | None, browser_context: str | None
) -> Trigger:
    """A web push where a lab is open whose push service knows the worker's subscription; it is said which way it goes.

    Without a lab nothing is said: there is one way then. Raises TriggerError, BrowserError.
    """
    socket = find_lab(lab)
    if socket is None:
        return push(text)
    worker = await find_worker(browser, scope, browser_context)
    trigger, way = await route_push(browser, text, socket, worker)
    say(way)
    return trigger


async def route_push(browser: Browser, text: str, socket: Path, worker: Worker) -> tuple[Trigger, str]:
    """To this worker, by the lab at this socket; and which way it goes, in words."""
    subscription = await read_subscription(browser, worker)
    if subscription is None:
        return push(text), f"{EMULATED}: the worker of {worker.scope} has no subscription"

    async def at_lab(command: str, **arguments: object) -> Any:
        return await trio.to_thread.run_sync(lambda: ask(socket, command, subscription=subscription, **arguments))

    try:
        knows = await at_lab("push.knows")
    except InvalidInputError:  # It has no push service.
        knows = False
    if not knows:
        return push(text), f"{EMULATED}: the subscription of {worker.scope} is at another push service than the lab's"
    send = partial(at_lab, "push.send", data=text)
    return web_push(text, send), "sent as a web push, encrypted, through the lab's push service"


def find_lab(named: str | None) -> Path | None:
    """The one that is named, or the newest that is open."""
    if named is not None:
        return Path(named)
    try:
        return newest_lab()
    except BackgroundServicesError:
        return None
