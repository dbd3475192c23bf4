"""Whether a browser is offline, by what a page of it says."""

import trio
from cdp import runtime

from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.errors import BrowserLostError, CommandError

LIMIT = 1.0
"""Seconds for a page to answer: one that computes, or that a debugger has paused, does not."""


async def why_offline(observer: Observer) -> str:
    """Why the browser is offline, by ``navigator.onLine`` of the page that is observed from; ``""`` if it is not known
    to be.

    DevTools' network emulation reaches the user's pages, but not a hidden one of ours.
    """
    session = observer.session
    if session is None:
        return ""
    try:
        with trio.move_on_after(LIMIT):
            value, _ = await session.call(runtime.evaluate("navigator.onLine", return_by_value=True))
            if value.value is False and session.shared:
                return "a page is offline: by DevTools' emulation, or with the whole browser"
            if value.value is False:
                return "the browser is offline, and Chromium holds syncs back until it is online"
    except (CommandError, BrowserLostError):
        pass  # It is not known, then.
    return ""
