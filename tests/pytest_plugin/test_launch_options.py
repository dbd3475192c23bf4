"""Which Chromium Playwright starts."""

import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trio

from cdp_bgservices.errors import BrowserError
from cdp_bgservices.lab.opening import open_lab
from cdp_bgservices.pytest_plugin.lab_browser import HeldLab
from cdp_bgservices.pytest_plugin.launch_options import launch_options


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
def test_what_the_user_chose_is_kept(installed: BrowserType, options: dict[str, Any]) -> None:
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
    for name in ("CHROMIUM", "PLAYWRIGHT_BROWSERS_PATH"):
        monkeypatch.delenv(name, raising=False)
    for name in ("PATH", "HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr("cdp_bgservices.browser.find.LINUX_PLACES", ())
    assert launch_options(BrowserType(str(tmp_path / "chrome")), {}) == {"args": PORT}


def test_a_chromium_that_is_named_and_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Playwright would speak of ``playwright install`` instead."""
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "nowhere"))
    with pytest.raises(BrowserError, match=r"nowhere \(CHROMIUM\) is not a program that can be run"):
        launch_options(BrowserType(str(tmp_path / "chrome")), {})


async def test_in_the_lab_the_user_s_own_count_more(installed: BrowserType, tmp_path: Path) -> None:
    async with open_lab(["push", "notifications", "clock"]) as lab:
        held = HeldLab(lab, tmp_path)
        own = {"args": ["--force-fieldtrials=Own/A"], "env": {"LANG": "de"}, "headless": False, "slow_mo": 5}
        chosen = held.launch_options(installed, own)
        trials = "--force-fieldtrials=BackgroundSync/Lab"
        assert trials in lab.start.arguments
        joined = [f"{trials}/Own/A" if each == trials else each for each in lab.start.arguments]
        assert chosen["args"] == [*joined, *PORT]
        assert chosen["env"] == {"LANG": "de", **lab.start.environment}
        assert "ignore_default_args" not in chosen
        assert (chosen["headless"], chosen["slow_mo"], chosen["channel"]) == (False, 5, "chromium")
        assert set(held.launch_options(installed, {})["env"]) > set(lab.start.environment), (
            "and the environment is ours"
        )
        ignored = held.launch_options(installed, {"ignore_default_args": ["--mute-audio"]})["ignore_default_args"]
        assert ignored == ["--mute-audio"]


async def test_in_a_network_of_its_own_by_a_wrapper(installed: BrowserType, tmp_path: Path) -> None:
    program = tmp_path / "it's a program"
    program.write_text('#!/bin/sh\nreadlink /proc/self/ns/net; for each in "$@"; do echo "$each"; done\n')
    program.chmod(0o700)
    async with open_lab(["network"]) as lab:
        held = HeldLab(lab, tmp_path)
        chosen = held.launch_options(installed, {"executable_path": program})
        done = await trio.run_process([chosen["executable_path"], "a b", "$c"], capture_stdout=True)
        network, *arguments = done.stdout.decode().splitlines()
        assert arguments == ["a b", "$c"]
        assert network != os.readlink("/proc/self/ns/net")
        own = held.launch_options(installed, {"channel": "chromium"})
        assert "channel" not in own
        assert installed.executable_path in await trio.Path(own["executable_path"]).read_text()
        with pytest.raises(BrowserError, match="the program of the channel 'chrome-canary' was not found"):
            held.launch_options(installed, {"channel": "chrome-canary"})
