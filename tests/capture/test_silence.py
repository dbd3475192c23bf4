"""Where nothing could come, silence proves nothing."""

import shlex
import signal
import sys
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from tests.acting import open_site
from tests.capture.judging import (
    DEADLINE,
    FAILED_SYNC,
    USED,
    cases,
    record,
    suite,
)
from tests.cli.running import open_command, run

ELSEWHERE = """
import sys
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=sys.argv[1], args=["--no-sandbox"])
    page = browser.new_page()
    page.goto(sys.argv[2])
    page.evaluate("site.ready()")
    page.evaluate("site.sync('fine')")
    browser.close()
"""


@pytest.mark.browser
async def test_a_suite_that_uses_another_browser_is_not_green(site: str, chromium: Path, tmp_path: Path) -> None:
    junit, summary = tmp_path / "junit.xml", tmp_path / "summary.md"
    command = shlex.join([sys.executable, "-c", ELSEWHERE, str(chromium), site])
    judged = ("--rules", "recommended", "--fail-on", FAILED_SYNC, "--junit", str(junit), "--summary", str(summary))
    result = await record(tmp_path, "record", "--run", command, *judged)
    assert result.status == 1
    assert f"failed: {USED}: no client connected to this browser and no page was opened in it" in result.err
    assert "does the suite use $CDP_BGSERVICES_ENDPOINT?" in result.err
    outcomes = cases(junit)
    assert outcomes.pop("the recording succeeds") == outcomes.pop("the command of --run succeeds") == "passed"
    assert outcomes.pop(USED) == "failure"
    assert set(outcomes.values()) == {"skipped"}
    text = summary.read_text()
    assert text.startswith("## Background services: ❌ 1 of 13 checks failed\n")
    assert f"❌ failed | recording | {USED} |" in text


@pytest.mark.browser
async def test_a_browser_that_is_meant_to_be_idle(idle: str, tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    judged = ("--rules", "recommended", "--junit", str(junit), "--allow-idle")
    for strict in ((), ("--strict",)):
        result = await record(tmp_path, "record", "--attach", idle, "--run", "true", *judged, *strict)
        assert result.status == 0, result.err
        assert "verdicts: 1 passed, 0 failed, 0 undecided, 10 not applicable" in result.err
        assert USED not in cases(junit)


@pytest.mark.browser
async def test_a_page_of_ours_is_a_use_if_it_loads(site: str, tmp_path: Path) -> None:
    """As in ``record --url … --run 'sleep 5'``."""
    loaded = await record(tmp_path, "record", "--url", site, "--run", "sleep 5", "--rules", "recommended")
    assert loaded.status == 0, loaded.err
    assert "warning: no event matches any rule" in loaded.err
    strict = await record(tmp_path, "record", "--url", site, "--for", "5s", "--rules", "recommended", "--strict")
    assert strict.status == 1
    assert "failed: a rule is applicable: no event matches" in strict.err
    missing = await record(tmp_path, "record", "--url", "http://localhost:9/", "--run", "sleep 2")
    assert missing.status == 1
    assert f"failed: {USED}" in missing.err


@pytest.mark.browser
async def test_without_a_command_silence_proves_nothing_either(tmp_path: Path) -> None:
    """As where a job starts it in the background, and its suite goes elsewhere."""
    with trio.fail_after(DEADLINE):
        async with open_command(tmp_path / "events.db", "record", "--port", "0", "--fail-on", FAILED_SYNC) as command:
            await command.wait_said("others can attach")
            result = await command.stop(signal.SIGTERM)
    assert result.status == 1
    assert f"failed: {USED}: no page was open in it" in result.err


@pytest.mark.browser
async def test_an_earlier_page_does_not_count_as_use_by_the_command(site: str, tmp_path: Path) -> None:
    """But its worker may act: without a command its silence is one."""
    profile = tmp_path / "profile"
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch(profile=profile, port=0)) as browser:
            await open_site(browser, site)
            judged = ("record", "--attach", str(profile), "--fail-on", FAILED_SYNC)
            untouched = await run(tmp_path / "events.db", *judged, "--run", "true")
            touched = await run(tmp_path / "events.db", *judged, "--run", suite(tmp_path, site, 0, "fine"))
            watched = await run(tmp_path / "events.db", *judged, "--for", "100ms")
    assert (untouched.status, f"failed: {USED}" in untouched.err) == (1, True)
    assert touched.status == 0, touched.err
    assert watched.status == 0, watched.err
    assert "verdicts: 1 passed, 0 failed, 0 undecided, 1 not applicable" in watched.err


SWITCHING_OFF = """
import os, sys, trio
from cdp_bgservices.protocol import commands
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.pages import open_page

async def main():
    async with open_browser(os.environ["CDP_BGSERVICES_ENDPOINT"]) as browser:
        page = await open_page(browser, sys.argv[1])
        await page.session.call(commands.set_recording(sys.argv[2], should_record=False))

trio.run(main)
"""


@pytest.mark.browser
@pytest.mark.parametrize(
    ("service", "options", "status", "outcome"),
    [
        ("backgroundSync", (), 0, "skipped"),
        ("backgroundSync", ("--strict", "--allow-idle"), 1, "failure"),
        ("notifications", (), 0, None),
    ],
)
async def test_a_gap_proves_nothing(
    service: str, options: tuple[str, ...], status: int, outcome: str | None, site: str, tmp_path: Path
) -> None:
    """A suite, or a person with DevTools, switches recording off: the silence since then says nothing."""
    junit = tmp_path / "junit.xml"
    command = shlex.join([sys.executable, "-c", SWITCHING_OFF, site, service])
    judged = ("--no-rearm", "--fail-on", FAILED_SYNC, "--junit", str(junit), *options)
    result = await record(tmp_path, "record", "--run", command, *judged)
    assert result.status == status, result.err
    assert cases(junit).get("everything was recorded that the rules are about") == outcome
    reason = f"{service}: recording was switched off"
    assert (reason in result.err) is (outcome is not None)
