"""Find out from the open pages why a browser does not have any service worker."""

from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec
import trio
from cdp import runtime
from cdp import target as target_domain

from cdp_bgservices.browser.each_context import list_workers
from cdp_bgservices.browser.opening import Browser, open_session
from cdp_bgservices.errors import BrowserLostError, CommandError
from cdp_bgservices.protocol.workers import NoneRegisteredError, NotActiveError, Worker, choose_worker

LIMIT = 1.0
"""Seconds for a page to answer. A page that computes, or is paused in a debugger, does not answer."""

LOOK_EVERY = 0.1
"""Seconds between two looks at a worker that becomes active."""

MOST = 10

SCHEMES = ("http:", "https:")
"""Of the pages that can register a worker. An extension's worker is not registered by a page."""

LOOK = """JSON.stringify({
  secure: isSecureContext,
  available: 'serviceWorker' in navigator,
  register: String(navigator.serviceWorker?.register ?? ''),
})"""

NONE = "no page has registered a service worker in this browser"


class Look(msgspec.Struct, frozen=True):
    """What a page says about itself."""

    secure: bool
    """Whether it is a secure context: https, or this machine."""
    available: bool
    register: str
    """The source text of ``navigator.serviceWorker.register``."""


async def find_worker(browser: Browser, scope: str | None, browser_context: str | None, patience: timedelta) -> Worker:
    """The worker that is meant. If it is registered, and not active yet, wait for it for ``patience``.

    Raises TriggerError, with the reason if there is none or it stays inactive, and BrowserError.
    """
    deadline = trio.current_time() + patience.total_seconds()
    while True:
        try:
            return choose_worker(await list_workers(browser), scope, browser_context)
        except NotActiveError:
            if trio.current_time() >= deadline:
                raise
        except NoneRegisteredError:
            raise await explain_missing(browser) from None
        await trio.sleep(LOOK_EVERY)


async def explain_missing(browser: Browser, contexts: Collection[str] | None = None) -> NoneRegisteredError:
    """The error for a browser, or some of its contexts, without a worker. Its pages may show the cause."""
    pages: dict[str, Look | None] = {}
    with suppress(CommandError, BrowserLostError):
        for info in await browser.root.call(target_domain.get_targets()):
            is_asked = info.type_ == "page" and info.url.startswith(SCHEMES)
            if is_asked and (contexts is None or str(info.browser_context_id) in contexts) and len(pages) < MOST:
                pages[address_of(info.url)] = await look(browser, info.target_id)
    cause = cause_of(pages)
    return NoneRegisteredError(NONE + cause.text, cause.remedy)


def address_of(url: str) -> str:
    """Without its query, which may contain secrets."""
    return urlsplit(url)._replace(query="", fragment="").geturl()


async def look(browser: Browser, target_id: target_domain.TargetID) -> Look | None:
    """None where it does not answer."""
    with trio.move_on_after(LIMIT), suppress(CommandError, BrowserLostError, msgspec.DecodeError):
        async with open_session(browser, target_id) as session:
            value, _ = await session.call(runtime.evaluate(LOOK, return_by_value=True, silent=True))
            return msgspec.json.decode(str(value.value), type=Look)
    return None


class Cause(NamedTuple):
    """What the first page that shows a cause shows, by its address; and what to do about it."""

    text: str
    """It follows ``no worker is registered``; empty where no page is open."""
    clause: str
    """The same, standing alone."""
    remedy: str


def cause_of(pages: dict[str, Look | None]) -> Cause:
    for url, seen in pages.items():
        if seen is not None and not seen.secure:
            return shown(
                f"{url} is not a secure context, and so has no navigator.serviceWorker",
                "Serve it over https, or open it at localhost or 127.0.0.1.",
            )
        if seen is not None and not seen.available:
            return shown(
                f"{url} has no navigator.serviceWorker",
                "Check what forbids it: the browser's settings or policies, or a sandboxed frame.",
            )
        if seen is not None and "[native code]" not in seen.register:
            return shown(
                f"service workers are blocked in {url}, where navigator.serviceWorker.register was replaced",
                'Allow them. In Playwright that is service_workers="block" of the context: use "allow", its default.'
                if "Playwright" in seen.register
                else "Check what replaced it: a test tool or an extension. Playwright does this to block them.",
            )
    if silent := [url for url, seen in pages.items() if seen is None]:
        clause = f"{silent[0]} did not answer"
        return Cause(f", and {clause}", clause, "Check whether it hangs, or is paused.")
    if pages:
        url = next(iter(pages))
        return Cause(
            f", though {url} is open",
            f"{url} is open, but has registered none",
            "Check in its console whether it calls register(), and with which error that is rejected. "
            "Chromium removes a worker whose install handler fails. "
            "A certificate that the browser does not trust is one reason: see --ignore-https-errors.",
        )
    return Cause("", "no page of it is open", "Open the page first.")


def shown(clause: str, remedy: str) -> Cause:
    return Cause(f": {clause}", clause, remedy)
