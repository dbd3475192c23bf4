"""Pages that a user asked for: opened, allowed what background services need, and used."""

import math
from typing import Any

from cdp import runtime
from cdp import target as target_domain

from cdp_bgservices.browser.connection import Session
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.errors import BrowserError, CommandError
from cdp_bgservices.protocol import commands

PERMISSIONS = ("notifications", "background-sync", "background-fetch", "periodic-background-sync")
"""What background services ask for, as the Permissions specification names it."""

CENTRE = """(selector => {
  const element = document.querySelector(selector);
  element.scrollIntoView({block: 'center'});
  const box = element.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
})"""


class Page:
    """A page and a session on it."""

    def __init__(self, session: Session) -> None:
        self.session = session

    async def evaluate(self, expression: str) -> Any:
        """Its value, awaited where it is a promise. Raises BrowserError where the page throws."""
        value, thrown = await self.session.call(
            runtime.evaluate(expression, return_by_value=True, await_promise=True), limit=math.inf
        )
        if thrown is not None:
            text = (thrown.exception.description if thrown.exception else None) or thrown.text
            raise BrowserError(f"the page threw: {text}")
        return value.value

    async def wait_loaded(self) -> None:
        """Until its ``load`` event."""
        await self.evaluate(
            "document.readyState === 'complete' || "
            "new Promise(resolve => addEventListener('load', () => resolve(true), {once: true}))"
        )

    async def click(self, selector: str) -> None:
        """A real click, in the middle of the first element that matches."""
        x, y = await self.evaluate(f"{CENTRE}({selector!r})")
        for kind in ("mousePressed", "mouseReleased"):
            await self.session.call(commands.dispatch_mouse_event(kind, x, y))


async def open_page(browser: Browser, url: str, *, reuse_blank: bool = False) -> Page:
    """A page of the default context, at ``url``. Raises BrowserError where it does not load.

    ``reuse_blank`` takes the empty page that a browser of ours was started with, if it is still there.
    """
    target_id = await blank_page(browser) if reuse_blank and browser.process else None
    if target_id is None:
        try:
            created = await browser.root.call(commands.create_target("about:blank"))
        except CommandError as error:
            raise BrowserError(
                f"{url} is not opened: this browser lets no page be opened from here ({error})",
                "Open it in the browser, or in the app, by hand.",
            ) from error
        target_id = target_domain.TargetID(created["targetId"])
    browser.own_targets.add(str(target_id))
    session_id = await browser.root.call(target_domain.attach_to_target(target_id, flatten=True))
    session = browser.connection.attached(str(session_id))
    try:
        result = await session.call(commands.navigate(url), limit=math.inf)
    except CommandError as error:
        raise BrowserError(f"{url} did not load: {error}", "Give the whole address: http://…") from error
    if problem := result.get("errorText"):
        raise BrowserError(f"{url} did not load: {problem}", "Is it served, and is the address right?")
    return Page(session)


async def blank_page(browser: Browser) -> target_domain.TargetID | None:
    for info in await browser.root.call(target_domain.get_targets()):
        if info.type_ == "page" and info.url == "about:blank" and not info.attached:
            return info.target_id
    return None


async def grant(browser: Browser, origin: str | None, browser_context: str | None = None) -> None:
    """Allow an origin, or every one, what background services need, and nothing else.

    Raises BrowserError where that is not possible: in a profile that is not the one used last, in an incognito window,
    in an app on Qt WebEngine.
    """
    for permission in PERMISSIONS:
        try:
            await browser.root.call(
                commands.set_permission(permission, "granted", origin=origin, browser_context_id=browser_context)
            )
        except CommandError as error:
            where = f"context {browser_context}" if browser_context else "this browser"
            raise BrowserError(
                f"permissions cannot be granted in {where} from here ({error})",
                "Grant them in the page itself, or let the app grant them.",
            ) from error
