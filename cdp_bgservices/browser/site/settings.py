"""A site's own settings, as a user changes them on the page chrome://settings/content/siteDetails.

Chromium 156 crashes where a hidden target is navigated to its settings, and what is in a tab is a page for Playwright
and for other clients. So the page is opened in a window of DevTools: when a client first sees that, it is not a page.
"""

import json
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import trio
from cdp import target as target_domain

from cdp_bgservices.browser.connection import Session
from cdp_bgservices.browser.opening import Browser, open_session
from cdp_bgservices.browser.pages import Page
from cdp_bgservices.browser.targets import make_target
from cdp_bgservices.errors import BrowserError, BrowserLostError, CommandError
from cdp_bgservices.protocol import commands
from cdp_bgservices.vocabulary.permissions import DENIED, GRANTED, NOTIFICATIONS, PROMPT, PUSH

TYPES = {
    NOTIFICATIONS: NOTIFICATIONS,
    PUSH: NOTIFICATIONS,
    "background-sync": "background-sync",
    "payment-handler": "payment-handler",
}
"""The types of settings that the page can change; Chromium ends where it is asked for another."""
VALUES = {GRANTED: "allow", DENIED: "block", PROMPT: "default"}
READ = {"allow": "allow", "block": "block", "ask": "default"}
"""What the page reads for each of them."""
LIMIT = 20.0
"""Seconds."""

ADDRESS = "chrome://settings/content/siteDetails?site="
LOOK = """import("chrome://resources/js/cr.js")
  .then(({{ sendWithPromise }}) => sendWithPromise("getOriginPermissions", {origin}, [{type}]))
  .then(([found]) => found.setting)"""


def is_settable(name: str, state: str) -> bool:
    """Whether a permission has a setting with this state: Chromium never prompts for some of them."""
    return name in TYPES and (state != PROMPT or TYPES[name] == NOTIFICATIONS)


async def change_setting(browser: Browser, origin: str, name: str, state: str) -> None:
    """Change a setting of the default context, as if it had another value before: so that a subscription that an
    override has allowed is taken away, too. Raises BrowserError.
    """
    type_, value = TYPES[name], VALUES[state]
    with trio.move_on_after(LIMIT) as scope:
        async with open_settings(browser, origin) as page:
            if await read_setting(page, origin, type_) == value:
                await send_setting(page, origin, type_, next(each for each in VALUES.values() if each != value))
            await send_setting(page, origin, type_, value)
            if (found := await read_setting(page, origin, type_)) != value:
                raise BrowserError(
                    f"the setting of {name!r} for {origin} is {found!r}, not {value!r}",
                    "See whether a policy of this machine sets it: chrome://policy.",
                )
    if scope.cancelled_caught:
        raise BrowserError(f"the browser's page of settings did not answer within {LIMIT:g} s", "Is the machine busy?")


async def send_setting(page: Page, origin: str, type_: str, value: str) -> None:
    await page.evaluate(f"void chrome.send('setOriginPermissions', {json.dumps([origin, type_, value])})")


async def read_setting(page: Page, origin: str, type_: str) -> str:
    setting = await page.evaluate(LOOK.format(origin=json.dumps(origin), type=json.dumps(type_)))
    return READ.get(setting, str(setting))


@asynccontextmanager
async def open_settings(browser: Browser, origin: str) -> AsyncIterator[Page]:
    """The page of a site's settings in the default context. Raises BrowserError."""
    beside = await make_target(browser, "")
    opened = [beside.target_id] if beside.is_ours else []
    try:
        try:
            window = await browser.root.call(commands.open_dev_tools(beside.target_id))
        except CommandError as error:
            raise BrowserError(
                f"this browser does not let a client change its settings ({error})",
                "Use a Chromium that knows Target.openDevTools, such as 156, or real=False for an override.",
            ) from error
        opened.append(window)
        browser.own_targets.update(opened)
        async with open_session(browser, window) as session:
            try:
                await session.call(commands.navigate(f"{ADDRESS}{origin}"), limit=math.inf)
                yield Page(session)
            finally:
                await close_quickly(browser, window, session)
    finally:
        for target in reversed(opened):
            await close_quickly(browser, target)


async def close_quickly(browser: Browser, target: str, session: Session | None = None) -> None:
    """Returns once it is gone, if there is a session on it; a second is the limit, even if cancelled."""
    with trio.move_on_after(1, shield=True), suppress(CommandError, BrowserLostError):
        await browser.root.call(target_domain.close_target(target_domain.TargetID(target)))
        if session is not None:
            await session.ended.wait()
