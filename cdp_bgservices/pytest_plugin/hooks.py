"""The plugin's hooks in a run with tests that have to do with background services."""

from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn

import pytest

from cdp_bgservices.errors import BrowserError
from cdp_bgservices.events import Event
from cdp_bgservices.pytest_plugin.artifacts import Artifact, attach, folder_of
from cdp_bgservices.pytest_plugin.context_scope import ContextScope
from cdp_bgservices.pytest_plugin.contexts import Contexts, RunningTest
from cdp_bgservices.pytest_plugin.faces import Faces
from cdp_bgservices.pytest_plugin.marker import marker_of
from cdp_bgservices.pytest_plugin.playwright import WrappedChromium
from cdp_bgservices.pytest_plugin.selection import StrayEventsWarning, asks, is_chromium, is_concerned, keeps_events
from cdp_bgservices.pytest_plugin.starting import watch_playwright
from cdp_bgservices.testing.captures import open_captures
from cdp_bgservices.testing.services import BackgroundServices

__tracebackhide__ = True  # pytest does not show the frames of this module.

Keep = Callable[[Sequence[Event]], None]

NAME = "bgservices-hooks"
ARTIFACT = pytest.StashKey[Artifact]()
FAILED = pytest.StashKey[bool]()
REASON = pytest.StashKey[str]()


class Hooks:
    """Registered if collection finds such a test."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.stack = ExitStack()
        self.contexts = Contexts(lambda: self.stack.enter_context(open_captures()))
        self.faces = Faces(self.contexts)
        self.stack.enter_context(watch_playwright(self.started, self.stopped))

    def started(self, playwright: Any) -> None:
        self.faces.running.append(WrappedChromium(playwright.chromium, self.contexts))

    def stopped(self, playwright: Any) -> None:
        self.faces.running = [each for each in self.faces.running if each.chromium is not playwright.chromium]

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        """A browser context that is made in a fixture of several tests belongs to the tests that use the fixture."""
        if fixturedef.scope == "function":
            return (yield)
        self.contexts.making.append(fixturedef)
        try:
            return (yield)
        finally:
            self.contexts.note_all()
            self.contexts.making.pop()

    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        self.contexts.forget_fixture(fixturedef)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        concerned = is_concerned(self.config, item)
        if asks(item) and not is_chromium(item):
            pytest.skip("background services need the DevTools protocol, which only Chromium has")
        self.contexts.start(RunningTest(item, marker_of(item)), is_concerned=concerned)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        try:
            yield
        finally:
            test = self.contexts.test
            try:
                if test is not None and (test.services or test.folder is not None):
                    self.finish(test)
            finally:
                self.contexts.end()
                for chromium in self.faces.running:
                    chromium.labs.end_test()

    def finish(self, test: RunningTest) -> None:
        """Keep the events of all contexts of a test. Raises the reason if a recording ended during the test."""
        if not test.services:  # Otherwise the test itself has got the error.
            self.contexts.check(test)
        contexts = self.contexts.every(test)
        for context in contexts:
            context.recording.recorded()
        captures = self.contexts.captures
        services = BackgroundServices(ContextScope(self.contexts, lambda: contexts), test.after)
        if test.folder is not None and (contexts or test.services):
            test.item.stash[ARTIFACT] = Artifact(test.folder, tuple(captures.portal.call(services.events)))
        if None in test.services and (strays := captures.portal.call(services.count_others)):
            count = "1 event" if strays == 1 else f"{strays} events"
            test.item.warn(
                StrayEventsWarning(
                    f"{count} occurred in browser contexts that are not this test's: another test has left them open, "
                    "or a fixture that this test does not use. Close what a test opens, or ask bgservices.of(context)."
                )
            )

    def note_request(self, request: pytest.FixtureRequest) -> None:
        """Keep the request of a test's first fixture, by which its other fixtures are found."""
        test = self.contexts.test
        if test is not None:
            test.request = request
            if keeps_events(self.config) and is_chromium(request.node):
                test.folder = Path(folder_of(request))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """A test may still fail in its teardown: only then it is decided what is kept."""
        report = yield
        if report.skipped and (reason := item.stash.get(REASON, "")):
            path, line, _ = item.location
            report.longrepr = (path, (line or 0) + 1, f"Skipped: {reason}")
        if report.when == "setup":
            item.stash[FAILED] = False
        item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
        artifact = item.stash.get(ARTIFACT, None)
        if report.when == "teardown" and artifact is not None:
            del item.stash[ARTIFACT]
            if item.stash[FAILED] or self.config.getoption("--bgservices") == "on":
                attach(self.config, report, artifact)
        return report

    def pytest_unconfigure(self) -> None:
        self.stack.close()


def skip(item: pytest.Item, reason: str) -> NoReturn:
    """For trio: pytest-trio reports that a test is skipped, but loses the reason."""
    item.stash[REASON] = reason
    pytest.skip(reason)


def hooks_of(request: pytest.FixtureRequest) -> Hooks:
    """Raises BrowserError if no test asked for background services when the run began."""
    hooks: Hooks | None = request.config.pluginmanager.getplugin(NAME)
    if hooks is None:
        raise BrowserError(
            "bgservices was requested after Playwright had been started without it",
            "Name it among the test's or the fixture's parameters, instead of getfixturevalue('bgservices').",
        )
    return hooks


def owner_of(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    """The test's own Playwright context, or None if it makes contexts itself; and the browser in which it makes them,
    if it has one."""
    if "page" in request.fixturenames:
        return request.getfixturevalue("page").context, None
    if "context" in request.fixturenames:
        return request.getfixturevalue("context"), None
    return None, request.getfixturevalue("browser") if "browser" in request.fixturenames else None


def keeping(request: pytest.FixtureRequest) -> Keep | None:
    """A function that keeps the events of a test after it; None if they are not kept."""
    if request.config.getoption("--bgservices") == "off":
        return None
    item, folder = request.node, Path(folder_of(request))

    def keep(events: Sequence[Event]) -> None:
        item.stash[ARTIFACT] = Artifact(folder, tuple(events))

    return keep
