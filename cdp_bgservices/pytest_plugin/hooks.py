"""What the plugin does in a run in which a test has to do with background services."""

from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest

from cdp_bgservices.errors import BrowserError, InvalidInputError
from cdp_bgservices.events import Event
from cdp_bgservices.pytest_plugin import has_lab, is_chromium
from cdp_bgservices.pytest_plugin.artifacts import Artifact, attach, folder_of
from cdp_bgservices.pytest_plugin.playwright import Instruments
from cdp_bgservices.testing.captures import Captures, open_captures

__tracebackhide__ = True
"""pytest shows a failed test, and none of the frames here."""

Keep = Callable[[Sequence[Event]], None]

INSTRUMENTS = pytest.StashKey[Instruments]()
ARTIFACT = pytest.StashKey[Artifact]()
FAILED = pytest.StashKey[bool]()
REASON = pytest.StashKey[str]()


class Marker(NamedTuple):
    """What a test's marker asks for."""

    grants: tuple[str | None, ...] = ()
    """Origins; None is every origin."""
    parts: tuple[str, ...] = ()
    """Of the lab."""


class Hooks:
    """Registered once collection has found such a test."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.stack = ExitStack()
        self.captures: Captures | None = None
        self.parts: tuple[str, ...] = ()
        """Of the lab, for the test that is running."""

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        """Playwright's fixture is where every browser of a test comes from, whatever else a project overrides."""
        value = yield
        if fixturedef.argname == "playwright" and hasattr(value, "chromium"):
            self.captures = self.captures or self.stack.enter_context(open_captures())
            self.config.stash[INSTRUMENTS] = Instruments(value.chromium, self.captures, lambda: self.parts)
        return value

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        is_concerned = has_lab(item) or "bgservices" in getattr(item, "fixturenames", ())
        if is_concerned and not is_chromium(item):
            pytest.skip("background services are seen over the DevTools protocol, which is Chromium's")
        self.parts = marker_of(item).parts if has_lab(item) else ()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Generator[None, None, None]:
        try:
            yield
        finally:
            self.parts = ()
            if instruments := self.config.stash.get(INSTRUMENTS, None):
                instruments.labs.end_test()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """A test may fail up to the end of its teardown: what is kept is decided then."""
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
    """For trio: pytest-trio passes on that a test is skipped, and not why."""
    item.stash[REASON] = reason
    pytest.skip(reason)


def instruments_of(request: pytest.FixtureRequest) -> Instruments:
    """Those of the run's Playwright. Raises BrowserError where that was there before anybody asked for us."""
    request.getfixturevalue("playwright")
    instruments = request.config.stash.get(INSTRUMENTS, None)
    if instruments is None:
        raise BrowserError(
            "bgservices was asked for when Playwright had been started without it",
            "Name it among the test's or the fixture's parameters, instead of getfixturevalue('bgservices').",
        )
    return instruments


def context_of(request: pytest.FixtureRequest) -> Any:
    """The test's own Playwright context; its browser, where the test will make contexts itself."""
    if "page" in request.fixturenames:
        return request.getfixturevalue("page").context
    return request.getfixturevalue("context" if "context" in request.fixturenames else "browser")


def marker_of(item: pytest.Item) -> Marker:
    """Of the test, its class and its module together. Raises InvalidInputError for what a marker does not take."""
    given: dict[str, Any] = {}
    for marker in item.iter_markers("bgservices"):  # The nearest comes first, and counts.
        if marker.args or set(marker.kwargs) - {"grant", "lab"}:
            raise InvalidInputError(
                "@pytest.mark.bgservices takes grant and lab only",
                'Write @pytest.mark.bgservices(grant=True, lab="all").',
            )
        given = {**marker.kwargs, **given}
    return Marker(grants_of(given.get("grant", False)), parts_of(given.get("lab", "")))


def grants_of(wanted: Any) -> tuple[str | None, ...]:
    if isinstance(wanted, bool):
        return (None,) if wanted else ()
    return (wanted,) if isinstance(wanted, str) else tuple(wanted)


def parts_of(wanted: Any) -> tuple[str, ...]:
    """``push,clock``, or a list of the same. Raises InvalidInputError."""
    if not wanted:
        return ()
    from cdp_bgservices.lab.opening import parse_parts

    if not isinstance(wanted, str | list | tuple | set):
        raise InvalidInputError(
            f"@pytest.mark.bgservices takes no lab={wanted!r}", 'Write lab="all", or lab="push,clock".'
        )
    try:
        return parse_parts(wanted if isinstance(wanted, str) else ",".join(wanted))
    except InvalidInputError as error:
        raise error.with_traceback(None) from None


def keeping(request: pytest.FixtureRequest) -> Keep | None:
    """Takes the events of a test that is over, unless nobody wants them."""
    if request.config.getoption("--bgservices") == "off":
        return None
    item, folder = request.node, Path(folder_of(request))

    def keep(events: Sequence[Event]) -> None:
        item.stash[ARTIFACT] = Artifact(folder, tuple(events))

    return keep
