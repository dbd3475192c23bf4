"""What a Playwright test is given: the services of its own contexts, and of others."""

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from inspect import iscoroutinefunction
from typing import Any

from cdp_bgservices.errors import BrowserError, InvalidInputError
from cdp_bgservices.pytest_plugin.context_scope import ContextScope
from cdp_bgservices.pytest_plugin.contexts import Contexts, OwnedContext, RunningTest
from cdp_bgservices.pytest_plugin.playwright import WrappedChromium
from cdp_bgservices.pytest_plugin.steps import Steps, run_awaiting, run_now
from cdp_bgservices.testing.asynchronous.services import AsyncioBackgroundServices
from cdp_bgservices.testing.blocking import BlockingBackgroundServices
from cdp_bgservices.testing.portal import asyncio_wait, blocking_wait
from cdp_bgservices.testing.services import DEFAULT_TIMEOUT, BackgroundServices

__tracebackhide__ = True  # pytest does not show the frames of this module.


class Faces:
    def __init__(self, contexts: Contexts) -> None:
        self.contexts = contexts
        self.running: list[WrappedChromium] = []
        """Of each Playwright that is running, the newest last."""

    def open(self, kind: Callable[..., Any], owner: Any, browser: Any = None) -> Steps[Any]:
        """The services of a Playwright context; if that is None, of all contexts of the test. ``browser`` is one that
        the test uses: raises BrowserError if it is not recorded."""
        test = self.contexts.test
        assert test is not None, "a test is running"
        if browser is not None:
            recording = yield from self.chromium_of(browser).browsers.recording_of(browser)
            recording.recorded()
        if owner not in test.services:
            owned = None if owner is None else (yield from self.look_up(owner, test))
            if owned is None:
                where = "the browser contexts of this test"
                scope = ContextScope(self.contexts, partial(self.contexts.checked, test), where)
            else:
                scope = ContextScope(self.contexts, lambda: [owned])
            test.services[owner] = kind(self, BackgroundServices(scope, test.after), owner)
        return test.services[owner]

    def look_up(self, context: Any, test: RunningTest) -> Steps[OwnedContext]:
        """A context that the test asks for becomes the test's: it is kept, and granted what the marker says."""
        browsers = self.chromium_of(context).browsers
        owned = yield from browsers.owned_context(context)
        test.asked.append(owned)
        yield from browsers.grant([owned])
        return owned

    def context_of(self, given: Any, *, awaiting: bool) -> Any:
        """The context of a page, or the context itself. Raises InvalidInputError for anything else, and for one of the
        other API."""
        context = getattr(given, "context", given)
        if not hasattr(context, "new_cdp_session") or not hasattr(context, "pages"):
            raise InvalidInputError(
                f"of() takes a browser context or a page, not {given!r}",
                "Give what browser.new_context(), browser.new_page() or launch_persistent_context() returns.",
            )
        if iscoroutinefunction(context.new_cdp_session) != awaiting:
            mine, other = ("asynchronous", "synchronous") if awaiting else ("synchronous", "asynchronous")
            raise InvalidInputError(
                f"this bgservices is of Playwright's {mine} API, and the context is of its {other} one",
                "pytest-playwright is for the synchronous API, pytest-playwright-asyncio for the asynchronous one.",
            )
        return context

    def chromium_of(self, owner: Any) -> WrappedChromium:
        """The running Playwright that a browser or a context belongs to: the newest of its API."""
        awaiting = iscoroutinefunction(owner.close)
        for each in reversed(self.running):
            if each.browsers.awaiting == awaiting:
                return each
        raise BrowserError("the Playwright of this context is not running", "Call it while Playwright is running.")

    def wait(self, future: "Future[Any]") -> Any:
        """In the loop of a synchronous Playwright, if one is running."""
        for each in reversed(self.running):
            if not each.browsers.awaiting:
                return each.browsers.wait(future)
        return blocking_wait(future)

    def timeout_of(self, owner: Any) -> Callable[[], float]:
        """Milliseconds."""
        return lambda: DEFAULT_TIMEOUT if owner is None else self.contexts.timeouts.get(owner, DEFAULT_TIMEOUT)


class PlaywrightBackgroundServices(BlockingBackgroundServices):
    """Of one browser context, or of all contexts of a test. Timeouts are in milliseconds, by default the context's."""

    def __init__(self, faces: Faces, services: BackgroundServices, owner: Any) -> None:
        super().__init__(faces.contexts.captures.portal, services, faces.wait, faces.timeout_of(owner))
        self.faces = faces

    def of(self, context: Any) -> "PlaywrightBackgroundServices":
        """The services of another Playwright context, or of a page's. Raises InvalidInputError, BrowserError."""
        opened: PlaywrightBackgroundServices = run_now(
            self.faces.open(PlaywrightBackgroundServices, self.faces.context_of(context, awaiting=False))
        )
        return opened


class AsyncioPlaywrightBackgroundServices(AsyncioBackgroundServices):
    """The same for Playwright's asynchronous API."""

    def __init__(self, faces: Faces, services: BackgroundServices, owner: Any) -> None:
        super().__init__(faces.contexts.captures.portal, services, asyncio_wait, faces.timeout_of(owner))
        self.faces = faces

    async def of(self, context: Any) -> "AsyncioPlaywrightBackgroundServices":
        """The services of another Playwright context, or of a page's. Raises InvalidInputError, BrowserError."""
        opened: AsyncioPlaywrightBackgroundServices = await run_awaiting(
            self.faces.open(AsyncioPlaywrightBackgroundServices, self.faces.context_of(context, awaiting=True))
        )
        return opened
