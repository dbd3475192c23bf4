"""Permissions: DevTools' overrides, and in the lab a site's own settings; and what the open pages see of them."""

import json
import math
from urllib.parse import urlsplit

import trio
from cdp import runtime
from cdp import target as target_domain

from cdp_bgservices.browser.context_list import read_contexts
from cdp_bgservices.browser.downloads import allow_downloads
from cdp_bgservices.browser.opening import Browser, open_session
from cdp_bgservices.browser.site.settings import change_setting, is_settable
from cdp_bgservices.browser.targets import ContextGoneError
from cdp_bgservices.errors import BrowserError, BrowserLostError, CommandError, InvalidInputError
from cdp_bgservices.protocol import commands
from cdp_bgservices.vocabulary.permissions import GRANTED, NEEDED, PROMPT, PUSH, parse_permission

LIMIT = 2.0
"""Seconds for a page to notice a change. A page that computes, or is paused in a debugger, does not answer."""

SEEN = """(async (description, wanted, limit) => {
  const status = await navigator.permissions.query(description);
  if (status.state !== wanted)
    await new Promise(resolve => {
      status.onchange = () => status.state === wanted && resolve();
      setTimeout(resolve, limit);
    });
  return status.state;
})"""
"""The state that a page sees, once it is the wanted one or the time is over."""


async def grant(browser: Browser, origin: str | None, browser_context: str | None = None) -> None:
    """Grant an origin, or all origins, the permissions that background services need, and no others.

    In a browser that was launched here, background fetches then need no click, either.

    Raises BrowserError where that is impossible: in a profile that is not the one used last, in an incognito window, in
    an app on Qt WebEngine; ContextGoneError where the context has ended.
    """
    for name in NEEDED:
        await override(browser, origin, name, GRANTED, browser_context)
    await allow_downloads(browser, browser_context)


async def set_permission(
    browser: Browser,
    origin: str | None,
    name: str,
    state: str,
    browser_context: str | None = None,
    *,
    real: bool | None = None,
) -> None:
    """Set a permission of an origin, or of all origins, and return once the open pages of that origin see it.

    It is DevTools' override, which ends with our connection. In the lab it is also the site's own setting, if Chromium
    has one: ``real`` requires that, or excludes it. ``real=True`` also works in a browser that was launched here.

    Raises InvalidInputError for an unknown name or state, and with ``real`` where there is no setting; BrowserError
    where the browser refuses, and ContextGoneError where the context has ended.
    """
    name, state = parse_permission(name, state)
    is_wanted = browser.in_lab if real is None else real
    reason = await why_not_real(browser, origin, name, state, browser_context) if is_wanted else ""
    if real and reason:
        raise InvalidInputError(f"the real setting cannot be changed: {reason}", "Leave out real=True.")
    # The override has to agree with the setting: one that was made before, by any client, would hide it.
    await override(browser, origin, name, state, browser_context)
    if origin is None:
        return  # A page for whose origin it was set has that.
    if is_wanted and not reason:
        browser.changed_settings.add((origin, name))
        await change_setting(browser, origin, name, state)
    await wait_seen(browser, origin, name, state, browser_context)


async def withdraw(browser: Browser) -> None:
    """Set back every setting that was changed here. Raises BrowserError."""
    for origin, name in sorted(browser.changed_settings):
        # Chromium allows at first what it never prompts for.
        await change_setting(browser, origin, name, PROMPT if is_settable(name, PROMPT) else GRANTED)
        browser.changed_settings.discard((origin, name))


async def why_not_real(browser: Browser, origin: str | None, name: str, state: str, browser_context: str | None) -> str:
    """Why a permission has no setting of its own that may be changed here; empty if it has."""
    if not browser.in_lab and browser.process is None:
        return "this browser is not in the lab, and its profile may be a user's"
    if origin is None:
        return "a site's settings are those of one origin"
    if not is_settable(name, state):
        return f"Chromium's settings do not have {name!r} as {state!r}"
    if browser_context not in (None, (await read_contexts(browser)).default):
        return "only the default browser context has settings of its own"
    return ""


async def override(
    browser: Browser, origin: str | None, name: str, state: str, browser_context: str | None = None
) -> None:
    """Raises BrowserError where it is impossible, ContextGoneError where the context has ended."""
    try:
        await browser.root.call(commands.set_permission(name, state, origin=origin, browser_context_id=browser_context))
    except CommandError as error:
        contexts = await read_contexts(browser)
        if browser_context and browser_context not in (*contexts.shown, *contexts.made):
            raise ContextGoneError(f"the browser context {browser_context} was closed") from error
        if browser_context and contexts.default is None and contexts.shown == (browser_context,):
            # The default context of CEF, and of a Chromium before 2025: its id, which its targets have, is not found.
            await override(browser, origin, name, state)
            return
        where = f"context {browser_context}" if browser_context else "this browser"
        raise BrowserError(
            f"permissions cannot be {'granted' if state == GRANTED else 'set'} in {where} from here ({error})",
            "Grant them in the page, or let the app grant them.",
        ) from error


async def wait_seen(browser: Browser, origin: str, name: str, state: str, browser_context: str | None) -> None:
    """Wait until the open pages of an origin see a permission. Raises BrowserError for one that sees another."""
    description = {"name": name, **({"userVisibleOnly": True} if name == PUSH else {})}
    arguments = ", ".join(json.dumps(each) for each in (description, state, LIMIT * 1000))
    for info in await browser.root.call(target_domain.get_targets()):
        found = urlsplit(info.url)
        is_meant = info.type_ == "page" and f"{found.scheme}://{found.netloc}" == origin
        if not is_meant or browser_context not in (None, info.browser_context_id):
            continue
        if (seen := await ask(browser, str(info.target_id), f"{SEEN}({arguments})")) not in (None, state):
            raise BrowserError(
                f"the page {info.url.partition('?')[0]} has the permission {name!r} as {seen!r}, not as {state!r}",
                "Is it a secure context (https, or this machine)? Does another client set permissions there?",
            )


async def ask(browser: Browser, target_id: str, expression: str) -> str | None:
    """The value of an expression in a page; None if it does not answer, or has ended."""
    with trio.move_on_after(LIMIT * 2):
        try:
            async with open_session(browser, target_id) as session:
                evaluation = runtime.evaluate(expression, return_by_value=True, await_promise=True)
                value, thrown = await session.call(evaluation, limit=math.inf)
                return None if thrown is not None else str(value.value)
        except CommandError:
            return None  # The page was closed or has navigated.
        except BrowserLostError:
            if browser.is_lost:
                raise
    return None
