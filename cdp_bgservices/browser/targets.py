"""A page target to observe a browser context from: a hidden one that we make, or one that the browser shows.

BackgroundService and ServiceWorker exist in page targets only. The facts are in Chromium's
content/browser/devtools/protocol/target_handler.cc and render_frame_devtools_agent_host.cc.

In a browser with windows the profiles are observed from a part of their windows that no page is loaded into
(``browser_ui``): only the profile used last can have a hidden target, and Chromium 156 crashes when the last window of
such a profile closes while another profile is open.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from logging import getLogger
from typing import TypeVar

import msgspec
import trio
from cdp import target as target_domain

from cdp_bgservices.browser.calls import NoAnswerError
from cdp_bgservices.browser.connection import Session
from cdp_bgservices.browser.context_list import read_contexts
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.profile_folders import ProfileFolders
from cdp_bgservices.errors import BrowserError, BrowserLostError, CommandError
from cdp_bgservices.protocol import commands

log = getLogger(__name__)

Answer = TypeVar("Answer")

ATTEMPTS = 3
"""How often a context is asked whose targets go before they answer."""

NO_SUCH_CONTEXT = "Failed to find browser context"
NOT_SUPPORTED = ("Browser context management is not supported", "Not supported", "Failed to create browser context")
"""The answers of an embedder of Chromium, and of a browser in which no profile is loaded."""
NO_SUCH_TARGET = "No target with given id found"
NEEDS_A_LIVING_TARGET = "Hidden target can be created only"


OMNIBOX = "chrome://omnibox-popup.top-chrome/"
"""Open for as long as a window is."""


class ContextGoneError(BrowserError):
    """The browser context does not exist (any more), or has no target (any more) to observe it from."""


class NothingShownError(ContextGoneError):
    """The browser makes no target for us, and has no page and no window to use instead."""

    def __init__(self) -> None:
        super().__init__(
            "this browser has no page and no window from which its background services can be observed",
            "Open a page in it, and try again.",
        )


def unobservable(reason: BrowserError) -> BrowserError:
    """The error for a browser that cannot be observed at all."""
    if isinstance(reason, ContextGoneError):
        return NothingShownError()
    if not isinstance(reason, CommandError):
        return reason
    return BrowserError(
        f"this browser's background services cannot be observed: {reason}",
        "Use a full Chromium, Chrome or Edge, 116 or later, or an app based on one that has a page open.",
    )


class Found(msgspec.Struct, frozen=True):
    """A target to observe from."""

    target_id: str
    is_ours: bool = True
    """Whether it was made here, and is to be closed."""
    is_page: bool = False
    """Whether it is a user's page, which may navigate and may be offline by emulation."""


@asynccontextmanager
async def open_target(browser: Browser, context_id: str, *, share_pages: bool = False) -> AsyncIterator[Session]:
    """A session on a page target of that context; a target made for it is closed afterwards.

    With ``share_pages`` it is on an open page, if there is one, which needs no further renderer process.

    Raises ContextGoneError where the context does not exist (any more).
    """
    found = await find_target(browser, context_id, share_pages=share_pages)
    session = await attach(browser, found.target_id)
    session.target_id, session.shared, session.is_ours = found.target_id, found.is_page, found.is_ours
    try:
        yield session
    finally:
        if found.is_ours:
            session.stop_listening()
            with trio.move_on_after(1, shield=True), suppress(CommandError, BrowserLostError):
                await browser.root.call(target_domain.close_target(target_domain.TargetID(found.target_id)))
        else:
            await browser.detach(session)


async def ask_target(browser: Browser, context_id: str, ask: Callable[[Session], Awaitable[Answer]]) -> Answer:
    """The answer from a page target of that context. If the target goes before it has answered, from another.

    Raises ContextGoneError where the context does not exist (any more), CommandError, BrowserLostError with the
    browser.
    """
    for _ in range(ATTEMPTS):
        try:
            async with open_target(browser, context_id) as session:
                return await ask(session)
        except NoAnswerError:
            raise
        except BrowserLostError:
            if browser.is_lost:
                raise
    raise ContextGoneError(f"the browser context {context_id} has no target that stays open")


async def attach(browser: Browser, target_id: str) -> Session:
    browser.own_targets.add(target_id)
    try:
        return await browser.attach(target_id)
    except CommandError as error:
        if NO_SUCH_TARGET in str(error):
            raise BrowserLostError("the target is gone") from error
        raise


async def find_target(browser: Browser, context_id: str, *, share_pages: bool = False) -> Found:
    """Raises ContextGoneError, CommandError."""
    if share_pages and (page := await find_shown(browser, context_id, ("page",))):
        return page
    if browser.has_windows and not await is_made(browser, context_id):
        if shown := await find_shown(browser, context_id):
            browser.windowed_contexts.add(context_id)
            return shown
        if context_id in browser.windowed_contexts:  # Its last window is closing.
            raise ContextGoneError(f"the browser context {context_id} has no window any more")
    try:
        return await make_target(browser, context_id)
    except CommandError as error:
        if not any(text in str(error) for text in (NO_SUCH_CONTEXT, *NOT_SUPPORTED)):
            raise
        if shown := await find_shown(browser, context_id):
            return shown
        if NO_SUCH_CONTEXT in str(error):
            raise ContextGoneError(f"the browser context {context_id} was closed") from error
        raise NothingShownError from error


async def is_made(browser: Browser, context_id: str) -> bool:
    if context_id not in browser.made_contexts:
        browser.made_contexts.update((await read_contexts(browser)).made)
    return context_id in browser.made_contexts


async def find_shown(
    browser: Browser, context_id: str, kinds: tuple[str, ...] = ("browser_ui", "page")
) -> Found | None:
    """A target that the browser shows in that context, of the first of these kinds that it has."""
    targets = await browser.root.call(target_domain.get_targets())
    shown = [
        info
        for info in targets
        if info.type_ in kinds
        and context_id in ("", str(info.browser_context_id))
        and str(info.target_id) not in browser.crashed_targets
    ]
    shown.sort(key=lambda info: (kinds.index(info.type_), info.url != OMNIBOX))
    return Found(str(shown[0].target_id), is_ours=False, is_page=shown[0].type_ == "page") if shown else None


async def make_target(browser: Browser, context_id: str) -> Found:
    """Make a hidden target if the browser supports them. Raises CommandError, NothingShownError."""
    if await knows_hidden(browser):
        try:
            return Found(await create(browser, context_id, hidden=True))
        except CommandError as error:
            if NEEDS_A_LIVING_TARGET not in str(error):
                raise
        if browser.has_windows and browser.profile is not None and ProfileFolders(browser.profile).has_no_profile:
            raise NothingShownError from None  # Chromium 156 crashes if a context is made then.
        return Found(await create_beside_helper(browser, context_id))
    if page := await find_shown(browser, context_id, ("page",)):
        return page
    log.warning("this browser has no hidden targets and no page to observe from: opening one in the background")
    return Found(await create(browser, context_id, background=True))


async def create(browser: Browser, context_id: str, *, background: bool = True, hidden: bool | None = None) -> str:
    created = await browser.root.call(
        commands.create_target(
            "about:blank", browser_context_id=context_id or None, background=background, hidden=hidden
        )
    )
    return str(created["targetId"])


async def create_beside_helper(browser: Browser, context_id: str) -> str:
    """A first hidden target in a browser without a page. It needs a living page, so we make one in a context of its
    own, which users and other clients do not see, and which ends at once.
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

    A browser that does not would ignore it and open a tab. So we ask with an invalid value and an invalid context: a
    browser that knows it complains about the value, any other about the context.
    """
    if browser.hidden_targets is None:
        try:
            await browser.root.call(
                commands.create_target("about:blank", browser_context_id="none", hidden="a question")
            )
        except CommandError as error:
            browser.hidden_targets = NO_SUCH_CONTEXT not in str(error)
    return bool(browser.hidden_targets)
