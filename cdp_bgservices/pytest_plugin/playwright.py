"""Playwright's Chromium: its methods are wrapped, so that each browser can be attached to and is recorded."""

from collections.abc import Callable
from functools import partial
from typing import Any

from cdp_bgservices.pytest_plugin.contexts import Contexts
from cdp_bgservices.pytest_plugin.lab_contexts import LabContexts
from cdp_bgservices.pytest_plugin.launch_options import launch_options
from cdp_bgservices.pytest_plugin.recorded_browsers import RecordedBrowsers
from cdp_bgservices.pytest_plugin.steps import Steps, wrap

__tracebackhide__ = True  # pytest does not show the frames of this module.


class WrappedChromium:
    """``playwright.chromium`` of one Playwright."""

    def __init__(self, chromium: Any, contexts: Contexts) -> None:
        self.chromium = chromium
        self.contexts = contexts
        self.browsers = RecordedBrowsers(chromium, contexts, self.wrap_browser)
        self.labs = LabContexts(self.browsers, chromium.launch_persistent_context)
        wrap(chromium, "launch", self.launch)
        wrap(chromium, "launch_persistent_context", self.launch_persistent)
        wrap(chromium, "connect_over_cdp", self.connect)

    def wrap_browser(self, browser: Any) -> None:
        wrap(browser, "new_context", partial(self.make_context, browser))
        wrap(browser, "new_page", partial(self.make_page, browser))

    def launch(self, original: Callable[..., Any], **options: Any) -> Steps[Any]:
        browser = yield original(**launch_options(self.chromium, options))
        recording = yield from self.browsers.record(browser, is_used=False)
        recording.options = options
        wrap(browser, "close", partial(self.labs.close_made, recording))
        return browser

    def launch_persistent(self, original: Callable[..., Any], user_data_dir: Any, **options: Any) -> Steps[Any]:
        options = self.browsers.with_marker(options)
        if self.labs.marker.parts:
            return (yield from self.labs.launch(user_data_dir, options))
        context = yield original(user_data_dir, **launch_options(self.chromium, options))
        if context.browser is not None:
            recording = yield from self.browsers.record(context.browser)
            yield from self.browsers.set_https(context.browser, recording, options)
            self.browsers.note_https(context, recording, options)
        yield from self.browsers.take_up(context)
        return context

    def connect(self, original: Callable[..., Any], endpoint_url: str, **options: Any) -> Steps[Any]:
        browser = yield original(endpoint_url, **options)
        recording = yield from self.browsers.record(browser, endpoint_url)
        yield from self.browsers.set_https(browser, recording, self.browsers.with_marker({}))
        return browser

    def make_context(self, browser: Any, original: Callable[..., Any], **options: Any) -> Steps[Any]:
        recording = self.contexts.recordings[browser]
        options = self.browsers.with_marker(options)
        if self.labs.marker.parts and recording.lab is None:
            return (yield from self.labs.make_context(recording, options))
        yield from self.browsers.set_https(browser, recording, options)
        context = yield original(**options)
        self.browsers.note_https(context, recording, options)
        new = yield from self.browsers.note_new(recording)
        if len(new) == 1:  # When several are made at once, a page of each identifies it.
            self.contexts.owned[context] = new[0]
        yield from self.browsers.take_up(context)
        if recording.lab is not None:
            self.labs.forward_sites(context, recording.lab)
        return context

    def make_page(self, browser: Any, original: Callable[..., Any], **options: Any) -> Steps[Any]:
        """``browser.new_page()``: the context that it makes is closed with the page."""
        recording = self.contexts.recordings[browser]
        options = self.browsers.with_marker(options)
        if self.labs.marker.parts and recording.lab is None:
            return (yield from self.labs.make_page(recording, options))
        yield from self.browsers.set_https(browser, recording, options)
        page = yield original(**options)
        self.browsers.note_https(page.context, recording, options)
        yield from self.browsers.note_new(recording)
        yield from self.browsers.take_up(page.context)
        self.browsers.settle_before_close(page, page.context)
        if recording.lab is not None:
            self.labs.forward_sites(page.context, recording.lab)
        return page
