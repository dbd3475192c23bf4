"""Which tests have to do with background services, by what they ask for and by the plugins of the run."""

from collections.abc import Iterable

import pytest

SYNC = ("playwright", "pytest_playwright.pytest_playwright")
ASYNC = ("playwright-asyncio", "pytest_playwright_asyncio.pytest_playwright")
"""The names of pytest-playwright and of its asyncio twin. One run has at most one of them."""


def is_concerned(config: pytest.Config, item: pytest.Item) -> bool:
    """Whether a test asks for background services, or its events are kept anyway."""
    return asks(item) or keeps_events(config)


def asks(item: pytest.Item) -> bool:
    """Whether a test uses the fixture or the marker."""
    fixtures = getattr(item, "fixturenames", ())
    return "bgservices" in fixtures or item.get_closest_marker("bgservices") is not None


def keeps_events(config: pytest.Config) -> bool:
    """Whether all tests with a browser context are recorded. Only Playwright's have one."""
    return config.getoption("--bgservices") != "off" and has_plugin(config, SYNC + ASYNC)


def is_chromium(item: pytest.Item) -> bool:
    """Whether a test is for Chromium, or not for a specific browser."""
    callspec = getattr(item, "callspec", None)
    return callspec is None or callspec.params.get("browser_name", "chromium") == "chromium"


def has_plugin(config: pytest.Config, names: Iterable[str]) -> bool:
    return any(config.pluginmanager.hasplugin(name) for name in names)


class StrayEventsWarning(pytest.PytestWarning):
    """Events occurred in a browser context that is not the test's: another test has left it open, or a fixture has."""
