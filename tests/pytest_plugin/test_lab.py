"""Tests in the lab, in projects as users have them, on the real Chromium."""

import json
from pathlib import Path

import playwright
import pytest

from tests.debian import ensure_program
from tests.pytest_plugin.conftest import ASYNC, SYNC, TRIO, Run

pytestmark = pytest.mark.usefixtures("namespaces")


@pytest.mark.browser
def test_the_synchronous_api(run_project: Run) -> None:
    result = run_project("lab", SYNC)
    result.assert_outcomes(passed=5)


@pytest.mark.slow
def test_contexts(run_project: Run) -> None:
    result = run_project("lab_contexts", SYNC)
    result.assert_outcomes(passed=13)


@pytest.mark.slow
def test_the_asynchronous_api(run_project: Run) -> None:
    result = run_project("lab_asyncio", ASYNC)
    result.assert_outcomes(passed=3)


@pytest.mark.browser
def test_trio(run_project: Run) -> None:
    result = run_project("lab_trio", TRIO, "-rs", ini="trio_mode = true\n")
    result.assert_outcomes(passed=3, skipped=1)
    result.stdout.fnmatch_lines(
        ["SKIPPED*test_lab.py:*: no lab here: the notification center needs the program dbus-daemon*"]
    )


@pytest.mark.slow
def test_where_it_cannot_be(run_project: Run) -> None:
    result = run_project("lab_skipped", SYNC, "-rs")
    result.assert_outcomes(passed=2, skipped=4)
    result.stdout.fnmatch_lines(
        [
            "SKIPPED*no lab here: the notification center needs the program dbus-daemon. Install the package dbus.",
            "SKIPPED*no lab here: the network switch needs the program unshare. Install the package util-linux.",
            "SKIPPED*no lab here: the push service needs a library *http_ece*pip install 'cdp-bgservices[[]lab]'",
            "SKIPPED*no lab here: the push service needs a library *",
        ]
    )


def test_another_browser_is_left_out(run_project: Run) -> None:
    result = run_project("lab", SYNC, "--browser", "firefox", "-k", "ladder")
    result.assert_outcomes(skipped=1)


@pytest.mark.slow
def test_side_by_side(run_project: Run) -> None:
    result = run_project("lab", SYNC, "-n", "2")
    result.assert_outcomes(passed=5)


@pytest.fixture
def videos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Playwright draws them with, where it looks for it."""
    listed = json.loads((Path(playwright.__file__).parent / "driver/package/browsers.json").read_text())["browsers"]
    (revision,) = (browser["revision"] for browser in listed if browser["name"] == "ffmpeg")
    folder = tmp_path / f"ffmpeg-{revision}"
    folder.mkdir()
    (folder / "ffmpeg-linux").symlink_to(ensure_program("ffmpeg", "ffmpeg"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))


@pytest.mark.slow
def test_what_is_kept_of_it(run_project: Run, pytester: pytest.Pytester, videos: None) -> None:
    """The events, and Playwright's trace, screenshots and videos."""
    kept = ("--bgservices=on", "--tracing=on", "--screenshot=on", "--video=on")
    result = run_project("lab", SYNC, *kept, "-k", "click")
    result.assert_outcomes(passed=1)
    [events] = pytester.path.glob("test-results/*/background-services.jsonl")
    text = events.read_text()
    assert "Push message received" in text
    assert "Notification clicked" in text
    assert {path.name for path in events.parent.iterdir()} == {
        "background-services.jsonl",
        "trace.zip",
        "test-finished-1.png",
        "test-finished-2.png",  # of the window that the click opened
        "video-1.webm",
        "video-2.webm",
    }
    assert all((events.parent / f"video-{number}.webm").stat().st_size > 1000 for number in (1, 2))
