"""A page target to observe from that nobody sees: hidden, or what comes nearest to it.

BackgroundService and ServiceWorker exist in page targets only. The facts are in Chromium's
content/browser/devtools/protocol/target_handler.cc and render_frame_devtools_agent_host.cc.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from logging import getLogger

import trio
from cdp import target as target_domain

from cdp_bgservices.browser import commands
from cdp_bgservices.browser.connection import Session
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.errors import BrowserError, BrowserLostError, CommandError

log = getLogger(__name__)

NO_SUCH_CONTEXT = "Failed to find browser context"
NO_SUCH_TARGET = "No target with given id found"
NEEDS_A_LIVING_TARGET = "Hidden target can be created only"


class ContextGoneError(BrowserError):
    """The browser context does not exist (any more)."""


@asynccontextmanager
async def open_target(browser: Browser, context_id: str, *, share_pages: bool = False) -> AsyncIterator[Session]:
    """A session on a page target of that context; a target made for it is closed afterwards.

    With ``share_pages`` on a page that is there, if one is: that takes no renderer process of its own.

    Raises ContextGoneError where there is no such context (any more).
    """
    target_id, ours = await find_target(browser, context_id, share_pages=share_pages)
    session_id = await attach(browser, target_id)
    session = browser.connection.attached(str(session_id))
    session.target_id, session.shared = target_id, not ours
    try:
        yield session
    finally:
        session.stop_listening()
        with trio.move_on_after(1, shield=True), suppress(CommandError, BrowserLostError):
            if ours:
                await browser.root.call(target_domain.close_target(target_domain.TargetID(target_id)))
            else:
                await browser.root.call(target_domain.detach_from_target(session_id))


async def attach(browser: Browser, target_id: str) -> target_domain.SessionID:
    browser.own_targets.add(target_id)
    try:
        return await browser.root.call(target_domain.attach_to_target(target_domain.TargetID(target_id), flatten=True))
    except CommandError as error:
        if NO_SUCH_TARGET in str(error):
            raise BrowserLostError("the target is gone") from error
        raise


async def find_target(browser: Browser, context_id: str, *, share_pages: bool = False) -> tuple[str, bool]:
    """A target, and whether it was made for us and is ours to close."""
    if share_pages and (page := await find_page(browser, context_id)):
        return page, False
    if await knows_hidden(browser):
        try:
            return await create(browser, context_id, hidden=True), True
        except CommandError as error:
            if NEEDS_A_LIVING_TARGET not in str(error):
                raise
        return await create_beside_helper(browser, context_id), True
    if page := await find_page(browser, context_id):
        return page, False
    log.warning("this browser has no hidden targets and no page to observe from: opening one in the background")
    return await create(browser, context_id, background=True), True


async def find_page(browser: Browser, context_id: str) -> str | None:
    for info in await browser.root.call(target_domain.get_targets()):
        if info.type_ == "page" and str(info.browser_context_id) == context_id:
            return str(info.target_id)
    return None


async def create(browser: Browser, context_id: str, *, background: bool = True, hidden: bool | None = None) -> str:
    try:
        created = await browser.root.call(
            commands.create_target(
                "about:blank", browser_context_id=context_id or None, background=background, hidden=hidden
            )
        )
    except CommandError as error:
        if NO_SUCH_CONTEXT in str(error):
            raise ContextGoneError(f"the browser context {context_id} is gone") from error
        raise
    return str(created["targetId"])


async def create_beside_helper(browser: Browser, context_id: str) -> str:
    """A first hidden target in a browser that has no page at all: it needs one alive, so we make one that
    no user and no other client takes for theirs, in a context of its own that goes at once.
    """
    helper = await browser.root.call(commands.create_browser_context(dispose_on_detach=True))
    browser.own_contexts.add(helper)
    try:
        await create(browser, helper)
        return await create(browser, context_id, hidden=True)
    finally:
        with trio.move_on_after(1, shield=True), suppress(CommandError, BrowserLostError):
            await browser.root.call(target_domain.dispose_browser_context(target_domain.BrowserContextID(helper)))


async def knows_hidden(browser: Browser) -> bool:
    """Whether ``Target.createTarget`` knows ``hidden``.

    A browser that does not would ignore it and open a tab, so it is asked with a value and a context that
    are both impossible: the one that knows complains about the value, the other about the context.
    """
    if browser.hidden_targets is None:
        try:
            await browser.root.call(
                commands.create_target("about:blank", browser_context_id="none", hidden="a question")
            )
        except CommandError as error:
            browser.hidden_targets = NO_SUCH_CONTEXT not in str(error)
    return bool(browser.hidden_targets)
