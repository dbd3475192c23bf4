"""Playwright's contexts in a lab. Each has a browser of its own: Chromium refuses push in incognito contexts."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cdp_bgservices.errors import BackgroundServicesError, BrowserError
from cdp_bgservices.pytest_plugin.contexts import BrowserRecording
from cdp_bgservices.pytest_plugin.lab_browser import HeldLab, forward_all, hold_lab, reason_of
from cdp_bgservices.pytest_plugin.marker import Marker
from cdp_bgservices.pytest_plugin.recorded_browsers import RecordedBrowsers
from cdp_bgservices.pytest_plugin.steps import Steps, wrap
from cdp_bgservices.pytest_plugin.videos import find_videos, keep_videos, pages_of

if TYPE_CHECKING:
    from cdp_bgservices.lab.opening import Lab

__tracebackhide__ = True  # pytest does not show the frames of this module.

NOT_OF_A_PROFILE = ("default_browser_type", "storage_state")
"""Options of new_context that launch_persistent_context lacks: one is not needed, and one is set later."""


class LabContexts:
    def __init__(self, browsers: RecordedBrowsers, launch_persistent: Callable[..., Any]) -> None:
        self.browsers = browsers
        self.launch_persistent = launch_persistent
        """Playwright's own method."""
        self.running: dict[Any, HeldLab] = {}
        """By persistent context."""

    @property
    def marker(self) -> Marker:
        test = self.browsers.contexts.test
        return test.marker if test is not None else Marker()

    def make_context(self, recording: BrowserRecording, options: Mapping[str, Any]) -> Steps[Any]:
        """The result of ``browser.new_context(**options)`` in a test that is in the lab.

        Raises BrowserError for a browser that Playwright has not started, and so cannot start again.
        """
        if recording.options is None:
            raise BrowserError(
                "a context in the lab needs a browser that is started for it; this one was only connected to",
                "Take the fixture 'browser', or one that playwright.chromium.launch() returns.",
            )
        taken = {name: value for name, value in options.items() if name not in NOT_OF_A_PROFILE}
        context = yield from self.launch(None, {**recording.options, **taken})
        if state := options.get("storage_state"):
            yield from self.set_state(context, state)
        blank = list(context.pages)

        def new_page(original: Callable[..., Any]) -> Steps[Any]:
            """Only pages that the test makes stay open: the one that Chromium has opened itself is closed."""
            page = yield original()
            while blank:
                yield blank.pop().close()
            return page

        def close(original: Callable[..., Any], **options: Any) -> Steps[None]:
            recording.made.pop(context, None)
            yield original(**options)

        wrap(context, "new_page", new_page)
        wrap(context, "close", close)
        recording.made[context] = context.close
        return context

    def make_page(self, recording: BrowserRecording, options: Mapping[str, Any]) -> Steps[Any]:
        """The same for ``browser.new_page(**options)``: the context is closed with the page."""
        context = yield from self.make_context(recording, options)
        page = yield context.new_page()

        def close(original: Callable[..., Any], **options: Any) -> Steps[None]:
            yield original(**options)
            yield context.close()

        wrap(page, "close", close)
        return page

    def set_state(self, context: Any, state: Any) -> Steps[None]:
        """Set cookies and local storage. Raises BrowserError if Playwright is too old for that."""
        try:
            if not hasattr(context, "set_storage_state"):
                raise BrowserError("this Playwright cannot set storage_state in the lab", "Update Playwright.")
            yield context.set_storage_state(state)
        except BaseException:
            yield context.close()
            raise

    def launch(self, folder: Any | None, options: Mapping[str, Any]) -> Steps[Any]:
        """A persistent context in a lab of its own; both end when it is closed. Skips the test without a lab."""
        submit = self.browsers.submit
        try:
            portal = self.browsers.contexts.captures.portal
            held: HeldLab = yield submit(portal.tasks.start, hold_lab, self.marker, sites_of(options))
        except BackgroundServicesError as error:
            pytest.skip(reason_of(error))
        try:
            profile = Path(folder or held.folder / "profile")
            chosen = held.launch_options(self.browsers.chromium, options)
            context = yield self.launch_persistent(profile, **chosen)
            try:
                endpoint = yield submit(held.endpoint, profile, chosen["args"])
            except BaseException:
                yield context.close()
                raise
        except BaseException:
            yield submit(held.close)
            raise
        if context.browser is not None:
            recording = yield from self.browsers.record(context.browser, endpoint, lab=held.lab)
            yield from self.browsers.set_https(context.browser, recording, options)
            self.browsers.note_https(context, recording, options)
        yield from self.browsers.take_up(context)
        self.forward_sites(context, held.lab)

        pages = pages_of(context) if options.get("record_video_dir") else []

        def close(original: Callable[..., Any], **options: Any) -> Steps[None]:
            try:
                videos = yield from find_videos(pages)
                yield original(**options)
                keep_videos(videos)
            finally:
                yield submit(held.close)  # Chromium aborts when its session bus ends before it does.

        wrap(context, "close", close)
        self.running[context] = held
        return context

    def forward_sites(self, context: Any, lab: "Lab") -> None:
        """A test's server may have been started after its browser: look for new ports before each navigation."""
        network = lab.network
        if network is None:
            return

        def goto(original: Callable[..., Any], *args: Any, **options: Any) -> Steps[Any]:
            yield self.browsers.submit(forward_all, network)
            return (yield original(*args, **options))

        def new_page(original: Callable[..., Any]) -> Steps[Any]:
            page = yield original()
            wrap(page, "goto", goto)
            return page

        for page in context.pages:
            wrap(page, "goto", goto)
        wrap(context, "new_page", new_page)

    def close_made(self, recording: BrowserRecording, original: Callable[..., Any], **options: Any) -> Steps[None]:
        """``browser.close()`` also closes its contexts in a lab."""
        for close in list(recording.made.values()):
            yield close()
        yield original(**options)

    def end_test(self) -> None:
        """Close labs after their browser has ended."""
        portal = self.browsers.contexts.captures.portal
        for context, held in list(self.running.items()):
            if held.left.is_set() or not (context.browser and context.browser.is_connected()):
                portal.call(held.close)
                del self.running[context]


def sites_of(options: Mapping[str, Any]) -> list[str]:
    return [url] if (url := options.get("base_url")) else []
