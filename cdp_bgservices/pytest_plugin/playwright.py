"""Playwright's Chromium, made reachable and recorded from its start."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from cdp_bgservices.browser.context_list import list_contexts
from cdp_bgservices.browser.opening import profile_in
from cdp_bgservices.errors import BackgroundServicesError, BrowserError
from cdp_bgservices.events import Event
from cdp_bgservices.pytest_plugin.choosing import PORT, launch_options, refuse_headless_shell
from cdp_bgservices.pytest_plugin.labs import Labs
from cdp_bgservices.pytest_plugin.steps import Steps, run_awaiting, run_now, wrap
from cdp_bgservices.testing.asynchronous import AsyncioBackgroundServices
from cdp_bgservices.testing.blocking import DEFAULT_TIMEOUT, BlockingBackgroundServices
from cdp_bgservices.testing.blocking import wait as wait_blocking
from cdp_bgservices.testing.captures import Capture, Captures
from cdp_bgservices.testing.services import BackgroundServices

if TYPE_CHECKING:
    from cdp_bgservices.lab.opening import Lab

__tracebackhide__ = True
"""pytest shows a failed test, and none of the frames here."""


class Reach:
    """One browser of Playwright's: its recording, or why there is none."""

    def __init__(self) -> None:
        self.started = datetime.now(UTC)
        self.capture: Capture | None = None
        self.failure: BackgroundServicesError | None = None
        self.known: set[str] = set()
        """Browser contexts that were there before the next one is made."""
        self.growing: list[list[str]] = []
        """The contexts of tests that make theirs themselves."""
        self.options: Mapping[str, Any] | None = None
        """What it was launched with; None for one that was not launched for its contexts."""
        self.made: dict[Any, Callable[[], Any]] = {}
        """Contexts that were made in it and are in a lab, in browsers of their own: how to close each."""
        self.lab: Lab | None = None
        """What it was started in."""

    def recorded(self) -> Capture:
        """Raises why there is no recording (any more)."""
        if failure := self.failure or (self.capture and self.capture.failure):
            raise failure
        assert self.capture is not None
        return self.capture


class Place:
    """A browser context of Playwright's, as the DevTools protocol knows it."""

    def __init__(self, reach: Reach, context_id: str, *, kept: bool = False) -> None:
        self.reach = reach
        self.context_id = context_id
        self.since = reach.started if kept else None
        """A profile that is kept has events from before."""
        self.used = False
        """Whether a test has looked at it already."""


class Instruments:
    """What the browsers of one Playwright are started with, and what is known of them."""

    def __init__(self, chromium: Any, captures: Captures, parts: Callable[[], tuple[str, ...]]) -> None:
        self.chromium = chromium
        self.captures = captures
        self.awaiting = iscoroutinefunction(chromium.launch)
        self.reaches: WeakKeyDictionary[Any, Reach] = WeakKeyDictionary()
        self.places: WeakKeyDictionary[Any, Place] = WeakKeyDictionary()
        self.timeouts: WeakKeyDictionary[Any, float] = WeakKeyDictionary()
        self.labs = Labs(self, parts, chromium.launch_persistent_context)
        wrap(chromium, "launch", self.launch, awaiting=self.awaiting)
        wrap(chromium, "launch_persistent_context", self.launch_persistent, awaiting=self.awaiting)
        wrap(chromium, "connect_over_cdp", self.connect, awaiting=self.awaiting)

    # What Playwright's methods do besides.

    def launch(self, original: Callable[..., Any], **options: Any) -> Steps[Any]:
        browser = yield original(**launch_options(self.chromium, options))
        reach = yield from self.reach(browser)
        reach.options = options

        def close(original: Callable[..., Any], **options: Any) -> Steps[None]:
            return self.labs.close_made(original, reach, **options)

        wrap(browser, "close", close, awaiting=self.awaiting)
        return browser

    def launch_persistent(self, original: Callable[..., Any], user_data_dir: Any, **options: Any) -> Steps[Any]:
        if self.labs.parts():
            return (yield from self.labs.launch(user_data_dir, options))
        context = yield original(user_data_dir, **launch_options(self.chromium, options))
        if context.browser is not None:
            yield from self.reach(context.browser)
        self.note_timeouts(context)
        return context

    def connect(self, original: Callable[..., Any], endpoint_url: str, **options: Any) -> Steps[Any]:
        browser = yield original(endpoint_url, **options)
        yield from self.reach(browser, endpoint_url)
        return browser

    def make_context(self, original: Callable[..., Any], browser: Any, **options: Any) -> Steps[Any]:
        reach = self.reaches[browser]
        if self.labs.parts() and reach.lab is None:
            return (yield from self.labs.make_context(reach, options))
        context = yield original(**options)
        self.note_timeouts(context)
        if reach.lab is not None:
            self.labs.forward_sites(context, reach.lab)
        if reach.failure is None:
            contexts = yield self.submit(list_contexts, reach.recorded().recorder.browser)
            new = set(contexts) - reach.known
            reach.known.update(new)
            if len(new) == 1:  # Where several are made at once, a page of each will tell.
                (context_id,) = new
                self.places[context] = Place(reach, context_id)
                for contexts in reach.growing:
                    contexts.append(context_id)
        return context

    def note_timeouts(self, context: Any) -> None:
        original = context.set_default_timeout

        def set_default_timeout(timeout: float) -> None:
            self.timeouts[context] = timeout
            original(timeout)

        context.set_default_timeout = set_default_timeout

    def timeout_of(self, context: Any) -> float:
        """Milliseconds."""
        return self.timeouts.get(context, DEFAULT_TIMEOUT)

    # From a Playwright browser to a recorder, from a Playwright context to its id.

    def reach(self, browser: Any, endpoint: str | None = None) -> Steps[Reach]:
        """Record a browser. Why it cannot be is for the tests that want it."""
        reach = self.reaches[browser] = Reach()
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
            reach.capture = yield self.submit(self.captures.open, endpoint or str(profile))
            reach.known = set((yield self.submit(list_contexts, reach.capture.recorder.browser)))
        except BackgroundServicesError as error:
            reach.failure = error

        def make_context(original: Callable[..., Any], **options: Any) -> Steps[Any]:
            return self.make_context(original, browser, **options)

        wrap(browser, "new_context", make_context, awaiting=self.awaiting)
        return reach

    def place(self, context: Any) -> Steps[Place]:
        """Which of the browser's contexts it is. Raises BrowserError."""
        if context not in self.places:
            browser = context.browser
            if browser is None:
                raise BrowserError("Playwright does not tell the browser of this context", "Update Playwright.")
            reach = self.reaches.get(browser) or (yield from self.reach(browser))
            capture = reach.recorded()
            if not context.pages:
                raise BrowserError("this context cannot be told from others before it has a page", "Open one first.")
            session = yield context.new_cdp_session(context.pages[0])
            context_id = (yield session.send("Target.getTargetInfo"))["targetInfo"]["browserContextId"]
            yield session.detach()
            self.places[context] = Place(reach, context_id, kept=capture.recorder.is_profile(context_id))
        return self.places[context]

    def submit(self, function: Callable[..., Any], *args: Any) -> Any:
        """A step of ours, in the portal."""
        return self.wait(self.captures.portal.submit(function, *args))

    def wait(self, future: "Future[Any]") -> Any:
        """Its result, or what to await for it. Playwright's own loop goes on meanwhile: a test's routes and
        handlers, without which the page might never get to the event that is waited for."""
        if self.awaiting:
            return asyncio.wrap_future(future)
        pump = getattr(self.chromium, "_sync", None)  # Playwright's API offers no other way in.
        return pump(asyncio.wrap_future(future, loop=self.chromium._loop)) if pump else wait_blocking(future)

    # For the fixtures.

    def open(self, owner: Any, grants: Sequence[str | None]) -> Steps[Any]:
        """Services of a Playwright context, or of those that will be made in a Playwright browser."""
        if hasattr(owner, "new_context"):
            reach = self.reaches.get(owner) or (yield from self.reach(owner))
            contexts: list[str] = []
            services = BackgroundServices(reach.recorded().recorder, contexts=contexts)
            reach.growing.append(contexts)
        else:
            place = yield from self.place(owner)
            reach = place.reach
            services = BackgroundServices(
                reach.recorded().recorder, contexts=[place.context_id], since=place.since, lab=reach.lab
            )
            if place.used:  # By a test before this one.
                services.after = yield self.submit(services.mark)
            place.used = True
        for origin in grants:
            yield self.submit(services.grant, origin)
        kind = AsyncioPlaywrightBackgroundServices if self.awaiting else PlaywrightBackgroundServices
        return kind(self, services, owner, reach)

    def close(self, opened: Any, keep: Callable[[Sequence[Event]], None] | None) -> Steps[None]:
        """Raises why recording ended in the middle of the test, where it has."""
        services: BackgroundServices = opened.services
        reach: Reach = opened.reach
        reach.growing = [contexts for contexts in reach.growing if contexts is not services.contexts]
        reach.recorded()
        if keep is not None:
            keep((yield self.submit(services.events)))


class PlaywrightBackgroundServices(BlockingBackgroundServices):
    """Of one browser context. Timeouts are in milliseconds, and by default the context's own."""

    def __init__(self, instruments: Instruments, services: BackgroundServices, owner: Any, reach: Reach) -> None:
        portal = instruments.captures.portal
        super().__init__(portal, services, instruments.wait, lambda: instruments.timeout_of(owner))
        self.instruments = instruments
        self.reach = reach

    def of(self, context: Any) -> "PlaywrightBackgroundServices":
        """The same of another Playwright context."""
        opened: PlaywrightBackgroundServices = run_now(self.instruments.open(context, ()))
        return opened


class AsyncioPlaywrightBackgroundServices(AsyncioBackgroundServices):
    """The same for Playwright's asynchronous API."""

    def __init__(self, instruments: Instruments, services: BackgroundServices, owner: Any, reach: Reach) -> None:
        super().__init__(instruments.captures.portal, services, lambda: instruments.timeout_of(owner))
        self.instruments = instruments
        self.reach = reach

    async def of(self, context: Any) -> "AsyncioPlaywrightBackgroundServices":
        """The same of another Playwright context."""
        opened: AsyncioPlaywrightBackgroundServices = await run_awaiting(self.instruments.open(context, ()))
        return opened
