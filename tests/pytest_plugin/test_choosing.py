"""Which Chromium Playwright is told to start."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cdp_bgservices.pytest_plugin.choosing import launch_options


class BrowserType(NamedTuple):
    """What is used of Playwright's."""

    executable_path: str


PORT = ["--remote-debugging-port=0"]


@pytest.fixture
def installed(tmp_path: Path) -> BrowserType:
    program = tmp_path / "chrome"
    program.touch()
    return BrowserType(str(program))


@pytest.mark.parametrize("options", [{}, {"headless": True}, {"headless": False}, {"channel": None, "args": None}])
def test_playwrights_own_full_chromium(installed: BrowserType, options: dict[str, Any]) -> None:
    assert launch_options(installed, options) == {**options, "channel": "chromium", "args": PORT}


@pytest.mark.parametrize(
    "options",
    [{"channel": "chrome"}, {"channel": "msedge", "headless": False}, {"executable_path": "/opt/chrome"}],
)
def test_what_somebody_has_chosen_is_kept(installed: BrowserType, options: dict[str, Any]) -> None:
    assert launch_options(installed, options) == {**options, "args": PORT}


def test_another_port_is_kept(installed: BrowserType) -> None:
    chosen = launch_options(installed, {"args": ["--lang=de", "--remote-debugging-port=9222"]})
    assert chosen["args"] == ["--lang=de", "--remote-debugging-port=9222"]


def test_the_system_s_where_playwright_has_none(
    tmp_path: Path, chromium: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHROMIUM", str(chromium))
    missing = BrowserType(str(tmp_path / "chrome"))
    assert launch_options(missing, {}) == {"executable_path": str(chromium), "args": PORT}


def test_playwrights_own_choice_where_there_is_neither(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "nowhere"))
    assert launch_options(BrowserType(str(tmp_path / "chrome")), {}) == {"args": PORT}
