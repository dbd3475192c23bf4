"""The files of a capture with a verdict, however it ends."""

import signal
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.events import Event
from tests.acting import open_site
from tests.capture.judging import (
    CLICKED,
    COMPLETED,
    DEADLINE,
    FAILED_SYNC,
    cases,
    names,
    on,
    pictures,
    python,
    read_lines,
    record,
    suite,
)
from tests.cli.running import open_command
from tests.cli.test_record import wait_no_process
from tests.waiting import look_again


@pytest.mark.browser
async def test_the_files_of_a_failed_job(site: str, tmp_path: Path) -> None:
    summary, junit, output = tmp_path / "summary.md", tmp_path / "junit.xml", tmp_path / "events.jsonl"
    summary.write_text("what was there before\n")
    result = await record(
        tmp_path,
        *on(site, "sync=reject-|<b>&sync=fine"),
        *("--fail-on", FAILED_SYNC, "--expect", CLICKED, "--until", COMPLETED),
        *("--summary", str(summary), "--junit", str(junit), "--output", str(output)),
    )
    assert result.status == 1
    assert len(result.events) == 6
    written = [msgspec.json.decode(line, type=Event) for line in output.read_text().splitlines()]
    assert list(map(bare, written)) == list(map(bare, result.events))
    text = summary.read_text()
    assert text.startswith("## Background services: ❌ 2 of 4 checks failed\n")
    assert "<code>reject-&#124;&#60;b&#62;</code>" in text
    assert "![Timeline of 6 events](summary.svg)" in text
    picture = ElementTree.parse(tmp_path / "summary.svg").getroot()
    assert "6 events · 1 failure" in str(picture[0].text)
    assert cases(junit) == {
        "the recording succeeds": "passed",
        f"no {FAILED_SYNC}": "failure",
        f"{CLICKED} occurs": "failure",
        "--until sees its event": "passed",
        "the browser that is recorded is used": "passed",
    }
    (failure,) = [element for element in ElementTree.parse(junit).iter("failure") if "reject" in str(element.text)]
    assert "'reject-|<b>'  Failure Reason=waitUntil rejected" in str(failure.text)


def bare(event: Event) -> Event:
    """Without what may be learned of it only after one of its readers has seen it."""
    return msgspec.structs.replace(event, details=None)


@pytest.mark.browser
async def test_the_summary_of_github_is_appended_to(idle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = tmp_path / "step_summary"
    summary.write_text("before")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    result = await record(tmp_path, "record", "--attach", idle, "--for", "1ms", "--summary", str(summary))
    assert result.status == 0, result.err
    assert summary.read_text().startswith("before\n## Background services: recorded\n")
    assert pictures(tmp_path) == []


@pytest.mark.browser
async def test_killed_it_leaves_whole_lines(site: str, tmp_path: Path) -> None:
    """All that it has recorded: none of it waits in a buffer. What a kill can cut is the line that is being written."""
    output, profile = tmp_path / "events.jsonl", tmp_path / "profile"
    page = on(site, "&".join(f"sync=tag-{number}" for number in range(20)))
    with trio.fail_after(DEADLINE):
        async with open_command(
            tmp_path / "events.db", *page, "--profile", str(profile), "--output", str(output)
        ) as command:
            while not (output.exists() and output.read_bytes().count(b"}\n") == 60):
                await look_again()
            await command.stop(signal.SIGKILL)
        await wait_no_process(str(profile))
    assert output.read_bytes().endswith(b"}\n")
    written = names(read_lines(output))
    assert written[:3] == ["Registered sync", "Dispatched sync event", "Sync completed"]
    assert Counter(written) == dict.fromkeys(written[:3], 20)


@pytest.mark.browser
async def test_a_browser_that_goes_away_is_reported_too(site: str, tmp_path: Path) -> None:
    summary, junit, profile = tmp_path / "summary.md", tmp_path / "junit.xml", tmp_path / "profile"
    reports = ("--summary", str(summary), "--junit", str(junit), "--expect", COMPLETED, "--no-wait")
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch(profile=profile, port=0)) as browser:
            page = await open_site(browser, site)
            async with open_command(tmp_path / "events.db", "record", "--attach", str(profile), *reports) as command:
                await command.wait_said("recording 1 browser context")
                await page.evaluate("site.sync('fine')")
                await command.wait_said("Sync completed", "out")
                assert browser.process is not None
                browser.process.process.kill()
                result = await command.wait()
    assert result.status == 3
    assert "went away" in summary.read_text()
    assert cases(junit) == {
        "the recording succeeds": "error",
        f"{COMPLETED} occurs": "passed",
        "the browser that is recorded is used": "passed",
    }


@pytest.mark.browser
async def test_a_store_that_fails_is_reported_too(site: str, tmp_path: Path) -> None:
    summary, junit = tmp_path / "summary.md", tmp_path / "junit.xml"
    drop = python(
        "import os, sqlite3; sqlite3.connect(os.environ['CDP_BGSERVICES_STORE']).execute('DROP TABLE events')"
    )
    command = f"{drop} && {suite(tmp_path, site, 0, 'tag')}; sleep 9876"
    result = await record(tmp_path, "record", "--run", command, "--summary", str(summary), "--junit", str(junit))
    assert result.status == 4
    assert "the recording failed" in summary.read_text()
    assert cases(junit)["the recording succeeds"] == "error"
    await wait_no_process("sleep\09876")
