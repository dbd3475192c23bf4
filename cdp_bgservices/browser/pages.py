"""Pages: opened and used."""

import math
from typing import Any

from cdp import runtime
from cdp import target as target_domain

from cdp_bgservices.browser.connection import Session
from cdp_bgservices.browser.https import CERTIFICATE_ERROR, REMEDY
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.errors import BrowserError, CommandError
from cdp_bgservices.protocol import commands

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
        """The value of an expression, awaited if it is a promise. Raises BrowserError if the page throws."""
        value, thrown = await self.session.call(
            runtime.evaluate(expression, return_by_value=True, await_promise=True), limit=math.inf
        )
        if thrown is not None:
            text = (thrown.exception.description if thrown.exception else None) or thrown.text
            raise BrowserError(f"the page threw: {text}")
        return value.value

    async def wait_loaded(self) -> None:
        """Wait for its ``load`` event."""
        await self.evaluate(
            "document.readyState === 'complete' || "
            "new Promise(resolve => addEventListener('load', () => resolve(true), {once: true}))"
        )

    async def click(self, selector: str) -> None:
        """Click with the mouse in the middle of the first element that matches."""
        x, y = await self.evaluate(f"{CENTRE}({selector!r})")
        for kind in ("mousePressed", "mouseReleased"):
            await self.session.call(commands.dispatch_mouse_event(kind, x, y))


async def open_page(browser: Browser, url: str, *, reuse_blank: bool = False) -> Page:
    """A page of the default context, at ``url``. Raises BrowserError where it does not load.

    ``reuse_blank`` takes the empty page that a launched browser began with, if it is still open.
    """
    target_id = await blank_page(browser) if reuse_blank and browser.process else None
    if target_id is None:
        try:
            created = await browser.root.call(commands.create_target("about:blank"))
        except CommandError as error:
            raise BrowserError(
                f"{url} cannot be opened: this browser does not let a client open pages ({error})",
                "Open it in the browser, or in the app, by hand.",
            ) from error
        target_id = target_domain.TargetID(created["targetId"])
    browser.own_targets.add(str(target_id))
    session = await browser.attach(target_id)
    try:
        result = await session.call(commands.navigate(url), limit=math.inf)
    except CommandError as error:
        raise BrowserError(f"{url} did not load: {error}", "Give the full URL: http://…") from error
    if problem := result.get("errorText"):
        remedy = REMEDY if problem.startswith(CERTIFICATE_ERROR) else "Check the URL, and that its server is running."
        raise BrowserError(f"{url} did not load: {problem}", remedy)
    return Page(session)


async def blank_page(browser: Browser) -> target_domain.TargetID | None:
    for info in await browser.root.call(target_domain.get_targets()):
        if info.type_ == "page" and info.url == "about:blank" and not info.attached:
            return info.target_id
    return None
