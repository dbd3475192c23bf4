"""Capture with a verdict: what record does in a CI job."""

import signal
from pathlib import Path

import pytest
import trio

from tests.capture.judging import (
    CLICKED,
    COMPLETED,
    DEADLINE,
    FAILED_SYNC,
    cases,
    names,
    on,
    pictures,
    read_lines,
    record,
)
from tests.cli.running import open_command, run


@pytest.mark.browser
async def test_what_is_forbidden_and_comes_is_status_1_and_said(site: str, tmp_path: Path) -> None:
    result = await record(
        tmp_path, *on(site, "sync=reject-me&sync=fine"), "--fail-on", FAILED_SYNC, "--until", COMPLETED
    )
    assert result.status == 1
    (said,) = [line for line in result.err.splitlines() if "'reject-me'" in line]
    assert "sync event failed" in said
    assert "Failure Reason=waitUntil rejected" in said
    assert f"failed: no {FAILED_SYNC}: occurred once" in result.err


@pytest.mark.browser
async def test_what_is_forbidden_and_does_not_come_is_status_0(site: str, tmp_path: Path) -> None:
    result = await record(tmp_path, *on(site, "sync=fine"), "--fail-on", FAILED_SYNC, "--until", COMPLETED)
    assert (result.status, "failed: " in result.err) == (0, False)
    assert "verdicts: 3 passed, 0 failed, 0 undecided, 0 not applicable" in result.err


@pytest.mark.browser
async def test_what_is_expected_and_comes_is_status_0(site: str, tmp_path: Path) -> None:
    expected = ("--expect", "backgroundSync:Registered sync", "--expect", COMPLETED)
    result = await record(tmp_path, *on(site, "sync=fine"), *expected, "--until", COMPLETED)
    assert result.status == 0, result.err


@pytest.mark.browser
async def test_what_is_expected_and_does_not_come_is_status_1_and_said(idle: str, tmp_path: Path) -> None:
    result = await record(
        tmp_path, "record", "--attach", idle, "--for", "200ms", "--expect", CLICKED, "--expect", COMPLETED
    )
    assert result.status == 1
    assert f"failed: {CLICKED} occurs: did not occur" in result.err
    assert f"failed: {COMPLETED} occurs: did not occur" in result.err


@pytest.mark.browser
async def test_what_chromium_fires_later_is_explained(site: str, tmp_path: Path) -> None:
    """A periodic sync of a day, as apps have it."""
    result = await record(
        tmp_path,
        *on(site, "periodicSync=news"),
        *("--lab", "clock", "--until", "periodicBackgroundSync:Registered periodicsync"),
        *("--expect", "periodicBackgroundSync:Dispatched periodicsync event"),
    )
    assert result.status == 1
    assert "Dispatched periodicsync event occurs: did not occur" in result.err
    assert "Chromium fires the periodic sync 'news' after 1d: its minInterval" in result.err


@pytest.mark.browser
async def test_stopped_by_a_signal_it_judges_what_came(site: str, tmp_path: Path) -> None:
    """As a job does that starts it in the background."""
    page = ("--url", f"{site}?sync=fine", "--grant", site.rstrip("/"))
    for expected, status in ((COMPLETED, 0), (CLICKED, 1)):
        with trio.fail_after(DEADLINE):
            async with open_command(tmp_path / "events.db", "record", *page, "--expect", expected) as command:
                await command.wait_said("Sync completed", "out")
                assert (await command.stop(signal.SIGTERM)).status == status


@pytest.mark.browser
async def test_what_came_before_does_not_count(site: str, tmp_path: Path) -> None:
    """The browser replays it, and it is stored and printed; but this recording has not seen it happen."""
    profile = ("--profile", str(tmp_path / "profile"))
    first = await record(tmp_path, *on(site, "sync=reject-me&sync=fine"), *profile, "--until", COMPLETED)
    assert "sync event failed" in names(first.events)
    output, summary = tmp_path / "events.jsonl", tmp_path / "summary.md"
    with trio.fail_after(DEADLINE):
        again = await run(
            tmp_path / "another.db",
            *("record", *profile, "--for", "200ms", "--fail-on", FAILED_SYNC, "--expect", COMPLETED),
            *("--output", str(output), "--summary", str(summary)),
        )
    assert again.status == 1
    assert f"failed: {COMPLETED} occurs: did not occur" in again.err
    assert f"no {FAILED_SYNC}: occurred" not in again.err
    assert "sync event failed" in names(again.events)
    assert read_lines(output) == again.events
    assert "No events." in summary.read_text()


@pytest.mark.browser
async def test_rules_of_a_file_and_those_that_are_built_in(site: str, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(f'[[rule]]\nname = "syncs succeed"\nnever = "{FAILED_SYNC}"\n')
    junit = tmp_path / "junit.xml"
    arguments = ("--rules", str(rules), "--rules", "recommended", "--until", COMPLETED, "--junit", str(junit))
    result = await record(tmp_path, *on(site, "sync=reject-me&sync=fine"), *arguments)
    assert result.status == 1
    assert "failed: syncs succeed: occurred once" in result.err
    assert cases(junit)["syncs succeed"] == "failure"
    assert len(cases(junit)) > 6


@pytest.mark.browser
async def test_a_name_that_chromium_does_not_have_is_warned_of(idle: str, tmp_path: Path) -> None:
    misspelt = ("record", "--attach", idle, "--for", "1ms", "--fail-on", "backgroundSync:Sync event failed")
    result = await record(tmp_path, *misspelt, "--allow-idle")
    assert result.status == 0
    assert "warning: backgroundSync has no event 'Sync event failed'" in result.err
    assert "did you mean 'sync event failed'" in result.err
    for arguments in (misspelt, ("record", "--for", "1ms", "--until", "backgroundSync:Sync complete")):
        result = await record(tmp_path, *arguments, "--strict")
        assert result.status == 2
        assert result.err.startswith("error: backgroundSync has no event")


# Wrong input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fail-on", "Sync completed"], "is not SERVICE:EVENT_NAME"),
        (["--expect", "backgroundDance:x"], "is not a background service"),
        (["--service", "notifications", "--expect", COMPLETED], "leaves out"),
        (["--service", "notifications", "--fail-on", COMPLETED], "leaves out"),
        (["--rules", "no-such-rules.toml"], "no-such-rules.toml cannot be read"),
        (["--output", "no/such/folder/events.jsonl"], "no folder no/such/folder"),
        (["--summary", "no/such/folder/summary.md"], "no folder no/such/folder"),
        (["--junit", "."], "is a folder"),
        (["--junit", "/dev/null/x"], "no folder /dev/null"),
        (["--junit", "same", "--output", "same"], "are the same file: same"),
        (["--summary", "report.svg"], "are the same file: report.svg"),
        (["--run", "  "], "--run needs a command line"),
        (["--attach", "9222", "--run", "true", "--port", "0"], "--port is for a browser that is started"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
async def test_a_wrong_command_line_is_status_2(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = await record(tmp_path, "record", "--for", "1ms", *arguments)
    assert result.status == 2, result.err
    assert said in result.err
    assert len(result.err.splitlines()) <= 3
    assert pictures(tmp_path) == []


async def test_the_store_is_not_written_over(tmp_path: Path) -> None:
    store = tmp_path / "events.db"
    result = await record(tmp_path, "record", "--for", "1ms", "--output", str(store))
    assert result.status == 2
    assert f"--output and the store are the same file: {store}" in result.err


@pytest.mark.slow
@pytest.mark.parametrize("option", ["--junit", "--output"])
async def test_a_full_disk_is_status_4(option: str, site: str, tmp_path: Path) -> None:
    result = await record(tmp_path, *on(site, "sync=fine"), "--until", COMPLETED, option, "/dev/full")
    assert result.status == 4
    assert "/dev/full cannot be written: No space left on device" in result.err
