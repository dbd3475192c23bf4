"""What the plugin does in a run in which a test has to do with background services."""

from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from cdp_bgservices.errors import BrowserError, InvalidInputError
from cdp_bgservices.events import Event
from cdp_bgservices.pytest_plugin import is_chromium
from cdp_bgservices.pytest_plugin.artifacts import Artifact, attach, folder_of
from cdp_bgservices.pytest_plugin.playwright import Instruments
from cdp_bgservices.testing.captures import Captures, open_captures

__tracebackhide__ = True
"""pytest shows a failed test, and none of the frames here."""

Keep = Callable[[Sequence[Event]], None]

INSTRUMENTS = pytest.StashKey[Instruments]()
ARTIFACT = pytest.StashKey[Artifact]()
FAILED = pytest.StashKey[bool]()


class Hooks:
    """Registered once collection has found such a test."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.stack = ExitStack()
        self.captures: Captures | None = None

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        """Playwright's fixture is where every browser of a test comes from, whatever else a project overrides."""
        value = yield
        if fixturedef.argname == "playwright" and hasattr(value, "chromium"):
            self.captures = self.captures or self.stack.enter_context(open_captures())
            self.config.stash[INSTRUMENTS] = Instruments(value.chromium, self.captures)
        return value

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if "bgservices" in getattr(item, "fixturenames", ()) and not is_chromium(item):
            pytest.skip("background services are seen over the DevTools protocol, which is Chromium's")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """A test may fail up to the end of its teardown: what is kept is decided then."""
        report = yield
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


def marker_of(item: pytest.Item) -> list[str | None]:
    """The origins to grant; None is every origin. Raises InvalidInputError for what the marker does not take."""
    marker = item.get_closest_marker("bgservices")
    if marker is None:
        return []
    if marker.args or set(marker.kwargs) - {"grant"}:
        raise InvalidInputError(
            "@pytest.mark.bgservices takes grant only", "Write @pytest.mark.bgservices(grant=True)."
        )
    wanted = marker.kwargs.get("grant", False)
    if isinstance(wanted, bool):
        return [None] if wanted else []
    return [wanted] if isinstance(wanted, str) else list(wanted)


def keeping(request: pytest.FixtureRequest) -> Keep | None:
    """Takes the events of a test that is over, unless nobody wants them."""
    if request.config.getoption("--bgservices") == "off":
        return None
    item, folder = request.node, Path(folder_of(request))

    def keep(events: Sequence[Event]) -> None:
        item.stash[ARTIFACT] = Artifact(folder, tuple(events))

    return keep
