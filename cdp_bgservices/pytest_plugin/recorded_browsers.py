"""The browsers of one Playwright: each is recorded from its start, and its contexts are known by their id."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from cdp_bgservices.browser.context_list import list_contexts
from cdp_bgservices.browser.https import ignore_https_errors
from cdp_bgservices.browser.opening import profile_in
from cdp_bgservices.errors import BackgroundServicesError, BrowserError
from cdp_bgservices.pytest_plugin.contexts import BrowserRecording, Contexts, OwnedContext
from cdp_bgservices.pytest_plugin.launch_options import PORT, refuse_headless_shell
from cdp_bgservices.pytest_plugin.steps import Steps, wrap
from cdp_bgservices.testing.portal import asyncio_wait, blocking_wait

if TYPE_CHECKING:
    from cdp_bgservices.lab.opening import Lab

__tracebackhide__ = True  # pytest does not show the frames of this module.


class RecordedBrowsers:
    """From a Playwright browser to its recording, from a Playwright context to its id."""

    def __init__(self, chromium: Any, contexts: Contexts, on_record: Callable[[Any], None]) -> None:
        self.chromium = chromium
        self.contexts = contexts
        self.on_record = on_record
        """Called with each Playwright browser, once it is recorded."""
        self.awaiting = iscoroutinefunction(chromium.launch)

    def record(
        self, browser: Any, endpoint: str | None = None, *, is_used: bool = True, lab: "Lab | None" = None
    ) -> Steps[BrowserRecording]:
        """Record a browser. If it cannot be recorded, the tests that use it get the reason."""
        recording = self.contexts.recordings[browser] = BrowserRecording(self.contexts.maker)
        recording.lab = lab
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
            recording.capture = yield self.submit(self.contexts.captures.open, endpoint or str(profile))
            recording.recorded().recorder.browser.in_lab = lab is not None
        except BackgroundServicesError as error:
            recording.failure = error
        # A browser's own context keeps its name, unless it is the only one that is used.
        is_own = is_used and (endpoint is None or lab is not None)
        for owned in (yield from self.note_new(recording, is_named=is_own)):
            owned.since, owned.is_used = recording.started, is_used
        self.on_record(browser)
        return recording

    def recording_of(self, browser: Any) -> Steps[BrowserRecording]:
        return self.contexts.recordings.get(browser) or (yield from self.record(browser))

    def note_new(self, recording: BrowserRecording, *, is_named: bool = True) -> Steps[Sequence[OwnedContext]]:
        """The contexts that are new. The test's marker applies to them. ``is_named``: and its name."""
        if recording.failure is not None:
            return []
        listed = yield self.submit(list_contexts, recording.recorded().recorder.browser)
        new = self.contexts.note(recording, listed)
        yield from self.grant(new)
        if is_named and new:
            yield self.submit(self.contexts.name, new)
        return new

    def grant(self, contexts: Sequence[OwnedContext]) -> Steps[None]:
        test = self.contexts.test
        if test is not None and test.marker.sets_permissions:
            yield self.submit(self.contexts.grant, test, contexts)

    def with_marker(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The options of a new context, with what the test's marker says unless they say it themselves."""
        test = self.contexts.test
        return {"ignore_https_errors": True, **options} if test and test.marker.ignores_https_errors else dict(options)

    def set_https(self, browser: Any, recording: BrowserRecording, options: Mapping[str, Any]) -> Steps[None]:
        """Before a context is made, or its first page is used: whether the browser ignores https errors.

        Playwright's own option is for pages; Chromium has one for service workers that is for the whole browser. So it
        ends when a context is made after the last one with that option was closed.
        """
        is_wanted = bool(options.get("ignore_https_errors")) or any(
            each in recording.accepting for each in browser.contexts
        )
        if is_wanted != recording.accepts_all and recording.capture is not None and not recording.is_lost:
            root = recording.capture.recorder.browser.root
            yield self.submit(partial(ignore_https_errors, root, ignored=is_wanted))
            recording.accepts_all = is_wanted

    def note_https(self, context: Any, recording: BrowserRecording, options: Mapping[str, Any]) -> None:
        if options.get("ignore_https_errors"):
            recording.accepting.add(context)

    def take_up(self, context: Any) -> Steps[None]:
        """A context that was just made: its default timeout is also ours, and we note when it is closed."""
        original = context.set_default_timeout
        timeouts = self.contexts.timeouts

        def set_default_timeout(timeout: float) -> None:
            timeouts[context] = timeout
            original(timeout)

        context.set_default_timeout = set_default_timeout
        self.settle_before_close(context, context)
        owned = self.contexts.owned
        if context.pages and context not in owned:
            recording = self.contexts.recordings.get(context.browser)
            if recording is not None and recording.failure is None:
                yield from self.owned_context(context)

        def note_closed(closed: Any = None) -> None:
            if context in owned:
                owned[context].closed = True

        context.on("close", note_closed)

    def settle_before_close(self, closed: Any, context: Any) -> None:
        """What closes a context, itself or its page, waits until its events are stored: Chromium forgets them then."""

        def close(original: Callable[..., Any], **options: Any) -> Steps[None]:
            recording = self.contexts.recordings.get(context.browser) if context.browser else None
            try:
                if recording is not None and recording.is_running:
                    yield self.submit(self.contexts.settle, recording.recorded(), self.contexts.owned.get(context))
            finally:
                yield original(**options)

        wrap(closed, "close", close)

    def owned_context(self, context: Any) -> Steps[OwnedContext]:
        """Which of the browser's contexts a Playwright context is. Raises BrowserError."""
        owned = self.contexts.owned
        if context not in owned:
            browser = context.browser
            if browser is None:
                raise BrowserError("Playwright does not say which browser this context is in", "Update Playwright.")
            recording = yield from self.recording_of(browser)
            recording.recorded()
            if not context.pages:
                raise BrowserError(
                    "this context cannot be distinguished from others before it has a page", "Open a page first."
                )
            session = yield context.new_cdp_session(context.pages[0])
            context_id = (yield session.send("Target.getTargetInfo"))["targetInfo"]["browserContextId"]
            yield session.detach()
            new = self.contexts.note(recording, [context_id])
            yield self.submit(self.contexts.name, new)
            owned[context] = self.contexts.known[context_id]
        return owned[context]

    def submit(self, function: Callable[..., Any], *args: Any) -> Any:
        """Begin a call in the portal. The result is as that of :meth:`wait`."""
        return self.wait(self.contexts.captures.portal.submit(function, *args))

    def wait(self, future: "Future[Any]") -> Any:
        """Its result, or in the asynchronous API what to await for it.

        Playwright's own loop continues while we wait. It runs the test's routes and handlers, without which the page
        may never reach the event that is waited for.
        """
        if self.awaiting:
            return asyncio_wait(future)
        pump = getattr(self.chromium, "_sync", None)  # Playwright's API offers no other way in.
        return pump(result_of(future)) if pump else blocking_wait(future)


async def result_of(future: "Future[Any]") -> Any:
    """In Playwright's loop. A coroutine of ours: pytest would show Playwright's own."""
    return await asyncio_wait(future)
