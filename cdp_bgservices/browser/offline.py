"""Whether a browser is offline, as one of its pages reports it."""

import trio
from cdp import runtime

from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.errors import BrowserLostError, CommandError

LIMIT = 1.0
"""Seconds for a page to answer. A page that computes, or is paused in a debugger, does not answer."""


async def why_offline(observer: Observer) -> str:
    """Why the browser is offline, by ``navigator.onLine`` of the page that is observed from; ``""`` if it is online or
    that is unknown.

    DevTools' network emulation applies to the user's pages, but not to our hidden one.
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
                return "the browser is offline, and Chromium delays syncs until it is online"
    except (CommandError, BrowserLostError):
        pass  # Then it is unknown.
    return ""
