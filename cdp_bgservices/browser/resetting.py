"""The profile of a browser that was started here, as if it were new."""

import trio
from cdp import browser as browser_domain
from cdp import network, storage
from cdp import target as target_domain

from cdp_bgservices.browser.context_list import read_contexts
from cdp_bgservices.browser.opening import Browser, open_session
from cdp_bgservices.browser.permissions import withdraw
from cdp_bgservices.errors import BrowserError, CommandError, InvalidInputError
from cdp_bgservices.protocol import commands

LIMIT = 10.0
"""Seconds for a page to close. Chromium gives its handlers half a second."""


async def reset_profile(browser: Browser) -> None:
    """Close the pages of the default context, withdraw its permissions, and clear what its sites have stored, their
    workers and the cache.

    Raises InvalidInputError for a browser that was not started here, BrowserError.
    """
    if browser.process is None and not browser.in_lab:
        raise InvalidInputError(
            "this browser was not started here, and its profile may be a user's: it is not cleared",
            "Start one, or make a new browser context for each test.",
        )
    created = await browser.root.call(commands.create_target("about:blank"))
    blank = target_domain.TargetID(created["targetId"])
    browser.own_targets.add(str(blank))
    async with open_session(browser, blank) as session:
        await close_pages(browser, blank)
        await browser.root.call(browser_domain.reset_permissions())  # An override would hide a setting.
        await withdraw(browser)
        await session.call(storage.clear_data_for_origin("*", "all"))
        await session.call(network.clear_browser_cache())
    await close_page(browser, blank)


async def close_pages(browser: Browser, but: str) -> None:
    """All of the default context but one. Raises BrowserError."""
    default = (await read_contexts(browser)).default
    async with trio.open_nursery() as nursery:
        for info in await browser.root.call(target_domain.get_targets()):
            is_meant = info.type_ == "page" and str(info.browser_context_id or "") == default
            if is_meant and info.target_id != but:
                nursery.start_soon(close_page, browser, info.target_id)


async def close_page(browser: Browser, target: target_domain.TargetID) -> None:
    """Returns once it is closed. Raises BrowserError."""
    with trio.move_on_after(LIMIT) as scope:
        try:
            session = await browser.attach(target)
            await browser.root.call(target_domain.close_target(target))
        except CommandError:
            return  # It has closed by itself.
        await session.ended.wait()
    if scope.cancelled_caught:
        raise BrowserError(f"a page did not close within {LIMIT:g} s", "Does it show a dialog? Answer that first.")
