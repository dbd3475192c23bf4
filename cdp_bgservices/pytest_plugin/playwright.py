"""Playwright's Chromium, made reachable and recorded from its start."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from inspect import iscoroutinefunction
from typing import Any

from cdp_bgservices.browser.context_list import list_contexts
from cdp_bgservices.browser.opening import profile_in
from cdp_bgservices.errors import BackgroundServicesError, BrowserError
from cdp_bgservices.pytest_plugin.contexts import Contexts, Place, Reach
from cdp_bgservices.pytest_plugin.lab_contexts import Labs
from cdp_bgservices.pytest_plugin.launch_options import PORT, launch_options, refuse_headless_shell
from cdp_bgservices.pytest_plugin.steps import Steps, wrap
from cdp_bgservices.testing.blocking import wait as wait_blocking

__tracebackhide__ = True
"""pytest shows a failed test, and none of the frames here."""


class Instruments:
    """What the browsers of one Playwright are started with, and what is known of them."""

    def __init__(self, chromium: Any, contexts: Contexts) -> None:
        self.chromium = chromium
        self.contexts = contexts
        self.awaiting = iscoroutinefunction(chromium.launch)
        self.labs = Labs(self, chromium.launch_persistent_context)
        wrap(chromium, "launch", self.launch, awaiting=self.awaiting)
        wrap(chromium, "launch_persistent_context", self.launch_persistent, awaiting=self.awaiting)
        wrap(chromium, "connect_over_cdp", self.connect, awaiting=self.awaiting)

    # What Playwright's methods do besides.

    def launch(self, original: Callable[..., Any], **options: Any) -> Steps[Any]:
        browser = yield original(**launch_options(self.chromium, options))
        reach = yield from self.reach(browser, is_used=False)
        reach.options = options

        def close(original: Callable[..., Any], **options: Any) -> Steps[None]:
            return self.labs.close_made(original, reach, **options)

        wrap(browser, "close", close, awaiting=self.awaiting)
        return browser

    def launch_persistent(self, original: Callable[..., Any], user_data_dir: Any, **options: Any) -> Steps[Any]:
        if self.labs.parts:
            return (yield from self.labs.launch(user_data_dir, options))
        context = yield original(user_data_dir, **launch_options(self.chromium, options))
        if context.browser is not None:
            yield from self.reach(context.browser)
        yield from self.take_up(context)
        return context

    def connect(self, original: Callable[..., Any], endpoint_url: str, **options: Any) -> Steps[Any]:
        browser = yield original(endpoint_url, **options)
        yield from self.reach(browser, endpoint_url)
        return browser

    def make_context(self, original: Callable[..., Any], browser: Any, **options: Any) -> Steps[Any]:
        reach = self.contexts.reaches[browser]
        if self.labs.parts and reach.lab is None:
            return (yield from self.labs.make_context(reach, options))
        context = yield original(**options)
        new = yield from self.note_new(reach)
        if len(new) == 1:  # Where several are made at once, a page of each will tell.
            self.contexts.places[context] = new[0]
        yield from self.take_up(context)
        if reach.lab is not None:
            self.labs.forward_sites(context, reach.lab)
        return context

    def make_page(self, original: Callable[..., Any], browser: Any, **options: Any) -> Steps[Any]:
        """``browser.new_page()``: with a context that is closed with it."""
        reach = self.contexts.reaches[browser]
        if self.labs.parts and reach.lab is None:
            return (yield from self.labs.make_page(reach, options))
        page = yield original(**options)
        yield from self.note_new(reach)
        yield from self.take_up(page.context)
        if reach.lab is not None:
            self.labs.forward_sites(page.context, reach.lab)
        return page

    def take_up(self, context: Any) -> Steps[None]:
        """A context that was just made: its timeouts are ours, and its end is known."""
        original = context.set_default_timeout
        timeouts = self.contexts.timeouts

        def set_default_timeout(timeout: float) -> None:
            timeouts[context] = timeout
            original(timeout)

        context.set_default_timeout = set_default_timeout
        places = self.contexts.places
        if context.pages and context not in places:
            reach = self.contexts.reaches.get(context.browser)
            if reach is not None and reach.failure is None:
                yield from self.place(context)

        def note_closed(closed: Any = None) -> None:
            if context in places:
                places[context].closed = True

        context.on("close", note_closed)

    def note_new(self, reach: Reach) -> Steps[Sequence[Place]]:
        """The contexts that have come; the test's marker counts for them."""
        if reach.failure is not None:
            return []
        listed = yield self.submit(list_contexts, reach.recorded().recorder.browser)
        new = self.contexts.note(reach, listed)
        yield from self.grant(new)
        return new

    def grant(self, places: Sequence[Place]) -> Steps[None]:
        test = self.contexts.test
        if test is not None and test.marker.grants:
            yield self.submit(self.contexts.grant, test, places)

    # From a Playwright browser to a recorder, from a Playwright context to its id.

    def reach(self, browser: Any, endpoint: str | None = None, *, is_used: bool = True) -> Steps[Reach]:
        """Record a browser. Why it cannot be is for the tests that want it."""
        reach = self.contexts.reaches[browser] = Reach(self.contexts.maker)
        try:
            session = yield browser.new_browser_cdp_session()
            product = (yield session.send("Browser.getVersion"))["product"]
            line = (yield session.send("SystemInfo.getInfo")).get("commandLine", "")
            yield session.detach()
            refuse_headless_shell(product)
            profile = profile_in(line)
            if endpoint is None and PORT not in line:
                raise BrowserError(
                    "this browser was started without a debugging port",
                    f"Take the fixture 'playwright', which bgservices prepares, or launch it with args=['{PORT}=0'].",
                )
            reach.capture = yield self.submit(self.contexts.captures.open, endpoint or str(profile))
        except BackgroundServicesError as error:
            reach.failure = error
        for place in (yield from self.note_new(reach)):
            place.since, place.is_used = reach.started, is_used

        def make_context(original: Callable[..., Any], **options: Any) -> Steps[Any]:
            return self.make_context(original, browser, **options)

        def make_page(original: Callable[..., Any], **options: Any) -> Steps[Any]:
            return self.make_page(original, browser, **options)

        wrap(browser, "new_context", make_context, awaiting=self.awaiting)
        wrap(browser, "new_page", make_page, awaiting=self.awaiting)
        return reach

    def reach_of(self, browser: Any) -> Steps[Reach]:
        return self.contexts.reaches.get(browser) or (yield from self.reach(browser))

    def place(self, context: Any) -> Steps[Place]:
        """Which of the browser's contexts it is. Raises BrowserError."""
        places = self.contexts.places
        if context not in places:
            browser = context.browser
            if browser is None:
                raise BrowserError("Playwright does not tell the browser of this context", "Update Playwright.")
            reach = yield from self.reach_of(browser)
            reach.recorded()
            if not context.pages:
                raise BrowserError("this context cannot be told from others before it has a page", "Open one first.")
            session = yield context.new_cdp_session(context.pages[0])
            context_id = (yield session.send("Target.getTargetInfo"))["targetInfo"]["browserContextId"]
            yield session.detach()
            self.contexts.note(reach, [context_id])
            places[context] = self.contexts.known[context_id]
        return places[context]

    def submit(self, function: Callable[..., Any], *args: Any) -> Any:
        """A step of ours, in the portal."""
        return self.wait(self.contexts.captures.portal.submit(function, *args))

    def wait(self, future: "Future[Any]") -> Any:
        """Its result, or what to await for it. Playwright's own loop goes on meanwhile: a test's routes and
        handlers, without which the page might never get to the event that is waited for."""
        if self.awaiting:
            return asyncio.wrap_future(future)
        pump = getattr(self.chromium, "_sync", None)  # Playwright's API offers no other way in.
        return pump(result_of(future)) if pump else wait_blocking(future)


async def result_of(future: "Future[Any]") -> Any:
    """In Playwright's loop. A coroutine of ours: pytest would show Playwright's own."""
    return await asyncio.wrap_future(future)
