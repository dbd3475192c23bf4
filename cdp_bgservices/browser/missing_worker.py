"""Finds out from the open pages why there is no service worker at all."""

from collections.abc import Collection
from contextlib import suppress
from urllib.parse import urlsplit

import msgspec
import trio
from cdp import runtime
from cdp import target as target_domain

from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.workers import list_workers
from cdp_bgservices.errors import BrowserLostError, CommandError
from cdp_bgservices.protocol.workers import NoneRegisteredError, Worker, choose_worker

LIMIT = 1.0
"""Seconds for the pages to answer: one that computes, or that a debugger has paused, does not."""

MOST = 10
"""Pages that are asked."""

SCHEMES = ("http:", "https:")
"""Of pages that can register a worker, besides extensions, whose worker is not a page's."""

LOOK = """JSON.stringify({
  secure: isSecureContext,
  available: 'serviceWorker' in navigator,
  register: String(navigator.serviceWorker?.register ?? ''),
})"""

NONE = "no page has registered a service worker in this browser"


class Look(msgspec.Struct, frozen=True):
    """What a page says of itself."""

    secure: bool
    """Whether it is a secure context: https, or this machine."""
    available: bool
    """Whether it has ``navigator.serviceWorker``."""
    register: str
    """The source text of ``navigator.serviceWorker.register``."""


async def find_worker(browser: Browser, scope: str | None, browser_context: str | None) -> Worker:
    """The one that is meant. Raises TriggerError, which says why there is none, BrowserError."""
    try:
        return choose_worker(await list_workers(browser), scope, browser_context)
    except NoneRegisteredError:
        raise await explain_missing(browser) from None


async def explain_missing(browser: Browser, contexts: Collection[str] | None = None) -> NoneRegisteredError:
    """The error for a browser, or some contexts of it, without any worker; the cause that its pages show."""
    pages: dict[str, Look | None] = {}
    with suppress(CommandError, BrowserLostError):
        for info in await browser.root.call(target_domain.get_targets()):
            is_asked = info.type_ == "page" and info.url.startswith(SCHEMES)
            if is_asked and (contexts is None or str(info.browser_context_id) in contexts) and len(pages) < MOST:
                url = urlsplit(info.url)._replace(query="", fragment="").geturl()  # They may hold what is secret.
                pages[url] = await look(browser, info.target_id)
    return cause(pages)


async def look(browser: Browser, target_id: target_domain.TargetID) -> Look | None:
    """None where it does not answer."""
    with trio.move_on_after(LIMIT), suppress(CommandError, BrowserLostError, msgspec.DecodeError):
        session_id = await browser.root.call(target_domain.attach_to_target(target_id, flatten=True))
        try:
            session = browser.connection.attached(str(session_id))
            value, _ = await session.call(runtime.evaluate(LOOK, return_by_value=True, silent=True))
            return msgspec.json.decode(str(value.value), type=Look)
        finally:
            with trio.move_on_after(LIMIT, shield=True):
                await browser.root.call(target_domain.detach_from_target(session_id))
    return None


def cause(pages: dict[str, Look | None]) -> NoneRegisteredError:
    """By what the pages at these addresses say; the first that shows one."""
    for url, seen in pages.items():
        if seen is not None and not seen.secure:
            return NoneRegisteredError(
                f"{NONE}: {url} is not a secure context, and so has no navigator.serviceWorker",
                "Serve it over https, or open it at localhost or 127.0.0.1.",
            )
        if seen is not None and not seen.available:
            return NoneRegisteredError(
                f"{NONE}: {url} has no navigator.serviceWorker",
                "Look at what forbids it: the browser's settings or policies, or a sandboxed frame.",
            )
        if seen is not None and "[native code]" not in seen.register:
            return NoneRegisteredError(
                f"{NONE}: service workers are blocked in {url}, where navigator.serviceWorker.register was replaced",
                'Allow them. In Playwright that is service_workers="block" of the context: use "allow", its default.'
                if "Playwright" in seen.register
                else "Look at what replaced it: a test tool or an extension, as Playwright does to block them.",
            )
    if silent := [url for url, seen in pages.items() if seen is None]:
        return NoneRegisteredError(f"{NONE}, and {silent[0]} did not answer", "Look whether it hangs, or is paused.")
    if pages:
        url = next(iter(pages))
        return NoneRegisteredError(
            f"{NONE}, though {url} is open",
            "Look at its console: whether it calls register(), and what that is rejected with. "
            "A certificate that the browser does not trust is one reason.",
        )
    return NoneRegisteredError(NONE, "Open the page first.")
